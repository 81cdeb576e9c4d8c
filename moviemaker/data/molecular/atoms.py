"""Selections in MDAnalysis' language and topologies, for atoms that a reader of this package has read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.formats.contents import Structure
from moviemaker.data.formats.elements import by_element
from moviemaker.data.molecular import mdanalysis

if TYPE_CHECKING:
    import MDAnalysis


@dataclass(frozen=True, eq=False)
class Chosen:
    """The atoms of a frame that are taken.

    Attributes:
        rows: of the frame, in the order in which they are given.
        fields: that a topology adds, for these atoms.
        bonds: between them that a topology gives (m, 2), by their places in `rows`; None: unknown.
    """

    rows: np.ndarray
    fields: Mapping[str, np.ndarray]
    bonds: np.ndarray | None = None

    @property
    def kinds(self) -> dict[str, tuple[str, int]]:
        """The type and the width of each of the fields."""
        return {
            name: (values.dtype.kind, values.shape[1] if values.ndim > 1 else 0) for name, values in self.fields.items()
        }


class Picker:
    """Takes the atoms that a scene asks for.

    Args:
        path: of the file of positions, for messages.
        structure: topology and selection of the scene; at least one of them is given.
    """

    def __init__(self, path: Path, structure: Structure):
        self._path = path
        self._structure = structure
        mdanalysis.needed_for(path)

    def choose(
        self,
        numbers: Mapping[str, np.ndarray],
        texts: Mapping[str, np.ndarray],
        order: np.ndarray,
        box: np.ndarray | None,
        may_be_none: bool,
    ) -> Chosen:
        """The atoms of one frame that are taken.

        Args:
            numbers: fields of the frame.
            texts: words of the frame.
            order: rows of the frame in the order of their ids.
            box: vectors of the periodic box as rows (3, 3); None: not periodic.
            may_be_none: whether it is right that none of the atoms of this frame is taken.

        Raises:
            InputError: at `topology` or `atoms`: they do not fit the frame.
        """
        if self._structure.topology is None:
            universe = _universe(numbers, texts, order)
            _place(universe, np.asarray(numbers["position"])[order], box)
            mdanalysis.guess_elements(universe)
            return Chosen(order[mdanalysis.selected(universe, self._structure, may_be_none).indices], {})
        named = self._named(numbers.get("id"), order)
        universe = self._topology
        if self._structure.atoms is None:
            atoms = universe.atoms[named]
            taken = np.arange(len(order))
        else:
            position = np.zeros((len(universe.atoms), 3))
            position[named] = np.asarray(numbers["position"])[order]
            _place(universe, position, box)
            chosen = np.zeros(len(universe.atoms), bool)
            chosen[mdanalysis.selected(universe, self._structure).indices] = True
            taken = np.flatnonzero(chosen[named])
            atoms = universe.atoms[named[taken]]
        fields = mdanalysis.fields_of(atoms)
        elements = mdanalysis.elements_of(atoms)
        return Chosen(order[taken], fields | ({} if elements is None else by_element(elements)), _bonds(atoms))

    @cached_property
    def _topology(self) -> MDAnalysis.Universe:
        assert self._structure.topology is not None
        universe = mdanalysis.open_topology(self._structure.topology)
        mdanalysis.guess_elements(universe)
        return universe

    def _named(self, ids: np.ndarray | None, order: np.ndarray) -> np.ndarray:
        """Numbers in the topology of the atoms of a frame: by their ids if only some are there, else by their order.

        Raises:
            InputError: at `topology`: it names other atoms.
        """
        count = len(self._topology.atoms)
        if count == len(order):
            return np.arange(count)
        known = np.asarray(getattr(self._topology.atoms, "ids", ()))
        if ids is not None and len(known) and np.isin(ids, known).all():
            place = np.argsort(known, kind="stable")
            found: np.ndarray = place[np.searchsorted(known, ids[order], sorter=place)]
            return found
        assert self._structure.topology is not None
        name = self._structure.topology.name
        what = f"{name!r} names {count} atoms, and {self._path.name!r} holds a different number, {len(order)}"
        raise InputError(what, "write the topology that the trajectory was made with", ("topology",))


def _bonds(atoms: MDAnalysis.AtomGroup) -> np.ndarray | None:
    return mdanalysis.bonds_of(atoms)


def _place(universe: MDAnalysis.Universe, position: np.ndarray, box: np.ndarray | None) -> None:
    """Puts the atoms where a frame has them, for selections by distance."""
    from MDAnalysis.coordinates.memory import MemoryReader
    from MDAnalysis.lib.mdamath import triclinic_box

    periodic = box is not None and bool(np.all(np.linalg.norm(box, axis=1) > 0))
    sides = triclinic_box(*np.asarray(box, np.float32)) if periodic else None
    mdanalysis.result(
        lambda: universe.load_new(np.asarray(position, np.float32)[None], format=MemoryReader, dimensions=sides)
    )


def _universe(
    numbers: Mapping[str, np.ndarray], texts: Mapping[str, np.ndarray], order: np.ndarray
) -> MDAnalysis.Universe:
    """The atoms of a frame with the properties that MDAnalysis can select by."""
    import MDAnalysis

    words = {name: np.asarray(values)[order] for name, values in texts.items()}
    values = {name: np.asarray(array)[order] for name, array in numbers.items()}
    resid = np.asarray(values.get("resid", np.ones(len(order), int))).astype(int)
    residue = words.get("residue", np.full(len(order), ""))
    chain = words.get("chain", np.full(len(order), ""))
    keys = np.stack([np.char.mod("%d", resid), residue.astype("U16"), chain.astype("U16")], axis=1)
    new = np.ones(len(order), bool)
    new[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    of_residue = np.cumsum(new) - 1
    firsts = np.flatnonzero(new)
    chains, of_chain = np.unique(chain[firsts], return_inverse=True)

    def make() -> MDAnalysis.Universe:
        universe = MDAnalysis.Universe.empty(
            len(order), len(firsts), max(len(chains), 1), atom_resindex=of_residue, residue_segindex=of_chain
        )
        given: dict[str, object] = {"ids": values.get("id", np.arange(1, len(order) + 1))}
        given |= {"names": words.get("name"), "elements": words.get("element")}
        given |= {"types": words.get("type"), "charges": values.get("charge"), "tempfactors": values.get("bfactor")}
        given |= {"masses": values.get("mass"), "occupancies": values.get("occupancy")}
        if "residue" in texts:
            given |= {"resnames": residue[firsts], "resids": resid[firsts], "resnums": resid[firsts]}
        if "chain" in texts:
            given |= {"segids": chains, "chainIDs": chain}
        if "type" in values and given["types"] is None:
            given["types"] = np.char.mod("%d", values["type"].astype(int)).astype(object)
        for name, array in given.items():
            if array is not None:
                plain = np.asarray(array)
                universe.add_TopologyAttr(name, plain.astype(object) if plain.dtype.kind == "U" else plain)
        return universe

    return mdanalysis.result(make)
