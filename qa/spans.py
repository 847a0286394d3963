"""The exact words inside a sentence that a question asks for: amounts, shares, dates, names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from index.dates import MONTH, YEAR
from index.types import Range
from qa.types import AnswerKind

_S = r"[ \t\u00a0\u202f]"  # a space inside a number or before its unit, as French typography has it
_DIGITS = rf"(?:\d{{1,3}}(?:[\u00a0\u202f .,]\d{{3}})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)(?![\d])"
_UNITS = "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante cinquante soixante cent cents mille".split()
_UNITS += "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty forty fifty sixty hundred thousand dozen".split()
_WORDS = "|".join(sorted(_UNITS, key=len, reverse=True))
_SPELT = rf"(?:{_WORDS})(?:[- ](?:et[- ]un|and[- ])?(?:{_WORDS}))*"
_SCALE = r"(?:milliers?|millions?|milliards?|billions?|trillions?|thousand|hundred|bn|m(?:n|rd)?|md)\b"
_CURRENCY = r"(?:dollars?|euros?|livres(?: sterling)?|pounds?|yens?|yuans?|francs?|USD|EUR|GBP|\$|€|£)"
_ADJECTIVE = r"(?:américains?|canadiens?|australiens?|US|suisses?)"
_NUMBER = rf"(?:{_DIGITS}|{_SPELT})"
_SCALED = rf"(?:{_NUMBER}|une?|a|an|one){_S}?{_SCALE}"
_OF = rf"(?:{_S}(?:de{_S}|d[’']|of{_S})|{_S})?"

_AMOUNT = rf"[$€£]{_S}?{_DIGITS}(?:{_S}?{_SCALE})?|{_SCALED}(?:{_OF}{_CURRENCY}(?:{_S}{_ADJECTIVE})?)?|{_NUMBER}{_OF}{_CURRENCY}"
_SHARE = rf"{_NUMBER}{_S}?(?:%|pour{_S}?cent|per{_S}?cent|points?\b)|(?:la|une)?{_S}?(?:moitié|majorité)|(?:un|one|deux|two|trois|three)[- ](?:tiers|quarts?|third|thirds|quarter|quarters|half)\b|\bhalf\b"
_PERIOD = r"(?:d[’']ici(?: à)? (?:la )?(?:fin|mi)?|(?:la )?fin|(?:le )?début|mi-?|courant|late|early|mid-?|the end of)"
_DATE = (
    rf"(?:{_PERIOD}{_S}?)?(?:\d{{1,2}}(?:er|st|nd|rd|th)?{_S}(?:{MONTH})|(?:{MONTH}){_S}\d{{1,2}}(?:st|nd|rd|th)?,?|(?:{MONTH}))\b(?:{_S}{YEAR}\b)?"
    rf"|(?:{_PERIOD}{_S}?)?\b{YEAR}\b(?:-\d\d(?:-\d\d)?)?"
    rf"|(?:(?:{_NUMBER}|une?|plusieurs|quelques|several|a few|one){_S}(?:ans?|années?|mois|semaines?|jours?|heures?|décennies?|siècles?|years?|months?|weeks?|days?|hours?|decades?)\b)"
)
_COUNT = rf"{_SCALED}|{_NUMBER}(?:{_S}?(?:nm|mm|cm|km|kg|MW|GW|kW|Go|To|GB|TB|MHz|GHz)\b)?"

_LOW = r"(?:de|du|des|d[’']|la|le|of|the|&|van|von|del|di|da|al)"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w’'&.-]*[\w]|[A-ZÀ-ÖØ-Þ]\b|[a-z]+[A-Z]\w*|\d+[A-Z]\w+"
_NAME = re.compile(rf"(?:(?:{_CAPITAL})(?:{_S}(?:(?:{_LOW}){_S})?(?:{_CAPITAL}|\d+(?=\W|$)))*)")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)[’']", re.IGNORECASE)
# Words that begin sentences with a capital and name nobody.
_NOT_NAMES = frozenset(
    """le la les l un une des du de d ce cet cette ces il elle ils elles on nous vous je tu en dans sur par pour avec sans selon
    depuis mais et ou donc or ni car si que qui quoi quand comme ainsi aussi alors au aux à y ne pas plus très son sa ses leur leurs
    notre votre entre après avant pendant lors enfin ensuite outre parallèlement toutefois cependant pourtant néanmoins autrement
    certes bref déjà récemment jusqu ici là celle celui ceux celles même face côté fait non ensemble bon cela ça d’après d'après
    the a an this that these those it he she they we you i in on at by for with without from of to and or but so if as when while
    after before since until during however meanwhile moreover there here its his her their our your my not no yes one two both
    each all some many most according under over between into about then than once also even only such janvier février mars avril mai
    juin juillet août septembre octobre novembre décembre january february march april may june july august september october november
    december lundi mardi mercredi jeudi vendredi samedi dimanche monday tuesday wednesday thursday friday saturday sunday""".split()
)


def _finder(pattern: str) -> Callable[[str], Iterator[Range]]:
    compiled = re.compile(rf"(?<![\w])(?:{pattern})", re.IGNORECASE)

    def find(text: str) -> Iterator[Range]:
        for match in compiled.finditer(text):
            if match.group().strip():
                yield match.span()

    return find


def names(text: str) -> Iterator[Range]:
    """Yield the proper names of a sentence: runs of capitalised words, without a leading small word."""
    for match in _NAME.finditer(text):
        start, end = match.span()
        piece = text[start:end]
        while piece:
            elided = _ELISION.match(piece)
            first = re.match(r"[^\s\u00a0\u202f]+", piece)
            if elided:
                cut = elided.end()
            elif first and first.group().lower().rstrip(".’'") in _NOT_NAMES:
                cut = first.end()
            else:
                break
            rest = piece[cut:]
            start += cut + len(rest) - len(rest.lstrip())
            piece = text[start:end]
        piece = piece.rstrip(".-'’ ")
        if piece and any(ch.isupper() for ch in piece):
            yield start, start + len(piece)


_FINDERS: dict[AnswerKind, Callable[[str], Iterator[Range]]] = {
    AnswerKind.AMOUNT: _finder(_AMOUNT),
    AnswerKind.SHARE: _finder(_SHARE),
    AnswerKind.YEAR: _finder(rf"\b{YEAR}\b"),
    AnswerKind.DATE: _finder(_DATE),
    AnswerKind.NUMBER: _finder(rf"(?!{YEAR}\b)(?:{_COUNT})"),
    AnswerKind.NAME: names,
}


def find_spans(sentence: str, kind: AnswerKind) -> list[Range]:
    """Return the spans of a sentence that an answer of a kind may be, in order.

    Offsets are half-open and count in `sentence`. `OTHER` has none: its answer is
    the sentence.
    """
    finder = _FINDERS.get(kind)
    return list(finder(sentence)) if finder else []
