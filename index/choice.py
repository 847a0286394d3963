"""What is wrong with a choice of articles, told alike wherever the index is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from index.errors import UsageError

LISTED = "`sourcier info` lists the articles with their dates"
_SHOWN = 80  # characters of a caller's text that an error repeats
_TOLD = 3  # sources that it names


class EmptyChoiceError(UsageError):
    """No article is within a choice: whoever made it says what it was."""


def check_known(known: Mapping[str, Collection[int]]) -> None:
    """Check that every name of a choice is that of an article, or of a subfolder with some.

    :param known: the documents of each name.
    :raises UsageError: if one has none.
    """
    unknown = [name for name, numbers in known.items() if not numbers]
    if unknown:
        raise UsageError(
            f"no article is named {told(unknown)}: give files by their path in the folder,"
            f" or subfolders with / at the end; {LISTED}"
        )


def told(names: Iterable[str]) -> str:
    """Return a caller's names as an error repeats them: the first of them."""
    listed = [*names]
    return ", ".join(map(shown, listed[:_TOLD])) + (" and others" if len(listed) > _TOLD else "")


def shown(text: str) -> str:
    """Return a caller's text as an error repeats it: on one line, and not at length."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
