"""The pytest fixture `sourcier_eval`: gold as a test of a user's own repository.

    def test_quality(sourcier_eval):
        assert sourcier_eval("gold.jsonl", "articles").recall_at_5 >= 0.9

pytest loads this plugin wherever Sourcier is installed, so it imports nothing until a test
asks for the fixture.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from qa.measure.evaluation import Evaluation

_DONE = pytest.StashKey[dict[tuple[object, ...], "Evaluation"]]()


class Scores:
    """The figures of an evaluation as attributes: `recall_at_5`, `mrr`, `ndcg_at_10`, `f1`, `sentence`, `refused`...

    `evaluation` holds everything, the intervals and each question included.
    """

    def __init__(self, evaluation: Evaluation, figures: dict[str, float], asked: str) -> None:
        self.evaluation = evaluation
        self._figures = figures
        self._asked = asked

    def __getattr__(self, name: str) -> float:
        """Return a figure.

        :raises AttributeError: if there is no such figure, or no question counts for it.
        """
        from qa.measure.evaluation import BOUNDED, FIGURES

        if name.startswith("_"):
            raise AttributeError(name)
        wanted = name.replace("_at_", "@")
        if wanted in self._figures:
            return self._figures[wanted]
        known = dict.fromkeys([*FIGURES, *BOUNDED])
        if wanted in known:
            raise AttributeError(f"no question of {self._asked} counts for {name}")
        raise AttributeError(f"no figure {name}: there are {', '.join(each.replace('@', '_at_') for each in known)}")

    def direction(self, name: str) -> Scores:
        """Return the figures of one direction, such as `en->fr`.

        :raises KeyError: if no question goes that way.
        """
        rows = {row.direction: row for row in self.evaluation.rows}
        if name not in rows:
            raise KeyError(f"no question from {name}: there are {', '.join(rows)}")
        figures = {figure: value for figure, value in rows[name].figures.items() if value is not None}
        return Scores(self.evaluation, figures, f"{self._asked}, {name}")

    def __repr__(self) -> str:
        """Return the main figures, as a failing test shows them."""
        told = ", ".join(f"{name} {value:.3f}" for name, value in self._figures.items())
        return f"<{self._asked}: {told}>"


@pytest.fixture
def sourcier_eval(request: pytest.FixtureRequest) -> Callable[..., Scores]:
    """Measure a folder against gold: `sourcier_eval(gold, folder)`, and the options of `sourcier eval` by name.

    Paths are looked for beside the test's file, then in the current folder. A failing test
    shows the table of figures. The same call in another test measures nothing again.
    """

    def measured(
        gold: str | Path,
        folder: str | Path | None = None,
        *,
        index: str | Path | None = None,
        model: str | None = None,
        reader: str | None = None,
        split: str | None = None,
        unanswerable: str | None = None,
    ) -> Scores:
        from index.errors import SourcierError
        from qa.measure.table import table
        from qa.measuring import asked, evaluated

        if unanswerable not in (None, "leave-out"):
            pytest.fail(f"unanswerable is {unanswerable!r}: give 'leave-out', or leave it out", pytrace=False)
        data, articles = (_found(request, path) for path in (gold, folder))
        options = {"folder": articles, "index": _path(index), "model": model, "reader": reader}
        wanted = {"data": data, **options, "split": split, "unanswerable": unanswerable}
        done = request.config.stash.setdefault(_DONE, {})
        key = tuple(wanted.values())
        if key not in done:
            try:
                given = Namespace(command="eval", **wanted)
                with asked(given) as (session, questions):
                    done[key] = evaluated(given, session, questions)
            except SourcierError as error:
                pytest.fail(f"sourcier_eval: {error}", pytrace=False)
        print(table(done[key]))  # pytest shows it if the test fails
        return Scores(done[key], done[key].overall(), str(gold))

    return measured


def _found(request: pytest.FixtureRequest, path: str | Path | None) -> Path | None:
    if path is None:
        return None
    beside = request.path.parent / path
    return beside if beside.exists() else Path(path)


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path)
