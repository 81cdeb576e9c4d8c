import pickle

import pytest

from moviemaker.core.errors import InputError, Problem, SceneError, UserError, spell, suggest


@pytest.mark.parametrize(
    ("where", "text"),
    [((), "scene"), (("fps",), "fps"), (("layers", 0, "color", "by"), "layers[0].color.by"), (("size", 1), "size[1]")],
)
def test_places_are_spelled_for_readers(where, text):
    assert spell(where) == text


def test_a_near_name_is_suggested():
    assert suggest("sfere", ["sphere", "cube"], "shape") == "did you mean 'sphere'? The shapes are cube, sphere"
    assert suggest("zzz", ["sphere", "cube"], "shape") == "the shapes are cube, sphere"
    assert suggest("zzz", ["cube"], "shape") == "the only shape is cube"
    assert suggest("zzz", [], "shape") == "no shape can be named here"


def test_long_lists_of_names_are_shortened():
    many = [f"name{i:03d}" for i in range(100)]
    assert suggest("qqqq", many, "field") == "name000 and name001 are two of the 100 fields"
    assert suggest("name0422", many, "field") == "did you mean 'name042'?"


def test_an_input_error_has_its_parts():
    error = InputError("'x' is not a number", "write a number", ("range", 1))
    assert str(error) == "'x' is not a number; write a number"
    assert (error.what, error.instead, error.at) == ("'x' is not a number", "write a number", ("range", 1))
    assert isinstance(error, ValueError)


def test_a_scene_error_lists_every_problem_in_the_order_of_lines():
    late = Problem("s.yaml", 9, ("fps",), "'x' is not a number", "write a number")
    early = Problem("s.yaml", 2, ("layers", 0), "unknown", "known")
    error = SceneError([late, early])
    assert error.problems == (early, late)
    assert str(error) == ("s.yaml:2: layers[0]: unknown; known\ns.yaml:9: fps: 'x' is not a number; write a number")
    assert isinstance(error, UserError)
    assert error.exit_status == 2
    assert pickle.loads(pickle.dumps(error)).problems == error.problems
