"""Selections of particles: conditions, every n-th, samples, and data that select from other data."""

import jsonschema
import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import InputError, InputErrors, SceneError
from moviemaker.core.kinds import build
from moviemaker.data.columns.conditions import Condition
from moviemaker.data.particles import Particles
from moviemaker.film.settings import FilmSettings
from moviemaker.scene.schema import scene_schema

FIELDS = {"mass": np.array([1.0, 2.0, 4.0, np.nan]), "id": np.array([3, 4, 5, 6]), "x": np.array([-1.0, 0.0, 2.0, 9.0])}


def particles(folder, **keys):
    return build(Particles, {"kind": "particles", **keys}).open(folder)


def holds(text):
    return Condition(text).holds(FIELDS, 4).tolist()


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("mass > 1.5", [0, 1, 1, 0]),
        ("mass > 1.5 and id != 5", [0, 1, 0, 0]),
        ("not mass > 1.5 or x**2 < 0.5", [1, 1, 0, 1]),
        ("0 < mass <= 2", [1, 1, 0, 0]),
        ("abs(x) + 1 == 2", [1, 0, 0, 0]),
        ("max(x, mass, 3) > 3", [0, 0, 1, 0]),
        ("sqrt(x) == 0", [0, 1, 0, 0]),
        ("-x / 0 < 1", [0, 0, 1, 1]),
        ("True", [1, 1, 1, 1]),
        ("2**0.5 * mass >= log10(100)", [0, 1, 1, 0]),
    ],
)
def test_conditions(text, right):
    assert holds(text) == [bool(one) for one in right]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("__import__('os').system('true')", "is not allowed in a condition"),
        ("mass.real > 1", "is not allowed in a condition"),
        ("(lambda: 1)() > 0", "is not allowed in a condition"),
        ("[m for m in mass] > 0", "is not allowed in a condition"),
        ("mass[0] > 1", "is not allowed in a condition"),
        ("'a' == 'a'", "is not allowed in a condition"),
        ("(x := 3) > 1", "is not allowed in a condition"),
        ("open(1) > 2", "no such function 'open'"),
        ("mass", "a value and not a condition"),
        ("mass + 1", "a value and not a condition"),
        ("mass >", "cannot be read"),
        ("mass & 1", "write and, or, not"),
        ("mass > " + "9" * 40, "a number is too large"),
        ("(" * 300 + "1" + ")" * 300 + " > 0", "cannot be read"),
        ("mass > 1 " * 200, "too long"),
        ("sqrt() > 1", "takes one value"),
    ],
)
def test_wrong_conditions_are_refused(text, hint):
    with pytest.raises(InputError, match=hint):
        Condition(text)


def save(folder, snapshots=3, count=1000):
    rng = np.random.default_rng(0)
    for index in range(snapshots):
        ids = rng.permutation(count)
        position = np.stack([ids, 0 * ids + index, 0 * ids], axis=1).astype(float)
        np.savez(folder / f"s_{index}.npz", position=position, id=ids, mass=ids + 0.5 * index)


def test_a_condition_is_evaluated_in_every_snapshot(tmp_path):
    save(tmp_path)
    source = particles(tmp_path, file="s_*.npz", select="mass >= 10 and mass < 20")
    assert sorted(source.at(0, ["id"]).fields["id"]) == list(range(10, 20))
    assert sorted(source.at(1, ["id"]).fields["id"]) == list(range(10, 20))
    assert sorted(source.at(2, ["id"]).fields["id"]) == list(range(9, 19))
    found = source.at(1.5, ["id", "mass"])
    assert sorted(found.fields["id"]) == list(range(10, 19))  # both snapshots hold them
    np.testing.assert_allclose(found.fields["mass"], found.fields["id"] + 0.75)
    assert source.at(1.5).position[:, 0].tolist() == found.fields["id"].tolist()


def test_every_and_sample_take_the_same_particles_always(tmp_path):
    save(tmp_path)
    source = particles(tmp_path, file="s_*.npz", sample=100)
    chosen = set(source.at(0, ["id"]).fields["id"])
    assert len(chosen) == 100
    assert set(source.at(1.5, ["id"]).fields["id"]) == chosen
    assert set(particles(tmp_path, file="s_*.npz", sample=50).at(2, ["id"]).fields["id"]) < chosen
    assert 300 < np.mean(list(chosen)) < 700
    tenth = set(particles(tmp_path, file="s_*.npz", every=10).at(0, ["id"]).fields["id"])
    assert 60 < len(tenth) < 140
    assert set(particles(tmp_path, file="s_*.npz", every=10).at(2, ["id"]).fields["id"]) == tenth
    assert len(particles(tmp_path, file="s_*.npz", sample=5000).at(0).position) == 1000


def test_every_takes_rows_without_ids(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(60.0).reshape(20, 3))
    found = particles(tmp_path, file="a.npy", every=5).at(0, ["id"])
    assert found.fields["id"].tolist() == [0, 5, 10, 15]


def test_mistakes(tmp_path):
    save(tmp_path)
    with pytest.raises(InputError, match="no such field 'mas'; did you mean 'mass'") as caught:
        particles(tmp_path, file="s_*.npz", select="mas > 1")
    assert caught.value.at == ("select",)
    with pytest.raises(InputError, match="no particle is selected") as caught:
        particles(tmp_path, file="s_*.npz", select="mass > 1e9").examine()
    assert caught.value.at == ("select",)
    for wrong in ({"file": "s_*.npz", "select": "mass"}, {}, {"of": "a", "file": "b", "id": "c"}):
        with pytest.raises(InputErrors):
            build(Particles, {"kind": "particles", **wrong})


SCENE = {
    "duration": 2,
    "fps": 10,
    "data": {
        "few": {"of": "some", "every": 2},
        "some": {"of": "all", "select": "mass > 500"},
        "all": {"kind": "particles", "file": "s_*.npz"},
    },
    "layers": [{"kind": "points", "data": "few", "shape": "dot"}],
    "camera": {"orbit": {"radius": 2000}},
    "outputs": {"main": {"lens": "perspective", "size": [64, 64]}},
}


def scene(folder, **more):
    return mm.Scene.from_dict(SCENE | more, folder=folder)


def problems(folder, **data):
    with pytest.raises(SceneError) as caught:
        scene(folder, data=SCENE["data"] | data)
    return [str(problem).split(": ", 1)[1] for problem in caught.value.problems]


def test_data_of_data(tmp_path):
    save(tmp_path)
    sources = scene(tmp_path).prepared.sources
    some, few = (set(sources[name].at(1.0, ["id"]).fields["id"]) for name in ("some", "few"))
    assert some == set(range(500, 1000))
    assert few < some
    assert 180 < len(few) < 320
    assert sources["few"].files == sources["all"].files


def test_selections_are_in_the_schema(tmp_path):
    jsonschema.validate(SCENE, scene_schema(FilmSettings))


def test_missing_sources_and_sources_of_themselves(tmp_path):
    save(tmp_path)
    assert any(
        text.startswith("data.some.of: no such data 'al'; did you mean 'all'")
        for text in problems(tmp_path, some={"of": "al"})
    )
    found = problems(tmp_path, all={"of": "few"})
    assert "data.all.of: 'all' is made from itself: all of few of some of all; name data that come from a file" in found
    assert len(found) == 3
    assert problems(tmp_path, all={"of": "all"}) == [
        "data.all.of: 'all' is made from itself: all of all; name data that come from a file"
    ]


def test_selections_of_a_mesh(tmp_path):
    found = problems(tmp_path, all={"kind": "mesh", "globe": 1.0}, few={"of": "all"}, some={"of": "all"})
    assert found == [
        "data.few.of: 'all' is neither particles nor a grid; name data that is",
        "data.some.of: 'all' is neither particles nor a grid; name data that is",
    ]


def test_fingerprints_include_the_source_data(tmp_path):
    from moviemaker.rendering.made_from import frames_fingerprint

    save(tmp_path)

    def hashed_scene(**all_keys):
        data = SCENE["data"] | {"all": SCENE["data"]["all"] | all_keys}
        return frames_fingerprint(scene(tmp_path, data=data).prepared, "main", (64, 64))

    assert hashed_scene() == hashed_scene()
    assert hashed_scene() != hashed_scene(interpolation="hold")
