"""What the commands that ask gold begin with: the questions, and the session that they are about."""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import UsageError
from qa.notices import warn
from qa.opening import session_of

if TYPE_CHECKING:
    from qa.gold import Gold
    from qa.session import Session


def gold_of(options: Namespace, folder: Path | None) -> Gold:
    """Return gold, or the split of it that is asked for."""
    from qa.gold import open_gold

    gold = open_gold(options.data, folder, options.split)
    for notice in gold.notices:
        warn(notice)
    examples = tuple(each for each in gold.examples if options.split in (None, each.split))
    if not examples:
        raise UsageError(f"{options.data} holds no question of the split {options.split!r}: leave --split out")
    return replace(gold, examples=examples)


@contextmanager
def session_about(options: Namespace, gold: Gold) -> Iterator[Session]:
    """Open what gold is about: the articles that it brings, or else what FOLDER, -i and --store name."""
    with tempfile.TemporaryDirectory(prefix="sourcier-") as temporary:
        if gold.write and options.folder is None and options.index is None and options.store is None:
            # with an index of their own: SOURCIER_INDEX may be that of other articles
            options.folder, options.index = Path(temporary, "articles"), Path(temporary, "index")
            gold.write(options.folder)
        with session_of(options) as session:
            yield session
