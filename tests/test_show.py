"""An answer in a terminal: golden text."""

import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from index.types import DocumentInfo, Hit, Passage
from qa.question import read_question
from qa.show import _WORDS, one_line, show
from qa.types import Agreement, Answer, Citation, Group, Reason
from qa.ui.words import WORDS

QA = Path(__file__).parent.parent / "qa"

TEXT = "Un accord.\nIl court\njusqu’en 2030 au moins."
FIRST = Citation(1, "a.txt", "L’accord", "2025-05", 2, 33, 37, "2030", (11, 47, TEXT[11:]), "0" * 64, "text/1")
FIRST = replace(FIRST, start=TEXT.index("2030"), end=TEXT.index("2030") + 4, sentence=(11, len(TEXT), TEXT[11:]))
SECOND = replace(FIRST, number=2, source="b.txt", date=None, line=9, quote="2032", sentence=(11, len(TEXT), TEXT[11:]))
DIFFER = Agreement("differ", (Group("2030", (1,), "2025-05"), Group("2032", (2,))))
AGREE = Agreement("agree", (Group("2030", (1, 2), "2025-05"),))
INFO = DocumentInfo("d", "a.txt", "L’accord", "fr", None, "0" * 64, "text/1")


def hit(text):
    return Hit(Passage(0, "d", 0, len(text), text, ()), INFO, 1, 1.0, 1.0, 1.0, 1.0)


def answer(question, *citations, agreement=None, reason=None, passages=()):
    return Answer(
        question=read_question(question),
        text=citations[0].quote if citations else None,
        reason=reason,
        confidence=0.874,
        citations=citations,
        agreement=agreement,
        passages=tuple(map(hit, passages)),
    )


def test_one_source_in_french():
    told = show(answer("Jusqu'à quand ?", FIRST, agreement=Agreement("single", (Group("2030", (1,)),))), colour=False)
    assert told == (
        "2030\n"
        "\n"
        "  Il court jusqu’en **2030** au moins.\n"
        "  a.txt, ligne 2\u00a0: L’accord (2025-05)\n"
        "  confiance 87\u00a0%"
    )


def test_two_sources_that_differ_in_english():
    told = show(answer("Until when does it run?", FIRST, SECOND, agreement=DIFFER), colour=False)
    assert told == (
        "2030\n"
        "\n"
        "  Il court jusqu’en **2030** au moins.\n"
        "  a.txt, line 2: L’accord (2025-05)\n"
        "  confidence 87%\n"
        "\n"
        "Dates differ:\n"
        "  2030  [1]  (2025-05)\n"
        "  2032  [2]  (undated)\n"
        "\n"
        "Other sources:\n"
        "  [2] Il court jusqu’en **2032** au moins.\n"
        "      b.txt, line 9: L’accord (undated)"
    )


def test_two_sources_that_agree_in_french():
    told = show(answer("Jusqu'à quand ?", FIRST, replace(SECOND, quote="2030"), agreement=AGREE), colour=False)
    assert (
        "\n\nLes sources concordent\u00a0:\n  2030  [1] [2]  (2025-05)\n\nAutres sources\u00a0:\n  [2] Il court" in told
    )
    assert told.endswith("(sans date)")


def test_figures_that_differ_in_french():
    told = show(answer("Combien vaut l'accord ?", FIRST, SECOND, agreement=DIFFER), colour=False)
    assert (
        "\n\nLes chiffres diffèrent\u00a0:\n  2030  [1]  (2025-05)\n  2032  [2]  (sans date)\n\nAutres sources" in told
    )


def test_of_other_sources_nothing_is_claimed():
    told = show(answer("Until when does it run?", FIRST, SECOND, agreement=replace(DIFFER, verdict="single")), False)
    assert "differ" not in told
    assert "agree" not in told
    assert told.splitlines()[5:8] == ["", "Other sources:", "  [2] Il court jusqu’en **2032** au moins."]


def test_a_copy_is_named_without_its_words():
    copy = replace(SECOND, quote="2030", copy_of=1)
    told = show(answer("Until when does it run?", FIRST, copy), colour=False)
    assert told.endswith("Other sources:\n  [2] also in b.txt, line 9: L’accord (undated), a copy of [1]")
    assert "aussi dans b.txt, ligne 9" in show(answer("Jusqu'à quand ?", FIRST, copy), colour=False)


def test_other_values_of_a_sentence_are_told_beside_it():
    both = replace(FIRST, beside=("32,5 %", "30 %"))
    lines = show(answer("Jusqu'à quand ?", both, replace(both, number=2)), colour=False).splitlines()
    assert [line for line in lines if "32,5" in line] == [
        "  dans la même phrase\u00a0: 32,5 %, 30 %",
        "      dans la même phrase\u00a0: 32,5 %, 30 %",
    ]


# Sources differ: neither errs, and which one is right, or the newest that there is, cannot be known.
NEVER = re.compile(
    r"contradict|contradi[ct]|conflict|conflit|disagree|désaccord|wrong|faux|erreur|incorrect|à jour|up.to.date|latest"
    r"|most recent|plus récent|dernières? (?:chiffre|valeur|date|source)|outdated|périmé|obsol",
    re.IGNORECASE,
)


def test_no_words_claim_more_than_that_sources_differ():
    reactions = {told for words in WORDS.values() for told in words.reactions}  # the person's verdict, not the page's
    folder = {
        told for words in WORDS.values() for told in texts(asdict(words.folder))
    }  # of files, not of what they say
    page = [told for words in WORDS.values() for told in texts(asdict(words)) if told not in reactions | folder]
    terminal = [told for words in _WORDS.values() for told in words.values()]
    assert len(page) > 80
    assert len(terminal) > 30
    assert [told for told in (*page, *terminal) if NEVER.search(told)] == []
    for name in ("show.py", "ui/card.py", "schema.py"):
        assert not NEVER.search((QA / name).read_text("utf-8"))


def texts(told):
    if isinstance(told, str):
        return [told]
    return [text for each in (told.values() if isinstance(told, dict) else told) for text in texts(each)]


def test_a_follow_up_says_first_what_it_was_read_as():
    single = Agreement("single", (Group("2030", (1,)),))
    for asked, plain in (
        (answer("Jusqu'à quand ?", FIRST, agreement=single), "Question lue ainsi\u00a0: Jusqu'à quand\ufffd ?"),
        (answer("Until when does it run?", reason=Reason.NO_MATCH), "Read as: Jusqu'à quand\ufffd ?"),
    ):
        read = replace(asked, read_as="Jusqu'à\tquand\x1b ?")
        assert show(read, colour=False) == f"{plain}\n\n{show(asked, colour=False)}"


def test_a_terminal_shows_the_answer_in_bold():
    told = show(answer("Until when does it run?", FIRST, agreement=AGREE), colour=True).splitlines()
    assert told[0] == "\033[1m2030\033[0m"
    assert told[2] == "  Il court jusqu’en \033[1m2030\033[0m au moins."


def test_an_answer_that_is_its_sentence_is_not_marked_again():
    whole = replace(FIRST, start=11, end=len(TEXT), quote=TEXT[11:])
    told = show(answer("Que dit l'accord ?", whole), colour=False).splitlines()
    assert told[0] == "Il court jusqu’en 2030 au moins."
    assert told[2] == "  Il court jusqu’en 2030 au moins."


@pytest.mark.parametrize(
    ("question", "reason", "told"),
    [
        ("Qui a peint Guernica ?", Reason.NO_MATCH, "Pas de réponse : le dossier ne parle pas de cela."),
        ("Who painted Guernica?", Reason.NO_MATCH, "No answer here: the folder does not speak of this."),
        ("Qui a peint Guernica ?", Reason.LOW_CONFIDENCE, "Pas de réponse assez sûre dans ce dossier."),
        ("Who painted Guernica?", Reason.LOW_CONFIDENCE, "No answer that is sure enough in this folder."),
        ("", Reason.EMPTY_QUESTION, "No question: ask one, in French or English."),
        ("?", Reason.NOT_A_QUESTION, "That is no question: it takes a word that says what it is about."),
        ("¿Quién pintó el Guernica?", Reason.LOW_CONFIDENCE, "No answer that is sure enough in this folder."),
    ],
)
def test_a_refusal_says_why(question, reason, told):
    assert show(answer(question, reason=reason), colour=False) == told
    assert show(answer(question, reason=reason), colour=True) == told


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("question", ["Qui a peint Guernica ?", "Who painted Guernica?"])
def test_every_reason_has_words_in_both_languages(question, reason):
    assert show(answer(question, reason=reason), colour=False).endswith(".")


def test_a_refusal_lists_the_three_nearest_passages_cut_between_words():
    long = "mot " * 40
    told = show(
        answer("Qui a peint ?", reason=Reason.NO_MATCH, passages=["un\n\ndeux", long, "trois", "quatre"]), False
    )
    assert told.splitlines()[1:] == [
        "",
        "Les passages les plus proches\u00a0:",
        "  a.txt  un deux",
        "  a.txt  " + ("mot " * 27).strip() + "…",
        "  a.txt  trois",
    ]


def test_articles_cannot_steer_the_terminal():
    evil = "\033[2J\033]0;title\a\u202egnp\x9b31m"
    text = f"a{evil}2030"
    cited = replace(FIRST, source=f"{evil}.txt", title=evil, quote="2030", sentence=(0, len(text), text))
    cited = replace(cited, start=len(text) - 4, end=len(text))
    agreement = Agreement("agree", (Group(f"2030{evil}", (1,)),))
    for colour in (False, True):
        told = show(answer("Jusqu'à quand ?", cited, cited, agreement=agreement, passages=[evil]), colour)
        bare = told.replace("\033[1m", "").replace("\033[0m", "") if colour else told
        assert {ch for ch in bare if not ch.isprintable()} <= {"\n", "\u00a0"}
    refused = show(answer("Jusqu'à quand ?", reason=Reason.NO_MATCH, passages=[text]), colour=False)
    assert "\033" not in refused


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\n\tb  c", "a b c"),
        ("27\u00a0%\u202f!", "27\u00a0%\u202f!"),
        ("a\x00b\x1b", "a\ufffdb\ufffd"),
        ("\u2028x", " x"),
    ],
)
def test_one_line(text, line):
    assert one_line(text) == line
