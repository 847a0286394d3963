"""Reactions become gold only here, one by one, as a person decides in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from index.errors import DocumentError
from index.types import LANGUAGES
from qa.feedback import Cited
from qa.gold.candidates import Candidate, Decisions
from qa.gold.gold_file import GoldFile
from qa.gold.texts import Texts
from qa.normalise import holds

Ask = Callable[[str], str]
"""Shows a prompt and returns what is typed; raises EOFError where the input ends."""
Say = Callable[[str], None]

SPLIT = "feedback"
_LISTED = 20  # articles to choose from
_REACTIONS = {"right": "right", "wrong": "wrong", "wrong_source": "wrong source"}


@dataclass(slots=True)
class Tally:
    """How the review went."""

    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    known: int = 0


def review(
    waiting: Sequence[Candidate], texts: Texts, gold: GoldFile, decisions: Decisions, split: str, ask: Ask, say: Say
) -> Tally:
    """Ask of each candidate what becomes of it; what was accepted stays, however the review ends.

    :param split: the split that accepted questions are put in.
    :raises SourcierError: if a file cannot be written.
    :raises KeyboardInterrupt: as it came, saying what is kept.
    """
    tally = Tally()
    try:
        for number, candidate in enumerate(waiting, start=1):
            say(f"\n{number} of {len(waiting)}")
            _Review(candidate, texts, gold, split, ask, say).decide(decisions, tally)
    except (EOFError, _Quit):
        pass
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted: {tally.accepted} accepted, kept in {gold.path}") from None
    return tally


class _Quit(Exception):  # noqa: N818 - an end, not an error
    """The person has had enough."""


@dataclass(frozen=True, slots=True)
class _Review:
    """One candidate before a person."""

    candidate: Candidate
    texts: Texts
    gold: GoldFile
    split: str
    ask: Ask
    say: Say

    def decide(self, decisions: Decisions, tally: Tally) -> None:
        """Show the candidate, ask until a choice is made, and do it."""
        candidate = self.candidate
        standing = [cited for cited in candidate.citations if self._stands(cited)]
        same = [cited for cited in standing if candidate.answer and cited.quote == candidate.answer]
        self._show(standing)
        if known := self.gold.known(candidate.question, candidate.language):
            self.say(f"  {self.gold.path} asks this already, as {known}: passed over")
            tally.known += 1
            return
        while True:
            chosen = self._choose(bool(same) and candidate.told_right)
            if chosen == "q":
                raise _Quit
            if chosen == "s":
                tally.skipped += 1
                return
            if chosen == "r":
                decisions.add(candidate, "rejected")
                tally.rejected += 1
                return
            if self._taken(chosen, same):
                decisions.add(candidate, "accepted")
                tally.accepted += 1
                return

    def _taken(self, chosen: str, same: Sequence[Cited]) -> bool:
        """Add the candidate as it was chosen to; return whether it was."""
        if chosen == "t":
            return self._typed()
        if chosen == "a":
            return self._accept([same[0].quote], list(dict.fromkeys(cited.source for cited in same)))
        sure = self.ask("  Sure that no article answers it, in other words either? [y/n] ").strip().lower()
        return sure in ("y", "yes", "o", "oui") and self._accept([], [])

    def _choose(self, acceptable: bool) -> str:
        choices = {"a": "accept answer and source"} if acceptable else {}
        choices["t"] = "type the right answer"
        if self.candidate.may_be_unanswerable:
            choices["u"] = "the folder does not answer it"
        choices |= {"s": "skip", "r": "reject, never ask again", "q": "quit"}
        prompt = "  " + ", ".join(f"[{key}] {meaning}" for key, meaning in choices.items()) + ": "
        while True:
            chosen = self.ask(prompt).strip().lower()
            if chosen in choices:
                return chosen
            self.say(f"  type one of {', '.join(choices)}")

    def _accept(self, answers: Sequence[str], found: Sequence[str]) -> bool:
        candidate = self.candidate
        language = candidate.language
        while language not in LANGUAGES:
            language = self.ask("  In which language is the question? [fr/en] ").strip().lower()
        name = self.gold.add(candidate.key, candidate.question, language, answers, found, self.split)
        self.say(f"  added as {name}" + (f", answered by {', '.join(found)}" if found else ", not answerable"))
        return True

    def _typed(self) -> bool:
        """Ask for an answer until an article holds it, word for word, then which articles give it."""
        while answer := self.ask("  The answer, word for word as the article has it (empty: back): ").strip():
            holding = self.texts.holding([answer])[answer]
            if not holding:
                self.say("  no article of the folder holds these words: copy them from the article")
                continue
            self.say(f"  it stands in {', '.join(holding[:_LISTED])}{' and others' if len(holding) > _LISTED else ''}")
            return self._accept([answer], self._which(holding))
        return False

    def _which(self, holding: Sequence[str]) -> list[str]:
        """Ask which of the articles that hold an answer give it as the answer."""
        if len(holding) == 1:
            return [*holding]
        listed = holding[:_LISTED]
        for number, source in enumerate(listed, start=1):
            self.say(f"    {number}  {source}")
        while True:
            told = self.ask("  Which of them answer the question? (numbers, such as 1 3; all) ").strip().lower()
            if told == "all":
                return [*holding]
            with suppress(ValueError):
                numbers = sorted({int(each) for each in told.replace(",", " ").split()})
                if numbers and numbers[0] >= 1 and numbers[-1] <= len(listed):
                    return [listed[number - 1] for number in numbers]
            self.say(f"  type numbers from 1 to {len(listed)}, or all")

    def _stands(self, cited: Cited) -> bool:
        """Say whether the article that was cited still holds the quote."""
        with suppress(DocumentError):
            return holds(self.texts.text(cited.source), cited.quote)
        return False

    def _show(self, standing: Sequence[Cited]) -> None:
        candidate = self.candidate
        times = ", ".join(f"{_REACTIONS[name]} {number}×" for name, number in candidate.reactions.items())
        self.say(f"  question  {candidate.question} ({candidate.language})")
        for earlier in candidate.previous[-1:]:
            self.say(f"  asked     after {earlier!r}")
        if candidate.answer is None:
            self.say("  answer    none: it was refused")
        else:
            self.say(f"  answer    {candidate.answer} (confidence {candidate.confidence:.2f})")
        for cited in candidate.citations:
            still = "still holds the quote" if cited in standing else "no longer holds the quote"
            self.say(f"  source    {cited.source}, which {still}")
            self.say(f"            {cited.sentence}")
        self.say(f"  reaction  {times}")
        for comment in candidate.comments:
            self.say(f"  comment   {comment}")
