"""Every kind keeps the same contract: its example is valid, it pickles, and it has a fingerprint."""

from __future__ import annotations

import importlib
import pickle
import re
import subprocess
import sys

import pytest
import yaml

from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.kinds import Kind, build, kind_names, load_kind

KINDS = [(room, name) for room in ("data", "layers", "lights", "lens", "rig", "farm") for name in kind_names(room)]
SHARED_KEYS = {"size", "stereo"}  # those of every output, which the lens leaves to others


def examples(room: str, name: str) -> list[dict]:
    text = importlib.import_module(load_kind(room, name).__module__).__doc__ or ""
    return [yaml.safe_load(example) for example in re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)]


def models(room: str, name: str) -> list[Kind]:
    own_keys = set(load_kind(room, name).model_fields)
    made = []
    for example in examples(room, name):
        stereo = example.pop("stereo", {})
        packing = stereo if isinstance(stereo, dict) else {"packing": stereo}
        keys = example | (packing if room == "rig" else {})
        made.append(build(load_kind(room, name), {k: v for k, v in keys.items() if k not in SHARED_KEYS - own_keys}))
    return made


@pytest.mark.parametrize(("room", "name"), KINDS)
def test_the_example_of_a_kind_is_valid(room, name):
    assert models(room, name)


@pytest.mark.parametrize(("room", "name"), KINDS)
def test_a_kind_is_frozen_and_pickles(room, name):
    for model in models(room, name):
        assert pickle.loads(pickle.dumps(model)) == model
        assert fingerprint(pickle.loads(pickle.dumps(model))) == fingerprint(model)
        with pytest.raises(ValueError, match="frozen"):
            setattr(model, next(iter(type(model).model_fields)), None)


def test_fingerprints_are_the_same_in_another_process():
    script = (
        "import sys; sys.path.insert(0, 'tests'); from test_conformance import *; "
        "print([fingerprint(m) for r, n in KINDS for m in models(r, n)])"
    )
    root = importlib.import_module("pathlib").Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    here = [fingerprint(model) for room, name in KINDS for model in models(room, name)]
    assert done.stdout.strip() == str(here)


@pytest.mark.parametrize(("room", "name"), KINDS)
def test_every_field_is_described_to_editors(room, name):
    schema = load_kind(room, name).model_json_schema()
    assert schema["additionalProperties"] is (name == "sample")  # each sample has settings of its own
    assert set(schema["properties"]) == set(load_kind(room, name).model_fields)
