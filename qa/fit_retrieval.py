"""Fit the weights of retrieval: `python -m qa.fit_retrieval --data DIR [--model NAME] [--out FILE]`.

Two pools of paragraphs, French and English, are indexed in a temporary folder and asked
in both languages. What BM25, dense search and late interaction find is gathered once;
`qa.choose` then tries every weight on it. Since the same questions choose and measure,
the figures are also given cross-validated: on each half of the articles, with what the
other half chose, over several ways to halve them.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.encoder import load_encoder
from index.errors import SourcierError, UsageError
from qa.choose import Choice, Trials, choose
from qa.gather import Asked, Ranker, gather, index_pool
from qa.pools import DIRECTIONS, Pool, read_pools
from qa.scoring import RetrievalWeights, late_share
from qa.weights import retrieval_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HALVINGS = 10
_TRANSLATIONS = Path("tests/data")
_METHODS = ("bm25", "dense", "late", "mix", "cross-validated")


@dataclass(frozen=True, slots=True)
class Figures:
    """How well a method finds the paragraphs that answer the questions of a direction."""

    questions: int
    recall_at_1: float
    mrr: float


Table = Mapping[str, Mapping[str, Figures]]
"""The figures of each method, by direction."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write the weights; return an exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m qa.fit_retrieval", description=(__doc__ or "").partition("\n\n")[2]
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds dev/ and qa/")
    parser.add_argument("--translations", type=Path, default=_TRANSLATIONS, help="the folder of translated questions")
    parser.add_argument("--model", help="the encoder to fit for (default: the embedded one)")
    parser.add_argument("--out", type=Path, help="the file to write (default: where that encoder's weights are kept)")
    options = parser.parse_args(arguments)
    try:
        pools = read_pools(options.data, options.translations)
        encoder = load_encoder(options.model) if options.model else load_encoder()
        out = options.out or retrieval_file(encoder)
        weights, table = fit(pools, encoder.name)
        print(_told(table))
        _write(out, weights, encoder.identity, pools, table)
        print(f"written to {out}")
    except SourcierError as error:
        print(f"sourcier: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def fit(pools: Sequence[Pool], model: str | None = None) -> tuple[RetrievalWeights, Table]:
    """Return the weights chosen on some pools, and what they reach there.

    :param model: the encoder, as `--model` names it; by default the embedded one.
    :raises SourcierError: as building an index does.
    """
    asked = []
    with tempfile.TemporaryDirectory(prefix="sourcier-") as temporary:
        for pool in pools:
            index = index_pool(pool, Path(temporary, pool.language), model)
            asked += gather(pool, index)
            index.close()
            told = f"{pool.language}: {len(pool.paragraphs)} paragraphs, {len(pool.questions)} questions"
            print(told, file=sys.stderr)
    trials = Trials.of(asked)
    everything = {same: np.ones(len(some), bool) for same, some in trials.questions.items()}
    chosen = choose(trials, everything)
    return chosen.weights, _table(trials, chosen)


def _table(trials: Trials, chosen: Choice) -> Table:
    """Return the figures of BM25, dense search and late interaction alone, and of the mix."""
    table: dict[str, dict[str, Figures]] = {method: {} for method in _METHODS}
    validated = cross_validated(trials)
    for same, asked in trials.questions.items():
        directions = np.asarray([one.direction for one in asked])
        ranker = Ranker(asked)
        ranks = {
            "bm25": _alone(ranker, asked, lambda one: one.found.bm25),
            "dense": _alone(ranker, asked, lambda one: one.found.dense),
            "late": _alone(ranker, asked, lambda one: late_of(one, chosen.weights)),
            "mix": trials.ranks[same][:, chosen.setting, chosen.mixes[same]],
        }
        for direction in (each for each in DIRECTIONS if each in directions):
            for method, found in ranks.items():
                table[method][direction] = _figures(found[directions == direction])
            table["cross-validated"][direction] = _figures(validated[same][directions == direction])
    return table


def late_of(one: Asked, weights: RetrievalWeights) -> NDArray[np.float32]:
    """Return (candidates,) late interaction scores."""
    return late_share(one.words, one.found.matches, one.found.windows, weights)


def _alone(
    ranker: Ranker, asked: Sequence[Asked], score: Callable[[Asked], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Return (questions,) reciprocal ranks by one score."""
    return ranker.reciprocal_ranks(np.concatenate([score(one) for one in asked])[:, None])[:, 0]


def _figures(ranks: NDArray[np.float32]) -> Figures:
    """Return the means of (questions,) or (questions, halvings) reciprocal ranks."""
    return Figures(len(ranks), round(float((ranks == 1.0).mean()), 4), round(float(ranks.mean()), 4))


def cross_validated(trials: Trials) -> dict[bool, NDArray[np.float32]]:
    """Return (questions, halvings) reciprocal ranks, each under what the other half of the articles chose."""
    found = {same: np.zeros((len(some), _HALVINGS), np.float32) for same, some in trials.questions.items()}
    for halving in range(_HALVINGS):
        half = _half(trials, random.Random(halving))
        halves = {
            same: np.asarray([one.article in half for one in asked], bool) for same, asked in trials.questions.items()
        }
        for side in (True, False):
            inside = {same: each == side for same, each in halves.items()}
            if not any(each.any() for each in inside.values()) or all(each.all() for each in inside.values()):
                continue  # one article alone cannot be halved
            chosen = choose(trials, {same: ~each for same, each in inside.items()})
            for same, each in inside.items():
                mix = chosen.mixes.get(same, 0)
                found[same][each, halving] = trials.ranks[same][each, chosen.setting, mix]
    return found


def _half(trials: Trials, chance: random.Random) -> set[str]:
    """Return half of the articles, and half of those that each set of directions is asked of."""
    asked_of: dict[str, set[str]] = {}
    for asked in trials.questions.values():
        for one in asked:
            asked_of.setdefault(one.article, set()).add(one.direction)
    articles = sorted(asked_of)
    chance.shuffle(articles)
    articles.sort(key=lambda article: sorted(asked_of[article]))  # stable: like beside like, in chance's order
    return set(articles[::2])


def _told(table: Table) -> str:
    directions = [direction for direction in DIRECTIONS if direction in table["mix"]]
    lines = ["recall@1 / MRR".ljust(17) + "".join(f"{direction:>15}" for direction in directions)]
    for method, figures in table.items():
        cells = (f"{figures[each].recall_at_1:.3f} / {figures[each].mrr:.3f}" for each in directions)
        lines.append(method.ljust(17) + "".join(f"{cell:>15}" for cell in cells))
    lines.append("questions".ljust(17) + "".join(f"{table['mix'][each].questions:>15}" for each in directions))
    return "\n".join(lines)


def _write(path: Path, weights: RetrievalWeights, encoder: str, pools: Sequence[Pool], table: Table) -> None:
    """Write the weights, and what they were fitted on.

    :raises UsageError: if the file cannot be written.
    """
    told = {
        **asdict(weights),
        "encoder": encoder,
        "fitted_on": {pool.language: {"sets": list(pool.sets), "paragraphs": len(pool.paragraphs)} for pool in pools},
        "figures": {
            method: {direction: asdict(each) for direction, each in row.items()} for method, row in table.items()
        },
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): give another file by --out") from error


if __name__ == "__main__":
    sys.exit(main())
