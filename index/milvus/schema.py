"""The collections of an index in Milvus: their names, their fields, and what a sealed one says of itself.

    NAME                     alias of the sealed generation: it is switched in one call
    NAME_g000007             what that generation says of itself, and its document frequencies
    NAME_passages_5_0f3a…    passages of the generations since the fifth, which began anew
    NAME_documents_5_0f3a…   their documents, and the files that were skipped
    NAME_parts_5_0f3a…       what each part of a build under way has done

A row of passages and documents is there for the generations from `born` to before `died`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from index.errors import IndexCorruptError, IndexFormatError
from index.milvus.fields import Field
from index.store import FORMAT, Manifest

MILVUS_FORMAT = 1
"""To be raised whenever a build writes other rows; those of `index.store.FORMAT` count too."""

ALIVE = 1 << 62
"""When a row dies that nothing has replaced."""

TEXT_BYTES = 65_535  # of Milvus; what may outgrow it is cut in pieces of `PIECE_BYTES`
PIECE_BYTES = 60_000
UNUSED = "unused"  # Milvus takes no collection without vectors
UNUSED_VECTOR = (0.0, 1.0)
_DIGEST = 8  # of an epoch's name
_DATES = 3000  # in a blob, of 14 bytes each at most
_NAME_BYTES, _DATE_BYTES, _KEY_BYTES = 16_384, 32, 256


@dataclass(frozen=True, slots=True)
class Names:
    """The names of an index's collections.

    :param alias: the collection that its address names.
    """

    alias: str

    def passages(self, epoch: str) -> str:
        """Return the collection of the passages."""
        return f"{self.alias}_passages_{epoch}"

    def documents(self, epoch: str) -> str:
        """Return the collection of the documents."""
        return f"{self.alias}_documents_{epoch}"

    def parts(self, epoch: str) -> str:
        """Return the collection of what the parts of builds have done."""
        return f"{self.alias}_parts_{epoch}"

    def sealed(self, generation: int) -> str:
        """Return the collection of what a generation says of itself."""
        return f"{self.alias}_g{generation:06d}"


def epoch_of(generation: int, encoder_identity: str, words_identity: str, libraries: Mapping[str, str]) -> str:
    """Return the name of the epoch that a full build begins: what would be cut or encoded otherwise never shares it."""
    told = json.dumps([MILVUS_FORMAT, FORMAT, encoder_identity, words_identity, libraries], sort_keys=True)
    return f"{generation}_{hashlib.sha256(told.encode()).hexdigest()[:_DIGEST]}"


def passage_fields(dim: int, index: str = "FLAT") -> tuple[Field, ...]:
    """Return the fields of passages.

    :param dim: of their vectors.
    :param index: how they are searched.
    """
    return (
        Field("id", "int", key=True),
        Field("doc_id", "text", _KEY_BYTES, indexed=True),
        Field("source", "text", _NAME_BYTES, indexed=True),
        Field("date", "text", _DATE_BYTES, indexed=True),
        Field("language", "text", _DATE_BYTES),
        *(Field(name, "int") for name in ("start", "length")),
        *(Field(name, "int", indexed=True) for name in ("born", "died")),
        *(Field(name, "text", TEXT_BYTES) for name in ("text", "before", "sentences", "words")),
        Field("dense", "dense", dim, index=index),
        Field("sparse", "sparse"),
    )


DOCUMENT_FIELDS = (
    Field("key", "text", _KEY_BYTES, key=True),
    Field("doc_id", "text", _KEY_BYTES, indexed=True),
    *(Field(name, "int", indexed=True) for name in ("piece", "born", "died")),
    Field("source", "text", _NAME_BYTES, indexed=True),
    Field("date", "text", _DATE_BYTES, indexed=True),
    *(Field(name, "text", _NAME_BYTES) for name in ("title", "author", "reason")),
    *(Field(name, "text", _KEY_BYTES) for name in ("language", "sha256", "extraction", "date_origin")),
    *(Field(name, "int") for name in ("size", "mtime_ns", "ctime_ns", "passages", "sentences")),
    Field("rest", "text", TEXT_BYTES),
    Field(UNUSED, "dense", len(UNUSED_VECTOR)),
)
BLOB_FIELDS = (
    Field("key", "text", _KEY_BYTES, key=True),
    Field("value", "text", TEXT_BYTES),
    Field(UNUSED, "dense", len(UNUSED_VECTOR)),
)


MANIFEST_KEY = "manifest"
"""The key of the blob of a sealed generation that holds its `Sealed`."""


DATES = "dates/"
"""What the keys of the blobs begin with that say which dates the documents have."""


def bucket_key(bucket: int) -> str:
    """Return the key of the blob that holds a bucket of document frequencies."""
    return f"df/{bucket}"


def blob(key: str, value: str) -> dict[str, Any]:
    """Return a row of a collection of blobs, such as that of a sealed generation.

    :param value: ASCII, of `PIECE_BYTES` at most.
    """
    return {"key": key, "value": value, UNUSED: list(UNUSED_VECTOR)}


def alive_at(generation: int) -> str:
    """Return the condition for what a generation has."""
    return f"born <= {generation} and died > {generation}"


def date_rows(dates: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a sealed generation that say which dates documents have; an empty one stands for none."""
    listed = sorted(set(dates))
    for number, first in enumerate(range(0, len(listed), _DATES)):
        yield blob(f"{DATES}{number}", json.dumps(listed[first : first + _DATES]))


def dates_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the dates that `date_rows` made rows of, in order."""
    return sorted(date for row in rows for date in json.loads(row["value"]))


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a sealed generation says of itself.

    :param manifest: as of a local generation, without `files`.
    :param generation: its number, from 1.
    :param tokens: how many terms its passages have, each as often as it stands there.
    :param buckets: how many rows its document frequencies are in.
    :param kind: the kind of index that its dense vectors are searched by, as an address names it.
    """

    manifest: Manifest
    epoch: str
    generation: int
    tokens: int
    buckets: int
    kind: str = "FLAT"

    @property
    def passages(self) -> int:
        """The number of passages."""
        return self.manifest.passages

    def to_json(self) -> str:
        """Return it as `from_json` reads it, in ASCII."""
        return json.dumps(asdict(self) | {"milvus_format": MILVUS_FORMAT}, sort_keys=True)

    @classmethod
    def from_json(cls, written: str, where: str) -> Sealed:
        """Return what was written.

        :param where: the address, for errors.
        :raises IndexFormatError: if another version of the format wrote it.
        :raises IndexCorruptError: if it is no manifest.
        """
        try:
            told = json.loads(written)
            found = told["milvus_format"], told["manifest"]["format"]
            if found == (MILVUS_FORMAT, FORMAT):
                return cls._of(told)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise IndexCorruptError(
                f"the manifest of the index at {where} is damaged ({error!r}): run `sourcier index FOLDER"
                f" --store {where} --rebuild`"
            ) from error
        raise IndexFormatError(
            f"the index at {where} has format {found[1]}.{found[0]}, this Sourcier reads {FORMAT}.{MILVUS_FORMAT}:"
            f" run `sourcier index FOLDER --store {where} --rebuild`"
        )

    @classmethod
    def _of(cls, told: Mapping[str, Any]) -> Sealed:
        manifest = Manifest(**{**told["manifest"], "files": {}})
        generation, tokens, buckets = (int(told[name]) for name in ("generation", "tokens", "buckets"))
        return cls(manifest, str(told["epoch"]), generation, tokens, buckets, str(told["kind"]))
