"""Intervals and p-values against scipy, published examples and hand counts, and by simulation."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from qa.measure import intervals
from qa.measure.intervals import Figure, difference, holm, interval_of_mean, paired_difference, wilson

SHARES = [0.0, 0.1, 1 / 3, 0.5, 1.0]  # such as reciprocal ranks


def bounds(figure):
    return (figure.low, figure.high)


# A share.


@pytest.mark.parametrize(("hits", "questions"), [(0, 1), (1, 1), (0, 10), (10, 10), (3, 7), (50, 100), (999, 1000)])
def test_wilson_is_scipy_s(hits, questions):
    expected = stats.binomtest(hits, questions).proportion_ci(0.95, method="wilson")
    assert bounds(wilson(hits, questions)) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_share_of_no_questions_is_refused():
    with pytest.raises(ValueError, match="no questions"):
        wilson(0, 0)


# The difference of two figures.


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((5, 56), (0, 29), -0.0381, 0.1926)],
)
def test_the_difference_of_shares_is_that_of_newcombe_s_table(one, other, low, high):
    found = difference(wilson(*one), wilson(*other))
    assert found.value == pytest.approx(one[0] / one[1] - other[0] / other[1])
    assert bounds(found) == pytest.approx((low, high), abs=5e-5)
    mirrored = difference(wilson(*other), wilson(*one))
    assert bounds(mirrored) == pytest.approx((-high, -low), abs=5e-5)


# A mean.


def test_a_mean_of_right_and_wrong_is_a_share():
    assert interval_of_mean([1, 0, 1, 1]) == wilson(3, 4)
    assert interval_of_mean([0, 0]) == wilson(0, 2)


def test_a_mean_of_equal_values_is_as_wide_as_a_share_of_as_many():
    assert interval_of_mean([0.5]) == wilson(0.5, 1)
    assert interval_of_mean([0.25] * 8) == wilson(2, 8)


def test_a_mean_has_the_expanded_percentiles_of_a_bootstrap(monkeypatch):
    monkeypatch.setattr(intervals, "RESAMPLES", 40_000)
    values = np.random.default_rng(3).choice(SHARES, size=12)
    tail = stats.norm.cdf(-np.sqrt(12 / 11) * stats.t.ppf(0.975, 11))
    expected = stats.bootstrap(
        (values,), np.mean, confidence_level=1 - 2 * tail, method="percentile", n_resamples=40_000, rng=1
    ).confidence_interval
    found = interval_of_mean(values)
    assert found.value == pytest.approx(values.mean())
    assert bounds(found) == pytest.approx((expected.low, expected.high), abs=0.015)
    plain = np.quantile(intervals._resampled_means(values), (0.025, 0.975))
    assert found.low < plain[0] < plain[1] < found.high


@pytest.mark.parametrize("count", [4, 6, 10, 30, 100, 10_000])
def test_the_tails_are_those_of_student(count):
    expected = stats.norm.cdf(-np.sqrt(count / (count - 1)) * stats.t.ppf(0.975, count - 1))
    assert intervals._tails(count) == pytest.approx((expected, 1 - expected), abs=2e-4)


def test_two_values_may_mean_anything_between_them():
    assert bounds(interval_of_mean([0.2, 0.6])) == pytest.approx((0.2, 0.6))


def test_a_mean_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no questions"):
        interval_of_mean([])


@given(st.lists(st.sampled_from(SHARES), min_size=1, max_size=30))
def test_a_mean_lies_in_its_interval(values):
    found = interval_of_mean(values)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


def test_drawing_in_parts_changes_nothing(monkeypatch):
    values = np.random.default_rng(5).random(30)
    at_once = (interval_of_mean(values), paired_difference(values, values[::-1]))
    monkeypatch.setattr(intervals, "_CELLS", 30 * 300)
    assert list(intervals._parts(1000, 30)) == [300, 300, 300, 100]
    assert list(intervals._parts(2, 100_000)) == [1, 1]
    in_parts = (interval_of_mean(values), paired_difference(values, values[::-1]))
    assert in_parts[0] == at_once[0]
    assert in_parts[1][0] == at_once[1][0]
    assert in_parts[1][1] == pytest.approx(at_once[1][1], abs=0.03)


# Two runs over the same questions.


def test_a_run_and_itself_do_not_differ():
    assert paired_difference([0.2, 1, 0], [0.2, 1, 0]) == (Figure(0.0, 0.0, 0.0), 1.0)
    assert paired_difference([0.1 + 0.2] * 9, [0.3] * 9) == (Figure(0.0, 0.0, 0.0), 1.0)  # rounding moves no question


@pytest.mark.parametrize(
    ("now", "before", "mean", "p"),
    [
        ([1, 1, 1], [0, 0, 0], 1, 2 / 8),  # all up or all down, of eight ways
        ([1, 1, 1, 0.5], [0, 0, 0, 0.5], 3 / 4, 2 / 8),  # one that did not move tells nothing
        ([1, 1, 0], [0, 0, 1], 1 / 3, 1),  # every way sums to 1 at least
        ([1, 0.5], [0, 0], 0.75, 2 / 4),
        ([0, 0, 0, 0, 0.5], [1, 1, 1, 1, 0], -3.5 / 5, 4 / 32),  # 4.5 and 3.5, each up or down
    ],
)
def test_the_p_value_counts_the_ways(now, before, mean, p):
    figure, found = paired_difference(now, before)
    assert (figure.value, found) == pytest.approx((mean, p))


@pytest.mark.parametrize(("count", "tolerance"), [(7, 1e-12), (13, 1e-12), (14, 0.02), (60, 0.02)])
def test_the_p_value_is_scipy_s(count, tolerance):
    chance = np.random.default_rng(count)
    now, before = chance.random(count), chance.random(count) - 0.02
    expected = stats.permutation_test(
        (now - before,), np.mean, permutation_type="samples", n_resamples=20_000, rng=2
    ).pvalue
    assert paired_difference(now, before)[1] == pytest.approx(expected, abs=tolerance)


def test_exact_where_few_moved_however_many_there_are():
    now = [1] * 6 + [0.5] * 500
    assert paired_difference(now, [0] * 6 + [0.5] * 500)[1] == 2 / 64


def test_a_sampled_p_value_is_never_0():
    assert paired_difference([1] * 40, [0] * 40)[1] == 1 / (intervals.FLIPS + 1)


def test_the_other_way_round_all_is_mirrored():
    chance = np.random.default_rng(4)
    now, before = chance.choice(SHARES, 25), chance.choice(SHARES, 25)
    (one, p), (other, q) = paired_difference(now, before), paired_difference(before, now)
    assert (one.value, p) == pytest.approx((-other.value, q))
    assert bounds(one) == pytest.approx((-other.high, -other.low), abs=0.03)


def test_one_question_proves_nothing():
    figure, p = paired_difference([1], [0])
    assert p == 1
    assert figure.value == figure.high == 1
    assert figure.low < 0


@pytest.mark.parametrize(("now", "before"), [([], []), ([1], [1, 0])])
def test_runs_that_do_not_pair_are_refused(now, before):
    with pytest.raises(ValueError, match="want as many, and some"):
        paired_difference(now, before)


# Several figures.


def test_holm_by_hand():
    # 4 x 0.005; 3 x 0.01; 2 x 0.03; and 0.04 not below the one before it
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_lies_between_the_p_value_and_bonferroni_s_and_keeps_the_order(p_values):
    raised = holm(p_values)
    for p, q in zip(p_values, raised, strict=True):
        assert p <= q <= 1
    if p_values:
        assert min(raised) == pytest.approx(min(1, len(p_values) * min(p_values)))
    for (p, q), (other, raised_other) in itertools.permutations(zip(p_values, raised, strict=True), 2):
        assert p > other or q <= raised_other


# By simulation.


@pytest.mark.parametrize("count", [8, 40])
def test_the_interval_of_a_mean_holds_the_truth_about_95_times_of_100(monkeypatch, count):
    monkeypatch.setattr(intervals, "RESAMPLES", 500)
    chance, shares = np.random.default_rng(7), [0.2, 0.1, 0.1, 0.2, 0.4]
    truth = float(np.dot(SHARES, shares))
    told = [interval_of_mean(chance.choice(SHARES, size=count, p=shares)) for _ in range(500)]
    assert 0.92 <= np.mean([each.low <= truth <= each.high for each in told]) <= 0.98


def test_without_a_change_the_p_value_is_as_often_small_as_it_says(monkeypatch):
    monkeypatch.setattr(intervals, "RESAMPLES", 500)
    monkeypatch.setattr(intervals, "FLIPS", 500)
    chance = np.random.default_rng(8)
    told = [paired_difference(chance.random(30), chance.random(30)) for _ in range(500)]
    p_values = np.asarray([p for _, p in told])
    for level in (0.05, 0.2, 0.5, 0.8):
        assert np.mean(p_values <= level) == pytest.approx(level, abs=0.05)
    assert 0.92 <= np.mean([each.low <= 0 <= each.high for each, _ in told]) <= 0.98


def test_a_change_is_seen():
    chance = np.random.default_rng(9)
    before = chance.random(60) * 0.8
    figure, p = paired_difference(before + 0.1 + 0.1 * chance.random(60), before)
    assert 0.1 < figure.low < figure.high < 0.2
    assert p < 0.001
