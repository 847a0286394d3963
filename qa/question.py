"""How a question is read: its language, and the kind of answer that it asks for."""

from __future__ import annotations

import re
import unicodedata

from index.errors import QuestionError
from index.language import question_language
from qa.types import AnswerKind, Question

MAX_CHARS = 2_000

_ORGANISATION = (
    r"entreprises?|societes?|compagnies?|firmes?|start-?ups?|groupes?|geants?|medias?|journal|journaux|quotidien"
    r"|banques?|editeurs?|organisations?|institutions?|universites?|partenaires?|fournisseurs?|fondeurs?|fabricants?|concurrents?|investisseurs?"
    r"|company|companies|firms?|businesses|business|organi[sz]ations?|newspapers?|outlets?|media|banks?|publishers?"
    r"|partners?|providers?|suppliers?|foundry|foundries|manufacturers?|chipmakers?|rivals?|competitors?|investors?|giants?"
)
_PERSON_PLACE = (
    r"personnes?|dirigeants?|patrons?|pdg|presidents?|ministres?|fondateurs?|auteurs?|pays|villes?|regions?|etats?"
    r"|capitale|continents?|person|people|man|woman|ceo|boss|chief|minister|founders?|author|country|countries|city"
    r"|cities|states?|capital"
)
_NAMED = rf"(?:{_ORGANISATION}|{_PERSON_PLACE}|nom|name)"
# Up to two words between `which` and what it asks for. Every step is bounded, or some questions would take hours.
_BETWEEN = (
    r"(?:\W{1,3}(?!(?:do|does|did|can|could|will|would|should|has|have|had|may|might)\b)\w[\w'-]{0,30}){0,2}\W{1,3}"
)
_IS = r"(?:est|etait|sera|serait)"
_COUNTED = (
    r"(?:salaries?|employes?|personnes?|gens|utilisateurs?|abonnes?|clients?|pays|villes?|entreprises?|societes?"
    r"|modeles?|puces?|experts?|articles?|sites?|centres?|parametres?|fois|membres?|partenaires?|concurrents?)"
)
_MEASURE = (
    r"(?:taille|finesse|age|hauteur|longueur|largeur|superficie|surface|population|poids|vitesse|distance|capacite"
    r"|puissance|temperature|height|length|width|weight|speed|depth|area|capacity|size)"
)

# The first kind that one of its patterns fits decides. Folded to lower case without accents before matching.
_KINDS: tuple[tuple[AnswerKind, tuple[str, ...]], ...] = (
    (
        AnswerKind.SHARE,
        (
            r"pour ?cent|%|\bper ?cent",
            rf"quelle (?:{_IS} )?(?:la )?(?:part|participation|fraction|proportion)\b|quels? (?:{_IS} le )?taux\b",
            r"what (?:is the |was the )?(?:share|stake|fraction|proportion|portion|rate)\b|how much of\b",
            r"how (?:big|large) (?:is|was|are|were|will be|would be) .{0,40}(?:stake|share|slice|chunk|portion)",
            r"combien .{0,40}(?:du capital|des parts)",
        ),
    ),
    (AnswerKind.YEAR, (r"(?:quelle|en quel|de quelle) annees?", r"(?:what|which) years?\b")),
    (
        AnswerKind.DATE,
        (
            r"\bquand\b|date limite|quelle (?:date|echeance|periode)\b|quel (?:mois|jour)\b",
            r"^when\b|\b(?:since|until|by|and|,) when\b",
            r"\bwhen (?:did|does|do|will|would|was|were|is|are|has|have)\b",
            r"(?:what|which) (?:date|month|day|deadline)\b|how (?:long|much time)\b",
            r"\bcombien (?:dure|a dure)\b",
            r"combien de (?:temps|jours|mois|ans|semaines)|combien d'annees|how many (?:years|months|days|weeks)",
        ),
    ),
    (
        AnswerKind.NUMBER,
        (rf"\bcombien .{{0,40}}\b(?:de |d'){_COUNTED}\b", r"\bcombien (?:mesure|pese|compte|parcourt)\b"),
    ),
    (
        AnswerKind.AMOUNT,
        (
            r"\bhow much\b|how many (?:billions?|millions?|thousands?|dollars|euros|pounds)\b",
            rf"quel(?:le)?s? (?:{_IS} )?(?:le |la |l'|du |de l'|de la )?"
            r"(?:montant|sommes?|prix|valeur|valorisation|cout|budget|chiffre d'affaires)",
            r"a combien|de combien\b|pour combien|\b(?:vaut|coute) combien|\bprice tag\b",
            r"(?:what|which) (?:is|was|will be|would be)? ?(?:the |its |their )?(?:\w+ )?"
            r"(?:amount|sum|price|cost|value|valuation|worth|budget|revenue)\b",
            r"^(?:what|which) .{0,60}\b(?:worth|valued|cost|valuation)\b|\bwhat'?s .{0,60}\bworth\b",
            r"how (?:expensive|costly)|how (?:big|large) (?:is|was|are|were)",
            r"combien .{0,60}\b(?:dollars?|euros?|milliards?|millions?|argent)\b",
            r"^combien(?! d[e'])\b|\bcombien (?:vaut|coute|a|ont|avait|est|sont|va|vont|doit)\b",
        ),
    ),
    (
        AnswerKind.NUMBER,
        (
            r"\bcombien\b|how many\b|what number|how old",
            rf"quel(?:le)? (?:{_IS} (?:le |la |l'))?(?:nombre|{_MEASURE})\b",
            rf"what (?:is |was )?(?:the |its |his |her )?(?:\w+ )?{_MEASURE}\b",
            r"how (?:tall|high|far|fast|heavy|deep|wide)\b",
        ),
    ),
    (AnswerKind.AMOUNT, (r"^(?:le |the )?(?:prix|cout|montant|valorisation|price|cost|valuation|budget) ",)),
    (
        AnswerKind.NAME,
        (
            r"^(?:name|cite[rz]?|nomme[rz]?) ",
            r"(?:^|[,;:.!?] )(?:et |mais |alors )?qui\b|\bqui ?\??$|\bc'est qui\b|\bqui est-ce\b(?! que?)",
            r"\b(?:a|de|avec|par|pour|chez|contre|sur|envers|selon|d'apres|moi|sais|savoir|dire) qui\b",
            r"\bwho\b|\bwhom\b|\bwhose\b",
            rf"\bquel(?:le)?s? (?:autres? |grande?s? |(?:est|etait|sont|etaient) (?:le |la |l'|les ))?{_NAMED}\b",
            rf"\b(?:what|which){_BETWEEN}{_NAMED}\b(?!'s)",
            r"comment s'appelle|quel est le nom|what is the name|(?:what|which) .{0,30}\b(?:called|named)\b",
            r"^(?:where|ou)\b|\bou (?:se|est|sont|a|ont)\b",
        ),
    ),
)
_COMPILED = tuple((kind, re.compile("|".join(patterns))) for kind, patterns in _KINDS)
_REASON = re.compile(
    r"\bpourquoi\b|\bwhy\b|^comment\b(?! s'appelle)"
    r"|^how\b(?! (?:much|many|long|old|big|large|expensive|costly|tall|high|far|fast|heavy|deep|wide)\b)"
)
_INVERTED = re.compile(r"\b[a-z]+-(?:t-)?(?:ils?|elles?|on|vous|nous|je|tu|ce)\b")
_ASKS_WORD = re.compile(
    r"\b(?:qui|que|quoi|quel(?:le)?s?|combien|ou|quand|comment|pourquoi|lequel|laquelle|lesquel(?:le)?s)\b|\bqu'(?!il|elle|on)"
)
_WHETHER = re.compile(
    r"^(?:(?:and|but|so|or|et|mais|alors|ou) )?(?:est-ce qu(?:e\b|')|(?:is|are|was|were|am|do|does|did|has|have|had|can"
    r"|could|will|would|should|shall|may|might|must)(?:n't)?\b)"
)
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")  # what a terminal or JSON makes of broken bytes


def fold(text: str) -> str:
    """Return a text in lower case without accents, with straight apostrophes and plain spaces."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return " ".join("".join(ch for ch in plain if not unicodedata.combining(ch)).split())


def check_text(text: str, what: str = "the question") -> None:
    """Check that a text may be a question.

    :param what: what errors call it.
    :raises QuestionError: if it is longer than a question can be, or is no whole Unicode.
    """
    if len(text) > MAX_CHARS:
        raise QuestionError(f"{what} has {len(text):,} characters, the most is {MAX_CHARS:,}: shorten it")
    if half := _HALF_CHARACTER.search(text):
        raise QuestionError(f"{what} holds half a character ({half.group()!a}): type it again, as UTF-8")


def read_question(text: str, question_id: str | None = None, language: str | None = None) -> Question:
    """Read a question.

    :param language: its language if the caller knows it.
    :raises QuestionError: if it is longer than a question can be, or is no whole Unicode.
    """
    check_text(text)
    text = text.strip()
    return Question(question_id, text, language or question_language(text), kind_of(text))


def wants_sentence(text: str) -> bool:
    """Say whether a question asks why, how, or whether: a few words taken out of a sentence would not answer it."""
    folded = fold(text)
    if _REASON.search(folded):
        return True
    if kind_of(text) is not AnswerKind.OTHER:  # `Do you know when it ends?`
        return False
    return bool(_WHETHER.search(folded) or (_INVERTED.search(folded) and not _ASKS_WORD.search(folded)))


def kind_of(text: str) -> AnswerKind:
    """Return the kind of answer that a question asks for."""
    folded = fold(text)
    if _REASON.search(folded):
        return AnswerKind.OTHER
    return next((kind for kind, pattern in _COMPILED if pattern.search(folded)), AnswerKind.OTHER)
