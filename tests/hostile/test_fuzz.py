"""Damaged files and scenes end in a picture or one clear sentence. `benchmarks/fuzz.py` tries many more of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

_RUN = """
import json, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
os.environ["MOVIEMAKER_CACHE"] = sys.argv[2] + "/cache"
import fuzz
from fuzzing.running import imported
imported()
chosen = [name for name in (*fuzz.FORMATS, "scene") if name not in sys.argv[5:]]
found = fuzz.fuzz(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), 300.0, chosen)
failed = [each for each in found if each.outcome in fuzz.FAILURES]
failed = [[each.case.folder.name, each.outcome, each.words[-300:]] for each in failed]
print(json.dumps([len(found), sum(each.outcome == "accepted" for each in found), failed]))
"""

PROBED = (
    *("vti", "vti text", "vtr", "vts", "vtu", "vtp", "vtk points", "vtk points binary", "vtk surface", "vtk cells"),
    *("vtk surface binary", "vtk cells binary", "vtk structured", "vtk rectilinear", "stl", "stl text", "obj", "slc"),
    *("pvd", "series", "pvtu", "hdf5", "h5", "h5md", "vtkhdf", "nc", "nc classic", "nc 64", "laz", "xtc", "trr", "dcd"),
    *("ncdf", "zarr 2", "zarr 3", "ome-zarr", "zarr.zip"),
)
"""Formats that another process reads first, which takes more time than a test has."""


def run(folder, seed, inputs, *left_out):
    command = [sys.executable, "-c", _RUN, str(BENCHMARKS), str(folder), str(seed), str(inputs), *left_out]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_a_few_hundred_damaged_files_and_scenes(tmp_path):
    count, accepted, failed = run(tmp_path, 2026, 300, *PROBED)
    assert count == 300
    assert 30 < accepted < 270  # the mutations neither leave the files as they are nor destroy them all
    assert not failed, failed


@pytest.mark.slow
def test_a_few_damaged_files_of_formats_that_are_probed(tmp_path):
    count, _, failed = run(tmp_path, 2027, 400)
    assert count == 400
    assert not failed, failed


def test_the_same_seed_gives_the_same_inputs(tmp_path):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import fuzz; from pathlib import Path\n"
        "inputs = fuzz.Inputs(Path(sys.argv[2]), 5, ['csv', 'scene'])\n"
        "for name in ('csv', 'scene'):\n"
        "    case = inputs.case(name, 17)\n"
        "    print(case.arguments, [path.read_bytes() for path in sorted(case.folder.rglob('*')) if path.is_file()])\n"
    )
    said = []
    for name in "ab":
        (tmp_path / name).mkdir()
        command = [sys.executable, "-c", script, str(BENCHMARKS), str(tmp_path / name)]
        said.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert said[0] == said[1]
    assert said[0]
