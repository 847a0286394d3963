"""A question read with those before it, so that it stands alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from index.errors import QuestionError
from index.language import question_language
from qa.followup.ellipsis import fragment
from qa.followup.english import english_pronoun
from qa.followup.french import french_pronoun
from qa.followup.grammar import PERSON, append, finish, flat, of, plain, what_is
from qa.followup.phrases import Sort, common, joined, named, tells
from qa.followup.rewording import question_word
from qa.question import MAX_CHARS, check_text

MAX_PREVIOUS = 20
"""How many earlier questions may be given."""
_PRONOUNS = 2  # at most so many of a question are put into words
_LONGEST_NAME = 80  # characters of an earlier answer that a pronoun may stand for
_WHO = re.compile(r"(?:et |and )?(?:qui|who)\b|.*\b(?:qui est|who is)\b")
_WHICH = re.compile(r"(?:et |and )?(?:(?:a|par|chez|de|with|by) )?(?:quel(?:le)?s?|which|what) \w+")
_SUBJECT = re.compile(
    r"\b(?:do|does|did|has|have|is|was|will|would|can) (?P<name>\w{3,40})\b"
    r"|\b(?P<nom>\w{3,40}) \w+-(?:t-)?(?:il|elle)s?\b"
)
_BARE = re.compile(
    r"(?:(?:et|and) )?(?:qui|quel(?:le)?s?|who|what) (?:est|sont|etait|is|are|was) (?:l'|l[ae] |les |the )"
    r"(?P<noun>\w+(?: d'\w+)?)"
)
_OWNED = re.compile(
    r"(?:(?:et|mais|and|but|what about|how about|quid de) )?(?P<whose>son|sa|ses|leurs?|its|their|his|her) \w+"
    r"(?: d(?:e |')\w+)?(?: \w+(?:al|ale|el|elle|ique))?"
)
_RELATIVE = re.compile(
    rf"(?:{PERSON.pattern}|prix|cout|valeur|valorisation|chiffre d'affaires|budget|siege|effectifs?|objectif|price"
    r"|cost|value|valuation|revenues?|headquarters|goal|profits?|benefices?|capital)"
)
Answering = Callable[[str], str | None]
"""Answers a question that stands alone: its text, or None."""


def check_previous(previous: Sequence[str]) -> None:
    """Check the earlier questions that a question is asked after.

    :raises QuestionError: if they are too many, or one of them cannot be a question.
    """
    if isinstance(previous, str) or not all(isinstance(text, str) for text in previous):
        raise QuestionError("the earlier questions are not a list of texts: give each as a text")
    if len(previous) > MAX_PREVIOUS:
        raise QuestionError(f"{len(previous)} earlier questions, the most is {MAX_PREVIOUS}: give the last ones only")
    for number, text in enumerate(previous, start=1):
        check_text(text, f"earlier question {number}")


def follow_up(text: str, previous: Sequence[str], answering: Answering | None = None) -> str | None:
    """Return a question as it is read after others, or None if it stands alone.

    Each of the others is first read after those before it: a follow-up of a follow-up
    speaks of what that one was read to speak of.

    :param previous: the earlier questions as they were asked, or read, newest last.
    :param answering: answers an earlier question, where a pronoun may stand for its answer.
    :raises QuestionError: as `check_previous` does.
    """
    check_previous(previous)
    answering = cache(answering) if answering else None
    earlier = ""
    for turn in previous:
        read = _read(plain(turn), earlier, answering)
        earlier = read if tells(read) else earlier
    text = plain(text)
    read = _read(text, earlier, answering)
    return None if read == text else read


def _read(text: str, earlier: str, answering: Answering | None) -> str:
    """Return a plain question as it is read after one that stands alone; as it is if it stands alone, too."""
    if not text or not earlier:
        return text
    language = question_language(earlier)
    language = language if language == "en" else "fr"
    whole = _whole(text)
    read = None
    if whole == text:
        read = question_word(text, earlier, language) or fragment(text, earlier, language)
    if read is None:
        read = _in_words(whole, earlier, answering)
    return read if read and len(read) <= MAX_CHARS else text


def _whole(text: str) -> str:
    """`Et son PDG` is `Qui est son PDG`: any other text is returned as it is."""
    owned = _OWNED.fullmatch(flat(text).rstrip(" ?!."))
    if not owned:
        return text
    language = "en" if owned["whose"] in ("its", "their", "his", "her") else "fr"
    return finish(what_is(text[owned.start("whose") : owned.end()], language), language)


def _in_words(text: str, earlier: str, answering: Answering | None) -> str | None:
    """Return a question whose pronouns were put into words, if any stands for what was spoken of before."""
    own = question_language(text)
    language = own if own in ("fr", "en") else question_language(earlier)
    read = text
    for _ in range(_PRONOUNS):
        said = read

        def meant(sort: Sort, said: str = said) -> str | None:
            return _meant(sort, said, earlier, answering)

        worded = english_pronoun(said, meant) if language == "en" else french_pronoun(said, meant)
        worded = worded or _of_something(said, language, meant)
        if worded is None:
            break
        read = worded
    return None if read == text else finish(read, language)


def _of_something(text: str, language: str, meant: Callable[[Sort], str | None]) -> str | None:
    """`Qui est le PDG` is `Qui est le PDG de Microsoft`."""
    asked = _BARE.fullmatch(flat(text).strip(" ?!."))
    if not asked or not _RELATIVE.fullmatch(asked["noun"]) or not (phrase := meant(Sort.THING)):
        return None
    return append(text, of(phrase) if language == "fr" else f"of {phrase}")


def _meant(sort: Sort, said: str, earlier: str, answering: Answering | None) -> str | None:
    """Return what a pronoun of a sort stands for, that its question does not name itself.

    What the earlier question names first; where it asks who, and the pronoun is a person's, its answer.
    """
    mine = flat(said)
    slots = [slot for slot in named(earlier) if flat(slot.text) not in mine]
    asks_who = bool(_WHO.match(flat(earlier)))
    if sort is Sort.PERSON and asks_who and (name := _answer(earlier, answering)):
        return name
    if sort is Sort.PERSON and (full := next((slot.text for slot in slots if " " in slot.text), None)):
        return full
    if slots:
        return joined(slots, earlier) if sort is Sort.SEVERAL else slots[-1 if sort is Sort.LAST else 0].text
    things = [] if named(earlier) else common(earlier, ())
    if not named(earlier) and _WHICH.match(flat(earlier)) and (name := _answer(earlier, answering)):
        return name
    if things:
        thing = next((thing for thing in things if not thing.before), things[-1])
        return thing.text[:1].lower() + thing.text[1:]
    name = _answer(earlier, answering) if asks_who else None
    return name or (None if named(earlier) else _in_small_letters(earlier))


def _in_small_letters(earlier: str) -> str | None:
    """Return what may be the name in a question without any capital: `stargate` in `how much does stargate cost`."""
    if not earlier.islower():
        return None
    subject = _SUBJECT.search(flat(earlier))
    part = earlier[slice(*subject.span(subject.lastgroup or 0))] if subject else earlier
    return next((word for word in reversed(re.findall(r"[^\W\d_]{3,40}", part)) if tells(word)), None)


def _answer(earlier: str, answering: Answering | None) -> str | None:
    """Return the names that answer an earlier question, if its answer is that."""
    answer = answering(earlier) if answering else None
    return answer if answer and len(answer) <= _LONGEST_NAME and named(plain(answer)) else None
