"""The same question in the other language, where only its template needs translating and names stay as they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from qa.suggest.nouns import NAME
from qa.suggest.types import Draft

_DONE = {
    "fondé": "founded",
    "cofondé": "co-founded",
    "créé": "created",
    "construit": "built",
    "inventé": "invented",
    "découvert": "discovered",
    "publié": "published",
    "lancé": "launched",
    "inauguré": "inaugurated",
    "ouvert": "opened",
    "racheté": "acquired",
    "détruit": "destroyed",
}
_MADE = {english: french for french, english in _DONE.items()}
_N, _O = rf"(?P<n>{NAME})", rf"(?P<o>{NAME})"
_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]
_TO_ENGLISH: tuple[_Rule, ...] = tuple(
    (re.compile(pattern), made)
    for pattern, made in (
        (rf"Qui est {_N}", lambda m: f"Who is {m['n']}"),
        (rf"Qui était {_N}", lambda m: f"Who was {m['n']}"),
        (rf"Qui dirige {_N}", lambda m: f"Who leads {m['n']}"),
        (rf"Qui a ({'|'.join(_DONE)}) {_N}", lambda m: f"Who {_DONE[m[1]]} {m['n']}"),
        (rf"(?:En quelle année|Quand) est née? {_N}", lambda m: f"When was {m['n']} born"),
        (
            rf"(?:En quelle année|Quand) a été ({'|'.join(_DONE)})e? {_N}",
            lambda m: f"When was {m['n']} {_DONE[m[1]]}",
        ),
        (rf"Qu'est-ce qu(?:e |'){_N}", lambda m: f"What is {m['n']}"),
        (rf"Combien coûte {_N}", lambda m: f"How much does {m['n']} cost"),
        (rf"(?:Combien vaut|À combien est \w+) {_N}", lambda m: f"How much is {m['n']} worth"),
        (rf"Quelle est la valorisation (?:\w+ )?(?:de |d'){_N}", lambda m: f"How much is {m['n']} worth"),
        (rf"Combien a investi {_N} dans {_O}", lambda m: f"How much did {m['n']} invest in {m['o']}"),
        (rf"Où se trouve {_N}", lambda m: f"Where is {m['n']} located"),
        (rf"Quelle est la population (?:de |d'){_N}", lambda m: f"What is the population of {m['n']}"),
        (rf"Combien d'habitants compte {_N}", lambda m: f"How many inhabitants does {m['n']} have"),
    )
)
# French would need the gender, or the article, of a name in others.
_TO_FRENCH: tuple[_Rule, ...] = tuple(
    (re.compile(pattern), made)
    for pattern, made in (
        (rf"Who is {_N}", lambda m: f"Qui est {m['n']}"),
        (rf"Who was {_N}", lambda m: f"Qui était {m['n']}"),
        (rf"Who ({'|'.join(_MADE)}) {_N}", lambda m: f"Qui a {_MADE[m[1]]} {m['n']}"),
        (rf"How much does {_N} cost", lambda m: f"Combien coûte {m['n']}"),
        (rf"How much is {_N} worth", lambda m: f"Combien vaut {m['n']}"),
        (rf"How much did {_N} invest in {_O}", lambda m: f"Combien a investi {m['n']} dans {m['o']}"),
    )
)


def in_other_language(draft: Draft) -> Draft | None:
    """Return a question as a speaker of the other language would ask it, or None if that takes more than a template."""
    to_english = draft.language == "fr"
    body = draft.question.rstrip(" ?\u00a0")
    for pattern, made in _TO_ENGLISH if to_english else _TO_FRENCH:
        if found := pattern.fullmatch(body):
            language, mark = ("en", "?") if to_english else ("fr", " ?")
            return replace(draft, question=made(found) + mark, language=language)
    return None
