"""Noun phrases that say enough by themselves: each has a name, or is what its article is about."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from qa.followup.grammar import flat, plain
from qa.spans import names

_UPPER = "A-ZÀ-ÖØ-ÞŒŠŽŁ"
_LOWER = "a-zß-öø-ÿœ"
CAPITAL = rf"(?:[{_UPPER}](?:[\w&-]|'(?=[{_UPPER}]))*\w|[a-z]{{1,2}}[A-Z]\w+|[A-Z]\.(?= ))"
NAME = (
    rf"{CAPITAL}(?: (?:(?:d[eu]s?|la|le|von|van|of|the|al|ibn) ){{0,2}}(?:[dl]')?"
    rf"(?:{CAPITAL}|[IVX]{{1,5}}(?![\w.]))| \d{{1,3}}(?![\w.,%]| ?(?:%|\d)))*"
)
"""A proper name, on a plain text."""
_NO_NOUN = (
    r"(?:a|ont|avait|est|sont|était|étaient|fut|furent|sera|serait|par|qui|que|dont|où|dans|en|au|aux|à|pour|sur|et|ou"
    r"|avec|sans|ne|se|plus|autres?|même|premi[eè]re?s?|derni[eè]re?s?|deuxième|second|seconde|troisième"
    r"|is|are|was|were|has|have|had|by|who|that|which|in|on|at|to|for|and|or|with|from|as|also|only|first|second|third"
    r"|last|next|other|same|latter|former|two|three|four|most|more|new|many|whole|entire|various)\b"
)
_NOUN = rf"(?!{_NO_NOUN})[{_LOWER}][{_LOWER}-]+"
_DE = r"(?: de la| de l'(?=\w)| du| des| de| d'(?=\w))"
_MORE = rf"(?: (?!{_NO_NOUN}|d[eu]s? )[{_LOWER}][{_LOWER}-]+)"
_FRENCH = (
    rf"(?:(?:(?:[Ll]es?|[Ll]a) |[Ll]'){_NOUN}{_MORE}{{0,2}}(?:{_DE}(?:(?<=') ?| ){_NOUN}{_MORE}?)?"
    rf"{_DE}?(?:(?<=') ?| ){NAME}|(?:(?:[Ll]es?|[Ll]a) |[Ll]')?{NAME})"
)
_ENGLISH = (
    rf"(?:[Tt]he (?:{_NOUN} ){{0,3}}(?:(?<= )of (?:the )?)?{NAME}(?: (?!{_NO_NOUN})[{_LOWER}-]{{3,}}s?(?= (?:is"
    rf"|was|were|are|has|had)\b))?"
    rf"|{NAME})"
)
PHRASES = {
    "fr": rf"(?:{_FRENCH}|(?:(?:[Ll]es?|[Ll]a) |[Ll]'){_NOUN}(?: {_NOUN}){{0,2}})",
    "en": rf"(?:{_ENGLISH}|[Tt]he {_NOUN}(?: {_NOUN}){{0,2}})",
}
"""What a subject or an object may look like, by language, on a plain text."""
_ARTICLE = re.compile(r"(?:(?:les?|la|the) |l')", re.IGNORECASE)
_OFTEN = 3
_MOST = 60  # characters of a subject
_CAPITALS = frozenset(ch for ch in map(chr, range(0x180)) if ch.isupper())
_OPENER = re.compile(
    r"(?:however|although|though|despite|because|according|several|today|currently|recently|originally|later|most|such"
    r"|toutefois|malgré|plusieurs|chacun|certains?|tout|toute|tous|rien|aucune?|personne|chaque|quelques?|souvent"
    r"|actuellement|beaucoup|celui|ceux|voici|voilà|monsieur|madame|saint|sainte|père|mère|mr|mrs|sir|lord)$"
)


@dataclass(frozen=True, slots=True)
class Subjects:
    """Says what of an article may be asked of by its name.

    `title` is its title, flat; `known` holds the names that stand within its sentences, and their first words;
    `often` those that it says three times.
    """

    title: str
    known: frozenset[str]
    often: frozenset[str] = frozenset()

    @classmethod
    def of(cls, text: str, title: str) -> Subjects:
        """Read an article."""
        body = plain(text)
        inside = frozenset(
            body[start:end]
            for start, end in names(body)
            if start > 1 and (body[start - 2].isalpha() or body[start - 2] in ",'")
        )
        low = frozenset(re.findall(r"\w+", body))
        words = frozenset(word for name in inside for word in (name, name.split()[0]) if word.lower() not in low)
        counted = Counter(body[start:end] for start, end in names(body))
        often = frozenset(name for name, times in counted.items() if times >= _OFTEN)
        return cls(flat(plain(title)), words, often)

    def phrase(self, found: str) -> str | None:
        """Return a phrase as it stands within a question, or None if it says too little by itself."""
        article = _ARTICLE.match(found)
        bare = found[article.end() :] if article else found
        first = bare.split()[0]
        if len(found) > _MOST or _OPENER.match(flat(first)):
            return None
        if article:
            named = any(ch in _CAPITALS for ch in bare)
            return found[0].lower() + found[1:] if named or self.told_by_title(bare) else None
        if " " not in bare and not self._is_told(bare):
            return None  # a first name, or any word at the beginning of its sentence
        return found if " " not in bare or first.isupper() or self._is_named(bare, first) else None

    def _is_told(self, name: str) -> bool:
        if sum(ch.isupper() for ch in name) > 1:
            return True
        return name in self.known and (name in self.often or flat(name) in self.title)

    def _is_named(self, name: str, first: str) -> bool:
        return name in self.known or first in self.known or all(word[0].isupper() for word in name.split())

    def told_by_title(self, noun: str) -> bool:
        """Say whether a common noun, without its article, is what the whole article is about."""
        return flat(noun).rstrip("s") == self.title.rstrip("s")
