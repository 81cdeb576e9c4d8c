"""`moviemaker help` and the pages from which the website is made."""

from __future__ import annotations

import subprocess
import sys

import pytest

from moviemaker.core.errors import UserError
from moviemaker.core.kinds import ROOMS, kind_names, load_kind
from moviemaker.data.placing.keys import PLACING
from moviemaker.help import TOPICS, describe_kind, describe_topic
from moviemaker.help_text import help_text

KINDS = [(room, name) for room in ROOMS for name in kind_names(room)]
PAGES = [(), *((topic,) for topic in TOPICS), *((room,) for room in ROOMS), *KINDS]


@pytest.mark.parametrize("words", PAGES, ids=lambda words: " ".join(words) or "overview")
def test_pages_fit_a_terminal_of_80_columns(words):
    text = help_text(*words)
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert "```" not in text


@pytest.mark.parametrize(("room", "name"), KINDS)
def test_a_page_has_a_summary_an_example_and_all_keys(room, name):
    page = describe_kind(room, name)
    assert page.text.split()[:4] == page.summary.split()[:4]
    assert page.example
    model = load_kind(room, name)
    own = [field for field in model.model_fields if room != "data" or field not in PLACING]
    assert [key.name for key in page.keys] == own + [field for field in model.model_fields if field not in own]


def test_the_overview_names_every_kind():
    lines = help_text().splitlines()
    for room in ROOMS:
        assert f"{room}:" in lines
        for name in kind_names(room):
            assert any(line.startswith(f"  {name} ") for line in lines)


def test_a_key_says_what_it_takes_whether_it_moves_and_its_default():
    keys = {key.name: key for key in describe_kind("lights", "sun").keys}
    direction, intensity = keys["direction"], keys["intensity"]
    assert (direction.takes, direction.moves, direction.required) == ("three numbers: [x, y, z]", True, True)
    assert (intensity.default, intensity.required) == ("0.9", False)
    assert intensity.text.startswith("Factor on the colour")


def test_mappings_inside_a_kind_have_keys_of_their_own():
    (units,) = (key for key in describe_topic("scene").keys if key.name == "units")
    assert [key.name for part in units.parts for key in part.keys] == ["length", "time"]
    assert "Keys of units" in help_text("scene")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("volme",), "no such kind or room 'volme'; did you mean 'volume'"),
        (("glow",), "no such kind or room 'glow'; it is a value of the key shape, such as that of points: .* points"),
        (("quiver",), "no such kind or room 'quiver'; write: moviemaker help vectors"),
        (("layers", "volme"), "no such layer kind 'volme'; did you mean 'volume'"),
        (("layrs", "volume"), "no such room 'layrs'; did you mean 'layers'"),
        (("a", "b", "c"), "help takes a room and a kind, not 3 words"),
    ],
)
def test_typos_are_answered_with_the_right_word(words, message):
    with pytest.raises(UserError, match=message):
        help_text(*words)


def test_rooms_are_found_in_the_singular_too():
    assert help_text("layer") == help_text("layers")


def test_help_does_not_load_vtk():
    script = (
        "import sys; from moviemaker.cli import main; "
        "assert main(['help']) == 0; assert main(['help', 'layers', 'volume']) == 0; "
        "print([name for name in ('vtkmodules', 'pyvista', 'numba') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "Keys" in done.stdout
