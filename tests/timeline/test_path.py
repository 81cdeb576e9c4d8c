import numpy as np
import pytest

from moviemaker.timeline.path import (
    MonotoneTrack,
    distinct,
    hairpin_brakes,
    lines_through,
    spline_through,
)


def random_points(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 9))
    scale = 10 ** rng.uniform(-1, 1, (n, 1)) if seed % 2 else 1.0
    return rng.normal(size=(n, 3)) * scale


def barry_goldman(points, u):
    """A point of the piece between the middle two of four points, by the pyramid of Barry & Goldman (1988)."""
    knots = np.concatenate([[0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1)))])
    t = knots[1] + u * (knots[2] - knots[1])

    def lerp(a, b, ta, tb):
        return (tb - t) / (tb - ta) * a + (t - ta) / (tb - ta) * b

    a = [lerp(points[i], points[i + 1], knots[i], knots[i + 1]) for i in range(3)]
    b = [lerp(a[i], a[i + 1], knots[i], knots[i + 2]) for i in range(2)]
    return lerp(b[0], b[1], knots[1], knots[2])


def test_the_spline_is_centripetal_catmull_rom():
    points = np.array([[0, 0, 0], [1, 3, 0], [5, 2, 1], [6, 6, -2]], dtype=float)
    curve = spline_through(points)
    along = np.linspace(curve.lengths[1], curve.lengths[2], 4001)[1:-1]
    on_curve = np.array([curve.at(s) for s in along[::40]])
    reference = np.array([barry_goldman(points, u) for u in np.linspace(0, 1, 4001)])
    for point in on_curve:
        assert np.min(np.linalg.norm(reference - point, axis=1)) < 1e-3


def test_two_points_make_a_straight_line_measured_in_its_length():
    curve = spline_through(np.array([[0, 0, 0], [3, 0, 4]], dtype=float))
    assert curve.lengths.tolist() == pytest.approx([0, 5])
    for s in (-1, 0, 1.25, 5, 9):
        assert curve.at(s) == pytest.approx(np.array([3, 0, 4]) * np.clip(s, 0, 5) / 5)


def test_the_parameter_is_the_distance():
    curve = spline_through(random_points(3))
    h = 1e-4 * curve.lengths[-1]
    for s in np.linspace(h, curve.lengths[-1] - 2 * h, 40):
        assert np.linalg.norm(curve.at(s + h) - curve.at(s)) == pytest.approx(h, rel=1e-4)


def test_points_on_a_circle_give_almost_its_length():
    angle = np.linspace(0, 2 * np.pi, 33)
    circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    assert spline_through(circle).lengths[-1] == pytest.approx(2 * np.pi, rel=1e-3)


def test_every_point_is_passed_exactly():
    for seed in range(20):
        points = random_points(seed)
        for curve in (spline_through(points), lines_through(points)):
            assert np.array_equal([curve.at(s) for s in curve.lengths], points)


def test_overshoot_is_negligible():
    worst = 0.0
    for seed in range(50):
        points = random_points(seed)
        curve = spline_through(points)
        on_curve = np.array([curve.at(s) for s in np.linspace(0, curve.lengths[-1], 60)])
        beyond = max(np.max(points.min(0) - on_curve.min(0)), np.max(on_curve.max(0) - points.max(0)))
        worst = max(worst, beyond / np.linalg.norm(np.ptp(points, axis=0)))
    assert worst < 0.1  # of the diagonal of the box around the points


def test_lines_are_straight():
    curve = lines_through(np.array([[0, 0, 0], [2, 0, 0], [2, 2, 0]], dtype=float))
    assert curve.lengths.tolist() == pytest.approx([0, 2, 4])
    assert curve.at(1) == pytest.approx([1, 0, 0])
    assert curve.at(3) == pytest.approx([2, 1, 0])


def test_points_that_stand_still_are_counted_once():
    points, index = distinct(np.array([[0, 0, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]], dtype=float))
    assert points.tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert index.tolist() == [0, 0, 1, 2, 2]


def test_only_hairpins_are_slowed_down():
    def brake(degrees):
        turn = np.radians(degrees)
        return hairpin_brakes(np.array([[0, 0, 0], [1, 0, 0], [1 + np.cos(turn), np.sin(turn), 0]]))[1]

    assert [brake(degrees) for degrees in (0, 90, 119)] == [1, 1, 1]
    assert 0.2 < brake(165) < 0.9
    assert brake(180) == pytest.approx(0, abs=1e-6)


def test_a_track_between_two_keys_is_smoothstep():
    track = MonotoneTrack.through([0, 2], [1.0, 3.0])
    for x in (0, 0.25, 0.5, 0.9, 1):
        assert track.at(2 * x) == pytest.approx([1 + 2 * x * x * (3 - 2 * x)])
    assert track.at(-1) == [1]
    assert track.at(9) == [3]


def test_slopes_are_those_of_pchip():
    track = MonotoneTrack.through([0, 1, 3, 4], [0.0, 1.0, 5.0, 4.0])
    assert track.ends[0] == pytest.approx([9 / (5 / 1 + 4 / 2)])  # Fritsch & Butland: 3 (h0 + h1) / (w1 / d0 + w2 / d1)
    assert track.starts[1] == track.ends[0]
    assert track.ends[1] == [0]  # it turns round here


def test_a_track_never_leaves_the_range_of_its_neighbours():
    rng = np.random.default_rng(1)
    for _ in range(50):
        times = np.cumsum(rng.uniform(0.1, 5, 7))
        values = rng.normal(size=(7, 2)) * 10 ** rng.uniform(-2, 2, (7, 1))
        values[4] = values[3]
        eases = [str(e) if e != "none" else None for e in rng.choice(["none", "none", "linear", "in", "out"], 6)]
        track = MonotoneTrack.through(times.tolist(), values, eases)
        for i in range(6):
            inside = np.array([track.at(t) for t in np.linspace(times[i], times[i + 1], 40)])
            low, high = np.sort(values[i : i + 2], axis=0)
            slack = 1e-12 * np.abs(values).max()
            assert np.all(inside >= low - slack)
            assert np.all(inside <= high + slack)


def test_a_neighbour_takes_over_the_speed_of_an_eased_segment():
    track = MonotoneTrack.through([0, 1, 2, 3], [0.0, 1.0, 3.0, 4.0], [None, "linear", None])
    assert track.at(1.25) == pytest.approx([1.5])
    assert track.ends[0] == track.starts[1] == [2]
    assert track.starts[2] == track.ends[1] == [2]


def test_the_speed_taken_over_keeps_the_track_monotone():
    track = MonotoneTrack.through([0, 1, 2], [0.0, 1.0, 11.0], [None, "linear"])
    assert track.ends[0] == [3]
