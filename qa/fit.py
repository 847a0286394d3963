"""Fit the weights of reading and abstention: `python -m qa.fit GOLD FOLDER [--squad FILE] [--out FILE]`.

Sentences are ranked by a weighted sum of their features, fitted so that the sentence
that holds the answer comes first (a softmax over the sentences read, with an L2
penalty). Confidence is a logistic regression on the best sentence's evidence; every
question is also asked with its own passages left out, and of the folders that are not
its own, so that it learns what a missing answer and a missing subject look like. Of the
gold only the split `dev` is used.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import SourcierError
from index.types import Hit
from qa.answer import evidence_of
from qa.features import FEATURES, Candidate, candidates
from qa.gold import read_gold, squad_folder
from qa.normalise import holds
from qa.question import read_question
from qa.read import read, to_read
from qa.retrieve import RERANKED, question_words, retrieve
from qa.session import Session
from qa.types import Example, Reading
from qa.weights import WEIGHTS_FILE, load_weights

_OWN_WEIGHT = 3.0  # a question on a folder counts as much as so many SQuAD questions
_LEFT_OUT_WEIGHT = 0.5  # the same question, its passages left out, against the question itself
_FOREIGN_WEIGHT = 0.3  # a question asked of a folder that is not its own
_PENALTY = 10.0
_RULED_OUT = ("heading", "asks")  # such sentences are never read: their weight is 0
_NO_EVIDENCE = (*_RULED_OUT, "same_language", "score", "retrieval", "reciprocal_rank")  # not comparable across folders


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question on the way to the fit: its sentences, and which of them hold the answer."""

    found: tuple[Candidate, ...]
    right: NDArray[np.bool_]
    weight: float


@dataclass(frozen=True, slots=True)
class _Told:
    """What spoke for the best sentence of a question, whether it was right, and how much that counts."""

    evidence: dict[str, float]
    right: bool
    weight: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write the weights; return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m qa.fit", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("gold", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--squad", type=Path, action="append", default=[], help="SQuAD, asked of its own paragraphs")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    options = parser.parse_args(arguments)
    try:
        fit(options.gold, options.folder, options.squad, options.out)
    except SourcierError as error:
        print(f"sourcier: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def fit(gold: Path, folder: Path, squads: Sequence[Path], out: Path) -> None:
    """Fit both sets of weights on gold of a folder, and on SQuAD files, and write them."""
    with tempfile.TemporaryDirectory(prefix="sourcier-") as temporary:
        own = tuple(example for example in read_gold(gold) if example.split == "dev")
        sets = [(_session(folder, Path(temporary, "own")), own, _OWN_WEIGHT)]
        for number, squad in enumerate(squads):
            articles = Path(temporary, f"squad-{number}")
            articles.mkdir()
            squad_folder(squad, articles)
            sets.append((_session(articles, Path(temporary, f"index-{number}")), read_gold(squad), 1.0))

        stored = json.loads(out.read_text("utf-8")) if out.exists() else json.loads(WEIGHTS_FILE.read_text("utf-8"))
        stored["sentence"] = {"weights": _fit_sentence([asked for entry in sets for asked in _asked(*entry)])}
        out.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
        load_weights.cache_clear()
        told = [
            each
            for asked_session, _, _ in sets
            for session, examples, weight in sets
            for each in _evidence(
                asked_session,
                examples,
                weight if session is asked_session else _FOREIGN_WEIGHT,
                out,
                foreign=session is not asked_session,
            )
        ]
        stored["confidence"] = _fit_confidence(told)
        out.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
        load_weights.cache_clear()


def _session(folder: Path, index: Path) -> Session:
    return Session.of_folder(folder, index)


def _hits(session: Session, example: Example) -> list[Hit]:
    question = read_question(example.question)
    return retrieve(session.index, question, question_words(question), load_weights().retrieval, RERANKED)


def _asked(session: Session, examples: Sequence[Example], weight: float) -> Iterator[_Asked]:
    """Yield the answerable questions whose answer is among the sentences read."""
    weights = load_weights().retrieval
    for example in examples:
        if not example.answers:
            continue
        question = read_question(example.question)
        read_at = to_read(question, _hits(session, example))
        found = tuple(
            candidate
            for candidate in candidates(session.index, question, question_words(question), read_at, weights)
            if not any(candidate.values[FEATURES.index(name)] for name in _RULED_OUT)
        )
        right = np.asarray([_is_right(candidate, example) for candidate in found])
        if right.any():
            yield _Asked(found, right, weight)


def _is_right(candidate: Candidate | Reading, example: Example) -> bool:
    passage, sentence = candidate.hit.passage, candidate.sentence
    text = passage.text[sentence.start - passage.start : sentence.end - passage.start]
    return candidate.hit.document.source in example.sources and any(holds(text, answer) for answer in example.answers)


def _fit_sentence(asked: Sequence[_Asked]) -> dict[str, float]:
    from scipy.optimize import minimize

    values = [np.stack([candidate.values for candidate in one.found]) for one in asked]
    everything = np.concatenate(values)
    mean, spread = everything.mean(axis=0), everything.std(axis=0) + 1e-6
    used = np.asarray([name not in _RULED_OUT for name in FEATURES]) & (everything.std(axis=0) > 0)
    scaled = [(each - mean) / spread * used for each in values]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = _PENALTY * float(weights @ weights), 2.0 * _PENALTY * weights
        for one, features in zip(asked, scaled, strict=True):
            scores = features @ weights
            shares = np.exp(scores - scores.max())
            among_right = shares * one.right / (shares @ one.right)
            shares = shares / shares.sum()
            total -= one.weight * float(np.log(shares @ one.right))
            slope = slope - one.weight * ((among_right - shares) @ features)
        return total, slope

    best = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B").x / spread
    print(f"sentences: {len(asked)} questions", file=sys.stderr)
    return {name: round(float(weight), 4) for name, weight in zip(FEATURES, best * used, strict=True)}


def _evidence(
    session: Session, examples: Sequence[Example], weight: float, out: Path, foreign: bool
) -> Iterator[_Told]:
    """Yield what the best sentence of each question had for it, and whether it was right.

    A question that has an answer is asked again with its own passages left out.

    :param foreign: whether the folder is not the questions' own, and never answers.
    """
    weights = load_weights(out)
    for example in examples:
        question = read_question(example.question)
        words, hits = question_words(question), _hits(session, example)
        asked_of = [(hits, weight)]
        if example.answers and not foreign:
            kept = [hit for hit in hits if not any(holds(hit.passage.text, answer) for answer in example.answers)]
            asked_of.append(([replace(hit, rank=rank) for rank, hit in enumerate(kept, 1)], weight * _LEFT_OUT_WEIGHT))
        for some, counts in asked_of:
            readings = read(session.index, question, words, some, weights)
            if readings:
                yield _Told(evidence_of(readings), not foreign and _is_right(readings[0], example), counts)


def _fit_confidence(told: Sequence[_Told]) -> dict[str, object]:
    from sklearn.linear_model import LogisticRegression

    names = [name for name in told[0].evidence if name not in _NO_EVIDENCE]
    values = np.asarray([[each.evidence[name] for name in names] for each in told])
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-6
    right = np.asarray([each.right for each in told])
    model = LogisticRegression(C=1.0 / (2.0 * _PENALTY), max_iter=1_000)
    model.fit((values - mean) / spread, right, sample_weight=[each.weight for each in told])
    slopes = model.coef_[0] / spread
    bias = float(model.intercept_[0] - slopes @ mean)
    print(f"confidence: {len(told)} cases, {right.mean():.0%} of them right", file=sys.stderr)
    weights = {name: round(float(slope), 4) for name, slope in zip(names, slopes, strict=True)}
    return {"bias": round(bias, 4), "weights": weights}


if __name__ == "__main__":
    sys.exit(main())
