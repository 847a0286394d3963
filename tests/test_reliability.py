"""Measures of confidence that can be worked out by hand, and what holds of all of them."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.measure.chart import confidence_table, reliability_chart
from qa.measure.intervals import Figure, wilson
from qa.measure.reliability import RESAMPLES, Tally, reliability

LEVELS = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 0.9, 1.0])  # few, so that many are equal
ASKED = st.lists(st.tuples(LEVELS, st.booleans()), min_size=1, max_size=40)


def tally(asked):
    return Tally.of([confidence for confidence, _ in asked], [right for _, right in asked])


# By hand.


def test_auroc_is_the_share_of_pairs_in_the_right_order():
    # of four pairs, only 0.35 (right) and 0.4 (wrong) stand in the wrong order
    assert float(tally([(0.1, False), (0.4, False), (0.35, True), (0.8, True)]).auroc()) == 3 / 4
    assert float(tally([(0.5, True), (0.5, False)]).auroc()) == 1 / 2  # a tie counts half
    assert math.isnan(float(tally([(0.5, True), (0.9, True)]).auroc()))


def test_aurc_is_the_mean_risk_of_the_surest():
    # wrong among the surest 1, 2, 3, 4: none, 1/2, 1/3, 1/4
    assert float(tally([(0.9, True), (0.8, False), (0.7, True), (0.6, True)]).aurc()) == pytest.approx(
        (0 + 1 / 2 + 1 / 3 + 1 / 4) / 4
    )
    # of the two that are as sure, one is wrong: on the average half a wrong one comes second
    assert float(tally([(0.9, True), (0.5, False), (0.5, True)]).aurc()) == pytest.approx((0 + 0.5 / 2 + 1 / 3) / 3)


def test_ece_is_what_confidence_misses_in_bins_of_as_many():
    low = [(0.1, False)] * 8 + [(0.1, True)] * 2  # told 10 %, are 20 %
    high = [(0.9, True)] * 5 + [(0.8, True)] * 5  # told 85 %, are 100 %
    told = tally(low + high)
    assert told.bins() == [slice(0, 1), slice(1, 3)]
    assert float(told.ece(told.bins())) == pytest.approx((0.10 * 10 + 0.15 * 10) / 20)


@pytest.mark.parametrize(
    ("hits", "questions", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_wilson(hits, questions, low, high):
    figure = wilson(hits, questions)
    assert (figure.value, figure.low, figure.high) == pytest.approx((hits / questions, low, high), abs=1e-4)


def test_everything_of_four_questions():
    told = reliability("fr->fr", [0.9, 0.8, 0.4, 0.2], [True, True, True, False], [True, True, False, False])
    assert (told.direction, told.questions, told.right.value, told.answered) == ("fr->fr", 4, 0.75, 0.5)
    assert told.precision == wilson(2, 2)
    assert told.auroc is not None
    assert (told.auroc.value, told.auroc.low) == (1, 1)
    assert told.ece.value == pytest.approx(0.75 - 0.575)  # one bin
    assert told.aurc.value == pytest.approx(1 / 16)
    assert [(each.questions, each.confidence) for each in told.bins] == [(4, pytest.approx(0.575))]
    assert [(point.coverage, point.confidence, point.risk.value) for point in told.curve] == [
        (0.25, 0.9, 0),
        (0.5, 0.8, 0),
        (0.75, 0.4, 0),
        (1.0, 0.2, 0.25),
    ]


def test_what_is_not_defined_is_not_told():
    told = reliability("all", [0.0, 0.0], [False, False], [False, False])
    assert (told.auroc, told.precision) == (None, None)
    assert (told.ece.value, told.aurc.value) == (0, 1)
    with pytest.raises(ValueError, match="0 confidences and 0 outcomes"):
        reliability("all", [], [], [])
    with pytest.raises(ValueError, match="1 confidences and 2 outcomes"):
        Tally.of([0.5], [True, False])
    with pytest.raises(ValueError, match="a share of no questions"):
        wilson(0, 0)


# Whatever is measured.


@given(ASKED)
def test_they_are_as_defined(asked):
    right = [confidence for confidence, was in asked if was]
    wrong = [confidence for confidence, was in asked if not was]
    if right and wrong:
        pairs = [(a > b) + (a == b) / 2 for a in right for b in wrong]
        assert float(tally(asked).auroc()) == pytest.approx(np.mean(pairs))
    surest = sorted(asked, reverse=True)
    rate = {level: np.mean([not was for at, was in asked if at == level]) for level, _ in asked}
    risks = np.cumsum([rate[level] for level, _ in surest]) / np.arange(1, len(asked) + 1)
    assert float(tally(asked).aurc()) == pytest.approx(risks.mean())
    assert [point.risk.value for point in tally(asked).curve()] == pytest.approx(list(risks))


@given(ASKED, st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_of_the_questions_does_not_matter(asked, chance):
    def told(some):
        return reliability("all", [at for at, _ in some], [was for _, was in some], [False] * len(some))

    assert told(asked) == told(chance.sample(asked, len(asked)))


@given(ASKED)
def test_only_the_order_of_confidence_matters_but_for_calibration(asked):
    squared = [(confidence**2, right) for confidence, right in asked]
    assert float(tally(asked).aurc()) == float(tally(squared).aurc())
    assert np.array_equal(tally(asked).auroc(), tally(squared).auroc(), equal_nan=True)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=300))
@settings(max_examples=30)
def test_bins_hold_every_question_once_and_part_no_equals(asked):
    told = tally(asked)
    bins = told.bins()
    assert [each.start for each in bins] == [0, *(each.stop for each in bins[:-1])]
    assert bins[-1].stop == len(told.levels)
    assert 1 <= len(bins) <= 10
    if len(told.levels) == len(asked):
        sizes = [each.stop - each.start for each in bins]
        assert max(sizes) - min(sizes) <= 1
        assert min(sizes) >= min(10, len(asked))
    assert 0 <= float(told.ece(bins)) <= 1


@given(ASKED)
@settings(max_examples=20)
def test_resamples_hold_as_many_questions(asked):
    drawn = list(tally(asked).resamples())
    assert sum(len(each.both) for each in drawn) == RESAMPLES
    for each in drawn:
        assert (each.both.sum(axis=-1) == len(asked)).all()
        ones = Tally(each.levels, each.right[0], each.wrong[0])  # together as one by one
        assert each.aurc()[0] == pytest.approx(float(ones.aurc()))
        assert each.ece(tally(asked).bins())[0] == pytest.approx(float(ones.ece(tally(asked).bins())))


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval(counts):
    figure = wilson(*counts)
    assert 0 <= figure.low <= figure.value <= figure.high <= 1
    assert figure.low < figure.high


def test_calibrated_confidence_has_little_error_and_the_interval_reaches_nought():
    chance = np.random.default_rng(5)
    confidence = chance.random(2_000)
    told = reliability("all", confidence.tolist(), (chance.random(2_000) < confidence).tolist(), [True] * 2_000)
    assert told.ece.low <= told.ece.value <= told.ece.high
    assert told.ece.low < 0.01
    assert told.ece.value < 0.05
    assert told.auroc is not None
    assert told.auroc.low < 5 / 6 < told.auroc.high  # of confidence drawn evenly from 0 to 1
    assert told.aurc.low < told.aurc.value < told.aurc.high


# As text.


def test_the_table_names_every_figure():
    row = reliability("fr->fr", [0.9, 0.2], [True, False], [True, False])
    header, line, note = confidence_table([row], seen=2).splitlines()
    assert header.split() == ["confidence", "n", "right", "answered", "of", "them", "right", "AUROC", "ECE", "AURC"]
    assert line.split()[:4] == ["fr->fr", "2", "0.500", "0.500"]
    assert note == "confidence was calibrated on 2 of these very questions, which flatters it"
    assert len(confidence_table([row]).splitlines()) == 2


def test_the_chart_shows_bins_and_curve():
    confidence = [0.05] * 10 + [0.5] * 10 + [0.96] * 10
    right = [False] * 10 + [True, False] * 5 + [True] * 10
    lines = reliability_chart(reliability("all", confidence, right, [False] * 30)).splitlines()
    pictures = {line[:10].strip(): line[25:] for line in lines[2:5]}
    assert list(pictures) == ["0.05", "0.50", "0.96"]
    assert (pictures["0.05"][0], pictures["0.50"][25], pictures["0.96"][50]) == ("o", "@", "o")
    assert pictures["0.96"][48] == "|"
    assert set("".join(pictures.values())) <= set(" -o|@")
    below = lines[lines.index("") + 1 :]
    assert below[0].startswith("risk and coverage, all")
    assert [line.split()[0] for line in below[2:]] == [f"{share}%" for share in range(10, 101, 10)]
    assert all(a <= b for a, b in pairwise(float(line.split()[2]) for line in below[2:]))


def test_a_figure_is_shown_with_its_interval():
    assert str(Figure(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"
