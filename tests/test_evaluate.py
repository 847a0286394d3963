"""An evaluation whose every figure can be worked out by hand, and one of the real thing."""

import json
from dataclasses import replace
from math import hypot, log2
from pathlib import Path

import ir_measures
import pytest

from index.errors import InputError
from index.types import Hit
from qa.calibration import Basis, Calibration, Calibrator, digest
from qa.gold import read_gold, squad_folder
from qa.measure.evaluate import evaluate
from qa.measure.evaluation import FIGURES
from qa.measure.intervals import wilson
from qa.measure.table import table
from qa.measure.trec import qrels_lines, run_lines
from qa.question import read_question
from qa.session import Session
from qa.types import Answer, Citation, Example, GoldSpan, Reading, Reason, Span

FRENCH = "Microsoft détient 27 % du capital de la société. Elle a tout payé en 2019."
ENGLISH = "The company was founded in Paris in 2015. It now employs 700 people over there."
DATA = Path(__file__).parent / "data"


class Canned:
    """Answers what it was told to, from the index of a real session."""

    def __init__(self, session):
        self.index = session.index
        self.calibration = None
        self.reader_identity, self.weights = "canned 1", session.weights
        self.answers = {}
        self.asked = []

    def tell(self, question, passages, quote=None, source=None, milliseconds=1.0, confidence=0.5, best=None, **forged):
        """Set the passages found, as sources, and the quote cited, if any, or else the best sentence, as its file."""
        documents = {info.source: info for info in self.index.passages.documents()}
        hits = []
        for rank, name in enumerate(passages, start=1):
            (passage,) = self.index.passages.passages_of(documents[name].doc_id)
            hits.append(Hit(passage, documents[name], rank, 1 / rank, 0, 0, 0))
        citations = ()
        if quote:
            info = documents[source]
            text = self.index.passages.text(info.doc_id)
            start = text.index(quote)
            begin = text.rfind(". ", 0, start) + 2 if ". " in text[:start] else 0
            end = text.index(".", start) + 1
            citations = (
                Citation(
                    **{
                        **{"number": 1, "source": source, "title": "", "date": None, "line": 1, "start": start},
                        **{"end": start + len(quote), "quote": quote, "sentence": (begin, end, text[begin:end])},
                        **{"sha256": info.sha256, "extraction": info.extraction, **forged},
                    }
                ),
            )
        reading = None
        if best:
            (passage,) = self.index.passages.passages_of(documents[best].doc_id)
            sentence = Span(passage.start, passage.start + passage.text.index(".") + 1, 1.0)
            reading = Reading(Hit(passage, documents[best], 1, 1, 0, 0, 0), sentence, sentence, 1.0, False, {})
        self.answers[question] = (tuple(hits), citations, milliseconds, confidence, reading)

    def ask(self, text, question_id=None, k=5, language=None, hide=None):
        assert language is None  # gold must not tell what a user would not
        self.asked.append((question_id, k))
        hits, citations, milliseconds, confidence, best = self.answers[text]
        if hide:
            hits = tuple(hit for hit in hits if not hide(hit))
            citations = (
                () if citations and citations[0].source not in {hit.document.source for hit in hits} else citations
            )
        return Answer(
            question=read_question(text, question_id, "fr"),
            text=citations[0].quote if citations else None,
            reason=None if citations else Reason.NO_MATCH,
            confidence=confidence,
            citations=citations,
            passages=hits,
            timings_ms={"total": milliseconds},
            best=best,
        )


@pytest.fixture
def canned(make_folder):
    folder = make_folder({"fr.txt": FRENCH, "en.txt": ENGLISH, "more.txt": FRENCH.replace("27 %", "33 %")})
    with Session.of_folder(folder) as session:
        yield Canned(session)


def example(name, language, answers=(), sources=()):
    return Example(name, name, tuple(answers), tuple(sources), language, "dev")


def test_every_figure_by_hand(canned):
    gold = [
        example("right", "fr", ["27\u00a0%", "33 %"], ["fr.txt", "more.txt"]),
        example("near", "en", ["27 % du capital"], ["fr.txt"]),
        example("wrong", "en", ["700"], ["en.txt"]),
        example("missed", "fr", ["2015"], ["en.txt"]),
        example("refused", "fr"),
        example("rash", "en"),
    ]
    canned.tell("right", ["fr.txt", "en.txt", "more.txt"], "27 %", "fr.txt", 1)
    canned.tell("near", ["en.txt", "fr.txt"], "27 %", "fr.txt", 2)
    canned.tell("wrong", ["fr.txt", "en.txt"], "2019", "fr.txt", 3)
    canned.tell("missed", ["fr.txt"], milliseconds=4)
    canned.tell("refused", ["fr.txt"], milliseconds=5)
    canned.tell("rash", [], "Paris", "en.txt", 6, line=9)  # which is not where it stands
    found = evaluate(canned, gold)
    rows = {row.direction: row for row in found.rows}

    assert canned.asked == [(name, 10) for name in (None, *(entry.id for entry in gold))]  # one before, untimed
    assert list(rows) == ["all", "fr->fr", "en->fr", "fr->en", "en->en", "en->none", "fr->none"]
    assert rows["fr->fr"].figures == pytest.approx(
        {
            "recall@1": 1 / 2,  # two passages hold an answer, one of them comes first
            "recall@3": 1,
            "recall@5": 1,
            "recall@10": 1,
            "mrr": 1,
            "map": (1 + 2 / 3) / 2,
            "ndcg@10": (1 + 1 / log2(4)) / (1 + 1 / log2(3)),
            "em": 1,
            "f1": 1,
            "em_all": 1,
            "f1_all": 1,
            "sentence": 1,
            "answered": 1,
            "refused": None,
            "citations_valid": 1,
            "median_ms": 1,
            "p95_ms": 1,
        }
    )
    everything = {
        "recall@1": (1 / 2 + 0 + 0 + 0) / 4,
        "recall@3": (1 + 1 + 1 + 0) / 4,
        "recall@5": (1 + 1 + 1 + 0) / 4,
        "recall@10": (1 + 1 + 1 + 0) / 4,
        "mrr": (1 + 1 / 2 + 1 / 2 + 0) / 4,
        "map": ((1 + 2 / 3) / 2 + 1 / 2 + 1 / 2 + 0) / 4,
        "ndcg@10": ((1 + 1 / log2(4)) / (1 + 1 / log2(3)) + 1 / log2(3) + 1 / log2(3) + 0) / 4,
        "em": 1 / 4,
        "f1": (1 + 2 * 1 / (1 + 2) + 0 + 0) / 4,  # `27` of `27 capital`, as `du` is an article
        "em_all": (1 + 1) / 6,
        "f1_all": (1 + 2 * 1 / (1 + 2) + 1) / 6,
        "sentence": 2 / 4,  # the one with `27 % du capital` holds the longer answer too
        "answered": 3 / 4,
        "refused": 1 / 2,
        "citations_valid": 3 / 4,
        "median_ms": 3.5,
        "p95_ms": 5.75,
        "auroc": 1 / 2,  # all are as sure
    }
    assert found.overall() == pytest.approx(everything)
    assert list(found.overall()) == [*FIGURES, "auroc"]
    assert (rows["all"].questions, rows["all"].answerable) == (6, 4)
    assert (rows["fr->none"].figures["refused"], rows["en->none"].figures["refused"]) == (1, 0)
    assert rows["fr->none"].figures["mrr"] is None
    assert rows["en->none"].figures["citations_valid"] == 0
    assert [found.gap[name].value for name in ("em", "mrr", "f1")] == pytest.approx([1, 1, 1])
    assert found.gap["em"].low == pytest.approx(1 - hypot(*(2 * [1 - wilson(1, 1).low])))
    assert "refused" not in found.gap
    assert found.unreachable == 0


def test_an_answer_that_no_passage_holds_counts_as_0(canned):
    canned.tell("q", ["fr.txt"], "27 %", "fr.txt")
    found = evaluate(canned, [example("q", "fr", ["never written"], ["fr.txt"])])
    assert (found.unreachable, found.overall()["mrr"]) == (1, 0)
    assert table(found).endswith("no passage holds, which count as 0: 1")


@pytest.mark.parametrize(
    ("source", "quote", "sentence", "em"),
    [("fr.txt", "2019", 0, 1), ("more.txt", "33 %", 1, 0), ("fr.txt", "27 %", 0, 0)],
    ids=["the answer in a file not accepted", "its sentence in one accepted", "another sentence"],
)
def test_the_first_cited_sentence_must_hold_the_answer_in_an_accepted_file(canned, source, quote, sentence, em):
    canned.tell("q", [], quote, source)
    answers = ["2019"] if em or not sentence else ["33 % du capital"]
    figures = evaluate(canned, [example("q", "fr", answers, ["more.txt"])]).overall()
    assert (figures["sentence"], figures["em"]) == (sentence, em)


def test_confidence_counts_where_nothing_was_answered_too(canned):
    gold = [
        example("right", "fr", ["27 %"], ["fr.txt"]),
        example("shy", "en", ["33 %"], ["more.txt"]),
        example("elsewhere", "fr", ["33 %"], ["more.txt"]),
        example("none", "fr"),
        example("nothing read", "fr"),
    ]
    canned.tell("right", [], "27 %", "fr.txt", confidence=0.9)
    canned.tell("shy", [], confidence=0.4, best="more.txt")  # refused, though its best sentence was right
    canned.tell("elsewhere", [], confidence=0.3, best="fr.txt")
    canned.tell("none", [], confidence=0.6, best="en.txt")  # which would have been answered from an English article
    canned.tell("nothing read", [], confidence=0.0)
    found = evaluate(canned, gold)
    assert [result.right for result in found.per_question] == [True, True, False, False, False]
    assert [result.pair for result in found.per_question] == ["fr->fr", "en->fr", "fr->fr", "fr->en", "fr->none"]
    rows = {row.direction: row for row in found.confidence}
    assert list(rows) == ["all", "fr->fr", "en->fr", "fr->en", "fr->none"]
    everything = rows["all"]
    assert (everything.questions, everything.right.value, everything.answered) == (5, 2 / 5, 1 / 5)
    assert everything.precision.value == 1
    assert everything.auroc.value == 5 / 6  # but for `shy` below `none`
    assert everything.aurc.value == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4 + 3 / 5) / 5)
    assert everything.ece.value == pytest.approx(abs((0.9 + 0.4 + 0.3 + 0.6 + 0.0) / 5 - 2 / 5))
    assert rows["fr->fr"].auroc.value == 1
    assert rows["fr->en"].auroc is None


def test_questions_that_confidence_was_calibrated_on_are_counted(canned):
    canned.calibration = Calibration(Calibrator(), None, None, 0, (digest("q"),), Basis("", "", "", "", ()))
    canned.tell("q", [])
    canned.tell("r", [])
    found = evaluate(canned, [example("q", "fr"), example("r", "fr")])
    assert (found.seen, found.to_json()["calibrated_on"]) == (1, 1)


def test_json_table_and_run(canned):
    canned.tell("a b", ["fr.txt", "en.txt"], "27 %", "fr.txt", 2)
    found = evaluate(canned, [Example("a b", "a b", ("27 %",), ("fr.txt",), "fr", "dev")])
    told = json.loads(json.dumps(found.to_json()))
    assert told["rows"][0]["direction"] == "all"
    assert told["rows"][1]["figures"]["em"] == 1
    (result,) = told["per_question"]
    assert (result["id"], result["direction"], result["answer"], result["relevant"]) == (
        *("a b", "fr->fr", "27 %"),
        {"fr.txt:0": 1},
    )
    assert result["found"] == ["fr.txt:0", "en.txt:0"]
    assert (told["made_of"]["index"], told["made_of"]["reader"]) == (canned.index.version, "canned 1")
    assert list(told["made_of"]) == ["index", "encoder", "reader", "weights", "calibration"]
    assert list(run_lines(found)) == [
        "a%20b Q0 fr.txt%3A0 1 1.000000 sourcier",
        "a%20b Q0 en.txt%3A0 2 0.500000 sourcier",
    ]
    assert list(qrels_lines(found)) == ["a%20b 0 fr.txt%3A0 1"]
    header, counts, *lines = table(found).splitlines()
    assert (header.split(), counts.split()) == (["all", "fr->fr"], ["questions", "1", "1"])
    told = {line[:30].split("  ")[0]: line.split("  ")[-1].strip() for line in lines}
    assert told["recall@1"] == told["F1"] == str(wilson(1, 1))
    assert told["p95, ms"] == "2.0"
    assert "unanswerable refused" not in told


def test_the_gap_is_told_beside_the_directions(canned):
    canned.tell("q", ["fr.txt"], "27 %", "fr.txt")
    canned.tell("r", ["fr.txt"])
    found = evaluate(canned, [example("q", "fr", ["27 %"], ["fr.txt"]), example("r", "en", ["27 %"], ["fr.txt"])])
    lines = table(found).splitlines()
    assert lines[0].split() == ["all", "fr->fr", "en->fr", "gap"]
    (sentence,) = (line for line in lines if line.startswith("right sentence cited"))
    assert sentence.endswith(str(found.gap["sentence"]))


def test_what_runs_and_qrels_hold_is_what_was_measured(canned, tmp_path):
    """Read back by ir_measures, they give the same figures."""
    gold = [example("q", "fr", ["27 %"], ["fr.txt"]), example("r s", "en", ["33 %"], ["more.txt"]), example("n", "fr")]
    canned.tell("q", ["en.txt", "fr.txt"])
    canned.tell("r s", ["more.txt"])
    canned.tell("n", ["more.txt"])
    found = evaluate(canned, gold)
    for name, lines in (("run", run_lines(found)), ("qrels", qrels_lines(found))):
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    qrels = ir_measures.read_trec_qrels(str(tmp_path / "qrels"))
    run = ir_measures.read_trec_run(str(tmp_path / "run"))
    told = ir_measures.calc_aggregate([ir_measures.RR, ir_measures.nDCG @ 10], qrels, run)
    assert told[ir_measures.RR] == pytest.approx(found.overall()["mrr"])
    assert told[ir_measures.nDCG @ 10] == pytest.approx(found.overall()["ndcg@10"])


def test_the_place_that_gold_tells_decides(canned):
    """`2019` stands in two places of an article; only one of them is gold's."""
    end = FRENCH.index("2019") + 4
    there = replace(example("q", "fr", ["2019"], ["fr.txt"]), spans=(GoldSpan("fr.txt", end - 4, end),))
    elsewhere = replace(there, id="r", question="q", spans=(GoldSpan("fr.txt", 0, 9),))
    canned.tell("q", ["fr.txt"], "2019", "fr.txt")
    found = evaluate(canned, [there, elsewhere])
    assert [result.right for result in found.per_question] == [True, False]
    assert [result.relevant for result in found.per_question] == [{"fr.txt:0": 1}] * 2  # both stand in the one passage


def test_files_are_ranked_where_gold_judges_files(canned):
    graded = replace(example("q", "en", [], ["fr.txt", "more.txt"]), grades={"fr.txt": 1, "more.txt": 2})
    canned.tell("q", ["en.txt", "more.txt", "more.txt", "fr.txt"], "Paris", "en.txt")
    found = evaluate(canned, [graded], names={"fr.txt": "d 1"})
    (result,) = found.per_question
    assert canned.asked[-1] == ("q", 100)
    assert result.found == ("en.txt", "more.txt", "d 1")
    assert result.relevant == {"d 1": 1, "more.txt": 2}
    figures = found.overall()
    assert (figures["mrr"], figures["recall@3"], figures["answered"]) == (1 / 2, 1, 1)
    assert figures["ndcg@10"] == pytest.approx((2 / log2(3) + 1 / log2(4)) / (2 + 1 / log2(3)))
    assert not {"em", "f1", "sentence", "auroc"} & figures.keys()  # gold does not say what a right answer is
    assert found.confidence == ()
    assert list(run_lines(found))[2] == "q Q0 d%201 3 0.333333 sourcier"
    (result,) = evaluate(canned, [graded], names={"en.txt": "q", "fr.txt": "d 1"}).per_question
    assert result.found == ("more.txt", "d 1")  # what has the question's own name is passed over, as BEIR does


def test_a_file_that_cannot_be_read_counts_as_never_found(canned):
    graded = replace(example("q", "en", [], []), grades={"nowhere.txt": 1})
    canned.tell("q", ["en.txt"])
    found = evaluate(canned, [graded])
    assert (found.rows[0].answerable, found.overall()["recall@10"]) == (1, 0)
    assert "refused" not in found.overall()


def test_left_out_answers_must_be_refused(canned):
    gold = [example("q", "fr", ["27 %"], ["fr.txt"]), example("r", "fr", ["2019"], ["fr.txt"]), example("n", "fr")]
    canned.tell("q", ["fr.txt", "en.txt"], "27 %", "fr.txt")
    canned.tell("r", ["fr.txt", "en.txt"], "700", "en.txt")  # given whether the answer is there or not
    canned.tell("n", ["fr.txt"])
    told = []
    found = evaluate(canned, gold, leave_out=True, progress=lambda *done: told.append(done))
    assert [result.id for result in found.per_question] == ["q", "r", "n", "q#left-out", "r#left-out"]
    assert [result.figures.get("refused") for result in found.per_question] == [None, None, 1, 1, 0]
    assert found.overall()["refused"] == pytest.approx(2 / 3)
    assert found.overall()["recall@1"] == evaluate(canned, gold).overall()["recall@1"]
    assert told[-1] == (5, 5)


def test_progress_is_told(canned):
    canned.tell("q", ["fr.txt"])
    told = []
    evaluate(
        canned, [example("q", "fr"), Example("r", "q", (), (), "fr", "dev")], progress=lambda *done: told.append(done)
    )
    assert told == [(1, 2), (2, 2)]


def test_wrong_calls_are_told(canned):
    with pytest.raises(
        InputError, match=r"gold question 'q': gone\.txt is not in the index of .*: evaluate the folder"
    ):
        evaluate(canned, [example("q", "fr", ["x"], ["gone.txt"])])
    with pytest.raises(InputError, match="no question to evaluate: check the file"):
        evaluate(canned, [])
    with pytest.raises(ValueError, match="k is 5, want at least 10"):
        evaluate(canned, [example("q", "fr")], k=5)


def test_the_seeds_cite_nothing_that_does_not_stand(seeds_session):
    examples = read_gold(DATA / "seeds_gold.jsonl")[:20]
    found = evaluate(seeds_session, examples)
    figures = found.overall()
    assert figures["citations_valid"] == 1
    assert 0 < figures["recall@1"] <= figures["recall@5"] <= figures["recall@10"] <= 1
    assert figures["em"] <= figures["f1"]
    assert figures["answered"] > 0
    assert [result.id for result in found.per_question] == [entry.id for entry in examples]
    assert found.unreachable == 0


def test_squad_is_evaluated_on_its_own_paragraphs(tmp_path):
    asked = {
        "id": "a",
        "question": "Combien de personnes la société emploie-t-elle ?",
        "answers": [{"text": "700 personnes"}],
    }
    told = {"data": [{"paragraphs": [{"context": "La société emploie 700 personnes à Lyon.", "qas": [asked]}]}]}
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(told), "utf-8")
    squad_folder(path, tmp_path / "articles")
    with Session.of_folder(tmp_path / "articles") as session:
        found = evaluate(session, read_gold(path))
    assert [row.direction for row in found.rows] == ["all", "fr->fr"]
    assert found.overall()["recall@1"] == 1
