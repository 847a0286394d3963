"""What other tests of checking citations take for granted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from answer_lines import TEXT, cite

from qa.cited_files import Files, Status

REPEATED = "27 % de plus.\n27 % du capital.\n"


def test_a_quote_before_its_sentence_is_invalid(tmp_path: Path) -> None:
    """An offset that counts back from the end of the sentence would find the quote in it."""
    (tmp_path / "a.txt").write_text(REPEATED)
    good = cite(REPEATED, "27 % du capital.")
    back = good["end"] - good["sentence"]["end"] + good["sentence"]["start"] - len(good["quote"])
    forged = {**good, "start": back, "end": back + len(good["quote"])}
    assert Files(tmp_path).check(good).status is Status.UNCHANGED
    assert Files(tmp_path).check(forged).status is Status.INVALID


def longer(citation: dict[str, Any]) -> None:
    citation["end"] += 2


def longer_sentence(citation: dict[str, Any]) -> None:
    citation["sentence"]["end"] += 2


def before_the_beginning(citation: dict[str, Any]) -> None:
    for place in (citation, citation["sentence"]):
        place["start"], place["end"] = place["start"] - 20, place["end"] - 20


@pytest.mark.parametrize("forge", [longer, longer_sentence, before_the_beginning])
@pytest.mark.parametrize("now", [TEXT, "Plus haut. " + TEXT])
def test_offsets_that_contradict_the_words_are_invalid(
    tmp_path: Path, forge: Callable[[dict[str, Any]], None], now: str
) -> None:
    (tmp_path / "a.txt").write_bytes(now.encode())
    forged = cite()
    forge(forged)
    assert Files(tmp_path).check(forged).status is Status.INVALID


def test_a_part_of_a_sentence_that_was_cited_so_has_no_note(tmp_path: Path) -> None:
    """The note is of what has changed since."""
    (tmp_path / "a.txt").write_bytes(TEXT.encode())
    found = Files(tmp_path).check(cite(sentence="détient 27 % du capital"))
    assert (found.status, found.detail) == (Status.UNCHANGED, None)


def test_an_emoji_that_has_grown_together_with_another_is_another(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Il est signé 👩\u200d👧\n")
    signed = cite("Il est signé 👩\n", "Il est signé 👩", "signé")
    assert Files(tmp_path).check(signed).status is Status.CHANGED
