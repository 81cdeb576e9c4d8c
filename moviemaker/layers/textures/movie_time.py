"""Movies as textures: the frame that is shown at a time of the scene."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from moviemaker.core.values import mix_numbers
from moviemaker.layers.textures.movie import Movie
from moviemaker.layers.textures.movie_frames import MovieFrames
from moviemaker.timeline.tracks import Track


@dataclass(frozen=True)
class Playing(Track):
    """A movie that plays, as a track of its speed; `freeze` turns it into the frame of a moment.

    Attributes:
        movie: the movie.
        start: the time of the movie, seconds, that is shown at the beginning; it may move too.
        loop: whether the movie begins again at its end.
    """

    movie: Movie
    start: float | Track
    loop: bool

    def at(self, time: float) -> MovieFrame:
        """The frame that is shown at a time of the scene, seconds."""
        return MovieFrame(self, self.movie.number(_at(self.start, time) + self.passed(time), self.loop))

    def passed(self, time: float) -> float:
        """Seconds of the movie that pass until a time of the scene: the integral of the speed."""
        ends = [0.0, *(key for key in self.times if 0 < key < time), time]
        total = 0.0
        for begin, end in itertools.pairwise(ends):
            # Easings are at most cubic between two keys: two Gauss-Legendre nodes are exact.
            middle, aside = (begin + end) / 2, (end - begin) / math.sqrt(12)
            total += (end - begin) / 2 * (super().at(middle - aside) + super().at(middle + aside))
        return total


@dataclass(frozen=True)
class MovieFrame:
    """A frame of a movie that plays.

    Attributes:
        playing: the movie and how it plays; each way of playing has a decoder of its own.
        number: of the frame, from 0.
    """

    playing: Playing
    number: int

    @property
    def pixels(self) -> np.ndarray:
        """(height, width, 3 or 4) uint8, sRGB and opacity, row 0 on top; the same object as long as it is the same."""
        return _frames(self.playing).get(self.number)


def _at(value: float | Track, time: float) -> float:
    return float(value.at(time)) if isinstance(value, Track) else value


def play(movie: Movie, start: float | Track, speed: float | Track, loop: bool) -> Playing:
    """A movie that plays with a speed that may move: 1 is its own speed, 0 stands still, below 0 runs backwards."""
    pace = speed if isinstance(speed, Track) else Track((0.0,), (speed,), "linear", mix_numbers)
    return Playing(pace.times, pace.values, pace.ease, pace.mix, movie, start, loop)


@lru_cache(maxsize=16)
def _frames(playing: Playing) -> MovieFrames:
    return MovieFrames(playing.movie)
