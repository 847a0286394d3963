"""The readings to cite: the best one, and those of other documents that answer the same question."""

from __future__ import annotations

from collections.abc import Sequence

from index.protocols import Index
from qa.compare import Given, compare
from qa.copies import copies
from qa.same_point import Point, answers_as_asked, features_of, of_another_year, point, same_point
from qa.spans import find_spans
from qa.types import Agreement, AnswerKind, Citation, Question, Reading
from qa.values import Value, comparable, read_value, same
from qa.weights import SamePoint

OTHERS = 4  # at most so many other documents are cited beside the answer's
_CONSIDERED = 4  # readings of one document that may answer; those below are further off still
_AT_ALL = 20  # and of all documents


def cite(
    index: Index, question: Question, readings: Sequence[Reading], model: SamePoint
) -> tuple[tuple[Citation, ...], Agreement]:
    """Return the citation of the best reading, those of others on the same point, and what they say together.

    :param model: what tells whether another reading answers the same question.
    """
    best = point(index, question, readings[0])
    chosen = [(best, 1.0)]
    if readings[0].typed:
        chosen += choose(best, candidates(index, question, best, readings[1:]), model)
    points = [each for each, _ in chosen]
    copied = _copies(index, points)
    cited = tuple(
        _citation(index, question, number, each, None if first is None else first + 1)
        for number, (each, first) in enumerate(zip(points, copied, strict=True), start=1)
    )
    kind = question.kind if readings[0].typed else AnswerKind.OTHER
    return cited, compare(kind, given_of(question, chosen, [first is not None for first in copied], model))


def choose(best: Point, found: Sequence[tuple[Point, dict[str, float]]], model: SamePoint) -> list[tuple[Point, float]]:
    """Return the likeliest reading of each other document that answers the same question, with its probability.

    :param found: the readings that may, with what tells whether they do.
    """
    likely = [
        (other, chance)
        for other, features in found
        if other.document != best.document  # one article that says two things is for its reader to judge
        and (chance := same_point(model.weights, features)) >= model.listed
    ]
    likely.sort(key=lambda each: -each[1])
    chosen: dict[str, tuple[Point, float]] = {}
    for other, chance in likely:
        chosen.setdefault(other.document, (other, chance))
    others = list(chosen.values())[:OTHERS]
    return sorted(others, key=lambda each: not same(each[0].value, best.value))  # first those that confirm the answer


def given_of(
    question: Question, chosen: Sequence[tuple[Point, float]], copied: Sequence[bool], model: SamePoint
) -> list[Given]:
    """Return what the best reading and those chosen beside it give.

    :param copied: whether the article of each is a copy of another's.
    """
    least = 2.0 if model.sure is None else model.sure
    sure = [answers_as_asked(question, chosen[0][0]), *(chance >= least for _, chance in chosen[1:])]
    return [
        Given(each.value, each.document, each.reading.hit.document.date, surely, copy)
        for (each, _), surely, copy in zip(chosen, sure, copied, strict=True)
    ]


def candidates(
    index: Index, question: Question, best: Point, readings: Sequence[Reading]
) -> list[tuple[Point, dict[str, float]]]:
    """Return the readings whose value can be set beside the best one's, with what tells whether to."""
    found: dict[str, list[Point]] = {}
    for reading in readings:
        if sum(map(len, found.values())) == _AT_ALL:
            break
        told = found.setdefault(reading.hit.passage.doc_id, [])
        if reading.typed and len(told) < _CONSIDERED:
            other = point(index, question, reading)
            if comparable(best.value, other.value) and not of_another_year(question, other):
                told.append(other)
    own = found.get(best.document, [])
    return [
        (other, features_of(question, best, other, [best, *told] if told is own else told))
        for told in found.values()
        for other in told
    ]


def _copies(index: Index, points: Sequence[Point]) -> list[int | None]:
    """Return for each reading the place of the first whose article its own is a copy of, if they give the same value.

    An article that changed the value is no mere copy.
    """
    found: list[int | None] = [None] * len(points)
    texts: dict[str, str] = {}
    for place, each in enumerate(points):
        alike = [
            other
            for other in range(place)
            if found[other] is None
            and points[other].document != each.document
            and same(points[other].value, each.value)
        ]
        if not alike:
            continue
        for document in (points[other].document for other in (*alike, place)):
            if document not in texts:
                texts[document] = index.passages.text(document)
        found[place] = next(
            (other for other in alike if copies([texts[points[other].document], texts[each.document]])[1] == 0),
            None,
        )
    return found


def _citation(index: Index, question: Question, number: int, each: Point, copy_of: int | None) -> Citation:
    document, sentence, span = each.reading.hit.document, each.reading.sentence, each.reading.span
    start, end = span.start - sentence.start, span.end - sentence.start
    return Citation(
        number=number,
        source=document.source,
        title=document.title,
        date=document.date,
        line=index.passages.line(document.doc_id, span.start),
        start=span.start,
        end=span.end,
        quote=each.sentence[start:end],
        sentence=(sentence.start, sentence.end, each.sentence),
        sha256=document.sha256,
        extraction=document.extraction,
        copy_of=copy_of,
        beside=_beside(question.kind, each) if each.reading.typed else (),
        page=index.passages.page(document.doc_id, span.start),
    )


def _beside(kind: AnswerKind, each: Point) -> tuple[str, ...]:
    """Return the other values of a figure's kind in its sentence: what was, maybe, beside what is."""
    if each.value.family != "figure":
        return ()
    told: list[Value] = [each.value]
    for start, end in find_spans(each.sentence, kind):
        value = read_value(kind, each.sentence, start, end)
        if comparable(value, each.value) and not any(same(value, other) for other in told):
            told.append(value)
    return tuple(value.words for value in told[1:])
