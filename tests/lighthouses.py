"""A folder of lighthouses, and questions about them: some answered there, some not."""

from __future__ import annotations

import json
from pathlib import Path

NAMES = (
    *("Ar-Men", "Tévennec", "Kéréon", "Nividic", "Planier", "Cordouan", "Chassiron", "Eckmühl", "Gatteville"),
    *("Kermorvan", "Goulphar", "Sénéquet", "Baleines", "Triagoz", "Roches-Douvres", "Calais", "Faraman", "Contis"),
)
HEIGHTS = {name: 21 + 3 * place for place, name in enumerate(NAMES)}


def write_lighthouses(folder: Path, names: tuple[str, ...] = NAMES) -> Path:
    """Write an article about each, where there is none, and return the folder."""
    folder.mkdir(exist_ok=True)
    for name in names:
        text = f"Le phare de {name} mesure {HEIGHTS.get(name, 99)} mètres. Il guide les marins depuis des siècles.\n"
        path = folder / f"{name}.txt"
        if not path.exists():
            path.write_text(text, "utf-8")
    return folder


def gold() -> list[dict[str, object]]:
    """Return two questions about each, of which one has an answer."""
    told: list[dict[str, object]] = []
    for place, (name, height) in enumerate(HEIGHTS.items()):
        common = {"language": "fr", "split": "dev" if place % 2 else "test"}
        asked = f"Combien de mètres mesure le phare de {name} ?"
        told.append(
            {
                "id": f"{name}-h",
                "question": asked,
                "answers": [f"{height} mètres"],
                "sources": [f"{name}.txt"],
                **common,
            }
        )
        asked = f"Combien de marches compte le phare de {name} ?"
        told.append({"id": f"{name}-m", "question": asked, "answers": [], "sources": [], **common})
    return told


def write_gold(path: Path, questions: list[dict[str, object]] | None = None) -> Path:
    """Write the questions, or some of them, as gold of ours."""
    path.write_text("".join(f"{json.dumps(each)}\n" for each in (gold() if questions is None else questions)), "utf-8")
    return path
