"""How a question is read: its language, and the kind of answer that it asks for."""

from __future__ import annotations

import re
import unicodedata

from index.errors import QuestionError
from index.language import question_language
from qa.types import AnswerKind, Question

MAX_CHARS = 2_000

_ORGANISATION = (
    r"entreprises?|societes?|compagnies?|firmes?|start-?ups?|groupes?|geants?|medias?|journal|journaux|quotidien|banques?|editeurs?"
    r"|organisations?|institutions?|universites?|partenaires?|fournisseurs?|fondeurs?|fabricants?|concurrents?|investisseurs?"
    r"|company|companies|firms?|businesses|business|organi[sz]ations?|newspapers?|outlets?|media|banks?|publishers?"
    r"|partners?|providers?|suppliers?|foundry|foundries|manufacturers?|chipmakers?|rivals?|competitors?|investors?|giants?"
)
_PERSON_PLACE = (
    r"personnes?|dirigeant|patron|pdg|president|ministre|fondateur|auteur|pays|villes?|regions?|etats?|capitale|continents?"
    r"|person|people|man|woman|ceo|boss|chief|minister|founder|author|country|countries|city|cities|states?|capital|regions?"
)
_NAMED = rf"(?:{_ORGANISATION}|{_PERSON_PLACE}|nom|name)"
_BETWEEN = r"(?:\W+[\w'-]+){0,2}\W+"

# The first pattern that fits decides. Folded to lower case without accents before matching.
_KINDS: tuple[tuple[AnswerKind, str], ...] = (
    (AnswerKind.SHARE, r"pour ?cent|%|\bper ?cent|quelle (?:est |etait |sera |serait )?(?:la )?(?:part|participation|fraction|proportion)\b"
                       r"|what (?:share|stake|fraction|proportion|portion)\b|how (?:big|large) (?:is|was|will be|would be) .{0,40}(?:stake|share)"
                       r"|combien .{0,40}(?:du capital|des parts)|how much of\b|quels? taux|\bwhat rate"),
    (AnswerKind.YEAR, r"(?:quelle|en quel|de quelle) annees?|(?:what|which) years?\b"),
    (AnswerKind.DATE, r"\bquand\b|^when\b|\b(?:since|until|by|and|,) when\b|\bwhen (?:did|does|do|will|would|was|were|is|are|has|have)\b"
                      r"|quelle (?:date|echeance|periode)\b|quel (?:mois|jour)\b|date limite|(?:what|which) (?:date|month|day|deadline)\b"
                      r"|until when|how long\b|combien de (?:temps|jours|mois|ans|annees|semaines)|combien d'annees|how many (?:years|months|days|weeks)"),
    (AnswerKind.AMOUNT, r"\bhow much\b|quel(?:le)? (?:est |etait |sera |serait )?(?:le |la |l'|du |de l'|de la )?"
                        r"(?:montant|sommes?|prix|valeur|valorisation|cout|budget|chiffre d'affaires)|a combien|de combien\b|pour combien"
                        r"|(?:what|which) (?:is|was|will be|would be)? ?(?:the |its |their )?(?:\w+ )?(?:amount|sum|price|cost|value|valuation|worth|budget|revenue)\b"
                        r"|^(?:what|which) .{0,60}\b(?:worth|valued|cost|valuation)\b|\bwhat'?s .{0,60}\bworth\b|\bprice tag\b|\b(?:vaut|coute) combien|how (?:expensive|costly)|how (?:big|large) (?:is|was|are|were)"
                        r"|combien .{0,60}\b(?:dollars?|euros?|milliards?|millions?|argent)\b"
                        r"|^combien(?! d[e'])\b|\bcombien (?:vaut|coute|a|ont|avait|est|sont|va|vont|doit|pese)\b"),
    (AnswerKind.NUMBER, r"\bcombien d|\bcombien\b|how many\b|quel(?:le)? (?:est (?:le |la ))?(?:nombre|taille|finesse|age)\b|what number|how old"),
    (AnswerKind.AMOUNT, r"^(?:le |the )?(?:prix|cout|montant|valorisation|price|cost|valuation|budget) "),
    (AnswerKind.NAME, rf"^(?:name|cite[rz]?|nomme[rz]?) |\bqui\b(?! est-ce| sont-ce)|\bwho\b|\bwhom\b|\bwhose\b|\bquel(?:le)?s? (?:autres? |grande?s? |est (?:le |la |l'))?{_NAMED}\b|\b(?:what|which){_BETWEEN}?{_NAMED}\b"
                      rf"|\b(?:what|which) {_NAMED}\b|comment s'appelle|quel est le nom|what is the name|(?:what|which) .{{0,30}}\b(?:called|named)\b"
                      r"|^(?:where|ou)\b|\bou (?:se|est|sont|a|ont)\b"),
)
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
_REASON = re.compile(r"\bpourquoi\b|\bwhy\b|^comment\b(?! s'appelle)|^how\b(?! (?:much|many|long|old|big|large|expensive|costly))")


def fold(text: str) -> str:
    """Return a text in lower case without accents, with straight apostrophes and plain spaces."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return " ".join("".join(ch for ch in plain if not unicodedata.combining(ch)).split())


def read_question(text: str, question_id: str | None = None, language: str | None = None) -> Question:
    """Read a question.

    :param language: its language if the caller knows it.
    :raises QuestionError: if it is longer than a question can be.
    """
    if len(text) > MAX_CHARS:
        raise QuestionError(f"the question has {len(text):,} characters, the most is {MAX_CHARS:,}: shorten it")
    text = text.strip()
    return Question(question_id, text, language or question_language(text), kind_of(text))


def kind_of(text: str) -> AnswerKind:
    """Return the kind of answer that a question asks for."""
    folded = fold(text)
    if _REASON.search(folded):
        return AnswerKind.OTHER
    return next((kind for kind, pattern in _COMPILED if pattern.search(folded)), AnswerKind.OTHER)
