"""What a question speaks of: its names, things and dates, each as a slot that another phrase may take."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from index.encoder import embedded
from index.tokens import terms
from qa.followup.grammar import BEFORE, flat
from qa.spans import names


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that open a question with a capital and name nobody.
_OPENERS = _words(
    "combien comment pourquoi quel quelle quels quelles lequel laquelle qui que quoi quand ou est sont jusqu a y peut"
    " faut dis dites cite citez nomme nommez explique expliquez donne donnez selon depuis quid existe avant apres"
    " pendant sinon merci bonjour oui non qu lorsqu puisqu l d s n c j m t what which who whom whose when where why how"
    " is are was were do does did has have had can could will would shall should may might must name tell give list"
    " explain say please until since till whether thanks hello yes"
)
_COURTESIES = _words("merci ok bonjour salut bonsoir super bravo thanks hello hi great please yes no oui non")
# A role that `names` takes for a part of the name.
_ROLE = re.compile(r"(?:PDG|DG|C[ETF]O|IA|AI) (?:(?:de|du|des|la|le|of|the) )*")
# A noun and a name that make one thing: `la tour Eiffel`, `le phare de la Vieille`.
_THING = (
    r"(?:projet|programme|tour|phare|pont|chateau|musee|gare|port|ville|fleuve|lac|mont|ile|bataille|traite|loi|guerre"
    r"|eglise|cathedrale|universite|groupe|societe|entreprise|start-?up|clause|project|tower|lighthouse|bridge|castle"
    r"|museum|city|river|lake|mount|island|battle|treaty|war|church|cathedral|university|group|company|clause)"
)
_BEFORE_NAME = re.compile(
    rf"(?<![\w'])(?:(?:l'|(?:le|la|les|the|du|au) ){_THING} (?:(?:de (?:la |l')?|d'|du |des |of (?:the )?))?"
    r"|l'|(?:les?|la|the) )$"
)
_AFTER_NAME = re.compile(rf" {_THING}(?!\w)")
_COMMON_NOUN = re.compile(  # as it is written, so that a name in capitals is none
    r"(?<![\w'-])(?:[Ll]'|(?:[Ll](?:es?|a)|[Tt]he|(?P<a>[Aa]n?)|[Uu]ne?|[Dd]es|(?P<of>aux?|du)) )"
    r"(?!-|[\w-]+-(?:t[-'])?(?:ils?|elles?|on|ce)\b)(?:[a-zà-öø-ÿœ-]{2,40}|PDG|DG|C[ETF]O)(?![\w'])"
    r"(?: d(?:e |')(?!l[ae]s? )[a-zà-öø-ÿœ-]{2,40}(?!'))?"
)
_CONTRACTED = {"au": "le ", "du": "le ", "aux": "les "}
_ENGLISH = re.compile(
    r"\b(?:the|of|is|are|was|were|do|does|did|has|have|will|would|can|how|what|who|when|where|why|which)\b"
)
_SEVERAL = re.compile(r"(?: et | and |, | & )")


class Sort(Enum):
    """What a pronoun may stand for."""

    THING = "thing"
    PERSON = "person"
    SEVERAL = "several"
    LAST = "last"


Meant = Callable[[Sort], str | None]
"""Returns what a pronoun of a sort stands for, if anything was spoken of that it may."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A phrase of a question: [start, end) of it, with its article.

    `text` is how it stands by itself, `le projet` in `du projet`; `before` is the
    preposition that it hangs on, `de` and `à` without their article, or empty.
    """

    start: int
    end: int
    text: str
    before: str = ""


def _slot(text: str, start: int, end: int, phrase: str) -> Slot:
    before = BEFORE.search(flat(text[:start]))
    if not before or before["that"]:
        return Slot(start, end, phrase)
    return Slot(start, end, phrase, "de" if before["held"] else "à" if before["given"] else before["other"].strip())


def named(text: str) -> list[Slot]:
    """Return the names of a plain question, each with its article and the noun that it goes with."""
    found = []
    low, seen = flat(text), text
    opener = re.match(r"[a-z]+", low)
    if opener and (opener.group() in _OPENERS or re.match(r"-(?:t-)?[a-z]+\b", low[opener.end() :])):
        seen = text[:1].lower() + text[1:]
    for begins, end in names(seen):
        role = _ROLE.match(text, begins, end)
        start = first = role.end() if role else begins
        last, article = end, ""
        if before := _BEFORE_NAME.search(low[:start]):
            first = before.start()
            if low.startswith(("du ", "au "), first):
                first, article = first + len("du "), "le "
        if low[first:start] == "the " and (after := _AFTER_NAME.match(low, end)):
            last = after.end()
        phrase = article + text[first:last]
        found.append(_slot(text, first, last, phrase if start == first else phrase[:1].lower() + phrase[1:]))
    return found


def common(text: str, taken: Sequence[Slot]) -> list[Slot]:
    """Return the things of a plain question that have no name: an article and its noun, `la date de sortie`.

    :param taken: its names, which are not given once more.
    """
    found = []
    for match in _COMMON_NOUN.finditer(text):
        if any(match.start() < name.end and name.start < match.end() for name in taken):
            continue
        if match["a"] and not _ENGLISH.search(flat(text)):  # `qui a créé`
            continue
        article = _CONTRACTED.get(match["of"] or "", "")
        start = match.end("of") + 1 if article else match.start()
        phrase = article + text[start : match.end()]
        found.append(_slot(text, start, match.end(), phrase[:1].lower() + phrase[1:]))
    return found


def subjects(text: str) -> list[Slot]:
    """Return the names and things of a plain text that hang on no preposition."""
    of_names = named(text)
    return [slot for slot in (*of_names, *common(text, of_names)) if not slot.before]


def named_later(text: str, at: int) -> bool:
    """Say whether a plain text names something after a comma: `When was it founded, OpenAI`."""
    comma = text.find(", ", at)
    return comma >= 0 and any(not slot.before for slot in named(text[comma + 2 :]))


def covers(text: str) -> bool:
    """Say whether a plain text is names, and nothing else: `Google`, `la France`, `Apple et Amazon`."""
    found = named(text)
    return bool(found) and found[0].start == 0 and len(joined(found, text)) == len(text)


def joined(slots: Sequence[Slot], text: str) -> str:
    """Return the names that stand in one row, from the first on: `Microsoft et OpenAI`."""
    last = slots[0]
    for following in slots[1:]:
        if not _SEVERAL.fullmatch(flat(text[last.end : following.start])):
            break
        last = following
    return slots[0].text + text[slots[0].end : last.end]


def likest(phrase: str, others: Sequence[str]) -> tuple[int, float]:
    """Return which of other phrases is most like one, by the embedded encoder, and their cosine."""
    vectors = embedded().encode_queries([phrase, *others])
    cosines = vectors[1:] @ vectors[0]
    best = int(cosines.argmax())
    return best, float(cosines[best])


def tells(text: str) -> bool:
    """Say whether a text holds a word that tells of something, in French and in English."""
    if flat(text).strip(" ?!.,") in _COURTESIES:
        return False
    return all(any(len(term) > 1 or term.isdigit() for term in terms(text, language)) for language in ("fr", "en"))
