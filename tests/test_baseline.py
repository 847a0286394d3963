"""An evaluation compared with an earlier one: what is read, what is compared, and what is said."""

import json
from dataclasses import asdict, replace

import pytest

from index.errors import InputError
from qa.measure.baseline import outcome_of, read_baseline
from qa.measure.compare import BETTER, UNCLEAR, WORSE, compare
from qa.measure.compare_table import SHOWN, comparison_table
from qa.measure.evaluation import Evaluation, Result, rows_of
from qa.measure.metrics import RETRIEVAL

MADE_OF = {"index": "1", "encoder": "embedded", "reader": "embedded"}


def asked(name, direction="fr->fr", right=1.0, rr=1.0, answer="27 %", **other):
    """Return a question whose answer is exact where it is right, or nothing to nobody where it is wrong."""
    given = float(answer is not None)
    reading = {"answered": given, "sentence": right * given, **dict.fromkeys(("em", "f1", "em_all", "f1_all"), right)}
    return Result(
        **{
            **{"id": name, "question": f"{name} ?", "gold": f"gold of {name}", "direction": direction},
            **{"answerable": True, "expected": ("27 %",), "answer": answer, "source": None, "sentence": None},
            **{"confidence": 0.5, "right": bool(right), "pair": direction, "ms": 10.0},
            **{"citations": int(given), "citations_valid": int(given), "relevant": {"a.txt:0": 1}, "found": ()},
            **{"figures": {**dict.fromkeys(RETRIEVAL, rr), **reading}, **other},
        }
    )


def refused(name, answer=None, **other):
    figures = dict.fromkeys(("refused", "em_all", "f1_all"), float(answer is None))
    none = {"answerable": False, "expected": (), "relevant": {}, "figures": figures}
    return asked(name, "fr->none", 0.0, 0.0, answer, **{**none, **other})


def judged(name, rr, answer=None):
    """Return a question of gold that judges files, and tells no answer."""
    return asked(name, answer=answer, expected=(), figures={**dict.fromkeys(RETRIEVAL, rr), "answered": 0.0})


def evaluation(*results, **made_of):
    return Evaluation(rows_of(results), (), tuple(results), {**MADE_OF, **made_of})


@pytest.fixture
def written(tmp_path):
    def write(told, **changes):
        path = tmp_path / "base.json"
        told = told.to_json() if isinstance(told, Evaluation) else told
        path.write_text(json.dumps({**told, **changes}), "utf-8")
        return path

    return write


@pytest.fixture
def compared(written):
    def run(now, before):
        return compare(now, read_baseline(written(before)))

    return run


# Reading.


def test_what_was_written_is_read(written):
    results = (asked("a", citations=4, citations_valid=3), asked("b", answer=None), refused("c"))
    path = written(evaluation(*results))
    baseline = read_baseline(path)
    assert (baseline.path, baseline.made_of, list(baseline.questions)) == (path, MADE_OF, ["a", "b", "c"])
    assert baseline.questions["a"].figures == {**results[0].figures, "citations_valid": 3 / 4}
    assert "citations_valid" not in baseline.questions["b"].figures
    assert list(baseline.questions.values()) == [outcome_of(result) for result in results]


def test_what_the_terminal_saved_with_a_mark_is_read(tmp_path):
    path = tmp_path / "base.json"
    path.write_text(json.dumps(evaluation(asked("é")).to_json(), indent=2, ensure_ascii=False), "utf-8-sig")
    assert list(read_baseline(path).questions) == ["é"]


def broken(**changes):
    """Return a baseline whose second question is changed; `...` leaves a key out."""
    told = evaluation(asked("a"), asked("b")).to_json()
    told["per_question"][1] |= changes
    told["per_question"][1] = {name: value for name, value in told["per_question"][1].items() if value is not ...}
    return told


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"figures": ...}, r"question 2 \('b'\): no figures"),
        ({"figures": {}}, r"question 2 \('b'\): no figures"),
        ({"figures": [1]}, r"question 2 \('b'\): no figures"),
        ({"figures": {"mrr": "1"}}, r"question 2 \('b'\): mrr is '1', no number"),
        ({"figures": {"mrr": None}}, r"mrr is None, no number"),
        ({"figures": {"mrr": True}}, r"mrr is True, no number"),
        ({"figures": {"mrr": float("nan")}}, r"mrr is nan, want 0 to 1"),
        ({"figures": {"mrr": float("inf")}}, r"mrr is inf, want 0 to 1"),
        ({"figures": {"mrr": 1.01}}, r"mrr is 1\.01, want 0 to 1"),
        ({"figures": {"mrr": -1}}, r"mrr is -1, want 0 to 1"),
        ({"id": ...}, r"question 2: id is not a text"),
        ({"id": 7}, r"question 2: id is not a text"),
        ({"id": "a"}, r"question 2: 'a' is there twice"),
        ({"gold": ""}, r"question 2: gold is not a text"),
        ({"question": None}, r"question 2: question is not a text"),
        ({"answer": 5}, r"answer is neither a text nor null"),
        ({"answer": ...}, r"answer is neither a text nor null"),
        ({"ms": ...}, r"ms is None, no number"),
        ({"ms": float("inf")}, r"ms is inf, want a finite number from 0"),
        ({"ms": 10**400}, r"ms is 10000000000000000000, want a finite number from 0"),
        ({"ms": -1}, r"ms is -1, want a finite number from 0"),
        ({"citations": -1}, r"citations is -1, want"),
        ({"citations": 1, "citations_valid": 2}, r"citations_valid is 2, want 0 to 1"),
    ],
)
def test_a_question_that_is_damaged_is_named(written, changes, said):
    path = written(broken(**changes))
    with pytest.raises(InputError, match=said) as caught:
        read_baseline(path)
    assert str(caught.value).startswith(f"{path}, question 2")
    assert str(caught.value).endswith(": give a file that `sourcier eval GOLD --json` wrote")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": None}, "is no evaluation: give"),
        ({"schema": 2}, r"is of schema 2, this Sourcier reads 1: make the file again with this version"),
        ({"per_question": {}}, "per_question: no list of questions"),
        ({"per_question": []}, "per_question: no list of questions"),
        ({"per_question": ["a"]}, "question 1: not an object"),
        ({"made_of": None}, "made_of: not a name for each part"),
        ({"made_of": {"reader": 1}}, "made_of: not a name for each part"),
    ],
)
def test_a_file_that_is_damaged_is_refused(written, changes, said):
    with pytest.raises(InputError, match=said) as caught:
        read_baseline(written(evaluation(asked("a")), **changes))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", r"invalid JSON \(Expecting value, line 1\): give a file that"),
        (b'{\n"schema": 1,\n', r"invalid JSON \(.*, line 3\)"),
        (b"[1]", "is no evaluation: give"),
        (b'{"schema": 1, "answer": "27 %"}', "is no evaluation: give"),  # of `sourcier ask --json`
        (b"[" * 100_000, "JSON that cannot be read"),
        (b'{"schema": "\xe9"}', "not UTF-8: save the file as UTF-8"),
        ('{"schema": 1}'.encode("utf-16"), "is UTF-16: save it as UTF-8"),
    ],
)
def test_a_file_that_is_something_else_is_refused(tmp_path, content, said):
    path = tmp_path / "base.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_baseline(path)


def test_a_file_that_is_missing_is_told(tmp_path):
    with pytest.raises(InputError, match=r"no file at .*gone\.json: check the path"):
        read_baseline(tmp_path / "gone.json")
    with pytest.raises(InputError, match="is a folder: give a file"):
        read_baseline(tmp_path)


# Comparing.


def test_a_run_and_itself_do_not_differ(compared):
    run = evaluation(asked("a"), asked("b", "en->fr", 0.0, 0.5), asked("c", answer=None), refused("d"))
    found = compared(run, run)
    assert (found.changed, found.made_of, found.only_before, found.only_now, found.other_gold) == ((), {}, (), (), ())
    assert [row.direction for row in found.rows] == ["all", "fr->fr", "en->fr", "fr->none"]
    for row in found.rows:
        assert row.figures
        for figure in row.figures.values():
            assert (figure.p, figure.adjusted, figure.up, figure.down) == (1, 1, 0, 0)
            assert (figure.difference.value, figure.difference.low, figure.difference.high) == (0, 0, 0)
            assert figure.before == figure.now
            assert figure.verdict == UNCLEAR
    said = comparison_table(found)
    assert said.count("nothing changed") == 4
    assert "questions changed: 0" in said
    assert "both are made of the same" in said


def test_one_question_changed(compared):
    before = evaluation(*(asked(name) for name in "abcd"), asked("e", "en->fr"), refused("r"))
    wrong = asked("d", right=0.0, rr=0.5, answer="33 %", ms=30.0)
    now = evaluation(*(asked(name) for name in "abc"), wrong, asked("e", "en->fr"), refused("r"))
    found = compared(now, before)
    (changed,) = found.changed
    assert (changed.id, changed.direction, changed.before, changed.now) == ("d", "fr->fr", "27 %", "33 %")
    assert changed.kinds == ("now wrong", "found lower", "answered in other words")
    everything, french, english, none = found.rows
    mrr = everything.figures["mrr"]
    assert (mrr.questions, mrr.before, mrr.now, mrr.up, mrr.down) == (5, 1, 4.5 / 5, 0, 1)
    assert (mrr.difference.value, mrr.p, mrr.adjusted) == (pytest.approx(-0.1), 1, 1)
    assert everything.figures["em_all"].questions == 6
    assert french.figures["sentence"].difference.value == -1 / 4
    assert english.figures["sentence"].difference.value == 0
    assert "em_all" not in french.figures  # it is `em` there
    assert list(none.figures) == ["refused"]
    assert (french.ms_before, french.ms_now) == (10, 10)


def test_enough_questions_moved_one_way_are_better_or_worse(compared):
    names = [f"q{n}" for n in range(12)]
    weak, strong = (
        evaluation(*(asked(name, right=right, rr=1.0) for name in names), asked("z", "en->en")) for right in (0.0, 1.0)
    )
    up, down = compared(strong, weak), compared(weak, strong)
    for found, verdict, sign in ((up, BETTER, 1), (down, WORSE, -1)):
        row = found.rows[1]
        sentence = row.figures["sentence"]
        assert (sentence.verdict, sentence.difference.value, sentence.p) == (verdict, sign, 2 / 2**12)
        assert sentence.adjusted == pytest.approx(3 * 2 / 2**12)  # em, F1 and `sentence` moved, and nothing else
        assert row.figures["mrr"].verdict == UNCLEAR
        lines = comparison_table(found).splitlines()
        said = f"{verdict}: exact match, F1, right sentence cited; in the others no difference that chance could"
        assert any(line.startswith("fr->fr") and said in line for line in lines)
        assert "en->en  nothing changed" in lines


def test_five_of_five_may_be_chance(compared):
    names = "abcde"
    found = compared(evaluation(*map(asked, names)), evaluation(*(asked(name, right=0.0) for name in names)))
    sentence = found.rows[0].figures["sentence"]
    assert (sentence.difference.value, sentence.p, sentence.verdict) == (1, 2 / 32, UNCLEAR)


@pytest.mark.parametrize(
    ("before", "now", "kinds"),
    [
        (asked("q", right=0.0), asked("q"), ("now right",)),
        (asked("q", rr=0.5), asked("q"), ("found higher",)),
        (asked("q"), asked("q", answer=None), ("now wrong", "now refused")),
        (asked("q", right=0.0), asked("q", right=0.0, answer=None), ("now refused",)),
        (asked("q"), asked("q", answer="27 pour cent"), ("answered in other words",)),
        (refused("q"), refused("q", "27 %"), ("now answered",)),
        (refused("q", "27 %"), refused("q"), ("now refused",)),
        (refused("q#left-out"), refused("q#left-out", "27 %"), ("now answered",)),
        (judged("q", 1.0), judged("q", 0.5), ("now wrong", "found lower")),
        (judged("q", 0.2), judged("q", 0.5), ("found higher",)),
        (asked("q", rr=0.3), asked("q", rr=0.1 + 0.2), None),  # rounding
        (asked("q"), asked("q", ms=99.0, confidence=0.9), None),
    ],
)
def test_what_changed_in_a_question(compared, before, now, kinds):
    found = compared(evaluation(now), evaluation(before))
    assert [each.kinds for each in found.changed] == ([kinds] if kinds else [])


def test_questions_that_are_not_in_both_or_whose_gold_changed_are_named_and_not_compared(compared):
    before = evaluation(*map(asked, ("both", "gone", "other")), refused("other#left-out"))
    other = asked("other", right=0.0, gold="another")
    left_out = refused("other#left-out", "27 %")  # its own gold is the same, but not what was left out
    found = compared(evaluation(asked("new"), other, asked("both"), left_out), before)
    assert (found.only_before, found.only_now) == (("gone",), ("new",))
    assert found.other_gold == ("other", "other#left-out")
    assert [(row.direction, row.questions) for row in found.rows] == [("all", 1), ("fr->fr", 1)]
    assert found.changed == ()
    said = comparison_table(found)
    assert "not compared, only in the baseline: 1 (gone)" in said
    assert "not compared, only in this run: 1 (new)" in said
    assert "not compared, whose gold changed: 2 (other, other#left-out)" in said


def test_nothing_in_common_is_an_error(compared):
    with pytest.raises(InputError, match=r"base\.json has no question in common .*, it was made of other questions: "):
        compared(evaluation(asked("a")), evaluation(asked("b")))
    with pytest.raises(InputError, match=r"in common with this gold, its questions have changed since: make it again"):
        compared(evaluation(asked("a", gold="another")), evaluation(asked("a")))


def test_a_figure_that_no_question_has_both_times_is_left_out(compared):
    before = asked("a")
    known = {name: value for name, value in before.figures.items() if name != "recall@3"}
    found = compared(evaluation(asked("a")), evaluation(replace(before, figures=known)))
    assert "recall@3" not in found.rows[0].figures
    assert "recall@5" in found.rows[0].figures


def test_a_question_has_the_direction_of_now(compared):
    found = compared(evaluation(asked("a", "en->fr")), evaluation(asked("a", "en->en")))
    assert [row.direction for row in found.rows] == ["all", "en->fr"]


def test_citations_are_compared_where_something_was_cited_both_times(compared):
    before = evaluation(asked("a", citations=2, citations_valid=2), asked("b", answer=None))
    found = compared(evaluation(asked("a", citations=4, citations_valid=3), asked("b")), before)
    valid = found.rows[0].figures["citations_valid"]
    assert (valid.questions, valid.before, valid.now) == (1, 1, 3 / 4)


def test_what_was_changed_is_told(compared):
    found = compared(evaluation(asked("a"), reader="/models/r", rules="2"), evaluation(asked("a")))
    assert found.made_of == {"reader": ("embedded", "/models/r"), "rules": (None, "2")}
    said = comparison_table(found)
    assert "reader: embedded before, /models/r now" in said
    assert "rules: not told before, 2 now" in said


def test_json_tells_everything(compared):
    found = compared(evaluation(asked("a"), reader="other"), evaluation(asked("a", right=0.0, answer="33 %")))
    told = json.loads(json.dumps(found.to_json()))
    assert told["schema"] == 1
    assert told["baseline"].endswith("base.json")
    assert told["made_of"] == {"reader": ["embedded", "other"]}
    assert told["rows"][0]["direction"] == "all"
    sentence = found.rows[0].figures["sentence"]
    assert told["rows"][0]["figures"]["sentence"] == {**asdict(sentence), "verdict": UNCLEAR}
    (changed,) = told["changed"]
    assert (changed["kinds"], changed["before"], changed["now"]) == (
        ["now right", "answered in other words"],
        "33 %",
        "27 %",
    )
    assert (told["only_before"], told["only_now"], told["other_gold"]) == ([], [], [])


def test_the_table_by_hand(compared):
    before = evaluation(asked("a", rr=0.5), asked("b", answer=None, right=0.0))
    now = evaluation(asked("a", rr=1.0, ms=20.0), asked("b", question="Combien\nde parts\x1b ?"))
    lines = comparison_table(compared(now, before)).splitlines()
    assert lines[0].startswith("2 questions, compared with ")
    assert lines[3].split() == ["questions", "before", "now", "difference", "p", "p,", "Holm"]
    everything, french = (line.split() for line in lines if line.startswith("  MRR "))
    assert everything == french == ["MRR", "2", "0.750", "1.000", "+0.250", "[+0.000,", "+0.500]", "1.0000", "1.0000"]
    assert "p50: 10.0 ms before, 15.0 ms now" in lines
    assert "questions changed: 2 (1 now right, 1 now answered, 1 found higher)" in lines
    assert "  b, fr->fr: now right, now answered: Combien de parts ?" in lines
    assert "    before: no answer; now: 27 %" in lines


def test_the_table_shows_so_many_changed_questions_those_now_wrong_first(compared):
    names = [f"q{n:02d}" for n in range(SHOWN + 3)]
    before = evaluation(*(asked(name, right=0.0) for name in names), asked("z"))
    now = evaluation(*map(asked, names), asked("z", right=0.0))
    lines = comparison_table(compared(now, before)).splitlines()
    changed = lines[lines.index("questions changed: 24 (1 now wrong, 23 now right)") + 1 :]
    assert changed[0].startswith("  z, fr->fr: now wrong")
    assert changed[-1] == "  and 4 more: --json tells them all"
    assert len(changed) == SHOWN + 1
