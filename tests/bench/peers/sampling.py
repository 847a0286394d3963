"""The paragraphs to index and the questions to ask, as the files that adapters read."""

from __future__ import annotations

import hashlib
import json
import lzma
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from errors import BenchError

SEED = 0
SHORTEST, LONGEST = 80, 4_000  # characters: beyond, it is a title or a whole document
LANGUAGES = ("fr", "en")
Line = Mapping[str, str]


def read_texts(data: Path) -> dict[str, list[str]]:
    """Return the different paragraphs of each language in `qa/`, in order of their text.

    :raises BenchError: if there are none, or a file is damaged.
    """
    texts: dict[str, set[str]] = {language: set() for language in LANGUAGES}
    for language, found in texts.items():
        for path in sorted((data / "qa").glob(f"*.{language}.json.xz")):
            found.update(text for text in _contexts(path) if SHORTEST <= len(text) <= LONGEST)
        if not found:
            raise BenchError(f"no paragraphs in {data / 'qa'} (*.{language}.json.xz): --data names the folder above qa")
    return {language: sorted(found) for language, found in texts.items()}


def _contexts(path: Path) -> list[str]:
    try:
        told = json.loads(lzma.decompress(path.read_bytes()))
        return [paragraph["context"] for article in told["data"] for paragraph in article["paragraphs"]]
    except (OSError, lzma.LZMAError, ValueError, KeyError, TypeError) as error:
        raise BenchError(f"cannot read {path} ({error!r}): fetch it again") from error


def draw(texts: Mapping[str, Sequence[str]], size: int) -> list[dict[str, str]]:
    """Return paragraphs drawn by the seed: half of each language, or all that there are and more of the other.

    :raises BenchError: if there are not enough of both.
    """
    french, english = (texts[language] for language in LANGUAGES)
    if size > len(french) + len(english):
        raise BenchError(f"{size} paragraphs are asked for, and there are {len(french) + len(english)}: --sizes less")
    few = max(min(size // 2, len(french)), size - len(english))
    chance = random.Random(SEED)
    drawn = [("fr", text) for text in chance.sample(french, few)]
    drawn += [("en", text) for text in chance.sample(english, size - few)]
    chance.shuffle(drawn)
    return [{"id": f"p{n:05d}", "text": text, "language": language} for n, (language, text) in enumerate(drawn)]


def draw_questions(questions: Sequence[Line], count: int) -> list[Line]:
    """Return questions drawn by the seed, French and English in turn, none twice unless there are too few."""
    chance = random.Random(SEED)
    by_language = []
    for language in LANGUAGES:
        some = [question for question in questions if question["language"] == language]
        if not some:
            raise BenchError(f"no question in {language!r}: give the whole of --data")
        by_language.append(chance.sample(some, len(some)))
    return [by_language[n % 2][n // 2 % len(by_language[n % 2])] for n in range(count)]


def thin(questions: Sequence[Line], most: int) -> list[Line]:
    """Return at most so many questions in each language, drawn by the seed, in their order."""
    kept: set[int] = set()
    for language in LANGUAGES:
        places = [n for n, question in enumerate(questions) if question["language"] == language]
        kept.update(random.Random(SEED).sample(places, min(most, len(places))))
    return [question for n, question in enumerate(questions) if n in kept]


def write_lines(folder: Path, name: str, lines: Iterable[Line]) -> tuple[Path, str]:
    """Write objects, one on each line, into a file whose name tells its content; return it and the digest."""
    written = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    digest = hashlib.sha256(written).hexdigest()[:16]
    path = folder / f"{name}-{digest}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written)
    return path, digest
