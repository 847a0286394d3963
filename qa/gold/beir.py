"""Gold in a BEIR folder: queries, and a corpus whose documents are judged as wholes.

As in BEIR, the queries asked are those that a split judges, and a document is relevant
where its score is above 0; a query without such a one counts nowhere, as in trec_eval.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from index.documents import MAX_FILE_BYTES, extract
from index.errors import DocumentError, InputError, UsageError
from index.language import language_of
from index.layout import layout
from qa.gold.articles import write_articles
from qa.gold.beir_files import Entry, Judgement, Query, entries, judgements, queries
from qa.gold.types import Gold
from qa.question import MAX_CHARS
from qa.types import Example

CORPUS, QUERIES, QRELS = "corpus.jsonl", "queries.jsonl", "qrels"
_DEFAULT_SPLIT = "test"
_SAMPLE = 50  # queries that the language of all is told by


def read_beir(path: Path, split: str | None = None) -> Gold:
    """Read one split of a BEIR folder.

    A document in which the index finds nothing to read stays relevant, and is found by
    nobody: it has a grade and is no source; so does one that is judged and not in the corpus,
    of which published sets have some. Of a query that is judged and not there, nothing can
    be asked; both are told as notices. A query longer than a question may be is cut
    after a word, as models cut it. Where a query does not tell its language, it is the
    one that a sample of all is in: keywords alone do not show it.

    :param split: by default `test`, or the only one.
    :raises InputError: if anything is wrong with the folder, naming the line and the remedy.
    :raises UsageError: if there is no such split, or none is named and there are several.
    """
    corpus, qrels = path / CORPUS, _qrels(path, split)
    judged = list(judgements(qrels))
    asked = _asked(path / QUERIES, judged)
    names, readable = _documents(corpus, judged)
    grades: dict[str, dict[str, int]] = {}
    for each in judged:
        if each.score > 0:
            grades.setdefault(each.query, {})[each.document] = each.score
    if not grades:
        raise InputError(f"{qrels} finds nothing relevant: give a document that answers a query a score above 0")
    counted = [query for query in asked if query.id in grades]
    if not counted:
        raise InputError(f"{qrels} judges no query of {path / QUERIES}: give the files of one BEIR folder")
    language = _language(counted)
    sources = {document: source for source, document in names.items()}
    examples = tuple(
        Example(
            id=query.id,
            question=_cut(query.text),
            answers=(),
            sources=tuple(sources[document] for document in grades[query.id] if document in readable),
            language=query.language or language,
            split=qrels.stem,
            grades={sources.get(document, document): grade for document, grade in grades[query.id].items()},
        )
        for query in counted
    )
    notices = tuple(_notices(qrels, judged, asked, sources))
    return Gold(examples, partial(beir_folder, corpus), names, notices)


def beir_folder(corpus: Path, folder: Path) -> int:
    """Write each document of a corpus that holds anything as an article into an empty folder.

    :return: the number of articles.
    :raises InputError: if the corpus cannot be read, or the folder is not empty.
    """
    held = ((entry.source, entry.article) for entry in entries(corpus))
    return write_articles(((source, article) for source, article in held if article), folder, corpus)


def _qrels(path: Path, split: str | None) -> Path:
    """Return the file of a split, once it is sure that the folder's other files are there."""
    for name in (CORPUS, QUERIES):
        if not (path / name).is_file():
            raise InputError(f"{path} is a folder without {name}: give a file of gold, or a BEIR folder")
    files = {file.stem: file for file in sorted((path / QRELS).glob("*.tsv")) if not file.name.startswith(".")}
    if not files:
        raise InputError(f"{path} has no {QRELS}/*.tsv: add the judgements of a split, such as {QRELS}/test.tsv")
    if split is None:
        split = _DEFAULT_SPLIT if _DEFAULT_SPLIT in files else next(iter(files))
        if split != _DEFAULT_SPLIT and len(files) > 1:
            raise UsageError(f"{path} has the splits {', '.join(files)}: choose one by --split")
    if split not in files:
        raise UsageError(f"{path} holds no question of the split {split!r}: it has {', '.join(files)}")
    return files[split]


def _asked(path: Path, judged: Sequence[Judgement]) -> list[Query]:
    """Return the queries that are judged, in their order."""
    wanted = {each.query for each in judged}
    return [query for query in queries(path) if query.id in wanted]


def _documents(path: Path, judged: Sequence[Judgement]) -> tuple[dict[str, str], set[str]]:
    """Return the id of each document by its article, and the relevant ones that the index finds something in."""
    relevant = {each.document for each in judged if each.score > 0}
    names, readable = {}, set()
    for entry in entries(path):
        names[entry.source] = entry.id
        if entry.id in relevant and _readable(entry):
            readable.add(entry.id)
    if not names:
        raise InputError(f"{path} holds no document: add a line for each")
    return names, readable


def _notices(
    qrels: Path, judged: Sequence[Judgement], asked: Sequence[Query], documents: Collection[str]
) -> Iterator[str]:
    """Yield what is judged and not there, in words."""
    queries_there, documents_there = {query.id for query in asked}, set(documents)
    lost = [each for each in judged if each.query not in queries_there]
    if lost:
        names = len({each.query for each in lost})
        yield f"{qrels} line {lost[0].line}: judged, but not in {QUERIES}, so that nothing can be asked: {names}"
    lost = [each for each in judged if each.score > 0 and each.document not in documents_there]
    if lost:
        names = len({each.document for each in lost})
        yield f"{qrels} line {lost[0].line}: relevant, but not in {CORPUS}, so that nobody can find it: {names}"


def _language(asked: Sequence[Query]) -> str:
    """Return the language of a sample of queries, from the first to the last of them."""
    step = -(-len(asked) // _SAMPLE)
    return language_of("\n".join(query.text for query in asked[::step]))


def _readable(entry: Entry) -> bool:
    """Say whether the index finds more in an article than white space and a page's furniture."""
    data = entry.article.encode()
    try:
        text = extract(data, entry.source).text
    except DocumentError:
        return False
    kept = list(text)
    for start, end in layout(text, 0, False).left_out:
        kept[start:end] = " " * (end - start)
    return len(data) <= MAX_FILE_BYTES and bool("".join(kept).strip())


def _cut(text: str) -> str:
    """Return a query, cut after a word if it is longer than a question may be."""
    text = text.strip()
    if len(text) <= MAX_CHARS:
        return text
    return text[: MAX_CHARS + 1].rpartition(" ")[0].rstrip() or text[:MAX_CHARS]
