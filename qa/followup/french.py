"""French pronouns that stand for what was spoken of before, put into words one at a time.

A pronoun that has what it stands for in its own question is left alone, and so is one
that stands for nothing, as in `faut-il`, `y a-t-il`, `en 2030`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import qa.followup.french_words as fr
from qa.followup.grammar import append, elides, feminine, flat, of, put, to
from qa.followup.phrases import Meant, Sort, named, named_later, subjects

_Rule = Callable[[str, str, Meant], str | None]
_TOGETHER = re.compile(r" (?:et|and) ")
_QUE = re.compile(r"\bqu(?:e |')$")
_IS = re.compile(r"est|sont|etait|etaient|sera|seront|serait|fut")
_DONE = re.compile(r"(?:[éiu]e?s?|[iu]se?s?|[ieu]te?s?)$")  # how a past participle ends
_AGREES = re.compile(r"(?<=[éiust])e?s$|(?<=[éiust])e$")
_HANGS = re.compile(r"\b(?:de|en|pour|dans|sur) $")


def french_pronoun(text: str, meant: Meant) -> str | None:
    """Return a plain question with one pronoun put into words; None if none stands for what was spoken of before.

    :param meant: returns what a pronoun of a sort stands for, if anything does.
    """
    low = flat(text).rstrip(" ?!.")
    if fr.NOTHING.search(low):
        return None
    return next(filter(None, (rule(text, low, meant) for rule in _RULES)), None)


def _speaks_before(text: str, at: int) -> bool:
    """Say whether something before a place in a question may be what a pronoun there stands for."""
    before = text[:at]
    if subjects(before) or ("," in before and fr.CLAUSE.match(flat(before))):
        return True
    main = flat(before).rpartition(", ")[2]
    wh = fr.WH.match(main)
    rest = main[wh.end() if wh else 0 :]
    if fr.SUBJECT.search(rest):
        return True
    if not wh:
        return bool(rest) and not fr.NO_SUBJECT.fullmatch(rest) and not fr.FIRST.fullmatch(rest.rstrip())
    if fr.LINK.fullmatch(rest):
        return False
    if wh["who"] and not wh["hangs"]:
        return not fr.RULES.match(rest)
    return bool(wh["which"] and not wh["hangs"]) or not fr.FIRST.match(rest)


def _acts_alone(text: str, start: int, end: int) -> bool:
    """Say whether at most one thing is named before an object, in its own clause, and none after a comma."""
    before = text[:start]
    agents = subjects(before)
    wh = fr.WH.match(flat(before))
    if agents and ("," in before or (wh and wh["which"])):  # `Quels textes l'auteur relit-il s'il veut les vendre`
        return False
    return len(agents) <= 1 and not named_later(text, end)


def _sort(who: str, low: str) -> Sort:
    """Return what a pronoun of the third person may stand for."""
    if who in ("ils", "elles", "eux", "leur", "leurs"):
        return Sort.SEVERAL
    return Sort.PERSON if fr.LIFE.search(low) else Sort.THING


def _inverted(text: str, low: str, meant: Meant) -> str | None:
    """Read `combien a-t-il levé` as `combien OpenAI a-t-il levé`."""
    found = fr.INVERTED.search(low)
    if not found or _speaks_before(text, found.start()) or named_later(text, found.end()):
        return None
    start, is_last = found.start(), found.end() == len(low)
    if _stands_for_nothing(found, low) or (fr.OF_ITSELF.match(low) and not is_last):
        return None
    phrase = meant(_sort(found["who"], low))
    if not phrase:
        return None
    if what := _QUE.search(low[:start]):
        asked = f"{text[: what.start()]}qu'est-ce que "
        return put(asked, len(asked), len(asked), phrase) + f" {text[start : found.end('verb')]}{text[found.end() :]}"
    if is_last and _IS.fullmatch(found["verb"]):  # `Où est-il ?`
        return f"{text[: found.end('verb')]} {phrase}"
    return f"{text[:start]}{phrase} {text[start : start + 1].lower()}{text[start + 1 :]}"


def _stands_for_nothing(found: re.Match[str], low: str) -> bool:
    if found["who"] != "il" or fr.THERE.match(low, found.start()):  # `Combien y a-t-il investi`
        return False
    return any(fr.IMPERSONAL.match(low, found.start(group)) for group in (0, "verb"))


def _plain(text: str, low: str, meant: Meant) -> str | None:
    """Read `combien est-ce qu'il vaut` as `combien est-ce que Windsurf vaut`."""
    hanging = [found.start("who") for found in fr.WITH.finditer(low)]
    for found in fr.PLAIN.finditer(low):
        verb = re.match(r" (?:ne |n')?", low[found.end() :])
        at = found.end() + (verb.end() if verb else 0)
        if found.start() in hanging or (found["who"] == "il" and fr.IMPERSONAL.match(low, at)):
            continue
        if _speaks_before(text, found.start()) or named_later(text, found.end()):
            return None
        phrase = meant(_sort(found["who"], low))
        if phrase and low[: found.start()].endswith("s'"):
            return f"{text[: found.start() - 1]}i {phrase}{text[found.end() :]}"
        return put(text, *found.span(), phrase) if phrase else None
    return None


def _his(text: str, low: str, meant: Meant) -> str | None:
    """Read `qui est son PDG` as `qui est le PDG de Microsoft`."""
    found = fr.HIS.search(low)
    if not found or _speaks_before(text, found.start()) or named_later(text, found.end()):
        return None
    if _HANGS.search(low[: found.start()]) and any(not slot.before for slot in named(text[found.end() :])):
        return None  # `Quelle part de son capital OpenAI cède-t-elle`
    phrase = meant(_sort(found["his"], found["noun"]))
    if not phrase:
        return None
    noun, plural = text[slice(*found.span("noun"))], found["his"] in ("ses", "leurs")
    is_feminine = found["his"] == "sa" or (found["his"] == "leur" and feminine(noun))
    return put(text, *found.span(), f"{_the(noun, is_feminine, plural)} {of(phrase)}")


def _the(noun: str, is_feminine: bool, plural: bool) -> str:
    return f"les {noun}" if plural else f"l'{noun}" if elides(noun) else f"{'la' if is_feminine else 'le'} {noun}"


def _this(text: str, low: str, meant: Meant) -> str | None:
    """Read `cette entreprise` as `openAI`, `cet accord` as `l'accord entre Microsoft et OpenAI`."""
    found = fr.THIS.search(low)
    if not found:
        return None
    pact, plural = found["pact"], bool(found["many"])
    if pact in low[: found.start()] if pact else subjects(text[: found.start()]):
        return None
    phrase = meant(Sort.SEVERAL if pact or plural else Sort.LAST)
    together = bool(phrase and _TOGETHER.search(phrase))
    if not phrase or (plural and not together):
        return None
    if pact:
        noun = text[slice(*found.span("pact"))]
        phrase = f"{_the(noun, feminine(noun), plural)} {f'entre {phrase}' if together else of(phrase)}"
    return put(text, *found.span(), phrase)


def _the_firm(text: str, low: str, meant: Meant) -> str | None:
    """Read `combien l'entreprise a-t-elle levé` as `combien OpenAI a-t-elle levé`."""
    found = fr.THE_FIRM.search(low)
    phrase = meant(Sort.THING) if found and not named(text) else None
    return put(text, *found.span(), phrase) if found and phrase else None


def _latter(text: str, low: str, meant: Meant) -> str | None:
    """Read `combien vaut ce dernier` as `combien vaut Windsurf`."""
    found = fr.LATTER.search(low)
    phrase = meant(Sort.LAST) if found and not subjects(text[: found.start()]) else None
    return put(text, *found.span(), phrase) if found and phrase else None


def _with(text: str, low: str, meant: Meant) -> str | None:
    """Read `qui négocie avec elle` as `qui négocie avec OpenAI`."""
    found = fr.WITH.search(low)
    phrase = meant(_sort(found["who"], low)) if found and _acts_alone(text, *found.span()) else None
    return put(text, *found.span("who"), phrase) if found and phrase else None


def _had(text: str, low: str, meant: Meant) -> str | None:
    """Read `qui l'a fondée` as `qui a fondé OpenAI`."""
    found = fr.HAD.search(low)
    done = text[slice(*found.span("done"))] if found else ""
    if not found or not _DONE.search(done) or not _acts_alone(text, *found.span()):
        return None
    phrase = meant(_sort("la", low))
    verb = text[slice(*found.span("verb"))] + _AGREES.sub("", done)  # with nothing before it, it agrees with nothing
    return f"{text[: found.start('it')]}{verb} {phrase}{text[found.end() :]}" if phrase else None


def _after_its_verb(pattern: re.Pattern[str]) -> _Rule:
    """Read `qui la dirige` as `qui dirige Microsoft`, `qui veut l'acheter` as `qui veut acheter Windsurf`."""

    def rule(text: str, low: str, meant: Meant) -> str | None:
        found = pattern.search(low)
        if not found or not _acts_alone(text, *found.span()):
            return None
        if found.group().startswith("qui ") and re.search(r"[ -](?:t[-'])?(?:ils?|elles?|on)\b", low):
            return None  # `Qui le président a-t-il nommé`
        phrase = meant(_sort("la", low))
        verb = text[found.end("it") : found.end()]
        return f"{text[: found.start('it')]}{verb} {phrase}{text[found.end() :]}" if phrase else None

    return rule


def _at_the_end(pattern: re.Pattern[str], wording: Callable[[str], str]) -> _Rule:
    """Read `qui lui succède` as `qui succède à Microsoft`, `qu'en dit Google` as `que dit Google de Microsoft`."""

    def rule(text: str, low: str, meant: Meant) -> str | None:
        found = pattern.search(low)
        phrase = meant(Sort.THING) if found and _acts_alone(text, *found.span()) else None
        if not found or not phrase:
            return None
        before = text[: found.start()]
        before = f"{before[:-1]}e " if before.endswith("'") else before
        return append(before + text[found.end() :], wording(phrase))

    return rule


_RULES: tuple[_Rule, ...] = (
    *(_inverted, _plain, _at_the_end(fr.TO_IT, to), _his, _this, _the_firm, _latter, _had),
    *(_after_its_verb(fr.RULED), _after_its_verb(fr.TO_DO)),
    *(_at_the_end(fr.THERE, lambda phrase: f"dans {phrase}"), _at_the_end(fr.OF_IT, of), _with),
)
