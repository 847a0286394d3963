"""The vocabulary: the teacher's Latin pieces, and the words that French and English texts use most.

Lower case and without accents, so that `detient` finds `détient`. Words of many sources
come before those of one: each source counts by its share of the words, not by its size.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from index.errors import ModelError
from index.train.corpus import shares

PAD, UNKNOWN = "[PAD]", "[UNK]"
YEARS = range(1700, 2101)
_LATIN = re.compile(r"[\x21-\x7e\u00a1-\u024f\u2010-\u20cf\u2122]+")
_WORD = re.compile(r"[^\W\d_]{2,30}|\d{1,4}")
_LEAST = 3  # times that a word must stand in a source
_MOST_TEXTS = 40_000  # of a source that are counted


def normalizer() -> normalizers.Normalizer:
    """Return what every text goes through first: lower case, no accents, as the teacher's own."""
    return normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True)


def tokenizer_of(pieces: Sequence[str]) -> Tokenizer:
    """Return a WordPiece tokenizer over pieces, in their order."""
    model = models.WordPiece({piece: row for row, piece in enumerate(pieces)}, unk_token=UNKNOWN)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def pieces_of(teacher: Path, sources: Iterable[Sequence[str]], most: int) -> list[str]:
    """Return the pieces of a vocabulary of at most `most`, the teacher's first.

    :param sources: the texts of each source, one language each.
    :raises ModelError: if the teacher has no WordPiece vocabulary.
    """
    pieces = [PAD, UNKNOWN, *(piece for piece in _teachers(teacher) if _LATIN.fullmatch(piece.removeprefix("##")))]
    known = set(pieces)
    wanted = [str(year) for year in YEARS]
    wanted += _commonest(sources)
    for word in wanted:
        if len(pieces) >= most:
            break
        if word not in known:
            known.add(word)
            pieces.append(word)
    return pieces


def _teachers(folder: Path) -> list[str]:
    try:
        stored = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]
        vocabulary: dict[str, int] = stored["vocab"] if stored["type"] == "WordPiece" else {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"cannot read the vocabulary of the teacher in {folder} ({error!r})") from error
    if not vocabulary:
        raise ModelError(f"the teacher in {folder} has no WordPiece vocabulary: give one that has, as all-MiniLM-L6-v2")
    return sorted((piece for piece in vocabulary if not re.fullmatch(r"\[.*\]", piece)), key=vocabulary.__getitem__)


def _commonest(sources: Iterable[Sequence[str]]) -> list[str]:
    """Return words, the weightiest first: the root lets many sources count for more than one that repeats it."""
    clean = normalizer().normalize_str
    counted = []
    for texts in sources:
        counts: Counter[str] = Counter()
        for text in texts[:: 1 + len(texts) // _MOST_TEXTS]:
            counts.update(_WORD.findall(clean(text)))
        counted.append(counts)
    totals = [counts.total() for counts in counted]
    weights: defaultdict[str, float] = defaultdict(float)
    for counts, total, share in zip(counted, totals, shares(totals), strict=True):
        for word, count in counts.items():
            if count >= _LEAST and _LATIN.fullmatch(word):
                weights[word] += share * math.sqrt(count / total)
    return sorted(weights, key=weights.__getitem__, reverse=True)
