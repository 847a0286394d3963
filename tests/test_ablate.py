"""What each part finds by itself, and its figures, on a folder small enough to check."""

import json

import numpy as np
import pytest

from index.errors import InputError
from qa.measure import ablate as module
from qa.measure.ablate import PARTS, ablate, ablation_table, by_reading, to_json, without_late
from qa.measure.evaluate import evaluate
from qa.measure.metrics import RETRIEVAL
from qa.question import read_question
from qa.retrieve import DEPTH, find_candidates, question_words, retrieve
from qa.scoring import MixWeights
from qa.session import Session
from qa.types import Example, Reading, Span

FOLDER = {
    "pain.txt": "La boulangerie ouvre à sept heures. Le pain de seigle coûte trois euros.",
    "bread.txt": "The bakery opens at eight o'clock. The rye bread costs four pounds.",
    "phare.txt": "Le phare domine le port. Son gardien, Yann Kervella, allume la lampe depuis 1987.",
    "train.txt": "The night train leaves Vienna at ten. The dining car serves soup until midnight.",
}


def example(name, question, language, answers=(), sources=(), **other):
    return Example(name, question, tuple(answers), tuple(sources), language, "dev", **other)


GOLD = [
    example("bread", "Combien coûte le pain de seigle ?", "fr", ["trois euros"], ["pain.txt"]),
    example("lamp", "Who lights the lamp of the lighthouse?", "en", ["Yann Kervella"], ["phare.txt"]),
    example("train", "When does the night train leave?", "en", ["at ten"], ["train.txt"]),
    example("none", "Qui a fondé la ville ?", "fr"),
]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ablate")
    for name, text in FOLDER.items():
        (folder / name).write_text(text, "utf-8")
    with Session.of_folder(folder) as opened:
        yield opened


NOWHERE = "Qui surveille le sémaphore ?"  # none of its words stands in the folder


def row(rows, part, direction="all"):
    (found,) = (each for each in rows if (each.part, each.direction) == (part, direction))
    return found


def ids(hits):
    return [hit.passage.passage_id for hit in hits]


@pytest.fixture
def ranked(session):
    """Return a function that ranks the candidates of a question by each part."""

    def run(text, k=10):
        question = read_question(text)
        words = question_words(question)
        found = find_candidates(session.index, question, words)
        return question, words, module._ranked(found, words, session.weights.retrieval, k)

    return run


# Each part by itself.


@pytest.mark.parametrize("text", [each.question for each in GOLD])
def test_bm25_and_dense_list_what_their_own_search_finds(session, ranked, text):
    question, words, hits = ranked(text)
    lexical = session.index.lexical.search(question.text, question.language, DEPTH)
    assert ids(hits["BM25"]) == [passage_id for passage_id, _ in sorted(lexical, key=lambda each: (-each[1], each[0]))]
    _, nearest = session.index.dense.search(session.index.query_vector(question.text, words), 10)
    assert ids(hits["dense"]) == nearest[0].tolist()
    assert hits["re-rank"] == retrieve(session.index, question, words, session.weights.retrieval, 10)


def test_bm25_is_not_lent_what_others_found(ranked):
    _, _, hits = ranked(NOWHERE)
    assert hits["BM25"] == []
    assert len(hits["dense"]) == len(FOLDER)


def test_the_mix_is_of_two_and_sums_to_1(session, ranked):
    hits = ranked(GOLD[0].question)[2]
    assert session.weights.retrieval.same.late > 0
    for hit in hits["mix"]:
        mix = session.weights.retrieval.same if hit.document.language == "fr" else session.weights.retrieval.cross
        low, high = (bound(other.dense for other in hits["mix"]) for bound in (min, max))
        lexical = hit.lexical / max(other.lexical for other in hits["mix"])
        expected = np.average([lexical, (hit.dense - low) / (high - low)], weights=[mix.lexical, mix.dense])
        assert hit.score == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("fitted", "left"),
    [((0.3, 0.1, 0.6), (0.75, 0.25)), ((0.0, 0.5, 0.5), (0.0, 1.0)), ((0.0, 0.0, 1.0), (0.5, 0.5))],
)
def test_weights_without_late_interaction(fitted, left):
    assert without_late(MixWeights(*fitted)) == MixWeights(*map(pytest.approx, left), 0.0)


def readings_of(hits, order):
    return [Reading(hits[at], Span(0, 1, 1.0), Span(0, 1, 1.0), 1.0, False, {}) for at in order]


def test_reading_puts_the_passages_it_likes_first_and_leaves_the_others_in_their_order(ranked):
    hits = ranked(GOLD[0].question)[2]["re-rank"]
    found = by_reading(hits, readings_of(hits, [2, 2, 0, 2, 0]))
    assert [hit.passage for hit in found] == [hits[at].passage for at in (2, 0, 1, 3)]
    assert [hit.rank for hit in found] == [1, 2, 3, 4]
    assert [hit.score for hit in found] == [hits[at].score for at in (2, 0, 1, 3)]  # still those of retrieval
    assert by_reading(hits, []) == hits


# The figures.


def test_every_figure_by_hand(session, monkeypatch):
    """Gold is the passage of pain.txt, which the parts put at places 2, 3, 1, 4 and, read, 1; of phare.txt at 1."""
    place = {"BM25": 2, "dense": 3, "mix": 1, "re-rank": 4}

    def put(found, words, weights, k):
        hits = {hit.document.source: hit for hit in retrieve_all(session.index, words)}
        assert {document.source for document in found.documents} == hits.keys()
        wanted = "pain.txt" if "pain" in asked[-1] else "phare.txt"
        others = [hit for source, hit in hits.items() if source != wanted]
        places = place if wanted == "pain.txt" else dict.fromkeys(place, 1)
        return {part: [*others[: at - 1], hits[wanted], *others[at - 1 :]] for part, at in places.items()}

    asked = []

    def retrieve_all(index, words):
        return retrieve(index, read_question(asked[-1]), words, session.weights.retrieval, 10)

    def find(index, question, words):
        asked.append(question.text)
        return find_candidates(index, question, words)

    def read(index, question, words, hits, weights, reader):
        if "pain" not in question.text:
            return []  # nothing to say
        start = hits[3].passage.text.index("Le pain")
        sentence = Span(start, len(hits[3].passage.text), 1.0)
        return [Reading(hits[3], sentence, Span(start, start + len("Le pain de seigle"), 1.0), 1.0, False, {})]

    monkeypatch.setattr(module, "_ranked", put)
    monkeypatch.setattr(module, "find_candidates", find)
    monkeypatch.setattr(module, "read", read)
    rows = ablate(session, [GOLD[0], GOLD[1], GOLD[3]])

    assert asked == [GOLD[0].question, GOLD[1].question]  # once each, and only those that have an answer
    assert [(each.direction, each.part) for each in rows] == [
        (direction, part) for direction in ("all", "fr->fr", "en->fr") for part in PARTS
    ]
    for part, rr in {"BM25": 1 / 2, "dense": 1 / 3, "mix": 1, "re-rank": 1 / 4, "reader": 1}.items():
        figures = row(rows, part).figures
        assert figures["mrr"].value == figures["map"].value == pytest.approx((rr + 1) / 2)
        assert row(rows, part, "fr->fr").figures["mrr"].value == pytest.approx(rr)
        assert row(rows, part, "en->fr").figures["mrr"].value == 1
        assert figures["recall@1"].value == (1 if rr == 1 else 1 / 2)
        assert figures["recall@3"].value == (1 / 2 if part == "re-rank" else 1)
        assert figures["recall@5"].value == figures["recall@10"].value == 1
    said = row(rows, "reader").figures
    assert said["sentence"].value == 1 / 2  # the second says nothing
    assert said["f1"].value == 0  # `pain de seigle` shares no word with `trois euros`
    assert row(rows, "reader", "fr->fr").figures["sentence"].value == 1
    assert not {"sentence", "f1"} & row(rows, "re-rank").figures.keys()

    assert row(rows, "BM25").gains == {}
    gains = {part: row(rows, part).gains["mrr"] for part in PARTS[1:]}
    assert [gain.difference.value for gain in gains.values()] == pytest.approx(
        [(1 / 3 - 1 / 2) / 2, (1 - 1 / 3) / 2, (1 / 4 - 1) / 2, (1 - 1 / 4) / 2]
    )
    assert {(gain.p, gain.adjusted) for gain in gains.values()} == {(1, 1)}  # one question moved


def test_the_whole_retrieval_is_what_an_evaluation_measures(session):
    rows, told = ablate(session, GOLD), evaluate(session, GOLD).rows
    assert [each.direction for each in told if each.answerable] == list(dict.fromkeys(each.direction for each in rows))
    for name in RETRIEVAL:
        assert row(rows, "reader").figures[name] == told[0].figure(name)
    assert row(rows, "reader").questions == 3
    assert (
        row(rows, "reader").figures["sentence"].value >= told[0].figures["sentence"]
    )  # which counts refusals as misses


def test_the_best_reading_is_that_of_an_answer(session):
    for asked in GOLD[:3]:
        found = module._ask(session, asked, 10, module.Relevance(session.index, GOLD, {}))
        answer = session.ask(asked.question)
        assert found.said["sentence"] == float(asked.answers[0] in FOLDER[answer.best.hit.document.source])


def test_gold_that_judges_files_ranks_files(session):
    gold = [
        example(
            "bread", GOLD[0].question, "fr", sources=["pain.txt", "bread.txt"], grades={"pain.txt": 2, "bread.txt": 1}
        ),
        example("keeper", NOWHERE, "fr", sources=["phare.txt"], grades={"phare.txt": 1}),
    ]
    rows = ablate(session, gold, names={"pain.txt": "d1"})
    assert [each.direction for each in rows[:: len(PARTS)]] == ["all", "fr->fr", "fr->en+fr"]
    assert row(rows, "re-rank", "fr->en+fr").figures["recall@10"].value == 1
    assert row(rows, "BM25", "fr->fr").figures["recall@10"].value == 0
    assert row(rows, "dense", "fr->fr").figures["recall@10"].value == 1
    assert "sentence" not in row(rows, "reader").figures


def test_files_are_looked_at_further_down_than_passages(session, monkeypatch):
    monkeypatch.setattr(module, "LEAST_K", 1)
    judged = example("last", GOLD[0].question, "fr", sources=["train.txt"], grades={"train.txt": 1})
    passage = example("last", GOLD[0].question, "fr", ["midnight"], ["train.txt"])
    assert row(ablate(session, [judged], k=1), "dense").figures["mrr"].value > 0
    assert row(ablate(session, [passage], k=1), "dense").figures["mrr"].value == 0


def test_gains_are_adjusted_for_the_other_parts(session):
    gold = [example(f"q{n}", NOWHERE, "fr", ["Yann Kervella"], ["phare.txt"]) for n in range(12)]
    gain = row(ablate(session, gold), "dense").gains["recall@10"]
    assert (gain.difference.value, gain.p) == (1, 2 / 2**12)
    assert gain.adjusted == pytest.approx(4 * gain.p)


def test_progress_json_and_table(session):
    told = []
    rows = ablate(session, GOLD, progress=lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3), (3, 3)]
    stored = json.loads(json.dumps(to_json(rows)))
    assert (stored["schema"], len(stored["rows"])) == (1, len(rows))
    assert stored["rows"][0]["part"] == "BM25"
    assert stored["rows"][3]["figures"]["mrr"]["value"] == rows[3].figures["mrr"].value
    assert stored["rows"][1]["gains"]["mrr"]["p"] == rows[1].gains["mrr"].p
    lines = ablation_table(rows).splitlines()
    assert lines[0].split() == list(PARTS)
    assert lines[1] == "all, 3 questions"
    assert [line for line in lines if line.endswith("questions")] == [
        "all, 3 questions",
        "fr->fr, 1 questions",
        "en->fr, 1 questions",
        "en->en, 1 questions",
    ]
    (mrr, *_) = (line for line in lines if line.startswith("  MRR "))
    assert mrr.split()[1::3] == [f"{row(rows, part).figures['mrr'].value:.3f}" for part in PARTS]
    assert sum("right sentence, none refused" in line for line in lines) == 4


def test_wrong_calls_are_told(session):
    with pytest.raises(InputError, match="no question has an answer, so that no part can find one: give gold"):
        ablate(session, GOLD[3:])
    with pytest.raises(InputError, match=r"gold question 'q': gone\.txt is not in the index of"):
        ablate(session, [example("q", "Où ?", "fr", ["là"], ["gone.txt"])])
    for k in (9, 101):
        with pytest.raises(ValueError, match=f"k is {k}, want 10 to 100"):
            ablate(session, GOLD, k=k)
