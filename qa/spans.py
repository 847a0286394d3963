"""The exact words inside a sentence that a question asks for: amounts, shares, dates, names.

A span never starts or ends inside a word or a number, and finding them all takes time
linear in the sentence: every repetition that another pattern may follow is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from index.dates import MONTH, YEAR
from index.types import Range
from qa.types import AnswerKind


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_S = r"[ \t\u00a0\u202f]"  # a space inside a number or before its unit, as French typography has it
_DIGITS = r"(?<!\d[.,])(?:\d{1,3}(?:[\u00a0\u202f .,]\d{3}){1,6}(?:[.,]\d{1,9})?|\d{1,18}(?:[.,]\d{1,9})?)(?![.,]?\d)"
_UNITS = _words(
    "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt vingts trente quarante"
    " cinquante soixante cent cents mille two three four five seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred"
    " thousand dozen"
)
_UNIT_WORD = "|".join(sorted(_UNITS, key=len, reverse=True))
_SPELT = (
    rf"(?:{_UNIT_WORD})"
    rf"(?:[- ](?:{_UNIT_WORD})|-one|[- ]et[- ](?:une?|onze)|(?<=hundred) and (?:{_UNIT_WORD})){{0,6}}(?!\w)"
)
_LARGE = r"(?:milliers?|millions?|milliards?|billions?|trillions?)(?!\w)"
_ROUND = r"(?:thousand|hundred)(?!\w)"  # parts of a spelt number, unless digits or `a` come before them
_SCALE = rf"(?:{_LARGE}|(?:bn|m(?:n|rds?)?|mds?|k)(?!\w))"
_CURRENCY = (
    r"(?:(?:dollars?|euros?|livres(?: sterling)?|pounds?|yens?|yuans?|francs?|USD|EUR|GBP)(?!\w)"
    rf"|\$(?:{_S}?US(?!\w))?|€|£)"
)
_ADJECTIVE = r"(?:américains?|canadiens?|australiens?|US|suisses?)(?!\w)"
_NUMBER = rf"(?:{_DIGITS}|{_SPELT})"
_SCALED = rf"(?:{_NUMBER}{_S}?{_SCALE}|{_DIGITS}{_S}{_ROUND}|(?:une?|an?|one){_S}(?:{_LARGE}|{_ROUND}))"
_OF = rf"(?:{_S}(?:de{_S}|d[’']|of{_S})|{_S})?"

_AMOUNT = (
    rf"[A-Z]{{0,3}}[$€£]{_S}?{_DIGITS}(?:{_S}?{_SCALE})?"
    rf"|(?:{_SCALED}(?:{_OF}{_CURRENCY})?|{_NUMBER}{_OF}{_CURRENCY})(?:{_S}{_ADJECTIVE})?"
)
_SHARE = (
    rf"{_NUMBER}{_S}?(?:%|pour{_S}?cent|per{_S}?cent|points?)|(?:(?:la|une){_S})?(?:moitié|majorité)"
    r"|(?:un|one|deux|two|trois|three)[- \u00a0](?:tiers|quarts?|thirds?|quarters?|half)|half"
)
_FROM = rf"d[’']ici{_S}(?:à{_S})?"
_PERIOD = (
    rf"(?:(?:{_FROM})?(?:(?:la{_S})?(?:fin|mi)|(?:le{_S})?début|courant)(?:-|{_S}(?:de{_S}|d[’'])?)|{_FROM}"
    rf"|(?:late|early|mid)(?:-|{_S})|(?:the{_S})?(?:end|beginning|start|middle){_S}of{_S})"
)
_DAY = r"\d{1,2}(?:er|st|nd|rd|th)?(?!\w)"
_NAMED_MONTH = rf"(?:{MONTH})(?!\w)"
# A month that stands alone is written out; the English ones need their capital, `may` and `march` are verbs.
_LONE_MONTH = (
    r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|(?-i:January|February|March|April|May|June|July|August|September|October|November|December))"
)
_TIME = (
    r"(?:ans?|années?|mois|semaines?|jours?|heures?|décennies?|siècles?|years?|months?|weeks?|days?|hours?|decades?)"
)
_DATE = (
    rf"(?:{_PERIOD})?(?:(?:{_DAY}{_S}{_NAMED_MONTH}|{_NAMED_MONTH}{_S}{_DAY})(?:,?{_S}{YEAR}(?!\w))?"
    rf"|{_NAMED_MONTH}\.?,?{_S}{YEAR}|{_LONE_MONTH}|{YEAR}(?:-\d\d(?:-\d\d)?)?)"
    rf"|(?:{_NUMBER}|une?|plusieurs|quelques|several|a few|one){_S}{_TIME}"
)
_UNIT = (
    r"(?:nm|mm|cm|km|kg|MW|GW|kW|Go|To|GB|TB|MHz|GHz|(?:nano|milli|centi|kilo)?m[èe]t(?:re|er)s?|miles?|feet|hectares?"
    r"|kilos?|tonnes?|tons?|litres?|degrés?|degrees?|(?:kilo|m[ée]ga|giga|t[ée]ra)?watts?)(?!\w)"
)
_COUNT = rf"(?!{YEAR}(?!\w|{_S}?(?:{_SCALE}|{_UNIT})))(?:{_SCALED}|{_NUMBER}(?:{_S}?{_UNIT})?)"

_UPPER = "A-ZÀ-ÖØ-ÞŒŠŽŁ"
_LETTER = r"\w\u0300-\u036f"  # accents that stand apart from their letter, too
_TITLED = r"(?:M|MM|Mr|Mrs|Ms|Mme|Dr|Pr)"
_CAPITAL = (
    rf"(?:(?:{_TITLED}|[{_UPPER}])\.(?={_S}[{_UPPER}])|(?:[{_UPPER}]\.){{2,9}}(?!\w)|[{_UPPER}](?:[{_LETTER}&.-]|[’'](?![sS](?!\w)))*[{_LETTER}]"
    rf"|[{_UPPER}](?!\w)|[a-z]+[A-Z]\w*|\d+[A-Z]\w+)"
)
_LOW = r"(?:de|du|des|la|le|of|the|&|van|von|del|di|da|al)"
_NAME = re.compile(rf"(?<!\w){_CAPITAL}(?:{_S}(?:{_LOW}{_S})?(?:{_CAPITAL}|\d+(?!\w|[.,]\d)))*")
_ELISION = re.compile(r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)['’]", re.IGNORECASE)
_FIRST_WORD = re.compile(r"[^\s\u00a0\u202f]+")
_SPACES = re.compile(rf"{_S}*")
# Words that begin sentences with a capital and name nobody.
_NOT_NAMES = frozenset(
    _words(
        "le la les l un une des du de d ce cet cette ces il elle ils elles on nous vous je tu en dans sur par pour"
        " avec sans selon depuis mais et ou donc or ni car si que qui quoi quand comme ainsi aussi alors au aux à y ne"
        " pas plus très son sa ses leur leurs notre votre entre après avant pendant lors enfin ensuite outre"
        " parallèlement toutefois cependant pourtant néanmoins autrement certes bref déjà récemment jusqu ici là celle"
        " celui ceux celles même face côté fait non ensemble bon cela ça d'après aujourd'hui the a an this that these"
        " those it he she they we you i in on at by for with without from of to and or but so if as when while after"
        " before since until during however meanwhile moreover there here its his her their our your my not no yes one"
        " two both each all some many most according under over between into about then than once also even only such"
        " janvier février mars avril mai juin juillet août septembre octobre novembre décembre january february march"
        " april may june july august september october november december lundi mardi mercredi jeudi vendredi samedi"
        " dimanche monday tuesday wednesday thursday friday saturday sunday"
    )
)
# Abbreviations and capitalised nouns that stand for a thing, and name nobody.
_COMMON = frozenset(
    _words("ia ai agi ip pi api apis gpu gpus cpu cpus pdg dg ceo cto cfo rh hr bourse internet web pme")
)


def _finder(pattern: str) -> Callable[[str], Iterator[Range]]:
    compiled = re.compile(rf"(?<!\w)(?:{pattern})(?:(?<!\w)|(?!\w))", re.IGNORECASE)

    def find(text: str) -> Iterator[Range]:
        return (match.span() for match in compiled.finditer(text))

    return find


def names(text: str) -> Iterator[Range]:
    """Yield the proper names of a sentence: runs of capitalised words, without a leading small word.

    An abbreviation such as `AI` or `CEO`, alone, names nobody.
    """
    for match in _NAME.finditer(text):
        start, end = match.span()
        while start < end and (small := _small_word(text, start, end)):
            start = small
        if any(ch.isupper() for ch in text[start:end]) and text[start:end].lower() not in _COMMON:
            yield start, end


def _small_word(text: str, start: int, end: int) -> int | None:
    """Return where what follows a small word at `start` begins, or None if there is no small word."""
    if elided := _ELISION.match(text, start, end):
        return elided.end()
    first = _FIRST_WORD.match(text, start, end)
    if not first or first.group().lower().replace("’", "'") not in _NOT_NAMES:
        return None
    spaces = _SPACES.match(text, first.end(), end)
    return spaces.end() if spaces else first.end()


_FINDERS: dict[AnswerKind, Callable[[str], Iterator[Range]]] = {
    AnswerKind.AMOUNT: _finder(_AMOUNT),
    AnswerKind.SHARE: _finder(_SHARE),
    AnswerKind.YEAR: _finder(YEAR),
    AnswerKind.DATE: _finder(_DATE),
    AnswerKind.NUMBER: _finder(_COUNT),
    AnswerKind.NAME: names,
}


def find_spans(sentence: str, kind: AnswerKind) -> list[Range]:
    """Return the spans of a sentence that an answer of a kind may be, in order.

    Offsets are half-open and count in `sentence`. `OTHER` has none: its answer is
    the sentence.
    """
    finder = _FINDERS.get(kind)
    return list(finder(sentence)) if finder else []
