"""Reactions on disk: what is kept, what is refused, and that nothing tears or is lost."""

import json
import multiprocessing
import os
import re
import stat
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa.feedback
from index.build import bring_up_to_date
from index.errors import IndexFolderError, InputError
from qa.append import append_line, json_line
from qa.feedback import (
    FEEDBACK_FILE,
    MAX_COMMENT,
    MAX_LINE,
    Cited,
    Feedback,
    Stored,
    one_line_comment,
    read_feedback,
    store_feedback,
)

CITED = Cited("a.txt", "67 mètres", "Il mesure 67 mètres.", 10, 19, "0" * 64)
ONE = Feedback(
    id="0" * 16,
    time="2025-05-01T12:00:00Z",
    question="Combien mesure-t-il ?",
    read_as="Combien mesure Cordouan ?",
    language="fr",
    previous=("Qui est Cordouan ?",),
    answer="67 mètres",
    citations=(CITED,),
    confidence=0.83,
    reaction="right",
    comment="oui",
    index_version="abc",
)


def numbered(number, **changes):
    return replace(ONE, id=f"{number:016x}", **changes)


def test_what_is_stored_is_read_back(tmp_path):
    refused = numbered(1, answer=None, read_as=None, citations=(), previous=(), reaction="wrong", comment="")
    for each in (ONE, refused):
        assert store_feedback(tmp_path, each) == tmp_path / FEEDBACK_FILE
    assert read_feedback(tmp_path) == Stored((ONE, refused), ())
    told = [json.loads(line) for line in (tmp_path / FEEDBACK_FILE).read_text("utf-8").splitlines()]
    assert [each["schema"] for each in told] == [1, 1]
    assert told[0]["citations"] == [
        {
            "source": "a.txt",
            "quote": "67 mètres",
            "sentence": "Il mesure 67 mètres.",
            "start": 10,
            "end": 19,
            "sha256": "0" * 64,
        }
    ]


def test_there_may_be_none(tmp_path):
    assert read_feedback(tmp_path) == Stored((), ())


def test_an_answer_becomes_a_record(seeds_session):
    answer = seeds_session.ask("Et Stargate ?", previous=["Combien coûte Windsurf ?"])
    made = Feedback.of_answer(answer, "wrong_source", " a\n\x07b ", ["Combien coûte Windsurf ?"], feedback_id="f" * 16)
    assert (made.question, made.read_as) == ("Et Stargate ?", "Combien coûte Stargate ?")
    assert (made.reaction, made.comment, made.previous) == ("wrong_source", "a b", ("Combien coûte Windsurf ?",))
    assert (made.answer, made.index_version) == (answer.text, seeds_session.index.version)
    assert made.citations[0].quote == answer.text
    assert made.citations[0].quote in made.citations[0].sentence
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made.time)
    assert Feedback.from_json(json.loads(json_line(made.to_json()))) == made
    for reaction, name in (("good", "f" * 16), ("right", "x"), ("right", "")):
        with pytest.raises(ValueError, match="want one of right, wrong, wrong_source"):
            Feedback.of_answer(answer, reaction, feedback_id=name)


def test_the_last_word_on_an_answer_counts(tmp_path):
    for each in (ONE, numbered(1), replace(ONE, reaction="wrong"), replace(ONE, reaction="wrong", comment="non")):
        store_feedback(tmp_path, each)
    assert [(each.reaction, each.comment) for each in read_feedback(tmp_path).feedback] == [
        ("wrong", "non"),
        ("right", "oui"),
    ]
    assert (tmp_path / FEEDBACK_FILE).read_text("utf-8").count("\n") == 4  # nothing is taken away


def test_a_torn_last_line_is_passed_over_and_the_next_one_is_whole(tmp_path):
    path = tmp_path / FEEDBACK_FILE
    store_feedback(tmp_path, ONE)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:70])
    assert read_feedback(tmp_path) == Stored((ONE,), ())
    store_feedback(tmp_path, numbered(1))
    stored = read_feedback(tmp_path)
    assert stored.feedback == (ONE, numbered(1))
    assert stored.damaged == ((2, "no whole line of JSON"),)
    path.write_bytes(whole.rstrip(b"\n"))  # torn of its line end alone
    assert read_feedback(tmp_path) == Stored((ONE,), ())
    store_feedback(tmp_path, numbered(1))
    assert read_feedback(tmp_path) == Stored((ONE, numbered(1)), ())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda told: told | {"schema": 2}, "schema 2, this Sourcier reads 1"),
        (lambda told: {name: told[name] for name in told if name != "schema"}, "schema None"),
        (lambda told: told | {"reaction": "good"}, "reaction is not as it was written"),
        (lambda told: told | {"reaction": ["right"]}, "reaction is not as it was written"),
        (lambda told: told | {"question": 5}, "question is not"),
        (lambda told: told | {"answer": 5}, "answer is not"),
        (lambda told: told | {"previous": [5]}, "previous is not"),
        (lambda told: told | {"previous": None}, "not as it was written"),
        (lambda told: told | {"extra": 5}, "not as it was written"),
        (lambda told: told | {"citations": [{"source": "a"}]}, "not as it was written"),
        (lambda told: told | {"citations": 5}, "not as it was written"),
        (lambda told: told | {"citations": [told["citations"][0] | {"quote": 5}]}, "citations is not"),
        (lambda told: told | {"citations": [told["citations"][0] | {"start": "x"}]}, "citations is not"),
        (lambda _: [], "no whole line of JSON"),
    ],
)
def test_damaged_lines_are_told_by_number(tmp_path, change, why):
    path = tmp_path / FEEDBACK_FILE
    damaged = json.dumps(change(json.loads(json_line(ONE.to_json())))).encode()
    path.write_bytes(json_line(ONE.to_json()) + b"\n" + damaged + b"\n\xff\xfe{}\n" + json_line(numbered(1).to_json()))
    stored = read_feedback(tmp_path)
    assert stored.feedback == (ONE, numbered(1))
    assert [number for number, _ in stored.damaged] == [3, 4]
    assert why in stored.damaged[0][1]


@given(st.text(max_size=3 * MAX_COMMENT) | st.text("\n\r\x00\x1b\u2028\ud800 a", max_size=50))
def test_comments_are_one_clean_line(text):
    kept = one_line_comment(text)
    assert len(kept) <= MAX_COMMENT
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", kept)
    assert kept == kept.strip()
    assert kept.encode().decode() == kept


def test_a_long_answer_loses_its_last_citations_first_then_the_oldest_questions(tmp_path):
    long = replace(ONE, citations=tuple(replace(CITED, sentence="é" * 9_000, start=place) for place in range(4)))
    store_feedback(tmp_path, long)
    (kept,) = read_feedback(tmp_path).feedback
    assert kept.citations == long.citations[:3]
    store_feedback(tmp_path, numbered(1, previous=tuple("é" * 1_999 + str(place) for place in range(20))))
    assert read_feedback(tmp_path).feedback[1].previous[-1][-2:] == "19"
    assert max(map(len, (tmp_path / FEEDBACK_FILE).read_bytes().splitlines())) < MAX_LINE
    with pytest.raises(InputError, match="too long to be kept"):
        store_feedback(tmp_path, numbered(2, answer="é" * 40_000))


def test_a_full_file_is_refused_with_the_remedy_and_stays_as_it_is(tmp_path, monkeypatch):
    size = len(json_line(ONE.to_json()))
    monkeypatch.setattr(qa.feedback, "MAX_FILE", 2 * size + 10)
    store_feedback(tmp_path, ONE)
    store_feedback(tmp_path, numbered(1))
    before = (tmp_path / FEEDBACK_FILE).read_bytes()
    with pytest.raises(
        IndexFolderError, match=r"has reached 0 MB: review it by `sourcier gold from-feedback`, then move it"
    ):
        store_feedback(tmp_path, numbered(2))
    assert (tmp_path / FEEDBACK_FILE).read_bytes() == before


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / FEEDBACK_FILE).mkdir()
    with pytest.raises(IndexFolderError, match=r"cannot write .*feedback\.jsonl \(Is a directory\): keep the index"):
        store_feedback(tmp_path, ONE)
    with pytest.raises(InputError, match="is a folder"):
        read_feedback(tmp_path)
    with pytest.raises(IndexFolderError, match="No such file or directory"):
        store_feedback(tmp_path / "gone", ONE)


def test_a_write_that_stops_halfway_is_told(tmp_path, monkeypatch):
    path = tmp_path / "a.jsonl"
    append_line(path, b"1\n")
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:1]))
    with pytest.raises(OSError, match="No space left"):
        append_line(path, b"23\n")
    monkeypatch.undo()
    append_line(path, b"4\n")
    assert path.read_bytes() == b"1\n2\n4\n"


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
def test_only_its_owner_may_read_it(tmp_path):
    assert stat.S_IMODE(store_feedback(tmp_path, ONE).stat().st_mode) == 0o600


def _store_many(index, first):
    for number in range(first, first + 50):
        store_feedback(index, numbered(number, comment="é" * MAX_COMMENT))


def test_several_processes_write_whole_lines(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_store_many, args=(tmp_path, 50 * place)) for place in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    stored = read_feedback(tmp_path)
    assert stored.damaged == ()
    assert sorted(int(each.id, 16) for each in stored.feedback) == list(range(150))
    # one that sees another's line half written ends it too, which makes an empty line: no harm
    assert len([line for line in (tmp_path / FEEDBACK_FILE).read_bytes().split(b"\n") if line]) == 150


def test_it_outlives_a_build(make_folder):
    folder = make_folder({"a.txt": "Le phare de Cordouan mesure 67 mètres.\n"})
    bring_up_to_date(folder)
    store_feedback(folder / ".sourcier", ONE)
    make_folder({"b.txt": "Le phare de Planier mesure 68 mètres.\n"})
    bring_up_to_date(folder)
    bring_up_to_date(folder, rebuild=True)
    assert read_feedback(folder / ".sourcier") == Stored((ONE,), ())
