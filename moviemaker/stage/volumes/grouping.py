"""Which volumes are drawn together, and the order of those that are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from moviemaker.core.camera import Frustum, View
from moviemaker.core.props import Prop, Volume

MOST = 4
"""The most volumes drawn together: each needs up to five textures, and some renderers have no more than 32."""


@dataclass(frozen=True, eq=False)
class VolumeGroup:
    """Volumes that are drawn together, because they overlap."""

    members: tuple[Volume, ...]

    @property
    def bounds(self) -> np.ndarray:
        """The axis-aligned box around all, (3, 2)."""
        boxes = np.array([prop.bounds for prop in self.members])
        return np.column_stack([boxes[..., 0].min(axis=0), boxes[..., 1].max(axis=0)])


StageItem = VolumeGroup | Prop
"""What an actor shows."""


def grouped(props: Sequence[Prop]) -> list[StageItem]:
    """The items that actors draw: volumes that hide each other and whose boxes overlap form a group."""
    composite = [prop for prop in props if isinstance(prop, Volume) and prop.blend == "composite"]
    inverse = _common_axes(composite)
    boxes = {id(prop): _box(prop, inverse) for prop in composite}
    groups: list[list[Volume]] = []
    places: list[list[Volume] | StageItem] = []
    for prop in props:
        if not isinstance(prop, Volume):
            places.append(prop)
            continue
        touched = [
            group for group in groups if any(_overlap(boxes.get(id(prop)), boxes.get(id(other))) for other in group)
        ]
        merged = [other for group in touched for other in group] + [prop]
        if len(merged) > MOST:
            touched, merged = [], [prop]
        groups = [group for group in groups if all(group is not other for other in touched)] + [merged]
        places = [place for place in places if all(place is not other for other in touched)] + [merged]
    return [VolumeGroup(tuple(place)) if isinstance(place, list) else place for place in places]


def drawing_order(groups: Sequence[VolumeGroup], view: View) -> list[int]:
    """The order in which groups are drawn, so that each comes after all those that it may hide."""
    inverse = _common_axes([member for group in groups for member in group.members])
    if inverse is None:
        return back_to_front([group.bounds for group in groups], view)
    boxes = []
    for group in groups:
        each = np.array([_box(member, inverse) for member in group.members])
        boxes.append(np.column_stack([each[..., 0].min(axis=0), each[..., 1].max(axis=0)]))
    return back_to_front(boxes, replace(view, position=inverse @ view.position, forward=inverse @ view.forward))


def _common_axes(volumes: Sequence[Volume]) -> np.ndarray | None:
    """The matrix (3, 3) from places to coordinates along the axes that all volumes share; None: those of space.

    Parts of a large grid that is turned lie side by side along its axes. A plane that is between two of them there is
    between them in space too.
    """
    first = volumes[0].direction if volumes else None
    if first is None or any(
        other.direction is None or not np.allclose(other.direction, first, rtol=0, atol=1e-12) for other in volumes[1:]
    ):
        return None
    return np.linalg.inv(first)


def _box(prop: Volume, inverse: np.ndarray | None) -> np.ndarray:
    """The box around a volume, (3, 2), along the axes that `_common_axes` gives."""
    if inverse is None:
        return prop.bounds
    one = inverse @ prop.origin
    other = one + (np.array(prop.values.shape) - 1) * prop.spacing
    return np.column_stack([one, other])


def _overlap(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    """Whether two boxes have room in common; None: the box of a volume that is drawn by itself."""
    if a is None or b is None:
        return False
    slack = 1e-6 * min(np.ptp(a, axis=1).max(), np.ptp(b, axis=1).max())
    return bool((np.minimum(a[:, 1], b[:, 1]) - np.maximum(a[:, 0], b[:, 0]) > slack).all())


def back_to_front(boxes: Sequence[np.ndarray], view: View) -> list[int]:
    """The order in which axis-aligned boxes (3, 2) are drawn, so that each comes after all those that it may hide.

    Boxes that overlap, or that hide each other in a ring, are ordered by the distance of their middles.
    """
    middles = np.array([box.mean(axis=1) for box in boxes])
    size = float(np.ptp(np.concatenate(boxes, axis=1)))
    eye = view.position
    if not isinstance(view.projection, Frustum):
        eye = eye - view.forward * (1e4 * size + float(np.abs(middles - eye).max()))
    behind: dict[int, set[int]] = {index: set() for index in range(len(boxes))}
    for one, other in combinations(range(len(boxes)), 2):
        for near, far in ((one, other), (other, one)):
            # A plane between the two has the eye on the side of the near one.
            above = (boxes[far][:, 1] <= boxes[near][:, 0]) & (eye >= boxes[near][:, 0])
            below = (boxes[far][:, 0] >= boxes[near][:, 1]) & (eye <= boxes[near][:, 1])
            if (above | below).any():
                behind[near].add(far)
        if other in behind[one] and one in behind[other]:  # the eye is in the plane: neither hides the other
            behind[one].remove(other)
            behind[other].remove(one)
    order: list[int] = []
    left = sorted(behind, key=lambda index: -float(np.linalg.norm(middles[index] - eye)))
    while left:
        free = [index for index in left if behind[index] <= set(order)]
        order.append((free or left)[0])
        left.remove(order[-1])
    return order
