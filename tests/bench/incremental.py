"""What a build costs when little changed: `python tests/bench/incremental.py`.

Ten thousand articles, made of the seeds' own sentences in random order, are indexed, ten of
them are changed, and the index is brought up to date: in seconds of this machine's clock and
of CPU, beside the first build and one that finds nothing to do. Half the articles, with as
many changes, tell what grows with the folder and what with the change.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from itertools import count
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", RAYON_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")

from index.build import bring_up_to_date
from index.sentences import sentence_bounds

ROOT = Path(__file__).parents[2]
ARTICLE_CHARS = 1_000
LONG_AGO = 1_000_000_000  # seconds: articles touched just now would be read to be sure


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--changed", type=int, default=10)
    options = parser.parse_args()
    print(f"{'articles':>8} {'changed':>8} {'seconds':>8} {'CPU':>8}")
    for articles in (options.articles // 2, options.articles):
        with tempfile.TemporaryDirectory() as temporary:
            _measure(Path(temporary, "articles"), articles, options.changed)


def _measure(folder: Path, articles: int, changed: int) -> None:
    chance = random.Random(0)
    sentences = []
    for path in sorted((ROOT / "seeds").glob("*.txt")):
        text = path.read_text("utf-8")
        sentences += [text[start:end] for start, end in sentence_bounds(text)]
    folder.mkdir()
    ticks = count(LONG_AGO)

    def write(number: int) -> None:
        text = ""
        while len(text) < ARTICLE_CHARS:
            text += chance.choice(sentences) + " "
        path = Path(folder, f"{number:06d}.txt")
        path.write_text(text + "\n", "utf-8")
        tick = next(ticks)
        os.utime(path, (tick, tick))

    for number in range(articles):
        write(number)
    for many in (articles, 0, changed, changed, 10 * changed):
        if many < articles:
            for number in chance.sample(range(articles), many):
                write(number)
        wall, cpu = time.perf_counter(), time.process_time()
        report = bring_up_to_date(folder)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        assert report.added + report.changed == many
        print(f"{articles:8,} {many:8,} {wall:8.2f} {cpu:8.2f}")


if __name__ == "__main__":
    main()
