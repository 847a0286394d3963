"""The reader that comes with Sourcier, and the spans taken from what a reader says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.encoder import embedded
from index.errors import ModelError
from index.types import Passage
from index.words import pack
from qa.best_spans import log_sum, sentence_scores, span_score, trimmed
from qa.question import wants_sentence
from qa.reader import READER_FOLDER, EmbeddedReader, embedded_reader
from qa.types import TokenScores
from qa.weights import load_weights


def passage(text: str) -> Passage:
    return Passage(0, "d", 0, len(text), text, (), pack(embedded().words_of([text])[0]))


def best(question: str, text: str) -> str:
    said = embedded_reader().scores(question, [passage(text)])[0]
    found = sentence_scores(said, 0, len(text))
    assert found
    return text[slice(*found.span)]


@pytest.mark.parametrize(
    ("question", "text", "wanted"),
    [
        ("Who wrote the report?", "The report was written by Marie Curie in Paris. It was long.", "Marie Curie"),
        ("Qui a écrit le rapport ?", "Le rapport a été écrit par Marie Curie à Paris. Il est long.", "Marie Curie"),
        ("When was the bridge built?", "Le pont a été construit en 1887 par Gustave Eiffel.", "1887"),
        ("Quand le pont a-t-il été construit ?", "The bridge was built in 1887 by Gustave Eiffel.", "1887"),
    ],
)
def test_it_reads_in_all_four_directions(question: str, text: str, wanted: str) -> None:
    assert wanted in best(question, text)


def test_a_passage_that_answers_scores_above_one_that_does_not() -> None:
    right, wrong = (
        embedded_reader().scores("Who founded the company?", [passage(text)])[0]
        for text in ("The company was founded by Ada Lovelace.", "Rain fell on the northern hills all week.")
    )
    margins = [float(said.starts.max() + said.ends.max()) - said.none for said in (right, wrong)]
    assert margins[0] > margins[1]


def test_the_weights_were_fitted_on_this_very_reader() -> None:
    assert load_weights().reader == embedded_reader().identity


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("reader.json", "rows.safetensors", "body.onnx"):
        shutil.copyfile(READER_FOLDER / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("name", ["reader.json", "rows.safetensors", "body.onnx"])
def test_a_damaged_file_is_refused(copy: Path, name: str) -> None:
    (copy / name).write_bytes((copy / name).read_bytes()[:100])
    with pytest.raises(ModelError, match=f"cannot load the reader in {copy} .*: install Sourcier again"):
        EmbeddedReader(copy)


@pytest.mark.parametrize(("field", "value"), [("format", 99), ("encoder", "another")])
def test_one_of_another_format_or_encoder_is_refused(copy: Path, field: str, value: object) -> None:
    told = json.loads((copy / "reader.json").read_text("utf-8"))
    (copy / "reader.json").write_text(json.dumps({**told, field: value}), "utf-8")
    with pytest.raises(ModelError, match=str(value)):
        EmbeddedReader(copy)


def token_scores(starts: list[float], ends: list[float]) -> TokenScores:
    offsets = np.asarray([(3 * n, 3 * n + 2) for n in range(len(starts))])
    return TokenScores(offsets, np.asarray(starts, np.float32), np.asarray(ends, np.float32), 0.0)


def test_the_best_span_of_a_sentence_by_hand() -> None:
    scores = token_scores([0.0, 5.0, 1.0, 9.0], [7.0, 1.0, 2.0, 0.0])  # words at 0, 3, 6 and 9
    found = sentence_scores(scores, 0, 9)
    assert found is not None
    assert (found.span, found.score) == ((0, 2), 7.0)  # 5 + 2 and 0 + 7 tie, the first counts; never backwards
    sums = [0 + 7, 0 + 1, 0 + 2, 5 + 1, 5 + 2, 1 + 2]
    assert found.weight == pytest.approx(np.log(np.exp(sums).sum()))
    assert sentence_scores(scores, 100, 200) is None
    assert span_score(scores, (3, 8)) == 5.0 + 2.0


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=12), st.data())
def test_the_best_span_is_the_best_by_brute_force(starts: list[float], data: st.DataObject) -> None:
    ends = data.draw(st.lists(st.floats(-9, 9), min_size=len(starts), max_size=len(starts)))
    scores = token_scores(starts, ends)
    found = sentence_scores(scores, 0, 3 * len(starts))
    every = [scores.starts[i] + scores.ends[j] for i in range(len(starts)) for j in range(i, len(starts))]
    assert found is not None
    assert found.score == pytest.approx(max(every), abs=1e-4)
    assert found.weight == pytest.approx(log_sum([float(each) for each in every]), abs=1e-3)


@pytest.mark.parametrize(
    ("text", "taken", "whole", "wanted"),
    [
        ("Il vaut 13 milliards de dollars.", "13", [(8, 31)], "13 milliards de dollars"),
        ("dit Sam Altman, le patron", "Altman,", [(4, 14)], "Sam Altman"),
        ("(le projet « Stargate » )", "« Stargate", [], "« Stargate"),
        ("la clause (dite AGI) tombe", "clause (dite AGI", [], "clause (dite AGI)"),
        ("Fin : 2030.", ": 2030.", [], "2030"),
        ("…", "…", [], "…"),
    ],
)
def test_a_span_is_trimmed_to_what_belongs_together(
    text: str, taken: str, whole: list[tuple[int, int]], wanted: str
) -> None:
    start = text.index(taken)
    assert text[slice(*trimmed(text, (start, start + len(taken)), whole))] == wanted


@given(st.text(max_size=40), st.data())
def test_trimming_stays_inside_the_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = trimmed(text, (start, end))
    assert 0 <= first <= last <= len(text)


@pytest.mark.parametrize(
    "question",
    [
        *("Pourquoi Microsoft investit-il ?", "Comment fonctionne l'accord ?", "Why did it fail?", "How does it work?"),
        *("Est-ce que Google investit ?", "Microsoft peut-il partir ?", "Is OpenAI profitable?", "Did Apple buy it?"),
    ],
)
def test_why_how_and_whether_want_a_sentence(question: str) -> None:
    assert wants_sentence(question)


@pytest.mark.parametrize(
    "question",
    [
        *("Qui dirige Microsoft ?", "Combien vaut-elle ?", "Quand l'accord finit-il ?", "Que vend-elle ?"),
        *("Who leads it?", "How much is it?", "What does it sell?", "Où se trouve-t-il ?"),
    ],
)
def test_other_questions_want_a_span(question: str) -> None:
    assert not wants_sentence(question)
