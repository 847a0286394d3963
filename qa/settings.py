"""What a command works on: its flags first, then `SOURCIER_*` variables, then `sourcier.toml`."""

from __future__ import annotations

import os
import tomllib
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from index.errors import UsageError

SETTINGS_FILE = Path("sourcier.toml")
DEFAULT_FOLDER = Path("seeds")
_KEYS = ("folder", "index", "model", "reader", "store")
_OWN_ARTICLES = "index"  # the one command that reads a folder to fill a store


@dataclass(frozen=True, slots=True)
class Settings:
    """The folder of articles, its index, its encoder, its reader and its store; None where nothing names one.

    The folder is `seeds` where neither folder, index nor store is named and that exists. An index and a store are
    never named both.
    """

    folder: Path | None
    index: Path | None
    model: str | None
    reader: str | None
    store: str | None = None


def settings(options: Namespace) -> Settings:
    """Gather what flags, environment and `sourcier.toml` say, the first to say it winning.

    A store counts for commands that take `--store`.

    :raises UsageError: if `sourcier.toml` cannot be read or holds what it should not, or if a store is named together
        with what it stands for.
    """
    levels = _levels(options)
    told = {key: next((level[key] for level in levels if level.get(key)), None) for key in _KEYS}
    if not hasattr(options, "store"):
        told["store"] = None
    if told["store"] and told["index"]:
        told[_weaker(levels)] = None
    if told["store"]:
        _check_folder(options)
    elif told["folder"] is None and told["index"] is None and DEFAULT_FOLDER.is_dir():
        told["folder"] = str(DEFAULT_FOLDER)
    folder, index = (Path(path) if (path := told[key]) else None for key in ("folder", "index"))
    return Settings(folder, index, told["model"], told["reader"], told["store"])


def _levels(options: Namespace) -> list[Mapping[str, str | None]]:
    """Return what flags, environment and `sourcier.toml` say, by key."""
    flags = {key: None if (given := getattr(options, key, None)) is None else str(given) for key in _KEYS}
    return [flags, {key: os.environ.get(f"SOURCIER_{key.upper()}") for key in _KEYS}, _written(SETTINGS_FILE)]


def _weaker(levels: list[Mapping[str, str | None]]) -> str:
    """Return which of a store and an index, both named, is named later.

    :raises UsageError: if they are named side by side.
    """
    for level, names in zip(levels, ("--store and --index", "SOURCIER_STORE and SOURCIER_INDEX", ""), strict=True):
        if level.get("store") and level.get("index"):
            both = names or f"the keys store and index of {SETTINGS_FILE}"
            raise UsageError(f"{both} name two places of one index: leave one of them out")
        if level.get("store") or level.get("index"):
            return "index" if level.get("store") else "store"
    raise AssertionError("neither is named")


def _check_folder(options: Namespace) -> None:
    if getattr(options, "folder", None) is not None and options.command != _OWN_ARTICLES:
        raise UsageError(
            f"a store answers as it stands, and only `sourcier index` reads the folder {options.folder}:"
            " leave FOLDER out, or the store"
        )


def _written(path: Path) -> dict[str, str]:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}): mend or remove it") from error
    unknown = sorted(found.keys() - set(_KEYS))
    if unknown:
        raise UsageError(f"{path} has an unknown key {unknown[0]!r}: it may set {', '.join(_KEYS)}")
    for key, value in found.items():
        if not isinstance(value, str) or "\0" in value:
            raise UsageError(f"{path} sets {key} to {value!r}: write a text in double quotes")
    return found
