"""Fit the weights of reading and confidence: `python -m qa.fit GOLD FOLDER --data DIR [--out FILE]`.

Sentences are ranked by a weighted sum of their features, those of the reader among them;
confidence is a logistic regression on the best sentence's evidence. Both are fitted on the
gold's split `dev` and on the pools of DIR, in all four directions. What is printed of
confidence is cross-validated by article.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from index.errors import SourcierError
from qa.fit_confidence import Told, cross_validated, evidence, fit_confidence
from qa.fit_sentence import fit_sentence
from qa.fit_sets import Asked, ask_sets, read_sets
from qa.measure.reliability import Tally
from qa.reader import embedded_reader
from qa.thresholds import choose_thresholds
from qa.weights import WEIGHTS_FILE, Linear, load_weights


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write the weights; return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m qa.fit", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("gold", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds dev/ and qa/")
    parser.add_argument(
        "--translations", type=Path, default=Path("tests/data"), help="the folder of the translated questions"
    )
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args(arguments)
    try:
        fit(options.gold, options.folder, options.data, options.translations, options.out)
    except SourcierError as error:
        print(f"sourcier: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def fit(gold: Path, folder: Path, data: Path, translations: Path, out: Path) -> None:
    """Fit everything, and write it at once.

    :raises SourcierError: if gold, data or translations are missing or damaged.
    """
    with tempfile.TemporaryDirectory(prefix="sourcier-") as scratch:
        sets = read_sets(gold, folder, data, translations, Path(scratch))
        asked = list(ask_sets(sets, embedded_reader(), _log))
        for each in sets:
            each.index.close()
    sentence = fit_sentence([each for each in asked if each.whole])
    _tell_sentences(asked, sentence)
    told = evidence(asked, sentence)
    sure = cross_validated(told)
    _tell_confidence(told, list(sure))
    stored = json.loads((out if out.exists() else WEIGHTS_FILE).read_text("utf-8"))
    stored["sentence"] = {"weights": _rounded(sentence)}
    confidence = fit_confidence(told)
    stored["confidence"] = {"bias": round(confidence.bias, 4), "weights": _rounded(confidence)}
    stored["reader"] = embedded_reader().identity
    stored["thresholds"] = choose_thresholds(told, sure)
    out.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    load_weights.cache_clear()


def _rounded(linear: Linear) -> dict[str, float]:
    return {name: round(float(weight), 4) for name, weight in zip(linear.names, linear.weights, strict=True)}


def _tell_sentences(asked: Sequence[Asked], sentence: Linear) -> None:
    """Say how often the best sentence is right, in-sample, of the questions that have an answer."""
    whole = evidence([each for each in asked if each.whole and each.right.any()], sentence)
    for direction in sorted({each.asked.direction for each in whole}):
        some = [each.right for each in whole if each.asked.direction == direction]
        _log(f"{direction}: the best sentence is right for {sum(some)} of {len(some)} whose answer was found")


def _tell_confidence(told: Sequence[Told], sure: Sequence[float]) -> None:
    tallies = {"all": list(range(len(told)))}
    for place, each in enumerate(told):
        tallies.setdefault(each.asked.direction, []).append(place)
    for name, places in sorted(tallies.items()):
        tally = Tally.of([sure[place] for place in places], [told[place].right for place in places])
        _log(f"{name}: {len(places)} cases, AUROC {float(tally.auroc()):.3f}, ECE {float(tally.ece(tally.bins())):.3f}")


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
