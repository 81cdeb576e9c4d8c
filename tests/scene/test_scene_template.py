"""The scene that `moviemaker new` writes."""

from __future__ import annotations

import errno
import os

import pytest

import moviemaker as mm
from moviemaker.core.errors import UserError
from moviemaker.scene.template import write_template


def test_the_template_is_valid_and_names_the_next_commands(tmp_path):
    path = write_template(tmp_path / "mine.yaml")
    scene = mm.load(path)
    assert scene.outputs == ("hd",)
    assert scene.warnings == ()
    assert f"moviemaker render {path}" in path.read_text()


def test_an_existing_file_is_replaced_only_on_request(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("mine")
    with pytest.raises(UserError, match="there is a file already; choose another name, or replace it with --force"):
        write_template(path)
    assert path.read_text() == "mine"
    write_template(path, replace=True)
    assert "duration:" in path.read_text()


def test_where_nothing_can_be_written(tmp_path):
    with pytest.raises(UserError, match=r"no such folder .*nowhere; choose a folder"):
        write_template(tmp_path / "nowhere" / "s.yaml")
    with pytest.raises(UserError, match="cannot be written"):
        write_template(tmp_path, replace=True)


@pytest.mark.parametrize("replace", [False, True])
def test_on_a_full_disk_nothing_empty_gets_the_name(tmp_path, monkeypatch, replace):
    path = tmp_path / "s.yaml"
    if replace:
        path.write_text("mine")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("moviemaker.scene.template.open", full, raising=False)
    with pytest.raises(UserError, match=r"the disk is full; free some space"):
        write_template(path, replace=replace)
    assert {found.name: found.read_text() for found in tmp_path.iterdir()} == ({"s.yaml": "mine"} if replace else {})


def test_a_link_in_its_place_is_not_followed(tmp_path):
    (tmp_path / "s.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    with pytest.raises(UserError, match="there is a file already"):
        write_template(tmp_path / "s.yaml")
    assert not (tmp_path / "elsewhere.yaml").exists()
