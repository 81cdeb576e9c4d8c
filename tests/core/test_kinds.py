import pytest
from pydantic import ValidationError

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import Kind, kind_names, load_kind


class Thing(Kind):
    size: float = 1.0


def test_unknown_keys_are_errors():
    with pytest.raises(ValidationError, match="Extra inputs"):
        Thing.model_validate({"sise": 1})


def test_kinds_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Thing().size = 2


@pytest.mark.parametrize("room", ["layers", "lens"])
def test_the_choices_of_a_room_are_its_public_modules(room):
    names = kind_names(room)
    assert list(names) == sorted(names)
    assert not any(name.startswith("_") for name in names)


def test_an_unknown_kind_is_an_error():
    with pytest.raises(InputError, match="no such layer kind 'volme'"):
        load_kind("layers", "volme")
