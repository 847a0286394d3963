"""What the seeds' dev questions must not fall below. The figures themselves are in the README."""

from pathlib import Path

import pytest

from qa.gold import read_gold
from qa.measure.evaluate import evaluate

GAP = 0.1  # the most by which one language's recall@5 may exceed the other's
GOLD = Path(__file__).parent / "data" / "seeds_gold.jsonl"


@pytest.fixture(scope="module")
def dev(seeds_session):
    return evaluate(seeds_session, [example for example in read_gold(GOLD) if example.split == "dev"])


def by_direction(dev, name):
    return {row.direction: row.figures[name] for row in dev.rows if row.figures[name] is not None}


def test_both_languages_find_the_passage(dev):
    found = by_direction(dev, "recall@5")
    assert min(found["fr->fr"], found["en->fr"]) >= 0.7
    assert abs(found["fr->fr"] - found["en->fr"]) <= GAP


def test_the_sentence_holds_the_answer_no_less_often(dev):
    found = by_direction(dev, "sentence")
    assert min(found["fr->fr"], found["en->fr"]) >= 0.3


def test_most_of_what_the_folder_does_not_hold_is_refused(dev):
    found = by_direction(dev, "refused")
    assert min(found["fr->none"], found["en->none"]) >= 0.7


def test_every_citation_stands(dev):
    assert dev.overall()["citations_valid"] == 1
