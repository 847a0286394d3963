"""What a command works on: its flags first, then `SOURCIER_*` variables, then `sourcier.toml`."""

from __future__ import annotations

import os
import tomllib
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from index.errors import UsageError

SETTINGS_FILE = Path("sourcier.toml")
DEFAULT_FOLDER = Path("seeds")
_KEYS = ("folder", "index", "model", "reader")


@dataclass(frozen=True, slots=True)
class Settings:
    """The folder of articles, its index, its encoder and its reader; None where nothing names one.

    The folder is `seeds` where neither folder nor index is named and that exists.
    """

    folder: Path | None
    index: Path | None
    model: str | None
    reader: str | None


def settings(options: Namespace) -> Settings:
    """Gather what flags, environment and `sourcier.toml` say, the first to say it winning.

    :raises UsageError: if `sourcier.toml` cannot be read or holds what it should not.
    """
    written = _written(SETTINGS_FILE)

    def value(key: str) -> str | None:
        given = getattr(options, key, None) or os.environ.get(f"SOURCIER_{key.upper()}") or written.get(key)
        return str(given) if given else None

    folder, index, model, reader = map(value, _KEYS)
    if folder is None and index is None and DEFAULT_FOLDER.is_dir():
        folder = str(DEFAULT_FOLDER)
    return Settings(Path(folder) if folder else None, Path(index) if index else None, model, reader)


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
