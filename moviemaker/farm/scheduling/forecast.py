"""How long frames take and how fast workers are, learnt from the frames that are done.

The time of a frame is taken as its cost divided by the speed of its worker, which is additive in logarithms. Costs are
learnt in blocks of neighbouring frames, since neighbours look alike, as corrections of the costs that were known
before. What a time differs from its forecast is shared between block and worker by their variances, as a Kalman filter
does (R. E. Kalman, "A new approach to linear filtering and prediction problems", J. Basic Eng. 82, 1960). A worker
that is slow in many blocks is so found to be slow, and a block in which many workers are slow to be expensive.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_UNKNOWN, _KNOWN = 0.5, 0.05  # variance of the logarithm of a new worker's speed: within a factor of 2, or 1.25
_DRIFT = 0.002  # added to the variance of a speed with each frame: other programs come and go
_NOISE = 0.04  # variance of the time of the same frame on the same machine
_DOUBT = 0.25  # the same of a worker's first frame
_LATEST = 0.2  # share of a new value in the forecast for blocks of which nothing is known
_LARGEST = 2.5  # a single time changes nothing by more than this factor, as a logarithm
_BLOCKS, _SMALLEST = 256, 20


class Speed:
    """What is known of a worker's speed: the costs of frames that it draws in a second.

    Attributes:
        log: logarithm of the speed.
        variance: of that logarithm.
    """

    __slots__ = ("log", "value", "variance")

    def __init__(self, value: float, known: bool):
        self.log, self.value, self.variance = math.log(value), value, _KNOWN if known else _UNKNOWN

    @property
    def caution(self) -> float:
        """The share of the speed that the worker has almost certainly."""
        return math.exp(-1.5 * math.sqrt(self.variance))

    def shift(self, change: float, gain: float) -> None:
        """Takes a share of a difference into the speed."""
        self.log += gain * change
        self.value = math.exp(self.log)
        self.variance = self.variance * (1 - gain) + _DRIFT


class Forecast:
    """Costs of the frames of one job by their places 0, 1, 2 ..., in seconds of a worker of speed 1.

    Args:
        known: costs that are known before, in any unit; each above 0.
        varied: whether those are all the same for want of knowledge, so that blocks may differ more.

    Attributes:
        known: those costs.
        block_size: number of frames of a block.
        learnt: whether a time is known, so that costs are seconds. Before, only their ratios have a meaning.
        latest: logarithm of the correction for blocks without a frame that is done.
        corrections: logarithms of the others, by block.
        slowest: the longest time of a frame so far, seconds.
    """

    def __init__(self, known: Sequence[float], varied: bool):
        self.known = known
        self.block_size = max(_SMALLEST, -(-len(known) // _BLOCKS))
        self.learnt = False
        self.latest = 0.0
        self.corrections: dict[int, float] = {}
        self.slowest = 0.0
        self._start = 0.1 if varied else 0.02
        self._variances: dict[int, float] = {}

    def block(self, place: int) -> int:
        """The block of a frame."""
        return place // self.block_size

    def factor(self, block: int) -> float:
        """The correction of the costs of a block."""
        return math.exp(self.corrections.get(block, self.latest))

    def cost(self, place: int) -> float:
        """The cost of a frame."""
        return self.known[place] * self.factor(place // self.block_size)

    def learn(self, place: int, speed: Speed, seconds: float, doubtful: bool = False) -> None:
        """Learns from the time that a frame has taken on a worker, whose speed is changed too.

        Args:
            place: of the frame.
            speed: of the worker.
            seconds: the time.
            doubtful: whether it may hold more than the drawing, as a worker's first frame does.
        """
        block, seconds = self.block(place), max(seconds, 1e-6)
        self.slowest = max(self.slowest, seconds)
        if not self.learnt:
            self.learnt = True
            self.latest = math.log(seconds / self.known[place]) + speed.log
        before = self.corrections.get(block, self.latest)
        expected = math.log(self.known[place]) + before - speed.log
        off = min(max(math.log(seconds) - expected, -_LARGEST), _LARGEST)
        variance = self._variances.get(block, self._start)
        total = variance + speed.variance + (_DOUBT if doubtful else _NOISE)
        self.corrections[block] = before + off * variance / total
        self._variances[block] = variance * (1 - variance / total)
        self.latest += _LATEST * (self.corrections[block] - self.latest)
        speed.shift(-off, speed.variance / total)
