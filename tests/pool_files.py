"""Small sets of the same form as those that retrieval is fitted on: SQuAD files by xz, and translations."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

# fmt: off
TOWNS = [
    "Quimper", "Vannes", "Auray", "Redon", "Dinan", "Fougères", "Vitré",
    "Lannion", "Morlaix", "Carhaix", "Pontivy", "Loudéac", "Guingamp", "Paimpol",
    "Douarnenez", "Concarneau", "Landerneau", "Crozon", "Josselin", "Malestroit",
]
# fmt: on


def article(language: str, name: str, towns: list[str], impossible: bool = False) -> dict[str, object]:
    """Return an article of a paragraph a town, each with a question or two."""
    paragraphs = []
    for town in towns:
        number = TOWNS.index(town)
        if language == "fr":
            context = f"Le musée de {town} conserve {300 + number} tableaux. Il ouvrit en {1900 + number}."
            question = f"Quand le musée de {town} ouvrit-il ?"
        else:
            context = f"The museum of {town} keeps {300 + number} paintings. It opened in {1900 + number}."
            question = f"When did the museum of {town} open?"
        answer = str(1900 + number)
        qas = [
            {
                "id": f"{name}-{town}",
                "question": question,
                "answers": [{"text": answer, "answer_start": context.index(answer)}],
            }
        ]
        if impossible:
            qas.append({"id": f"{name}-{town}-no", "question": "Who?", "answers": [], "is_impossible": True})
        paragraphs.append({"context": context, "qas": qas})
    return {"title": name, "paragraphs": paragraphs}


def write_sets(data: Path, translations: Path) -> None:
    """Write four sets and two translations: of the French questions all, of the English ones some."""
    pairs = [TOWNS[first : first + 2] for first in range(0, len(TOWNS), 2)]
    sets = {
        "dev/piaf_dev.fr": [article("fr", "piaf_dev", towns) for towns in pairs[:4]],
        "qa/piaf_train.fr": [article("fr", "piaf_train", towns) for towns in pairs[4:]],
        "qa/squad2_part.en": [article("en", "squad2", towns, impossible=True) for towns in pairs[:5]],
        "qa/squadshifts_new_wiki.en": [article("en", "wiki", [town]) for town in TOWNS[10:]],
    }
    for name, articles in sets.items():
        path = data / f"{name}.json.xz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(lzma.compress(json.dumps({"data": articles}).encode()))
    translations.mkdir(parents=True, exist_ok=True)
    english = [(f"piaf_dev-{town}", f"In what year did the museum of {town} open?") for town in TOWNS[:8]]
    # the last three articles of squad2_part are held out
    french = [(f"squad2-{town}", f"En quelle année ouvrit le musée de {town} ?") for town in TOWNS[4:10]]
    french += [("squad2-Dinan-no", "Qui ?"), ("squad2-Quimper", "Quand ouvrit le musée de Quimper ?")]
    write_translations(translations / "piaf_dev.en.jsonl", english, "en")
    write_translations(translations / "squad2_part.fr.jsonl", french, "fr")


def write_translations(path: Path, questions: list[tuple[str, str]], language: str) -> None:
    """Write translated questions, each with its id."""
    lines = [json.dumps({"id": each, "question": text, "language": language}) for each, text in questions]
    path.write_text("\n".join(lines) + "\n", "utf-8")
