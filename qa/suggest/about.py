"""Open questions, on what an article's sentences name: what is asked where nothing more exact can be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from index.types import LANGUAGES
from qa.followup.grammar import flat, of, plain
from qa.spans import names
from qa.suggest.nouns import PHRASES, Subjects
from qa.suggest.types import Draft

SAID, ABOUT = "said", "about"
OPEN = (SAID, ABOUT)
"""The rules of this file, the better one first."""
_ASKED: dict[str, Callable[[str], str]] = {
    "fr": lambda phrase: f"Que dit-on {of(phrase)} ?",
    "en": lambda phrase: f"What is said about {phrase}?",
}
_GOOD = {
    "fr": (
        r"(?:bataille|trait[ée]|accord|projet|programme|plan|clause|château|montagne|vallée|fleuve|guerre|affaire|crise"
        r"|réforme|loi|procès|mission|festival|musée|tour|pont|expédition|campagne|conquête|expérience|théorie|empire"
        r"|dynastie|révolution|siège|pagode|basilique|cathédrale|abbaye|temple|collège|université|restructuration"
        r"|réorganisation|fondation|création|construction|chute|disparition|acquisition|rachat|propriété|toponymie"
        r"|valorisation|stratégie|culture|histoire|découverte|neutralité|réseau|parc|île|forêt|lac|barrage|phare)s?\b"
    ),
    "en": (
        r"(?:battle|treaty|agreement|project|programme|program|plan|castle|mountain|valley|river|war|affair"
        r"|crisis|reform"
        r"|law|trial|mission|festival|museum|tower|bridge|expedition|campaign|conquest|experiment|theory|empire|dynasty"
        r"|revolution|siege|temple|college|university|foundation|creation|construction|fall|acquisition|history"
        r"|discovery"
        r"|network|park|island|forest|lake|dam|lighthouse|founding|invasion|origin|origins|economy|climate|culture)\b"
    ),
}
_STARTS = {
    "fr": re.compile(r"(?<![\w'-])(?:(?:[Ll]es?|[Ll]a|du|des|aux?) |[Ll]')(?=\w)"),
    "en": re.compile(r"(?<![\w'-])[Tt]he (?=\w)"),
}
_FULL = {"du ": "le ", "au ": "le ", "des ": "les ", "aux ": "les "}
_PHRASE = {language: re.compile(pattern) for language, pattern in PHRASES.items()}
_THING = {
    "fr": re.compile(r"(?:les? |la |l')(?P<noun>[a-zß-öø-ÿœ-]{4,})(?: |').*[A-ZÀ-Þ]"),
    "en": re.compile(r"the (?P<noun>[a-z]{3,}) .*[A-Z]|the (?P<name>[A-Z]\w+) (?:of|for) (?:the )?[A-Z]"),
}
_VERB = {  # what follows a subject
    "fr": re.compile(
        r" (?:est|sont|était|étaient|fut|furent|a|ont|avait|se|s'|ne|devient|permet|doit|peut|reste|vise)\b"
    ),
    "en": re.compile(r" (?:is|are|was|were|has|have|had|can|may|will|would|began|became|took|led|aims)\b"),
}
_VAGUE = re.compile(
    r"(?:les? |la |l'|the )(?:ann[ée]es?|mois|jours?|fin|début|cas|plupart|reste|fois|part|suite|siècle|docteur"
    r"|professeur"
    r"|président|roi|reine|général|year|month|day|end|beginning|case|rest|time|part|century|first|professor|king"
    r"|president|ville|city|côté|sein|cours|nom|lieu|place|name|side|same|majorité|majority|exception|mari"
    r"|femme|père)s?\b"
)
_LEAST, _MOST = 12, 50  # characters of a phrase
_OFTEN = 2
_ARTICLE = re.compile(r"(?:^|[ '(])(?:les?|la|l'|du|des|aux?|the|une?|an?|en|in|ce|cet|cette|sa|son|ses) ?$|l'$", re.I)


def said(sentence: str, language: str, subjects: Subjects) -> Iterator[Draft]:
    """Yield what asks what is said of each thing that a plain sentence names: `la restructuration d'OpenAI`."""
    for start in _STARTS[language].finditer(sentence):
        full = _FULL.get(start.group(), start.group())
        found = _PHRASE[language].match(full + sentence[start.end() :])
        phrase = subjects.phrase(found.group()) if found else None
        if not found or not phrase or not _LEAST <= len(phrase) <= _MOST or _VAGUE.match(phrase):
            continue
        thing = _THING[language].match(phrase)
        rest = sentence[start.end() + found.end() - len(full) :]
        opens = start.start() == 0 and bool(_VERB[language].match(rest))
        if thing and (opens or re.match(_GOOD[language], _noun(thing))):
            yield Draft(_ASKED[language](phrase), language, SAID)


def _noun(thing: re.Match[str]) -> str:
    """Return the word that a phrase begins with, in lower case."""
    noun: str = next(filter(None, thing.groups()))
    return noun.lower()


def about(text: str, title: str) -> Iterator[Draft]:
    """Yield what asks, in both languages, what is said of the name that an article's plain text says most."""
    low = frozenset(re.findall(r"\w+", text))
    counted: Counter[str] = Counter()
    with_article = set()
    for start, end in names(text):
        name = text[start:end]
        if _ARTICLE.search(text[max(0, start - 8) : start]):
            with_article.add(name)
        counted[name] += 1
    heading = flat(plain(title))
    fit = [
        (flat(name) in heading, times, name)
        for name, times in counted.items()
        if name not in with_article and times >= _OFTEN and len(name) > _OFTEN and name.lower() not in low
    ]
    for _, _, name in sorted(fit, reverse=True)[:1]:
        for language in LANGUAGES:
            yield Draft(_ASKED[language](name), language, ABOUT, name)
