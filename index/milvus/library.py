"""pymilvus, loaded only where a store is named, and so that it brings nothing of its own along."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import threading
from collections.abc import Iterator
from typing import Any

from index.errors import UsageError

_LOCK = threading.Lock()
_LOGGERS = ("pymilvus", "pymilvus.milvus_client", "pymilvus.bulk_writer")
# Else importing it reads the `.env` of any folder above, and gRPC prints what we tell in a line of our own.
_SETS = {"PYTHON_DOTENV_DISABLED": "1", "GRPC_VERBOSITY": "NONE"}


def pymilvus() -> Any:  # noqa: ANN401 - a module without types
    """Return the module.

    :raises UsageError: if it is not installed.
    """
    with _LOCK, _undisturbed():
        try:
            module = importlib.import_module("pymilvus")
        except ModuleNotFoundError as error:
            told = f"an index in Milvus needs {error.name}, which is not installed: pip install 'sourcier[milvus]'"
            raise UsageError(told) from None
        for name in _LOGGERS:  # each failure is told once, by us
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        return module


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Hide the variables that pymilvus reads while it is imported: what we connect to is named by its address alone."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("MILVUS_")}
    before = {name: os.environ.get(name) for name in _SETS}
    os.environ.update(_SETS)
    try:
        yield
    finally:
        os.environ.update(hidden)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
