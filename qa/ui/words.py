"""The page's own words, in French and in English. What articles say is never translated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.types import AnswerKind, Reason

_FIGURES = (AnswerKind.AMOUNT, AnswerKind.SHARE, AnswerKind.NUMBER)
_DATES = (AnswerKind.YEAR, AnswerKind.DATE)
_SURE, _FAIR = 0.8, 0.5  # from these confidences on, the word for it changes


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that the page says of its own accord, in one language.

    Triples go with the kind of the question: figures, dates, anything else.
    `reactions` go with those of `qa.feedback`, `noted` says that one is kept, without and with a comment.
    Names in braces are filled in by `str.format`.
    """

    language: str
    tagline: str
    articles: tuple[str, str]
    switch: str
    fresh: str
    conversation: str
    welcome: str
    welcome_note: str
    placeholder: str
    ask: str
    too_long: str
    failed: str
    confidence: tuple[str, str, str]
    percent: str
    agree: tuple[str, str, str]
    differ: tuple[str, str, str]
    others: str
    also_in: str
    beside: str
    undated: str
    open_source: str
    read_as: str
    no_answer: str
    reasons: dict[Reason, str]
    nearest: str
    line: str
    source_of: str
    article: str
    passage: str
    previous: str
    following: str
    copy: str
    copied: str
    close: str
    shelf: str
    shelf_note: str
    more: str
    cut_before: str
    cut_after: str
    gone: str
    quotes: tuple[str, str]
    months: tuple[str, ...]
    about: str
    react: str
    reactions: tuple[str, str, str]
    noted: tuple[str, str]
    remark: str
    remark_send: str
    no_such_answer: str
    not_kept: str

    def sureness(self, confidence: float) -> str:
        """Return a confidence in words."""
        high, fair, low = self.confidence
        return high if confidence >= _SURE else fair if confidence >= _FAIR else low

    def by_kind(self, triple: tuple[str, str, str], kind: AnswerKind) -> str:
        """Return the one of a triple's phrases that fits a kind of question."""
        return triple[0] if kind in _FIGURES else triple[1] if kind in _DATES else triple[2]

    def count(self, articles: int) -> str:
        """Return a number of articles, in words."""
        return self.articles[articles > 1].format(n=articles)

    def day(self, date: str) -> str:
        """Return an ISO date, which may be only a year or a month, as people write it."""
        match = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", date)
        if not match or not 1 <= int(match[2] or 1) <= len(self.months):
            return date
        month = self.months[int(match[2]) - 1] if match[2] else ""
        day = match[3].lstrip("0") if match[3] else ""
        if day == "1" and self.language == "fr":
            day = "1er"
        return " ".join(part for part in (day, month, match[1]) if part)

    def quoted(self, text: str) -> str:
        """Return a text between this language's quotation marks."""
        return text.join(self.quotes)


FRENCH = Words(
    language="fr",
    tagline="Des réponses mot pour mot, avec leurs sources",
    articles=("{n} article", "{n} articles"),
    switch="Langue de la page",
    fresh="Recommencer",
    conversation="Conversation",
    welcome="Posez une question à ces articles",
    welcome_note="La réponse est citée mot pour mot, avec sa source. S’il n’y en a pas, la page le dit.",
    placeholder="Votre question",
    ask="Demander",
    too_long="Cette question est trop longue\u00a0: raccourcissez-la à 2 000 caractères.",
    failed="La question n’a pas pu être traitée.",
    confidence=("Confiance élevée", "Confiance moyenne", "Confiance faible, à vérifier dans la source"),
    percent="{n}\u00a0%",
    agree=(
        "{n} sources donnent le même chiffre",
        "{n} sources donnent la même date",
        "{n} sources donnent la même réponse",
    ),
    differ=("Les chiffres diffèrent", "Les dates diffèrent", "Autres sources"),
    others="Autres sources",
    also_in="Aussi dans",
    beside="Dans la même phrase\u00a0: {values}",
    undated="sans date",
    open_source="Lire dans l’article",
    read_as="Question lue ainsi\u00a0: {question}",
    no_answer="Ces articles ne donnent pas la réponse.",
    reasons={
        Reason.NO_MATCH: "Aucun passage ne parle assez directement de ce qui est demandé.",
        Reason.LOW_CONFIDENCE: "Des passages en parlent, mais aucun ne répond assez sûrement.",
        Reason.EMPTY_QUESTION: "La question est vide.",
        Reason.NOT_A_QUESTION: "Ce texte ne contient aucun mot\u00a0: ce n’est pas une question.",
    },
    nearest="Les passages les plus proches",
    line="ligne {n}",
    source_of="Source {i} sur {n}",
    article="Article",
    passage="Passage {i} sur {n}",
    previous="Précédente",
    following="Suivante",
    copy="Copier la citation",
    copied="Copié",
    close="Retour",
    shelf="Les articles",
    shelf_note="Une citation s’ouvre ici, dans son article, la réponse surlignée.",
    more="et {n} autres",
    cut_before="Le début de l’article n’est pas montré.",
    cut_after="La suite de l’article n’est pas montrée.",
    gone="Cet article n’est plus dans l’index. Rechargez la page.",
    quotes=("«\u00a0", "\u00a0»"),
    months=(
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
        *("août", "septembre", "octobre", "novembre", "décembre"),
    ),
    about="Que dit-on de «\u00a0{title}\u00a0»\u00a0?",
    react="Votre avis",
    reactions=("Juste", "Faux", "Mauvaise source"),
    noted=("Noté, conservé sur cette machine.", "Noté avec votre remarque, sur cette machine."),
    remark="Une remarque sur cette réponse (facultatif)",
    remark_send="Ajouter",
    no_such_answer="Cette réponse n’est plus dans la conversation\u00a0: posez de nouveau la question.",
    not_kept="Votre avis n’a pas pu être conservé\u00a0: rien ne peut être écrit à côté de l’index.",
)

ENGLISH = Words(
    language="en",
    tagline="Answers word for word, with their sources",
    articles=("{n} article", "{n} articles"),
    switch="Language of the page",
    fresh="Start over",
    conversation="Conversation",
    welcome="Ask these articles a question",
    welcome_note="The answer is quoted word for word, with its source. Where there is none, the page says so.",
    placeholder="Your question",
    ask="Ask",
    too_long="This question is too long: shorten it to 2,000 characters.",
    failed="The question could not be handled.",
    confidence=("High confidence", "Fair confidence", "Low confidence, check it in the source"),
    percent="{n}%",
    agree=("{n} sources give the same figure", "{n} sources give the same date", "{n} sources give the same answer"),
    differ=("Figures differ", "Dates differ", "Other sources"),
    others="Other sources",
    also_in="Also in",
    beside="In the same sentence: {values}",
    undated="undated",
    open_source="Read in the article",
    read_as="Read as: {question}",
    no_answer="These articles do not give the answer.",
    reasons={
        Reason.NO_MATCH: "No passage speaks directly enough of what is asked.",
        Reason.LOW_CONFIDENCE: "Some passages speak of it, but none answers surely enough.",
        Reason.EMPTY_QUESTION: "The question is empty.",
        Reason.NOT_A_QUESTION: "This text holds no word: it is not a question.",
    },
    nearest="The nearest passages",
    line="line {n}",
    source_of="Source {i} of {n}",
    article="Article",
    passage="Passage {i} of {n}",
    previous="Previous",
    following="Next",
    copy="Copy the quote",
    copied="Copied",
    close="Back",
    shelf="The articles",
    shelf_note="A citation opens here, in its article, with the answer highlighted.",
    more="and {n} more",
    cut_before="The beginning of the article is not shown.",
    cut_after="The rest of the article is not shown.",
    gone="This article is no longer in the index. Reload the page.",
    quotes=("“", "”"),
    months=(
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
    about="What is said about “{title}”?",
    react="Your verdict",
    reactions=("Right", "Wrong", "Wrong source"),
    noted=("Noted, kept on this machine.", "Noted with your comment, on this machine."),
    remark="A comment on this answer (optional)",
    remark_send="Add",
    no_such_answer="This answer is no longer in the conversation: ask the question again.",
    not_kept="Your verdict could not be kept: nothing can be written beside the index.",
)

WORDS = {"fr": FRENCH, "en": ENGLISH}


def preferred(accept_language: str | None) -> Words:
    """Return the words that a browser asks for by its Accept-Language header; English if neither.

    >>> preferred("de, fr;q=0.7, en;q=0.3").language
    'fr'
    """
    offers: Sequence[str] = (accept_language or "")[:1_000].split(",")
    best, best_weight = ENGLISH, 0.0
    for offer in offers:
        match = re.fullmatch(r"\s*(fr|en)\b[\w-]*\s*(?:;\s*q\s*=\s*([01](?:\.\d{1,3})?)\s*)?", offer, re.IGNORECASE)
        weight = float(match[2] or 1.0) if match else 0.0
        if match and weight > best_weight:
            best, best_weight = WORDS[match[1].lower()], weight
    return best
