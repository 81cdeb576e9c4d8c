"""Units of length, and positions whose axes have different ones."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

_METRES = {
    "km": (3, "kilometer kilometre kilometers kilometres"),
    "m": (0, "meter metre meters metres"),
    "dm": (-1, "decimeter decimetre decimeters decimetres"),
    "cm": (-2, "centimeter centimetre centimeters centimetres"),
    "mm": (-3, "millimeter millimetre millimeters millimetres"),
    "µm": (-6, "μm um micron microns micrometer micrometre micrometers micrometres \\u00B5m"),
    "nm": (-9, "nanometer nanometre nanometers nanometres"),
    "angstrom": (-10, "å Å ångström angstroms angström"),
    "pm": (-12, "picometer picometre picometers picometres"),
}
"""Powers of ten of units in metres, with their other spellings."""

_SIZES = {word: Fraction(10) ** power for unit, (power, more) in _METRES.items() for word in (unit, *more.split())}
_SIZES |= {word: Fraction(254, 10000) for word in ("in", "inch", "inches")}
_SIZES |= {word: Fraction(3048, 10000) for word in ("ft", "foot", "feet")}


def length_of(unit: str) -> Fraction | None:
    """A unit of length in metres; None: it is not one that is known."""
    word = unit.strip()
    return _SIZES.get(word) or _SIZES.get(word.lower())


def in_one_unit(units: Sequence[str]) -> tuple[tuple[float, ...], str, str]:
    """Factors that turn positions along each axis into the unit of the first.

    Args:
        units: of the axes.

    Returns:
        The factors, the common unit, and a note. If the units differ and one is not known, the factors are 1 and the
        unit is empty.
    """
    ones = (1.0,) * len(units)
    if len(set(units)) < 2:
        return ones, units[0] if units else "", ""
    sizes = [length_of(unit) for unit in units]
    first = sizes[0]
    listed = ", ".join(unit or "none" for unit in units)
    if first is None or any(size is None for size in sizes):
        return ones, "", f"the units of its axes differ and cannot be compared: {listed}"
    factors = tuple(float(size / first) for size in sizes if size is not None)
    note = f"its axes are in {listed}: all are given in {units[0]}"
    return factors, units[0], "" if set(factors) == {1.0} else note
