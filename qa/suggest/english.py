"""Questions made from English sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.suggest import english_patterns as patterns
from qa.suggest.nouns import NAME, Subjects
from qa.suggest.parts import Asked, clauses, first, first_figure
from qa.suggest.types import Draft
from qa.types import AnswerKind


def english(sentence: str, subjects: Subjects) -> Iterator[Draft]:
    """Yield what a plain English sentence answers, the surest questions first."""
    for clause in clauses(sentence):
        for rule, made in _made(clause, subjects):
            for question, answer in made:
                yield Draft(f"{question}?", "en", rule, answer)


def _made(text: str, subjects: Subjects) -> Iterator[tuple[str, Asked]]:
    yield "cost", _costs(text, subjects)
    yield "figure", _figures(text)
    yield "count", _counts(text, subjects)
    yield "who did", _doers(text, subjects)
    yield "when", _times(text, subjects)
    yield "where", _places(text, subjects)
    yield "what", _whats(text, subjects)


def _named(pattern: re.Pattern[str], text: str, subjects: Subjects) -> Iterator[tuple[re.Match[str], str]]:
    """Yield the match of a pattern at the beginning of a text with its subject, if that says enough by itself."""
    found = pattern.match(text)
    s = subjects.phrase(found["s"]) if found else None
    if found and s:
        yield found, s


def _costs(text: str, subjects: Subjects) -> Asked:
    for found, s in _named(patterns.COST, text, subjects):
        if amount := first(AnswerKind.AMOUNT, found["rest"]):
            helps = {"cost": "did", "costs": "does"}.get(found["v"], found["v"].split()[0])
            yield f"How much {helps} {s} cost", amount
    for found, s in _named(patterns.WORTH, text, subjects):
        if amount := first(AnswerKind.AMOUNT, found["rest"]):
            yield f"How much {found['be']} {s} {patterns.WORTHS.get(found['done'], found['done'])}", amount
    for found, s in _named(patterns.PAYS, text, subjects):
        amount = first(AnswerKind.AMOUNT, found["rest"])
        into = patterns.INTO.match(found["rest"], len(amount)) if amount else None
        if into and (o := subjects.phrase(into["o"])):
            yield f"How much did {s} {patterns.PAID[found['v']]} {into['into']} {o}", amount
        elif amount and found["v"] in ("raised", "grossed", "earned"):
            yield f"How much did {s} {patterns.PAID[found['v']]}", amount
    for found, s in _named(patterns.HELD, text, subjects):
        o, share = subjects.phrase(found["o"]), first(AnswerKind.SHARE, found["rest"])
        if o and share:
            does, verb = (
                ("did", {"owned": "own", "held": "hold"}[found["v"]])
                if found["v"][-1] == "d"
                else ("does", found["v"][:-1])
            )
            yield f"What share of {o} {does} {s} {verb}", share


def _figures(text: str) -> Asked:
    found = patterns.FIGURE.search(text)
    if not found:
        return
    names = found["n"].endswith(("capital", "city", "motto", "point", "language"))
    answer = first(AnswerKind.NAME, found["rest"], 30) if names else first_figure(found["rest"], 30)
    if answer:
        yield (
            f"What {'was' if found['v'] in ('was', 'reached', 'stood at') else 'is'} t{found['n'][1:]} of {found['o']}",
            answer,
        )


def _counts(text: str, subjects: Subjects) -> Asked:
    if not ((found := patterns.COUNT.match(text)) and (s := subjects.phrase(found["s"]))):
        return
    number = first(AnswerKind.NUMBER, found["rest"], 0)
    noun = patterns.COUNTED.match(found["rest"], len(number)) if number else None
    if noun and not patterns.UNITS.match(noun["noun"]):
        does, verb = patterns.COUNTS[found["v"]]
        yield f"How many {noun['noun']} {does} {s} {verb}", number


def _doers(text: str, subjects: Subjects) -> Asked:
    for found, s in _named(patterns.BY, text, subjects):
        who = first(AnswerKind.NAME, found["who"], 20)
        if who and found["done"] != "born":
            yield f"Who {found['done'].removeprefix('first ')} {s}", who
    does = patterns.DOES.match(text)
    if does and (o := subjects.phrase(does["o"])) and subjects.phrase(does["s"]):
        yield f"Who {does['v']} {o}", does["s"]
    for found, s in _named(patterns.OWNED, text, subjects):
        if who := first(AnswerKind.NAME, found["who"], 20):
            yield (
                (
                    f"Who owns {s}"
                    if (found["be"], found["done"]) == ("is", "owned")
                    else f"Who {found['be']} {s} {found['done']} by"
                ),
                who,
            )
    role = patterns.ROLE_IS.match(text)
    if role:
        asks = "What" if role["role"].endswith(("capital", "city")) else "Who"
        yield f"{asks} is the {role['role']} of {role['o']}", role["who"]
    did = patterns.DID_THEN.match(text)
    if (
        did
        and subjects.phrase(did["s"])
        and bool(did["lead"]) != bool(did["when"])
        and re.search(r"^the |[A-Z]", did["o"])
    ):
        when = did["when"] or did["lead"][0].lower() + did["lead"][1:]
        yield f"Who {did['v']} {did['o']} {when}", did["s"]


def _times(text: str, subjects: Subjects) -> Asked:
    for found, s in _named(patterns.WHEN, text, subjects):
        if when := _when(found["rest"]):
            yield f"When {found['be']} {s} {found['done']}", when
    for found, s in _named(patterns.BEGAN, text, subjects):
        if when := _when(found["rest"]):
            yield f"When did {s} {patterns.BEGINS[found['v']]}", when
    for found, s in _named(patterns.ACTED, text, subjects):
        o, lead = subjects.phrase(found["o"]), found["lead"]
        when = _when(f" {lead[0].lower()}{lead[1:]}" if lead else found["rest"])
        if o and when:
            yield f"When did {s} {patterns.ACTS[found['v']]} {o}", when


def _when(rest: str) -> str:
    """Return the date of what happened then; empty if there is none with a year."""
    at = patterns.IN_TIME.search(rest)
    date = first(AnswerKind.DATE, rest[at.end() :], 0) if at else ""
    return date if re.search(r"\d{4}", date) else ""


def _places(text: str, subjects: Subjects) -> Asked:
    for found, s in _named(patterns.PLACE, text, subjects):
        if where := first(AnswerKind.NAME, found["rest"], 60):
            yield f"Where {found['be']} {s} located", where


def _whats(text: str, subjects: Subjects) -> Asked:
    who = patterns.WHO.match(text)
    if who and (name := subjects.phrase(who["s"])) and " " in name:
        yield f"Who is {name}", ""
    for found, _ in _named(patterns.BEST, text, subjects):
        if re.search(r"[A-Z]", found["best"]) and not patterns.DANGLES.search(found["best"]):
            yield f"What {found['be']} {found['best']}", found["s"]
    for found, s in _named(patterns.USED, text, subjects):
        yield f"What {found['be']} {s} {found['how']}", ""
    for found, s in _named(patterns.IS, text, subjects):
        if found["person"] and re.fullmatch(NAME, s) and " " in s:
            yield f"Who {found['be']} {s}", ""
        elif found["thing"] and not found["person"]:
            yield f"What {found['be']} {s}", ""
