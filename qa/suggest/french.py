"""Questions made from French sentences.

The verb stands before its subject wherever it can, `Quand a été fondée X`: so no pronoun must agree with X.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.followup.grammar import elides, of
from qa.suggest import french_patterns as patterns
from qa.suggest import french_words as fr
from qa.suggest.nouns import NAME, Subjects
from qa.suggest.parts import Asked, clauses, first, first_figure
from qa.suggest.types import Draft
from qa.types import AnswerKind


def french(sentence: str, subjects: Subjects) -> Iterator[Draft]:
    """Yield what a plain French sentence answers."""
    for clause in clauses(sentence):
        for rule, made in _made(clause, subjects):
            for question, answer in made:
                yield Draft(f"{question} ?", "fr", rule, answer)


def _made(text: str, subjects: Subjects) -> Iterator[tuple[str, Asked]]:
    yield "cost", _costs(text, subjects)
    yield "figure", _figures(text)
    yield "count", _counts(text, subjects)
    yield "who did", _doers(text, subjects)
    yield "when", _times(text, subjects)
    yield "where", _places(text, subjects)
    yield "what", _whats(text, subjects)


def _named(pattern: re.Pattern[str], text: str, subjects: Subjects) -> Iterator[tuple[re.Match[str], str]]:
    """Yield the match of a pattern at the beginning of a text with its subject, if that says enough and agrees."""
    found = pattern.match(text)
    s = subjects.phrase(found["s"]) if found else None
    if not found or not s:
        return
    verb = found.group()[found.end("s") :].split(") ")[-1].split()[0]
    many = verb in ("ont", "sont", "furent", "étaient") or (
        verb.endswith("ent") and verb not in ("vent", "détient", "contient", "appartient", "tient")
    )
    if many == s.startswith("les "):
        yield found, s


def _costs(text: str, subjects: Subjects) -> Asked:
    for found, s in _named(patterns.COST, text, subjects):
        if amount := first(AnswerKind.AMOUNT, found["rest"]):
            yield f"Combien {found['v']} {s}", amount
    for found, s in _named(patterns.WORTH, text, subjects):
        if amount := first(AnswerKind.AMOUNT, found["rest"]):
            yield f"Combien vaut {s}", amount
    for found, s in _named(patterns.INVESTED, text, subjects):
        o, amount = subjects.phrase(found["o"]), first(AnswerKind.AMOUNT, found["rest"])
        if o and amount:
            yield f"Combien {'a ' + found['done'] if found['done'] else found['bet']} {s} {found['into']} {o}", amount
    for found, s in _named(patterns.HELD, text, subjects):
        o, share = subjects.phrase(found["o"]), first(AnswerKind.SHARE, found["rest"])
        if o and share:
            whole = (
                of(o) if found["of"] in ("de", "du", "d'") and elides(o) else f"{found['of']} {o}".replace("' ", "'")
            )
            yield f"Quelle part {whole} {found['v']} {s}", share


def _figures(text: str) -> Asked:
    found = patterns.FIGURE.match(text)
    if not found:
        return
    noun = found["n"][0].lower() + found["n"][1:]
    named = re.search(rf"\b{fr.NAMED}\b", noun)
    answer = first(AnswerKind.NAME, found["rest"], 30) if named else first_figure(found["rest"], 30)
    if answer:
        verb = "était" if found["v"] in patterns.PAST else "est"
        yield f"{'Quelle' if found['f'] else 'Quel'} {verb} {noun} {found['of']}{found['o']}", answer


def _counts(text: str, subjects: Subjects) -> Asked:
    for found, s in _named(patterns.COUNT, text, subjects):
        if counted := _counted(found["rest"]):
            yield f"Combien {counted[0]} {found['v']} {s}", counted[1]
    for found, s in _named(patterns.COMPOSED, text, subjects):
        if counted := _counted(found["rest"]):
            yield f"De combien {counted[0]} {found['v']} {s}", counted[1]
    for found, s in _named(patterns.MEASURE, text, subjects):
        if number := first(AnswerKind.NUMBER, found["rest"]):
            yield f"Combien {found['v']} {s}", number
    people = patterns.PEOPLE.match(text)
    if people and (o := subjects.phrase(people["o"])) and (counted := _counted(people["rest"])):
        yield f"Combien {counted[0]} {people['counted']} {people['in']} {o}", counted[1]


def _counted(rest: str) -> tuple[str, str] | None:
    """Return `d'habitants` and the number, of what counts something."""
    number = first(AnswerKind.NUMBER, rest, 0)
    noun = patterns.COUNTED.match(rest, len(number)) if number else None
    if not noun or re.match(fr.UNITS, noun["noun"]):
        return None
    named = noun["noun"] + (noun["of"] or "")
    if named.startswith("h"):
        return (f"d'{named}", number) if named.startswith(fr.MUTE_H) else None
    return of(named), number


def _doers(text: str, subjects: Subjects) -> Asked:
    for found, s in _named(patterns.BY, text, subjects):
        if who := first(AnswerKind.NAME, found["who"], 20):
            yield f"Qui a {_masculine(found['done'])} {s}", who
    yield from _actors(text, subjects)
    for pattern in (patterns.ROLE_OF, patterns.ROLE_IS):
        if role := pattern.match(text):
            feminine = re.match(fr.FEMININE_ROLE, role["role"])
            article = "l'" if elides(role["role"]) else "la " if feminine else "le "
            what = "Quelle" if role["role"] == "capitale" else "Qui"
            yield f"{what} est {article}{role['role']} {role['of']}{role['o']}", role["who"]
    for found, s in _named(patterns.OWNED, text, subjects):
        if who := first(AnswerKind.NAME, found["rest"], 20):
            yield f"À qui {found['v']} {s}", who


def _actors(text: str, subjects: Subjects) -> Asked:
    """Yield who did what, where a sentence says it with the doer first, or after a participle."""
    found = patterns.DOES.match(text)
    if found and (o := subjects.phrase(found["o"])) and subjects.phrase(found["s"]):
        yield f"Qui {found['v']} {o}", found["s"]
    found = patterns.DID_THEN.match(text)
    if found and subjects.phrase(found["s"]) and bool(found["lead"]) != bool(found["when"]):
        when = found["when"] or found["lead"][0].lower() + found["lead"][1:]
        yield f"Qui {found['v']} {found['o']} {when}", found["s"]
    found = patterns.SET.match(text)
    if found and found["rest"].startswith(" par ") and (o := subjects.phrase(found["o"])):
        who = first(AnswerKind.NAME, found["rest"], 25)
        if who:
            yield f"Qui a {_masculine(found['done'])} {o}", who


def _masculine(done: str) -> str:
    """Return a participle as it stands where nothing it agrees with comes before it."""
    one = done.removesuffix("s") if not done.endswith(("is", "us")) else done
    return one[:-1] if one.endswith(("ée", "te", "ue", "se")) else one


def _times(text: str, subjects: Subjects) -> Asked:
    for found, s in _named(patterns.WHEN, text, subjects):
        if when := _when(found["rest"]):
            itself = re.fullmatch(fr.BORN, found["done"])
            yield f"{when[0]} {found['be'] if itself else patterns.PASSIVE[found['be']]} {found['done']} {s}", when[1]
    for found, s in _named(patterns.BEGAN, text, subjects):
        if when := _when(found["rest"]):
            yield f"{when[0]} {found['v']} {s}", when[1]
    put = patterns.SET.match(text)
    if put and (o := subjects.phrase(put["o"])) and not o.startswith("les ") and (when := _when(put["rest"])):
        yield f"{when[0]} a été {put['done']} {o}", when[1]


def _when(rest: str) -> tuple[str, str] | None:
    """Return the question words and the date of what happened then."""
    at = patterns.AT.search(rest)
    date = first(AnswerKind.DATE, rest[at.end() :], 0) if at else ""
    if not re.search(r"\d{4}", date):
        return None
    return ("En quelle année" if re.fullmatch(r"\d{4}", date) else "Quand"), date


def _places(text: str, subjects: Subjects) -> Asked:
    for found, s in _named(patterns.PLACE, text, subjects):
        if where := first(AnswerKind.NAME, found["rest"], 60):
            yield f"Où se {'trouvent' if s.startswith('les ') else 'trouve'} {s}", where
    for found, s in _named(patterns.BIRTH, text, subjects):
        if where := first(AnswerKind.NAME, found["rest"], 12):
            yield f"Où {found['v']} {s}", where


def _whats(text: str, subjects: Subjects) -> Asked:
    told = patterns.WHO.match(text)
    if told and (who := subjects.phrase(told["s"])) and " " in who:
        yield f"Qui est {who}", ""
    for found, _ in _named(patterns.BEST, text, subjects):
        feminine = found["la"] == "la " or re.match(r"l'(?:une|autre|unique)", found["best"])
        if re.search(r"[A-ZÀ-Þ]", found["best"]):
            yield f"{'Quelle' if feminine else 'Quel'} {found['v']} {found['best']}", found["s"]
    for found, s in _named(patterns.CALLED, text, subjects):
        yield f"Comment {found['v']} {found['done']} {s}", ""
    for found, s in _named(patterns.IS, text, subjects):
        if found["thing"]:
            yield f"Qu'est-ce qu{chr(39) if elides(s) else 'e '}{s}", ""
        elif re.fullmatch(NAME, s):
            yield f"Qui {'est' if found['v'] == 'est' else 'était'} {s}", ""
