"""Confidence refitted on questions of one's own: the curves, the choice among them, what is kept and when it counts."""

import json
import math
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lighthouses import HEIGHTS, NAMES, gold, write_gold, write_lighthouses

from index.errors import IndexFolderError, InputError
from index.side_file import read_side, remove_side, write_side
from qa.calibrate import (
    FEWEST,
    FEWEST_FOR_CURVE,
    Case,
    _folds,
    calibrate,
    cross_validated,
    fit,
    log_loss,
    threshold_for,
)
from qa.calibration import (
    CALIBRATION_FILE,
    METHODS,
    Basis,
    Calibration,
    Calibrator,
    basis_of,
    digest,
    log_odds,
    stored_calibration,
)
from qa.curves import fit_calibrator
from qa.gold import read_gold
from qa.measure.chart import calibration_table
from qa.measure.reliability import reliability
from qa.session import Session

BASIS = Basis("encoder", "reader", "weights", "version", ("d1", "d2"))
STORED = Calibration(Calibrator("platt", slope=0.5, bias=-0.25), 0.6, 0.9, 1, (digest("q"), digest("r")), BASIS)
CURVE = Calibrator("isotonic", knots=((-1.0, 0.1), (0.0, 0.5), (2.0, 0.5), (3.0, 0.8)))
CALIBRATORS = (Calibrator(), STORED.calibrator, CURVE)


def drawn(count, slope=1.0, bias=0.0, seed=0):
    """Cases whose log-odds are a line from what they should be, two of a group."""
    chance = random.Random(seed)
    cases = []
    for number in range(count):
        confidence = chance.uniform(0.02, 0.98)
        truth = 1 / (1 + math.exp(-slope * log_odds(confidence) - bias))
        cases.append(Case(confidence, chance.random() < truth, 0.5, f"g{number // 2}"))
    return cases


# Curves.


@pytest.mark.parametrize("calibrator", CALIBRATORS, ids=METHODS)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_a_surer_answer_stays_at_least_as_sure(calibrator, confidences):
    told = [calibrator.apply(confidence) for confidence in sorted(confidences)]
    assert all(0 <= each <= 1 for each in told)
    assert all(a <= b for a, b in pairwise(told))


def test_each_curve_by_hand():
    assert Calibrator().apply(0.3) == 0.3
    assert STORED.calibrator.apply(0.5) == pytest.approx(1 / (1 + math.exp(0.25)))
    odds = {odds: 1 / (1 + math.exp(-odds)) for odds in (-9, -1, -0.5, 1, 2.5, 9)}
    told = [CURVE.apply(confidence) for confidence in odds.values()]
    assert told == pytest.approx([0.1, 0.1, 0.3, 0.5, 0.65, 0.8])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"method": "spline"}, "method 'spline': want identity, platt, isotonic"),
        ({"method": "platt", "slope": -1.0}, "want finite ones, and a slope above 0"),
        ({"method": "platt", "bias": math.nan}, "want finite ones"),
        ({"method": "isotonic"}, "do not rise"),
        ({"method": "isotonic", "knots": ((0.0, 0.5), (0.0, 0.6))}, "do not rise"),
        ({"method": "isotonic", "knots": ((0.0, 0.5), (1.0, 0.4))}, "do not rise"),
        ({"method": "isotonic", "knots": ((0.0, 1.5),)}, "do not rise"),
        ({"method": "isotonic", "knots": ((0.0, math.nan),)}, "do not rise"),
    ],
)
def test_what_does_not_rise_is_no_calibrator(wrong, message):
    with pytest.raises(ValueError, match=message):
        Calibrator(**wrong)


def test_many_cases_give_the_line_they_were_drawn_from():
    line = fit_calibrator("platt", drawn(5_000, slope=1.7, bias=-0.6))
    assert (line.slope, line.bias) == pytest.approx((1.7, -0.6), abs=0.15)


def test_few_cases_hardly_move_what_sourcier_came_with():
    line = fit_calibrator("platt", [Case(0.9, True, 0.5, "a"), Case(0.8, True, 0.5, "b")])
    assert (line.slope, line.bias) == pytest.approx((1, 0), abs=0.7)
    assert 0.9 <= line.apply(0.9) < 0.97


def test_confidence_that_misleads_is_flattened_and_not_turned_round():
    line = fit_calibrator("platt", drawn(500, slope=-2.0))
    assert line.slope == 0.05
    assert line.apply(0.1) == pytest.approx(line.apply(0.9), abs=0.1)


def test_pools_by_hand():
    at = [1 / (1 + math.exp(-odds)) for odds in (1, 2, 3, 4)]
    cases = [Case(at[place], right, 0.5, "") for place, right in enumerate([False, True, False, True])]
    knots = fit_calibrator("isotonic", cases).knots  # 2 and 3 fall, so that they are one pool
    assert [odds for odds, _ in knots] == pytest.approx([1, 2.5, 4])
    assert [rate for _, rate in knots] == pytest.approx([1 / 6, 1 / 2, 5 / 6])  # never surely right or wrong
    with pytest.raises(ValueError, match="nothing to fit"):
        fit_calibrator("isotonic", [])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_whatever_the_cases_a_calibrator_comes_of_them(outcomes):
    cases = [Case(confidence, right, 0.5, "") for confidence, right in outcomes]
    for method in METHODS:
        fitted = fit_calibrator(method, cases)  # which refuses what would not rise
        assert 0 <= fitted.apply(0.5) <= 1


# The choice.


def test_the_simplest_stays_where_nothing_is_to_mend():
    assert fit(drawn(300), METHODS).method == "identity"
    assert fit(drawn(300, slope=2.0, bias=-1.0), METHODS[:2]).method == "platt"


def test_a_curve_is_taken_where_no_line_fits():
    chance = random.Random(1)
    cases = []
    for number in range(1_000):  # right half the time, however sure, but for the surest
        confidence = chance.uniform(0.01, 0.99)
        cases.append(Case(confidence, chance.random() < (0.95 if confidence > 0.8 else 0.5), 0.5, f"g{number}"))
    assert fit(cases, METHODS).method == "isotonic"


def test_folds_judge_every_case_once_and_part_no_group():
    cases = drawn(101)
    seen = []
    for inside, outside in _folds(cases):
        assert sorted(inside + outside) == list(range(101))
        assert not {cases[place].group for place in inside} & {cases[place].group for place in outside}
        seen += outside
    assert sorted(seen) == list(range(101))


def test_the_order_of_the_cases_does_not_matter():
    cases = drawn(120, slope=0.5)
    mixed = random.Random(0).sample(range(120), 120)
    once, again = cross_validated(cases, 0.7), cross_validated([cases[place] for place in mixed], 0.7)
    assert [once.confidence[place] for place in mixed] == pytest.approx(list(again.confidence))
    assert [once.answered[place] for place in mixed] == list(again.answered)


def test_cross_validated_confidence_is_better_calibrated_than_before():
    cases = drawn(400, slope=0.4, bias=1.0)
    right = [case.right for case in cases]
    before = reliability("", [case.confidence for case in cases], right, right)
    after = reliability("", cross_validated(cases, None).confidence, right, right)
    assert after.ece.value < before.ece.value / 2


def test_without_a_precision_what_is_answered_stays_as_it_is():
    cases = drawn(100, slope=0.5, bias=-1.0)
    assert cross_validated(cases, None).answered == tuple(case.confidence >= 0.5 for case in cases)


def test_log_loss():
    assert log_loss(0.5, True) == pytest.approx(math.log(2))
    assert log_loss(0.9, False) == pytest.approx(-math.log(0.1))
    assert math.isfinite(log_loss(0.0, True))


# The threshold.


def cases_of(*told):
    return [Case(confidence, right, 0.5, str(place)) for place, (confidence, right) in enumerate(told)]


def test_the_lowest_threshold_that_reaches_the_precision():
    surest = (
        [(0.9, True)] * 9 + [(0.8, False)] + [(0.7, True)] * 10 + [(0.5, False)] * 3
    )  # 9/10, then 19/20, then 19/23
    assert threshold_for(cases_of(*surest), Calibrator(), 0.9) == pytest.approx(0.6)
    assert threshold_for(cases_of(*surest), Calibrator(), 0.8) == 0.5  # all of them: no less sure one was tried
    assert threshold_for(cases_of(*surest[:9], *surest[9:]), STORED.calibrator, 0.9) == pytest.approx(
        (STORED.calibrator.apply(0.7) + STORED.calibrator.apply(0.5)) / 2
    )


def test_equal_confidences_are_answered_together():
    cases = cases_of(*[(0.9, True)] * 10, *[(0.5, True)] * 5, *[(0.5, False)] * 5)
    assert threshold_for(cases, Calibrator(), 0.99) == pytest.approx(0.7)


def test_what_could_not_be_answered_however_sure_does_not_count():
    cases = cases_of(*[(0.9, True)] * 10, *[(0.8, False)] * 10)
    ruled_out = [replace(case, needed=case.needed if case.right else None) for case in cases]
    assert threshold_for(ruled_out, Calibrator(), 1.0) == 0.9


def test_a_precision_out_of_reach():
    with pytest.raises(
        InputError, match=r"90% is not reached with 10 answers or more, 80% is: ask for less .* nothing"
    ):
        threshold_for(cases_of(*[(0.9, True)] * 8, *[(0.9, False)] * 2), Calibrator(), 0.9)
    with pytest.raises(InputError, match="0% is: ask for less"):
        threshold_for(cases_of(*[(0.9, True)] * 9), Calibrator(), 0.9)  # nine tell too little
    hopeless = drawn(60, slope=0.05)
    assert not any(cross_validated(hopeless, 1.0).answered)


# What is kept.


@pytest.mark.parametrize("calibrator", CALIBRATORS, ids=METHODS)
@pytest.mark.parametrize("threshold", [None, 0.6])
def test_what_is_kept_comes_back(calibrator, threshold):
    kept = replace(STORED, calibrator=calibrator, threshold=threshold)
    assert Calibration.from_json(json.loads(json.dumps(kept.to_json()))) == kept


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ([], "format list, this Sourcier reads 1"),
        ({**STORED.to_json(), "format": 2}, "format 2, this Sourcier reads 1"),
        ({"format": 1}, "not as it was written"),
        ({**STORED.to_json(), "more": 1}, "not as it was written"),
        ({**STORED.to_json(), "asked": "abc"}, "not as it was written"),
        ({**STORED.to_json(), "calibrator": {"method": "platt", "slope": "1", "knots": []}}, "not as it was written"),
        ({**STORED.to_json(), "calibrator": {"method": "platt", "slope": 0.0, "knots": []}}, "a slope above 0"),
        ({**STORED.to_json(), "threshold": 1.5}, "threshold is 1.5, want 0 to 1"),
        ({**STORED.to_json(), "precision": math.nan}, "precision is nan"),
        ({**STORED.to_json(), "right": 3}, "3 right of 2 questions"),
    ],
)
def test_what_is_not_as_it_was_kept_is_refused(told, message):
    plain = json.loads(json.dumps(told))
    with pytest.raises(ValueError, match=message):
        Calibration.from_json(plain)


def test_what_it_says_of_itself():
    assert STORED.told() == "platt, fitted on 2 questions, answers from confidence 0.60 on, for a precision of 90%"
    assert replace(STORED, threshold=None).told() == "platt, fitted on 2 questions"
    assert STORED.overlap(["q", "s", "q"]) == 2


def test_side_files(tmp_path):
    assert read_side(tmp_path, "a.json") is None
    assert write_side(tmp_path, "a.json", {"é": [1]}) == tmp_path / "a.json"
    write_side(tmp_path, "a.json", {"é": [2]})
    assert read_side(tmp_path, "a.json") == {"é": [2]}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]  # nothing is left beside it
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ValueError, match="Expecting property name"):
        read_side(tmp_path, "a.json")
    assert remove_side(tmp_path, "a.json")
    assert not remove_side(tmp_path, "a.json")
    with pytest.raises(
        IndexFolderError, match=r"cannot write .*a\.json \(No such file.*keep the index elsewhere, by -i"
    ):
        write_side(tmp_path / "none", "a.json", {})
    with pytest.raises(ValueError, match=r"Is a directory|Permission"):
        read_side(tmp_path.parent, tmp_path.name)


def test_a_write_broken_off_leaves_the_old_file(tmp_path):
    write_side(tmp_path, "a.json", {"a": 1})
    with pytest.raises(TypeError):
        write_side(tmp_path, "a.json", {"a": object()})
    assert read_side(tmp_path, "a.json") == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


# In a session.


@pytest.fixture(scope="module")
def lights(tmp_path_factory):
    """A session over the lighthouses, and their gold. Shared: put back what you change."""
    here = tmp_path_factory.mktemp("lights")
    with Session.of_folder(write_lighthouses(here / "articles")) as session:
        yield session, read_gold(write_gold(here / "gold.jsonl"))


def test_a_session_is_calibrated(lights):
    session, examples = lights
    before = [session.ask(example.question) for example in examples]
    fitted = calibrate(session, examples, precision=0.9)
    assert session.calibration is None  # nothing has changed yet
    assert [case.confidence for case in fitted.cases] == [answer.confidence for answer in before]
    assert [judged == (answer.text is not None) for judged, answer in zip(fitted.before.answered, before, strict=True)]
    assert fitted.calibration.basis == basis_of(session.index, session.reader_identity, session.weights)
    assert fitted.calibration.right == sum(case.right for case in fitted.cases) >= len(HEIGHTS) // 2

    session.use(fitted.calibration)
    try:
        for answer in map(session.ask, (example.question for example in examples)):
            least = fitted.calibration.threshold
            assert answer.abstained or answer.confidence >= least
            raw = next(each.confidence for each in before if each.question.text == answer.question.text)
            assert answer.confidence == fitted.calibration.calibrator.apply(raw)
        assert session.ask("?").confidence == 0.0
    finally:
        session.use(None)


def test_hidden_answers_are_asked_again_and_never_right(lights):
    session, examples = lights
    fitted = calibrate(session, examples, hide_answers=True)
    plain, hidden = fitted.cases[: len(examples)], fitted.cases[len(examples) :]
    assert len(hidden) == len(HEIGHTS)
    assert not any(case.right for case in hidden)
    answerable = [case for case, example in zip(plain, examples, strict=True) if example.answers]
    assert [case.group for case in hidden] == [case.group for case in answerable]
    assert sum(case.confidence for case in hidden) < sum(case.confidence for case in answerable)


def test_a_session_keeps_its_calibration_while_another_is_made(lights):
    session, examples = lights
    session.use(STORED)
    calibrate(session, examples)
    assert session.calibration is STORED
    session.use(None)


def test_a_threshold_of_ones_own_stands_for_every_kind(lights):
    session, _ = lights
    weights = session.weights
    assert set(STORED.weights(weights).thresholds.values()) == {0.6}
    kept = replace(STORED, threshold=None).weights(weights).thresholds
    assert kept == {kind: STORED.calibrator.apply(value) for kind, value in weights.thresholds.items()}


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (lambda each, place: place < FEWEST - 1, "29 questions are too few to calibrate on: give at least 30"),
        (lambda each, place: not each["answers"], "of 36 questions none is answered right.*give some that the folder"),
    ],
)
def test_gold_that_tells_too_little(lights, tmp_path, chosen, message):
    session, _ = lights
    some = [each for place, each in enumerate(gold()) if chosen(each, place)]
    some += [{**each, "id": f"{each['id']}2"} for each in some if not each["answers"]] if len(some) < 20 else []
    with pytest.raises(InputError, match=message):
        calibrate(session, read_gold(write_gold(tmp_path / "gold.jsonl", some)))
    assert session.calibration is None


def test_gold_whose_answers_are_all_alike(lights, tmp_path):
    session, _ = lights
    alike = [{**gold()[0], "id": str(number)} for number in range(FEWEST)]
    with pytest.raises(InputError, match="have but 1 different answers: ask for at least 10"):
        calibrate(session, read_gold(write_gold(tmp_path / "gold.jsonl", alike)))
    elsewhere = [{**gold()[0], "sources": ["gone.txt"]}]
    with pytest.raises(InputError, match=r"gone\.txt is not in the index"):
        calibrate(session, read_gold(write_gold(tmp_path / "gold.jsonl", elsewhere)))


def test_curves_wait_for_enough_questions(lights):
    assert len(gold()) < FEWEST_FOR_CURVE
    session, examples = lights
    assert calibrate(session, examples).calibration.calibrator.method != "isotonic"


def test_the_table_of_a_calibration(lights):
    session, examples = lights
    lines = calibration_table(calibrate(session, examples, precision=0.9)).splitlines()
    assert lines[0].startswith("36 questions asked; the best sentence answers ")
    assert lines[2].split("  ")[-1] == "cross-validated"
    assert [line.split("  ")[0] for line in lines[3:9]] == [
        *("log loss", "ECE", "AUROC", "AURC", "answered", "of them right")
    ]
    assert "fitted on 36 questions, answers from confidence 0." in lines[10]


# When it counts.


@pytest.fixture
def kept(lights, tmp_path):
    """A folder of lighthouses whose index keeps a calibration."""
    folder = write_lighthouses(tmp_path / "articles")
    with Session.of_folder(folder) as session:
        calibration = replace(STORED, basis=basis_of(session.index, session.reader_identity, session.weights))
        write_side(folder / ".sourcier", CALIBRATION_FILE, calibration.to_json())
    return folder


def opened(folder):
    with Session.of_folder(folder) as session:
        return session.calibration, session.set_aside


def test_it_is_in_force_until_much_has_changed(kept):
    calibration, set_aside = opened(kept)
    assert (calibration.calibrator, set_aside) == (STORED.calibrator, None)
    for name in NAMES[:3]:
        (kept / f"{name}.txt").write_text(f"Le phare de {name} est éteint.", "utf-8")
    assert opened(kept)[1] is None  # three of 18: a change is not one gone and one come
    (kept / f"{NAMES[5]}.txt").unlink()
    assert opened(kept) == (None, "4 articles have come, gone or changed since, of 18")


def test_a_rebuild_leaves_it(kept):
    from index.build import bring_up_to_date

    bring_up_to_date(kept, rebuild=True)
    assert opened(kept)[0] is not None


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("encoder", "it was made with the encoder another, this is "),
        ("reader", "it was made with the reader another, this is embedded"),
        ("weights", "it was made with other weights"),
    ],
)
def test_it_is_set_aside_with_another_encoder_reader_or_weights(kept, field, message):
    told = read_side(kept / ".sourcier", CALIBRATION_FILE)
    told["basis"][field] = "another"
    write_side(kept / ".sourcier", CALIBRATION_FILE, told)
    calibration, why = opened(kept)
    assert calibration is None
    assert why.startswith(message)
    assert (kept / ".sourcier" / CALIBRATION_FILE).exists()


def test_other_fitted_numbers_are_told_apart(kept):
    with Session.of_folder(kept) as session:
        other = replace(session.weights, thresholds={**session.weights.thresholds, "name": 0.123})
        assert stored_calibration(session.index, session.reader_identity, session.weights)[1] is None
        assert stored_calibration(session.index, session.reader_identity, other)[1] == "it was made with other weights"


def test_a_damaged_one_is_set_aside(kept):
    (kept / ".sourcier" / CALIBRATION_FILE).write_text("{")
    calibration, why = opened(kept)
    assert calibration is None
    assert why.startswith("it cannot be read: Expecting property name")
