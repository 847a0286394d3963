"""A document to passages: exact slices that hold whole sentences.

langchain-text-splitters proposes the cuts (overlap 0, nothing stripped, separators
kept, so that the chunks joined are the source); each cut then moves back to the
start of the sentence it falls in, or of the heading that announces it. A passage that
the encoder would not read whole is halved until it does. What the layout left out
belongs to no passage.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from index.lines import lines
from index.sentences import line_sentences
from index.types import Document, Passage, Range, Sentence

if TYPE_CHECKING:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

PASSAGE_CHARS = 700
_HEADINGS_KEPT = 3  # of those right above a sentence, how many stay with it
_WINDOW = 200_000  # the splitter's memory grows with its input: it sees no more than this at a time
_WORD_START = re.compile(r"(?<=\s)\S")
_SEPARATORS = ["\n\n", "\r\n\r\n", "\n", ". ", "! ", "? ", "; ", ", ", " ", ""]

Fits = Callable[[Sequence[str]], list[bool]]


def passages_of(
    document: Document, first_id: int = 0, max_chars: int = PASSAGE_CHARS, fits: Fits | None = None
) -> list[Passage]:
    """Cut a document into passages of about `max_chars` characters at most, that fit the encoder.

    Passages and `document.left_out` together cover every character that is not
    white space. Only a sentence longer than a passage may be is ever cut; a passage
    outgrows `max_chars` only by the sentence or heading that a cut moved back over.

    :param fits: says of each text whether the encoder reads it whole; by default all do.
    """
    passages: list[Passage] = []
    for kept in _kept(document):
        sentences = _sentences(document, kept)
        starts = [sentence.start for sentence in sentences]
        ends = [sentence.end for sentence in sentences]
        slices: Iterable[Range] = _slices(document.text, kept, sentences, max_chars)
        if fits:
            slices = _fitting(document.text, list(slices), sentences, fits)
        for start, end in slices:
            inside = sentences[bisect_right(ends, start) : bisect_left(starts, end)]
            if inside:
                clipped = tuple(Sentence(max(s.start, start), min(s.end, end), s.heading) for s in inside)
                text = document.text[start:end]
                passages.append(Passage(first_id + len(passages), document.doc_id, start, end, text, clipped))
    return passages


def _kept(document: Document) -> Iterator[Range]:
    """Yield the stretches of text between what was left out."""
    position = 0
    for start, end in (*document.left_out, (len(document.text), len(document.text))):
        if document.text[position:start].strip():
            yield position, start
        position = max(position, end)


def _sentences(document: Document, kept: Range) -> list[Sentence]:
    """Return the sentences of a stretch; a heading is one sentence, whatever stops it holds."""
    headings = set(document.headings)
    sentences: list[Sentence] = []
    for line in lines(document.text, *kept):
        if line in headings:
            sentences.append(Sentence(*line, heading=True))
        else:
            sentences += (Sentence(start, end) for start, end in line_sentences(document.text, *line))
    return sentences


def _slices(text: str, kept: Range, sentences: list[Sentence], max_chars: int) -> Iterator[Range]:
    """Yield contiguous slices of a stretch, cut where a sentence or its heading begins."""
    starts = [sentence.start for sentence in sentences]
    previous, stop = kept
    for proposed in _proposed_cuts(text, kept, max_chars):
        if proposed <= previous:
            continue  # in the blanks before the first sentence
        at = max(bisect_right(starts, proposed) - 1, 0)
        first = at
        while first > max(0, at - _HEADINGS_KEPT) and sentences[first - 1].heading:
            first -= 1
        cut = starts[first]
        if cut <= previous:
            if proposed == starts[at] or sentences[at].heading:
                continue  # between a heading and what it announces
            cut = proposed  # inside a sentence longer than a passage
        yield previous, cut
        previous = cut
    yield previous, stop


def _fitting(text: str, slices: list[Range], sentences: list[Sentence], fits: Fits) -> Iterator[Range]:
    """Yield slices, halved until each fits."""
    whole = fits([text[start:end] for start, end in slices])
    for (start, end), fit in zip(slices, whole, strict=True):
        if fit or end - start <= 1:
            yield start, end
        else:
            cut = _halfway(text, (start, end), sentences)
            yield from _fitting(text, [(start, cut), (cut, end)], sentences, fits)


def _halfway(text: str, piece: Range, sentences: list[Sentence]) -> int:
    """Return where to cut a slice in two: where a sentence begins, or a word if there is but one."""
    start, end = piece
    middle = (start + end) // 2
    first = 1 + bisect_right(sentences, start, key=lambda sentence: sentence.end)
    last = bisect_left(sentences, end, key=lambda sentence: sentence.start)
    cuts = [sentences[at].start for at in range(first, last) if not sentences[at - 1].heading]
    cuts = cuts or [sentence.start for sentence in sentences[first:last]]
    cuts = cuts or [match.start() for match in _WORD_START.finditer(text, start + 1, end)]
    return min(cuts, key=lambda cut: abs(cut - middle), default=middle)


def _proposed_cuts(text: str, kept: Range, max_chars: int) -> Iterator[int]:
    """Yield the offsets, inside a stretch, at which the splitter would cut it."""
    begin, stop = kept
    for window in range(begin, stop, _WINDOW):
        position = window
        for chunk in _splitter(max_chars).split_text(text[window : min(stop, window + _WINDOW)]):
            position += len(chunk)
            if position < stop:
                yield position


@cache
def _splitter(max_chars: int) -> RecursiveCharacterTextSplitter:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    return RecursiveCharacterTextSplitter(
        separators=_SEPARATORS,
        chunk_size=max_chars,
        chunk_overlap=0,
        strip_whitespace=False,
        keep_separator="end",
    )
