"""Reactions become gold: only what a person accepts, what was accepted stays, and nothing is asked twice."""

import json
import os
from dataclasses import replace

import pytest
from test_feedback import CITED, ONE, numbered

from index.errors import InputError, SourcierError, UsageError
from qa.feedback import Cited
from qa.gold import read_gold
from qa.gold.candidates import REVIEWED_FILE, Decisions, candidates
from qa.gold.check import check
from qa.gold.gold_file import GoldFile
from qa.gold.review import review
from qa.gold.texts import Texts

ARTICLES = {
    "a.txt": "Le phare de Cordouan. Il mesure 67 mètres.\n",
    "b.txt": "Cordouan, haut de 67 mètres, guide les marins.\n",
    "c.txt": "Le phare de Planier mesure 68 mètres.\n",
}
STANDALONE = replace(ONE, read_as=None, previous=(), question="Combien mesure Cordouan ?")
WRONG = numbered(1, question="Combien mesure Planier ?", read_as=None, previous=(), reaction="wrong", comment="non")
REFUSED = numbered(2, question="Qui a peint Guernica ?", read_as=None, previous=(), answer=None, citations=())


@pytest.fixture
def desk(make_folder, tmp_path):
    """Return a function that reviews some feedback with typed words, and what it tells."""
    folder = make_folder(ARTICLES)
    index = folder / ".sourcier"
    index.mkdir()

    class Desk:
        gold = tmp_path / "gold.jsonl"
        said: list[str] = []  # noqa: RUF012
        prompts: list[str] = []  # noqa: RUF012
        left: list[str] = []  # noqa: RUF012

        def __call__(self, feedback, *typed, split="feedback"):
            self.left, self.said, self.prompts = list(typed), [], []
            decisions = Decisions(index)
            waiting = [each for each in candidates(feedback) if each not in decisions]
            return review(waiting, Texts(folder), GoldFile(self.gold), decisions, split, self.ask, self.said.append)

        def ask(self, prompt):
            self.prompts.append(prompt)
            if not self.left:
                raise EOFError
            word = self.left.pop(0)
            if isinstance(word, BaseException):
                raise word
            return word

        def rows(self):
            return (
                [json.loads(line) for line in self.gold.read_text("utf-8").splitlines()] if self.gold.exists() else []
            )

        def told(self):
            return "\n".join(self.said)

    desk = Desk()
    desk.folder, desk.index = folder, index
    return desk


def test_a_right_answer_is_accepted_with_its_source(desk):
    tally = desk([STANDALONE], "a")
    assert (tally.accepted, tally.rejected, tally.skipped, tally.known) == (1, 0, 0, 0)
    (row,) = desk.rows()
    assert row.pop("id").startswith("feedback-")
    assert row == {
        "question": "Combien mesure Cordouan ?", "answers": ["67 mètres"], "sources": ["a.txt"],
        "language": "fr", "split": "feedback",
    }  # fmt: skip
    assert check(read_gold(desk.gold), Texts(desk.folder)).errors == 0
    for part in ("Combien mesure Cordouan ? (fr)", "67 mètres (confidence 0.83)", "a.txt, which still holds the quote"):
        assert part in desk.told()
    for part in ("Il mesure 67 mètres.", "right 1×", "comment   oui"):
        assert part in desk.told()


def test_nothing_is_accepted_but_by_its_own_key(desk):
    tally = desk([STANDALONE, WRONG, REFUSED], "", "A!", "yes", "u", "s", "a", "s", "a")
    assert (tally.accepted, tally.skipped) == (0, 2)
    assert desk.rows() == []
    assert not desk.gold.exists()
    assert "type one of a, t, s, r, q" in desk.told()
    assert "type one of t, u, s, r, q" in desk.told()


def test_every_source_with_the_same_quote_is_kept_while_it_stands(desk):
    others = (CITED, replace(CITED, source="b.txt"), replace(CITED, source="c.txt"), replace(CITED, source="gone.txt"))
    desk(
        [replace(STANDALONE, citations=(*others, Cited("c.txt", "68 mètres", "Il mesure 68 mètres.", 0, 9, "0")))], "a"
    )
    assert desk.rows()[0]["sources"] == ["a.txt", "b.txt"]
    assert "c.txt, which no longer holds the quote" in desk.told()


def test_an_answer_that_no_longer_stands_cannot_be_accepted(desk):
    (desk.folder / "a.txt").write_text("Le phare a disparu.\n", "utf-8")
    assert desk([STANDALONE], "a", "s").skipped == 1
    assert "[a]" not in desk.prompts[0]
    assert desk.rows() == []


def test_a_follow_up_is_kept_as_it_was_read(desk):
    desk([ONE], "a")
    assert desk.rows()[0]["question"] == "Combien mesure Cordouan ?"
    assert "asked     after 'Qui est Cordouan ?'" in desk.told()


def test_an_answer_is_typed_until_an_article_holds_it(desk):
    tally = desk([WRONG], "t", "69 mètres", "8 mètres", "68 mètres")
    assert tally.accepted == 1
    assert desk.told().count("no article of the folder holds these words") == 2
    assert (desk.rows()[0]["answers"], desk.rows()[0]["sources"]) == (["68 mètres"], ["c.txt"])


@pytest.mark.parametrize(
    ("typed", "sources"),
    [(["1"], ["a.txt"]), (["2"], ["b.txt"]), (["2, 1"], ["a.txt", "b.txt"]), (["all"], ["a.txt", "b.txt"]),
     (["0", "3", "x", "", "1 x", "1 1"], ["a.txt"])],
)  # fmt: skip
def test_which_of_several_articles_answers_is_asked(desk, typed, sources):
    desk([WRONG], "t", "67 mètres", *typed)
    assert desk.rows()[0]["sources"] == sources
    assert "it stands in a.txt, b.txt" in desk.told()


def test_a_typed_answer_may_be_given_up(desk):
    assert desk([WRONG], "t", "", "s").skipped == 1
    assert desk.rows() == []


@pytest.mark.parametrize("feedback", [REFUSED, WRONG])
def test_a_question_is_unanswerable_only_once_that_is_said_twice(desk, feedback):
    assert desk([feedback], "u", "n", "u", "", "q").accepted == 0
    assert desk.rows() == []
    assert desk([feedback], "u", "y").accepted == 1
    assert (desk.rows()[0]["answers"], desk.rows()[0]["sources"]) == ([], [])
    assert not read_gold(desk.gold)[0].answerable


def test_what_was_decided_is_not_asked_again_and_what_was_skipped_is(desk):
    desk([STANDALONE, WRONG, REFUSED], "a", "r", "s")
    assert len(desk.prompts) == 3
    desk([STANDALONE, WRONG, REFUSED], "s")
    assert len(desk.prompts) == 1
    assert "Guernica" in desk.told()
    assert len(desk.rows()) == 1
    told = json.loads((desk.index / REVIEWED_FILE).read_text("utf-8"))
    assert sorted(told["decided"].values()) == ["accepted", "rejected"]


@pytest.mark.parametrize("end", ["q", EOFError()])
def test_what_was_accepted_stays_when_the_review_ends_early(desk, end):
    assert desk([STANDALONE, WRONG, REFUSED], "a", end).accepted == 1
    assert len(desk.rows()) == 1
    assert desk([STANDALONE, WRONG, REFUSED], "r", "u", "y").accepted == 1
    assert len(desk.rows()) == 2


def test_an_interrupt_keeps_what_was_accepted_and_says_so(desk):
    with pytest.raises(KeyboardInterrupt, match=r"interrupted: 1 accepted, kept in .*gold\.jsonl"):
        desk([STANDALONE, WRONG], "a", "t", KeyboardInterrupt())
    assert len(desk.rows()) == 1
    assert len(Decisions(desk.index).decided) == 1


def test_reactions_to_one_answer_are_asked_of_together(desk):
    again = replace(STANDALONE, id="f" * 16, question="combien mesure CORDOUAN", comment="vu", reaction="wrong_source")
    twice = replace(STANDALONE, id="e" * 16)
    other = replace(STANDALONE, id="d" * 16, answer="68 mètres")
    found = candidates([STANDALONE, again, twice, other])
    assert [each.reactions for each in found] == [{"right": 2, "wrong_source": 1}, {"right": 1}]
    assert found[0].comments == ("oui", "vu")
    desk([STANDALONE, again, twice], "s")
    assert "right 2×, wrong source 1×" in desk.told()


def test_a_question_that_gold_asks_already_is_told_and_passed_over(desk):
    row = {
        "id": "mine",
        "question": "combien mesure Cordouan",
        "answers": ["67"],
        "sources": ["a.txt"],
        "language": "fr",
    }
    desk.gold.write_text(json.dumps(row), "utf-8")  # without a line end
    tally = desk([STANDALONE, REFUSED], "u", "y", split="mine")
    assert (tally.known, tally.accepted) == (1, 1)
    assert "asks this already, as mine: passed over" in desk.told()
    assert [each["question"] for each in desk.rows()] == ["combien mesure Cordouan", "Qui a peint Guernica ?"]
    assert desk.rows()[1]["split"] == "mine"


def test_one_question_with_two_answers_is_added_once(desk):
    other = replace(STANDALONE, id="d" * 16, answer="Il", citations=(replace(CITED, quote="Il"),))
    tally = desk([STANDALONE, other], "a")
    assert (tally.accepted, tally.known) == (1, 1)


def test_a_template_may_be_added_to(desk):
    desk.gold.write_text("# fill in\n\n", "utf-8")
    assert desk([STANDALONE], "a").accepted == 1
    assert desk.gold.read_text("utf-8").startswith("# fill in\n\n{")
    assert len(read_gold(desk.gold)) == 1


def test_an_id_that_is_taken_gets_a_number(desk):
    desk([STANDALONE], "a")
    row = desk.rows()[0] | {"question": "Autre chose ?"}
    desk.gold.write_text(json.dumps(row) + "\n", "utf-8")
    (desk.index / REVIEWED_FILE).unlink()
    desk([STANDALONE], "a")
    assert desk.rows()[1]["id"] == row["id"] + "-1"
    assert len(read_gold(desk.gold)) == 2


def test_the_language_is_asked_for_where_it_was_not_seen(desk):
    desk([replace(STANDALONE, language="und")], "a", "de", "EN")
    assert desk.rows()[0]["language"] == "en"


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [("{", InputError, "line 1"), ('{"question": "A ?"}', InputError, "'answers' is missing")],
)
def test_gold_that_cannot_be_read_is_told_before_anything_is_asked(desk, content, error, message):
    desk.gold.write_text(content, "utf-8")
    with pytest.raises(error, match=message):
        desk([STANDALONE], "a")
    assert desk.prompts == []
    assert desk.gold.read_text("utf-8") == content


def test_gold_that_cannot_be_written_is_told(desk, tmp_path):
    with pytest.raises(UsageError, match=r"does not end in \.jsonl"):
        GoldFile(tmp_path / "gold.json")
    desk.gold = tmp_path / "no" / "gold.jsonl"
    with pytest.raises(SourcierError, match=r"No such file or directory.*name a file in a folder of yours"):
        desk([STANDALONE], "a")
    assert Decisions(desk.index).decided == {}


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 2, "decided": {}}', '{"format": 1, "decided": []}'])
def test_damaged_decisions_are_told_with_the_remedy(desk, content):
    (desk.index / REVIEWED_FILE).write_text(content, "utf-8")
    with pytest.raises(
        InputError, match=r"feedback_reviewed\.json cannot be read .*remove it to be asked of everything"
    ):
        Decisions(desk.index)


def test_each_line_is_on_disk_before_the_next_is_asked_for(desk, monkeypatch):
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (synced.append(os.fstat(file).st_ino), fsync(file)))
    desk([STANDALONE, REFUSED], "a", "q")
    assert desk.gold.stat().st_ino in synced
