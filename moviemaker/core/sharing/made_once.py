"""Functions whose results are made once: in a process, and among all processes of a render."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar, cast

import numpy as np

from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.sharing.arrays import shared

P = ParamSpec("P")
Arrays = TypeVar("Arrays", bound=np.ndarray | Mapping[str, np.ndarray])


def made_once(function: Callable[P, Arrays]) -> Callable[P, Arrays]:
    """Makes the arrays of a function once for the same arguments; a decorator.

    A process keeps them for as long as it runs. The processes of a render share them (see `sharing.arrays`).

    Args:
        function: gives an array, or arrays by name, which are not to be changed. Its arguments are models, tuples,
            numbers and text, and it follows from nothing else.
    """
    kept: dict[object, Mapping[str, np.ndarray]] = {}
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def once(*args: P.args, **kwargs: P.kwargs) -> Arrays:
        asked = (args, tuple(sorted(kwargs.items())))

        def make() -> Mapping[str, np.ndarray]:
            made = function(*args, **kwargs)
            return {"": made} if isinstance(made, np.ndarray) else made

        found = kept.get(asked)
        if found is None:
            found = kept[asked] = shared(fingerprint(name, *asked), make, always=True)
        return cast(Arrays, found.get("", found))

    return once
