"""Figures that can be worked out by hand, beside how."""

from math import log2

import pytest

from qa.measure.metrics import exact_match, percentile, retrieval_figures, token_f1
from qa.normalise import answer_words, holds, plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("27\u00a0%", ["27"]),  # the no-break spaces of French typography
        ("27\u202f%", ["27"]),
        ("32,5 %", ["32,5"]),  # not 325
        ("1.5, 2.", ["1.5", "2"]),
        ("L\u2019accord", ["accord"]),  # l' is an article
        ("d'OpenAI, qu'il", ["d", "openai", "qu", "il"]),  # d' and qu' are split off
        ("The deal of an OpenAI", ["deal", "of", "openai"]),
        ("au cours du contrat avec les États-Unis", ["cours", "contrat", "avec", "étatsunis"]),
        ("« Non ! »", ["non"]),
        ("été", ["été"]),
        ("e\u0301te\u0301", ["été"]),  # composed or not, the same letters
        ("ete", ["ete"]),  # accents count
        ("A", ["a"]),  # an article alone still says something
        ("%", ["%"]),
        ("", []),
    ],
)
def test_words_that_are_compared(text, words):
    assert answer_words(text) == words


def test_plain_text_has_straight_quotes_and_single_spaces():
    assert plain("L\u2019\u202f«\u00a0Été\u00a0»\n\t2025") == 'l\' " été " 2025'


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("soit 27\u00a0% du capital", "27 %", True),
        ("soit 127 % du capital", "27 %", False),
        ("soit 32,5 % du capital", "5 %", False),
        ("soit 32,5 % du capital", "32", False),
        ("jusqu'en 2032.", "2032", True),
        ("jusqu'en 2032.", "203", False),
        ("Il parle d'« utilité\npublique »", '"Utilité publique"', True),
        ("l\u2019accord", "l'accord", True),
        ("n'importe quoi", "", False),
    ],
)
def test_a_text_holds_an_answer_as_whole_words(text, answer, expected):
    assert holds(text, answer) is expected


@pytest.mark.parametrize(
    ("text", "answers", "em", "f1"),
    [
        ("27 %", ["33 %", "27\u00a0%"], 1, 1),
        ("the 27", ["27 %"], 1, 1),
        ("13 milliards", ["13 milliards de dollars"], 0, 2 * 2 / (2 + 4)),  # both words right, of 4: 2/3
        ("environ 13 milliards de dollars", ["13 milliards", "un"], 0, 2 * 2 / (5 + 2)),  # the nearest answer counts
        ("13 13", ["13"], 0, 2 * 1 / (2 + 1)),  # a word counts as often as it is shared
        ("13 13 3", ["13 13"], 0, 2 * 2 / (3 + 2)),
        ("33 %", ["27 %"], 0, 0),
        (None, [], 1, 1),  # rightly refused
        (None, ["27 %"], 0, 0),
        ("27 %", [], 0, 0),
        (None, ["Le"], 0, 0),  # an answer of one article is no refusal
        ("une", ["la"], 0, 0),
    ],
)
def test_exact_match_and_f1(text, answers, em, f1):
    assert exact_match(text, answers) == em
    assert token_f1(text, answers) == pytest.approx(f1)


def test_retrieval_figures_by_hand():
    relevant = {"both": {"a": 1, "b": 1}, "late": {"a": 1}, "missing": {"a": 1}, "nothing": {}}
    run = {"both": ["b", "x", "a"], "late": [*"uvwxyz", "a"], "nothing": ["a"], "unknown": ["a"]}
    figures = retrieval_figures(relevant, run)

    assert figures["both"] == pytest.approx(
        {
            "recall@1": 1 / 2,  # one of two, though the first is right
            "recall@3": 1,
            "recall@5": 1,
            "recall@10": 1,
            "mrr": 1,
            "map": (1 + 2 / 3) / 2,
            "ndcg@10": (1 / log2(2) + 1 / log2(4)) / (1 / log2(2) + 1 / log2(3)),  # ranks 1 and 3 over 1 and 2
        }
    )
    none = {"recall@1": 0, "recall@3": 0, "recall@5": 0}
    assert figures["late"] == pytest.approx(  # rank 7
        {**none, "recall@10": 1, "mrr": 1 / 7, "map": 1 / 7, "ndcg@10": 1 / log2(8)}
    )
    zeros = dict.fromkeys(figures["late"], 0)
    assert figures["missing"] == zeros  # the run misses it: 0, not left out
    assert figures["nothing"] == zeros
    assert list(figures) == list(relevant)


def test_a_more_relevant_one_counts_more():
    figures = retrieval_figures({"q": {"a": 1, "b": 3}}, {"q": ["a", "b"]})["q"]
    assert figures["ndcg@10"] == pytest.approx((1 + 3 / log2(3)) / (3 + 1 / log2(3)))
    assert figures["map"] == 1


def test_retrieval_figures_look_at_ten():
    figures = retrieval_figures({"q": {"a": 1}}, {"q": [*"0123456789", "a"]})["q"]
    assert (figures["recall@10"], figures["ndcg@10"]) == (0, 0)
    assert figures["mrr"] == pytest.approx(1 / 11)


def test_order_is_the_run_s_own_among_many():
    """Ranks, not scores, decide: with ties ir_measures would order by name."""
    found = [f"p{n:02d}" for n in range(10)]
    for place, passage in enumerate(found, start=1):
        assert retrieval_figures({"q": {passage: 1}}, {"q": found})["q"]["mrr"] == pytest.approx(1 / place)


def test_nothing_to_measure():
    assert retrieval_figures({}, {}) == {}
    assert retrieval_figures({"q": {"a": 1}}, {})["q"]["mrr"] == 0
    assert percentile([], 50) is None


def test_percentiles():
    assert percentile([4, 1, 3, 2], 50) == 2.5
    assert percentile(list(range(101)), 95) == 95
