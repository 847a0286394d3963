"""The arguments that several commands share. As `--help` must be quick, nothing but argparse is imported."""

from __future__ import annotations

import argparse
from pathlib import Path

FOLDER = "the folder of articles (default: seeds, where it exists)"


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add the folder, the index and the encoder."""
    parser.add_argument("folder", nargs="?", type=Path, help=FOLDER)
    parser.add_argument("-i", "--index", type=Path, help="the index folder (default: FOLDER/.sourcier)")
    parser.add_argument("--model", metavar="NAME", help="a sentence-transformers model (default: the embedded one)")


def add_store(parser: argparse.ArgumentParser) -> None:
    """Add the store that stands for an index folder."""
    parser.add_argument(
        "--store",
        metavar="URL",
        help="an index that many machines share, in Milvus: milvus://HOST:19530/COLLECTION (or SOURCIER_STORE)",
    )


def add_reader(parser: argparse.ArgumentParser) -> None:
    """Add the reader."""
    parser.add_argument(
        "--reader", metavar="NAME", help="a question-answering model of transformers (default: the embedded one)"
    )


def add_scope(parser: argparse.ArgumentParser) -> None:
    """Add which of the articles to ask of."""
    parser.add_argument(
        "--in",
        dest="sources",
        action="append",
        metavar="SOURCE",
        help="ask of this file only, or of a subfolder: `news/`; repeat it for several",
    )
    parser.add_argument("--since", metavar="DATE", help="ask of articles of this day, month or year, or later")
    parser.add_argument("--until", metavar="DATE", help="ask of articles of this day, month or year, or earlier")


def add_k(parser: argparse.ArgumentParser) -> None:
    """Add the number of passages."""
    parser.add_argument(
        "-k", type=int, default=5, metavar="N", help="how many passages to list with an answer (default: 5)"
    )
