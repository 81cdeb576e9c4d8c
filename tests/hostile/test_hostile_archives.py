"""Archives that were made to do harm end in one clear sentence, soon."""

from __future__ import annotations

import struct
import zipfile

import pytest
from hostile_runs import refused, run

CSV = "x,y,z\n0,0,0\n1,2,3\n"


def archive_of_many(count, wide):
    """An archive whose table of contents is said to hold so many files; only the records at its end are there."""
    table = bytes(46) * 100
    said = 0xFFFF if wide else count
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, said, said, len(table), 0, 0)
    if wide:
        record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(table), 0)
        end = record + struct.pack("<4sIQI", b"PK\6\7", 0, len(table), 1) + end
    return table + end


def test_a_million_files_are_refused_before_they_are_listed(tmp_path):
    (tmp_path / "a.zip").write_bytes(archive_of_many(1_000_000, True))
    refused(run("info", "a.zip", folder=tmp_path), "1000000 files, more than 100000")


def test_a_table_of_contents_without_end_is_refused(tmp_path):
    content = bytearray(archive_of_many(3, False))
    struct.pack_into("<I", content, len(content) - 10, 1 << 31)
    (tmp_path / "a.zip").write_bytes(content)
    refused(run("info", "a.zip", folder=tmp_path), "more than 100000")


@pytest.mark.parametrize("name", ["a" * 300 + ".csv", "../../a.csv", "/a.csv", "a.csv/../b.csv"])
def test_names_that_no_folder_can_hold(name, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, CSV)
    outcome = run("info", "a.zip", folder=tmp_path)
    refused(outcome, "holds no files")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name[0] != ".") == ["a.zip"]
