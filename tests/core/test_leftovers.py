"""Names of runs, by which unfinished files are known."""

import os

import pytest

from moviemaker.core.machine.leftovers import VARIABLE, run_name


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("inherited", [False, True])
def test_a_copy_of_a_process_is_another_run_unless_it_is_part_of_a_command(monkeypatch, inherited):
    monkeypatch.delenv(VARIABLE, raising=False)
    if inherited:
        monkeypatch.setenv(VARIABLE, "a command's")
        monkeypatch.setattr("moviemaker.core.machine.leftovers._own", False)
    name = run_name()
    here, there = os.pipe()
    if os.fork() == 0:
        os.write(there, run_name().encode())
        os._exit(0)
    os.wait()
    assert (os.read(here, 100).decode() == name) == inherited
    assert run_name() == name
