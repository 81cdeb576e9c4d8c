"""Memory of the machine, and refusals of what does not fit."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.machine.memory import available_memory, check_memory, total_memory


def test_the_memory_that_is_free_is_part_of_the_whole():
    assert 0 < available_memory() <= total_memory()


def test_a_limit_of_the_address_space_counts():
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9));"
        "from moviemaker.core.machine.memory import available_memory, total_memory;"
        "print(available_memory(), total_memory())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    available, total = map(int, done.stdout.split())
    assert total == 10**9
    assert 0 < available < 10**9


def test_what_does_not_fit_is_refused_with_the_arithmetic():
    check_memory(1e6, "samples", "take fewer")
    with pytest.raises(InputError) as error:
        check_memory(1e15, "10^14 samples", "take fewer", ("shape",))
    assert re.fullmatch(r"10\^14 samples need 1.0 PB of memory, and [\d.]+ [GM]B are free", error.value.what)
    assert (error.value.instead, error.value.at) == ("take fewer", ("shape",))
