"""The small surgery on French and English questions: how a phrase takes another's place.

Texts are `plain` here: composed, with straight apostrophes and plain spaces. `flat` keeps
their length, so that offsets in the one are offsets in the other.
"""

from __future__ import annotations

import re
import unicodedata

BEFORE = re.compile(
    r"(?<![\w'])(?P<held>d'|d[eu] |des |of )$|(?<![\w'])(?P<given>a |aux? )$|(?P<that>qu(?:'|e ))$"
    r"|(?<![\w'])(?P<other>(?:dans|en|chez|par|pour|avec|sur|contre|entre|selon|vers|sous|sans|depuis|in|into|at|by|for"
    r"|with|on|against|between|to|from|about|over|under|than) )$"
)
"""The little word that a phrase hangs on, at the end of a flat text."""
_PERSON = (
    r"(?:pdg|dg|patron(?:ne)?|presidente?|directeur|directrice|dirigeante?|(?:co-?)?fondateur|fondatrice|auteur|chef"
    r"|ministre|maire|proprietaire|actionnaire|investisseur|concurrent|rival|partenaire|successeur|predecesseur|roi|reine"
    r"|c[etf]o|boss|head|(?:co-?)?founder|chairman|chairwoman|chair|owner|author|director|leader|mayor|minister|partner"
    r"|shareholder|investor|competitor|successor|predecessor|king|queen)s?\b"
)
PERSON = re.compile(_PERSON)
"""What a person, or who, is to somebody."""
_FEMININE = re.compile(
    r"\w*(?:[tsx]ion|aison|té|ure|ance|ence|ée|ie|ise|ette|trice|euse|ande|ine|oire|(?:val|larg|haut|longu)eur|part)s?\b"
)
_MANY = re.compile(r"[a-z]+[^su]s(?: |$)")
_WITH_ARTICLE = re.compile(r"(?P<article>l'|\w+ )?(?P<noun>.*)", re.DOTALL)
_ALIKE = str.maketrans("’‘ʼ", "'''")
_END = " ?!.,;:…"


def plain(text: str) -> str:
    """Return a text composed (NFC), with straight apostrophes and single plain spaces, without outer ones."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_ALIKE).split())


def flat(text: str) -> str:
    """Return a text of the same length, in lower case and without accents."""
    return "".join(unicodedata.normalize("NFKD", ch)[0].lower()[0] for ch in text)


def elides(phrase: str) -> bool:
    """Say whether `de` and `que` lose their `e` before a phrase; names in h and y are pronounced either way."""
    return flat(phrase[:1]) in tuple("aeiouœæ")


def feminine(noun: str) -> bool:
    """Say whether a French noun is feminine, as its ending tells."""
    return bool(_FEMININE.match(noun.lower()))


def of(phrase: str) -> str:
    """Return a French phrase after `de`.

    >>> of("le Japon"), of("OpenAI"), of("Huawei")
    ('du Japon', "d'OpenAI", 'de Huawei')
    """
    return _contracted(phrase, "du", "des") or (f"d'{phrase}" if elides(phrase) else f"de {phrase}")


def to(phrase: str) -> str:
    """Return a French phrase after `à`.

    >>> to("les actionnaires"), to("OpenAI")
    ('aux actionnaires', 'à OpenAI')
    """
    return _contracted(phrase, "au", "aux") or f"à {phrase}"


def _contracted(phrase: str, one: str, many: str) -> str:
    article, _, rest = phrase.partition(" ")
    return f"{one} {rest}" if article == "le" else f"{many} {rest}" if article == "les" else ""


def what_is(phrase: str, language: str) -> str:
    """Return what asks for a thing, without a mark.

    :param phrase: with its definite article, or whose it is.

    >>> what_is("la part", "fr"), what_is("its CEO", "en")
    ('Quelle est la part', 'Who is its CEO')
    """
    parts = _WITH_ARTICLE.match(phrase)
    article, noun = (flat(parts["article"] or "").strip(), parts["noun"]) if parts else ("", "")
    is_person = bool(PERSON.match(flat(noun)))
    if language == "en":
        return f"{'Who' if is_person else 'What'} {'are' if _MANY.match(flat(noun)) else 'is'} {phrase}"
    plural = article in ("les", "ses", "leurs")
    verb = "sont" if plural else "est"
    if is_person:
        return f"Qui {verb} {phrase}"
    is_feminine = article in ("la", "sa") or (article not in ("le", "son") and feminine(noun))
    return f"{'Quelle' if is_feminine else 'Quel'}{'s' if plural else ''} {verb} {phrase}"


def put(text: str, start: int, end: int, phrase: str) -> str:
    """Return a plain text with a phrase instead of [start, end), the little word before it made to fit.

    >>> put("la part de Microsoft", 11, 20, "OpenAI")
    "la part d'OpenAI"
    """
    before = BEFORE.search(flat(text[:start]))
    if before and before["held"] and before["held"] != "of ":
        start, phrase = before.start(), of(phrase)
    elif before and before["given"] and text[before.start() : start] != "a ":  # `a` without its accent is English, too
        start, phrase = before.start(), to(phrase)
    elif before and before["that"]:
        start, phrase = before.start() + 2, f"'{phrase}" if elides(phrase) else f"e {phrase}"
    return text[:start] + phrase + text[end:]


def append(text: str, phrase: str, between: str = " ") -> str:
    """Return a question with a phrase at its end, in the place of its mark."""
    return text.rstrip(_END) + between + phrase


def finish(text: str, language: str) -> str:
    """Return a question that begins with a capital, has its mark at the end and single spaces."""
    body = " ".join(text.split()).rstrip(_END)
    return body[:1].upper() + body[1:] + (" ?" if language == "fr" else "?")
