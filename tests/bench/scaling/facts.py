"""Facts that nobody else states, and questions about them in other words, in both languages."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass

FIRST_FIGURE, LAST_FIGURE = 101, 999  # written alike in both languages

# A sentence in French and in English, and a question in each.
_FORMS = (
    (
        "La construction du pont de {name} a englouti {figure} millions d'euros, presque le double du devis.",
        "Building the bridge at {name} swallowed {figure} million euros, nearly twice the estimate.",
        "Combien a coûté le pont de {name} ?",
        "How much did the {name} bridge cost?",
    ),
    (
        "Le mur du barrage de {name} s'élève à {figure} mètres au-dessus de la rivière.",
        "The wall of the {name} dam rises {figure} metres above the river.",
        "Quelle est la hauteur du barrage de {name} ?",
        "How high is the dam of {name}?",
    ),
    (
        "Le musée de {name} a accueilli {figure} curieux le jour de sa réouverture.",
        "The museum of {name} welcomed {figure} people on the day it opened its doors again.",
        "Combien de visiteurs le musée de {name} a-t-il reçus le premier jour ?",
        "How many visitors came to the {name} museum on its first day back?",
    ),
    (
        "L'usine de {name} emploie désormais {figure} personnes, pour la plupart des techniciens.",
        "The {name} plant now employs {figure} people, most of them technicians.",
        "Combien de salariés l'usine de {name} compte-t-elle ?",
        "How many workers does the factory of {name} have?",
    ),
    (
        "Il faut parcourir {figure} mètres sous la roche pour traverser le tunnel de {name}.",
        "Drivers cover {figure} metres under the rock to get through the {name} tunnel.",
        "Quelle est la longueur du tunnel de {name} ?",
        "What is the length of the tunnel of {name}?",
    ),
    (
        "Les rayons de la bibliothèque de {name} portent {figure} manuscrits, numérisés depuis peu.",
        "The shelves of the {name} library hold {figure} manuscripts, which were scanned not long ago.",
        "Combien de manuscrits possède la bibliothèque de {name} ?",
        "How many manuscripts does the library of {name} own?",
    ),
    (
        "Le festival de {name} a vendu {figure} billets en une seule matinée.",
        "The {name} festival sold {figure} tickets in a single morning.",
        "Combien de places le festival de {name} a-t-il écoulées en une matinée ?",
        "How many seats were bought in one morning for the festival of {name}?",
    ),
    (
        "Le laboratoire de {name} a reçu {figure} millions de couronnes pour étudier les glaciers.",
        "The {name} laboratory was given {figure} million crowns to study glaciers.",
        "De quelle somme le laboratoire de {name} a-t-il été doté ?",
        "How much funding did the laboratory of {name} receive?",
    ),
    (
        "L'incendie parti de {name} a ravagé {figure} hectares de pins avant d'être maîtrisé.",
        "The fire that broke out at {name} destroyed {figure} hectares of pine trees before it was put out.",
        "Quelle surface a brûlé dans le feu de {name} ?",
        "What area was burnt in the {name} fire?",
    ),
    (
        "La coopérative de {name} a livré {figure} tonnes de pommes cet automne.",
        "The {name} cooperative delivered {figure} tonnes of apples this autumn.",
        "Combien de tonnes de fruits la coopérative de {name} a-t-elle fournies ?",
        "How many tonnes of fruit did the cooperative of {name} supply?",
    ),
    (
        "Le cargo {name} transportait {figure} conteneurs lorsqu'il s'est échoué.",
        "The cargo ship {name} was carrying {figure} containers when it ran aground.",
        "Combien de conteneurs se trouvaient à bord du {name} au moment du naufrage ?",
        "How many containers were on board the {name} when it was wrecked?",
    ),
    (
        "La commune de {name} a racheté l'ancien moulin pour {figure} mille francs.",
        "The council of {name} bought the old mill back for {figure} thousand francs.",
        "Quel prix {name} a-t-elle payé le vieux moulin ?",
        "What price did {name} pay for the former mill?",
    ),
)


def _words(text: str) -> list[str]:
    return text.split()


_BEGINNINGS = _words("Bal Ber Cor Dar Fal Fer Gor Jur Lar Lor Mar Mor Nor Pal Per Ras Sar Sor Tal Tar Val Ver Vor Zar")
_MIDDLES = _words("ba do ga li me no ri so ta ve zo ju")
_ENDS = _words("bessac court dricq feuille gnac lande mont nelle quin resse sault trey vannes ville wick zieu")


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence in the language of its article, the name and figure it states, and questions by language."""

    language: str
    sentence: str
    name: str
    figure: str
    questions: Mapping[str, str]


def make_facts(count: int, seed: int, languages: tuple[str, ...] = ("fr", "en")) -> list[Fact]:
    """Return facts, the languages in turn, every name and figure stated once."""
    chance = random.Random(f"facts/{seed}")
    names = ["".join(parts) for parts in itertools.product(_BEGINNINGS, _MIDDLES, _ENDS)]
    figures = range(FIRST_FIGURE, LAST_FIGURE + 1)
    facts = []
    chosen = zip(chance.sample(names, count), chance.sample(figures, count), strict=True)
    for number, (name, figure) in enumerate(chosen):
        language = languages[number % len(languages)]
        told = [form.format(name=name, figure=figure) for form in _FORMS[number // len(languages) % len(_FORMS)]]
        sentence = told[0] if language == "fr" else told[1]
        facts.append(Fact(language, sentence, name, str(figure), {"fr": told[2], "en": told[3]}))
    return facts
