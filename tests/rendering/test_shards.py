"""The frames of a movie fall to shards: each to one, in runs of neighbours, always the same ones."""

from __future__ import annotations

import random

import pytest

from moviemaker.core.errors import UserError
from moviemaker.film.claims.intervals import frames_in
from moviemaker.rendering.shards import RUNS, SHORTEST, Shard


def test_each_frame_falls_to_one_shard_and_shares_are_equal():
    chance = random.Random(1)
    for _ in range(200):
        begin, length, count = chance.randrange(50), chance.randrange(1, 700), chance.randrange(1, 40)
        frames = range(begin, begin + length)
        shares = [Shard(number, count).share(frames) for number in range(1, count + 1)]
        assert sorted(index for share in shares for index in share) == list(frames)
        assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_shares_are_runs_of_neighbours_that_are_spread_over_the_movie():
    for number in range(1, 9):
        runs = frames_in(Shard(number, 8).share(range(2000)))
        assert RUNS // 2 <= len(runs) <= RUNS  # two that meet are one
        assert min(map(len, runs)) >= 2000 // 8 // RUNS
        assert runs[0].start < 250
        assert runs[-1].stop > 1750
    for number in range(1, 9):
        assert min(map(len, frames_in(Shard(number, 8).share(range(100))))) >= SHORTEST


@pytest.mark.parametrize("text", ["0/4", "5/4", "1/0", "4", "1/x", "-1/4", "1.5/2", ""])
def test_other_texts_are_answered_with_how_to_write_one(text):
    with pytest.raises(UserError, match="write I/N, such as 2/8"):
        Shard.of(text)
    assert Shard.of(" 2 / 8 ") == Shard(2, 8)
