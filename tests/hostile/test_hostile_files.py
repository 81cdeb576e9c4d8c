"""Files that are made to harm: each is refused in one sentence, quickly, in little memory."""

from __future__ import annotations

import os

import pytest
from hostile_runs import refused, run


@pytest.mark.parametrize("name", ["fifo.csv", "fifo.npy", "fifo.mhd"])
def test_a_pipe_is_not_opened(name, tmp_path):
    os.mkfifo(tmp_path / name)
    refused(run("info", name, folder=tmp_path), name)
