"""Models that others made: found on this machine, loaded without a word or a download, told apart by a digest."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tokenizers import Tokenizer

from index.errors import ModelError

if TYPE_CHECKING:
    import torch

NOT_AT_HAND = "there is no such folder, nor such a model in the local cache"
_CONVERSION = "DISABLE_SAFETENSORS_CONVERSION"
_MOST_CHARS = 200  # of what a library says went wrong


def is_at_hand(name: str, also: Sequence[str] = (), cache: str | None = None) -> bool:
    """Say whether a model's name is that of a folder, or is in the local cache. Quick: torch is not loaded.

    :param also: other names that the cache may know it by.
    :param cache: another cache to look into.
    """
    from huggingface_hub.constants import HF_HUB_CACHE

    caches = (HF_HUB_CACHE, cache or HF_HUB_CACHE)
    folders = [f"models--{owned.replace('/', '--')}" for owned in (name, *also)]
    return Path(name).is_dir() or any(Path(cache, folder).is_dir() for cache in caches for folder in folders)


def cannot_load(what: str, name: str, reason: str | Exception, wanted: str) -> ModelError:
    """Return the error of a model that cannot be loaded, on one line, with the remedy.

    :param what: what it was to be, such as `the model`.
    :param reason: in words, or the error of a library, of which the first line is told.
    :param wanted: what to give in its place, such as `a sentence-transformers model`.
    """
    if isinstance(reason, Exception):
        reason = (str(reason).strip() or type(reason).__name__).splitlines()[0][:_MOST_CHARS]
    return ModelError(
        f"cannot load {what} {name!r} ({reason}): give the folder of {wanted},"
        " or the name of one that is in the local cache"
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers from warning, from drawing progress, and from asking the hub to convert old weights.

    The last it does whenever it loads a model of the cache that has no safetensors, `local_files_only` or not.
    """
    from transformers.utils import logging

    bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    conversion = os.environ.pop(_CONVERSION, None)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    os.environ[_CONVERSION] = "1"
    try:
        yield
    finally:
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
        logging.set_verbosity(verbosity)
        os.environ.pop(_CONVERSION, None)
        if conversion is not None:
            os.environ[_CONVERSION] = conversion


def described(tokenizer: object) -> dict[str, object]:
    """Return what a tokenizer does, without what encoding a text leaves behind in it."""
    inner = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if not isinstance(inner, Tokenizer):
        return dict(getattr(tokenizer, "get_vocab", dict)())
    return {**json.loads(inner.to_str()), "truncation": None, "padding": None}


def digest(told: object, weights: Mapping[str, torch.Tensor]) -> str:
    """Return 16 hexadecimal digits that stand for every weight, and for what JSON can tell of a model."""
    import torch

    found = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode())
    for key, tensor in sorted(weights.items()):
        found.update(key.encode())
        # Byte by byte: numpy has no bfloat16.
        found.update(tensor.cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()[:16]
