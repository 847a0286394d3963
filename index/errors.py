"""Every error that Sourcier raises on purpose, drawn as a tree.

SourcierError                 exit 1, one line, no traceback
├── UsageError                exit 2: the call itself is wrong
│   └── QuestionError         a question too long to be one
├── FolderError               the folder is missing, empty or unreadable
├── DocumentError             one file cannot be read; the others go on
├── InputError                a batch or a gold file, with its line
├── ModelError                a model cannot be loaded or does not fit
├── TrainingDataError         the texts to train a model on are missing or damaged
├── VerificationError         a quote is no longer in its file
├── BusyError                 too many ask at once; later is better
└── IndexFolderError          the index, on disk or elsewhere
    ├── IndexMissingError     there is none
    ├── IndexFormatError      written by another format version
    ├── IndexEncoderError     built by another encoder
    ├── IndexCorruptError     bytes differ from what the build wrote
    ├── IndexBusyError        another build holds the lock
    └── IndexStoreError       the server that keeps the index is away, refuses, or is full
"""

from __future__ import annotations

from typing import ClassVar


class SourcierError(Exception):
    """An error with a remedy. The message is one line, fit to show a user."""

    kind: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1


class UsageError(SourcierError):
    """The call itself is wrong."""

    kind = "usage"
    exit_code = 2


class QuestionError(UsageError):
    """The question cannot be asked."""

    kind = "question"


class FolderError(SourcierError):
    """The folder is missing, empty, or holds nothing readable."""

    kind = "folder"


class DocumentError(SourcierError):
    """One file cannot be read. Builds turn it into a skipped file."""

    kind = "document"


class InputError(SourcierError):
    """A file of questions, gold or answers does not fit. Names the line."""

    kind = "input"


class ModelError(SourcierError):
    """A model cannot be loaded, or is not what the index expects."""

    kind = "model"


class TrainingDataError(SourcierError):
    """The texts to train a model on are missing or damaged."""

    kind = "training_data"


class VerificationError(SourcierError):
    """A cited quote is no longer where it was."""

    kind = "verification"


class BusyError(SourcierError):
    """Too many ask at once, or one of them too often: later is better."""

    kind = "busy"


class IndexFolderError(SourcierError):
    """Something about the index on disk."""

    kind = "index"


class IndexMissingError(IndexFolderError):
    """There is no index there."""

    kind = "index_missing"


class IndexFormatError(IndexFolderError):
    """The index was written by another version of the format."""

    kind = "index_format"


class IndexEncoderError(IndexFolderError):
    """The index was built by another encoder."""

    kind = "index_encoder"


class IndexCorruptError(IndexFolderError):
    """The bytes on disk are not those that the build wrote."""

    kind = "index_corrupt"


class IndexBusyError(IndexFolderError):
    """Another build is writing the index."""

    kind = "index_busy"


class IndexStoreError(IndexFolderError):
    """The server that keeps the index is away, refuses, is full or too old."""

    kind = "index_store"
