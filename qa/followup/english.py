"""English pronouns that stand for what was spoken of before, put into words one at a time.

A pronoun that has what it stands for in its own question is left alone, and so is one
that stands for nothing, as in `is it true that`, `how much does it cost to`.
"""

from __future__ import annotations

import re

from index.tokens import terms
from qa.followup.grammar import append, flat, put
from qa.followup.phrases import Meant, Sort, named, named_later, subjects

_DO = r"(?:do|does|did|has|have|had|is|are|was|were|will|would|can|could|should|may|might|must)(?:n't)?\b"
_WH = re.compile(
    r"(?:(?:and|but|so) )?(?P<hangs>(?:in|at|for|with|by|on|to|from|of|since|until) )?"
    rf"(?:(?P<which>(?:which|what|how many|how much) (?!{_DO}|(?:of|makes?|made|happen\w*)\b)[a-z-]{{2,30}})"
    r"|(?P<who>whom?|whose)"
    rf"|when|where|why|what|how(?: (?!{_DO})[a-z]+)?)(?!\w) ?"
)
_SUBORDINATE = re.compile(
    rf"when (?!{_DO})|there (?:is|are|was|were) "
    r"|(?:while|if|as|although|though|because|once|after|before|since) (?!(?:the )?\d)"
)
_LINK = re.compile(rf"(?:{_DO} ?)?(?:(?:not|still|also|now|ever) )?(?:(?:of|in|for|at|on|to|from|with|by|about) )?")
_RULES = re.compile(r"(?:\w+ )?(?:lead|run|head|own|make|fund|manage|control|finance|back|provide|supplie)s? (?:\w+ )?")

_PRONOUN = re.compile(
    r"(?<![\w'-])(?P<who>it|they|them|he|she|him|her|its|their|his)\b(?![-’])(?P<short>'(?:s|re|ve|d|ll)\b)?"
)
_ASKS = re.compile(rf" [a-z-]+(?: [a-z-]+)? {_DO} (?!it\b|they\b|he\b|she\b)")
_OTHER_CLAUSE = re.compile(
    r"\b(?:that|which|because|if|when|before|where|as|assuming|while|and|than)\b"
    r"|(?<!\bwant)(?<!\bwants)(?<!\btry)(?<!\btrying)(?<!\bplan)(?<!\bplans)(?<!\bagree)(?<!\bgoing) to [a-z]"
)
_FEW = 3  # telling words
_HER_OWN = re.compile(r" (?!(?:to|in|at|on|for|with|from|and|or|as|by|since|when|about|after|before|now|today)\b)\w")
_SORTS = {
    **dict.fromkeys(("he", "she", "him", "her", "his"), Sort.PERSON),
    **dict.fromkeys(("they", "them", "their"), Sort.SEVERAL),
}
_OWNERS = ("its", "their", "his", "her")
_SHORT = {"'re": " are", "'ve": " have", "'ll": " will"}
_SUBJECT = re.compile(
    rf"(?:(?:{_DO}|\b(?:that|if|whether|because|when|since|while|how|why|what|where|much"
    r"|many|old|big|long|and|but|before|after|as|once|until|than|though|assuming)),? |^|, )$"
)

_ADJECTIVE = (
    r"(?:(?:im)?possible|(?:un)?likely|(?:un)?necessary|(?:il)?legal|important|safe|dangerous|better|best|hard|difficult"
    r"|easy|normal|common|rare|clear|ok|okay|healthy|bad|good|wise|allowed|customary|essential|use(?:ful|less)|advisable|fair)"
)
_NOTHING = re.compile(
    r" (?:(?:be |been )?(?:\w+ly |still |always |ever |so |more |very |not )?"
    rf"(?:{_ADJECTIVE} (?:that|to|for|if|how)\b|\w+ed (?:that|how|whether)\b)|true\b|(?:too )?(?:late|early)\b"
    r"|worth (?:it\b|\w+ing\b)"
    r"|(?:raining|snowing|rain(?:s|ed)?|snow(?:s|ed)?|seems?|appears?|turns out|been since|the custom|comes? to)\b"
    r"|time (?:to|for|that)\b|(?:called|known as|mean) (?:when|if|that)\b|from \w.* to\b"
    r"|(?:first )?(?:become|became|possible)\b.*\b(?:to|that)\b"
    r"|(?:(?:\w+ly )?takes?|took|costs?|means?|helps?|hurts?|makes? sense|felt|is|was|be)(?: \w+){0,3}? to [a-z])"
)
_NOBODY = re.compile(r" (?:say|call|think)\b")
_SAYING = re.compile(
    r"\bwhat (?:time|day|year|date) is it\b|\b(?:make|made|making) it\b|\bis it (?:that|just me)\b|\bwhy is it so\b"
    r"|\bhow \w+ (?:can it get|(?:is|was) it (?:to|that))\b|\bdecision (?:is|was) it\b|\bit ain't\b"
)

_FIRM = r"(?:company|firm|startup|start-up|business|group|corporation|organi[sz]ation)"
_PACT = r"(?:partnership|deal|agreement|pact|contract|alliance|merger|takeover|acquisition|dispute|lawsuit|conflict)"
_SOMETHING = (
    r"(?:bank|publisher|giant|country|city|town|region|man|woman|person|project|tool|product|software|model|service|app"
    r"|site|film|movie|book|club|team|building|tower|lighthouse|museum|place|executive)"
)
_THIS = re.compile(
    rf"(?<![\w'-])(?:th(?:is|at) (?:(?P<pact>{_PACT})|{_FIRM}|{_SOMETHING})"
    rf"|(?P<many>th[eo]se (?:{_FIRM}s|{_SOMETHING}s|companies|businesses|countries|cities|people|men|women))"
    r"|(?P<the>the (?:company|firm|start-?up)))"
    r"\b(?! (?:that|which|who|whose|of|called|named|with)\b)(?!-)"
)
_THERE = re.compile(r"(?<!\bis)(?<!\bare)(?<!\bwas)(?<!\bwere)(?<=\w) there$")
_LATTER = re.compile(r"(?<![\w'-])the latter\b")


def english_pronoun(text: str, meant: Meant) -> str | None:
    """Return a plain question with one pronoun put into words; None if none stands for what was spoken of before.

    :param meant: returns what a pronoun of a sort stands for, if anything does.
    """
    low = flat(text).rstrip(" ?!.")
    rules = (_this, _latter, _pronoun, _there)
    return next(filter(None, (rule(text, low, meant) for rule in rules)), None)


def _speaks_before(text: str, at: int, who: str) -> bool:
    """Say whether something before a place in a question may be what a pronoun there stands for."""
    before = text[:at]
    if subjects(before) or _SUBORDINATE.match(flat(before)):
        return True
    main = flat(before).rpartition(", ")[2]
    wh = _WH.match(main)
    rest = main[wh.end() if wh else 0 :]
    if _LINK.fullmatch(rest):
        is_subject = re.match(r"(?:has|have|had)\b|(?:is|are|was|were) [a-z]", rest)
        return bool(wh and wh["which"] and not wh["hangs"] and is_subject)
    if wh and wh["who"] and not wh["hangs"] and who in _OWNERS:
        return not _RULES.fullmatch(rest)
    return True


def _pronoun(text: str, low: str, meant: Meant) -> str | None:
    """Read `who leads it` as `who leads Microsoft`, `who is its CEO` as `who is Microsoft's CEO`."""
    for found in _PRONOUN.finditer(low):
        who, (start, end) = found["who"], found.span()
        after = low[found.end("who") :]
        stands_for_nothing = (who == "it" and _NOTHING.match(after)) or (who == "they" and _NOBODY.match(after))
        if stands_for_nothing or any(span.start() <= start < span.end() for span in _SAYING.finditer(low)):
            continue
        owns = who in _OWNERS and (who != "her" or bool(_HER_OWN.match(after)))
        if named_later(text, end) or (owns and _is_named_next(text, low, start, end)):
            return None
        acts = who in ("he", "she", "they") or bool(_SUBJECT.search(low[:start]) or re.match(f" {_DO}", after))
        if owns or acts:
            if _speaks_before(text, start, who) or (who == "they" and _says_much(after)):
                return None
        elif found["short"] or not _acts_alone(text, start, who):
            return None
        phrase = meant(_SORTS.get(who, Sort.THING))
        if not phrase:
            return None
        short = found["short"] or ""
        return put(text, start, end, phrase + ("'s" if owns else _SHORT.get(short, short)))
    return None


def _is_named_next(text: str, low: str, start: int, end: int) -> bool:
    """Say whether what owns comes after: `What share of its revenue does OpenAI`."""
    hangs = re.search(r"\b(?:of|in|for|on|from|with) $", low[:start])
    if not hangs:
        return False
    return bool(_ASKS.match(low[end:])) or any(not slot.before for slot in named(text[end:]))


def _says_much(after: str) -> bool:
    """Say whether a question tells enough to stand alone: `When did they stop putting lead in paint`."""
    return len(terms(after, "en")) > _FEW


def _acts_alone(text: str, start: int, who: str) -> bool:
    """Say whether at most one thing is named before an object, in its own clause."""
    before = text[:start]
    low = flat(before)
    agents = subjects(before)
    if (
        len(agents) > 1
        or (agents and "," in before)
        or _SUBORDINATE.match(low)
        or _OTHER_CLAUSE.search(low, len("and"))
    ):
        return False
    return not (who in ("him", "her") and named(before))


def _this(text: str, low: str, meant: Meant) -> str | None:
    """Read `this company` as `OpenAI`, `that deal` as `the deal between Microsoft and OpenAI`."""
    found = _THIS.search(low)
    if not found or (found["the"] and named(text)):
        return None
    pact = found["pact"]
    if pact in low[: found.start()] if pact else subjects(text[: found.start()]):
        return None
    phrase = meant(Sort.SEVERAL if pact or found["many"] else Sort.THING if found["the"] else Sort.LAST)
    if phrase and pact:
        noun = text[slice(*found.span("pact"))]
        phrase = f"the {noun} between {phrase}" if re.search(r" (?:and|et) ", phrase) else f"{phrase}'s {noun}"
    if phrase and found["many"] and not re.search(r" (?:and|et) ", phrase):
        return None
    return put(text, *found.span(), phrase) if phrase else None


def _latter(text: str, low: str, meant: Meant) -> str | None:
    found = _LATTER.search(low)
    phrase = meant(Sort.LAST) if found and not subjects(text[: found.start()]) else None
    return put(text, *found.span(), phrase) if found and phrase else None


def _there(text: str, low: str, meant: Meant) -> str | None:
    """Read `who works there` as `who works at OpenAI`."""
    found = _THERE.search(low)
    phrase = meant(Sort.THING) if found and not named(text) else None
    return append(text[: found.start()], f"at {phrase}") if found and phrase else None
