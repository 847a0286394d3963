"""Citations against the files on disk: what became of each, and what is no citation."""

import copy
import json
import os
from pathlib import Path

import pytest
from answer_lines import QUOTE, SENTENCE, TEXT, cite, line

from index.errors import InputError, VerificationError
from index.formats import Extracted
from qa.cited_files import Files, Status
from qa.gold import read_gold
from qa.schema import answer_json
from qa.verify import tally, verify_answers, verify_file

FAILED = json.dumps({"schema": 1, "id": None, "error": {"kind": "input", "message": "..."}})


def check(folder, *lines):
    return list(verify_answers(lines, folder))


def found(folder, **changed):
    (checked,) = check(folder, line(cite(**changed)))
    (citation,) = checked.citations
    return citation.found


def test_true_citations_stand(make_folder):
    folder = make_folder({"a.txt": TEXT, "sub/b.txt": "\ufeff" + TEXT})
    marked = cite("\ufeff" + TEXT, number=2, source="sub/b.txt")
    checked = check(folder, line(cite(), marked), "", line(), FAILED, line(cite(), id=None))
    assert [(each.line, each.answer.id, each.answer.outcome) for each in checked] == [
        (1, "q1", "answered"),
        (3, "q1", "refused"),
        (4, None, "failed"),
        (5, None, "answered"),
    ]
    told = [(each.number, each.cited.source, each.found.status) for one in checked for each in one.citations]
    assert told == [(1, "a.txt", "unchanged"), (2, "sub/b.txt", "unchanged"), (1, "a.txt", "unchanged")]
    total = tally(checked)
    assert (total.answers, total.citations, total.refused, total.failed, total.problems) == (2, 3, 1, 1, 0)
    assert total.counts[Status.UNCHANGED] == 3
    total.require()


def test_every_citation_of_real_answers_stands(seeds_session):
    gold = read_gold(Path(__file__).parent / "data" / "seeds_gold.jsonl")
    lines = [json.dumps(answer_json(seeds_session.ask(example.question))) for example in gold]
    total = tally(verify_answers(lines, seeds_session.index.folder))
    assert total.counts[Status.UNCHANGED] == total.citations >= total.answers > 0


@pytest.mark.parametrize(
    "now", [TEXT + "Ajout.", TEXT.replace("Titre", "Autre"), TEXT.replace("suite", "fin de tout"), TEXT[:-2] + " Bis."]
)
def test_a_quote_stands_when_other_parts_of_its_file_change(make_folder, now):
    told = found(make_folder({"a.txt": now}))
    assert (told.status, told.file_changed, told.detail) == ("unchanged", True, None)


@pytest.mark.parametrize(
    "now",
    [
        "X" + TEXT,
        TEXT.replace("Titre", "T"),
        TEXT.replace("\r\n", "\n"),
        f"Une ligne.\r\n{TEXT}",
        f"\ufeff\r\n{TEXT}",
        f"{SENTENCE[:-1]} {TEXT}",
    ],
)
def test_a_quote_that_moved_is_found_again(make_folder, now):
    folder = make_folder({"a.txt": now})
    told, text = found(folder), now.removeprefix("\ufeff")
    assert (told.status, told.file_changed) == ("moved", True)
    assert text[told.now.start : told.now.end] == QUOTE
    assert text[slice(*told.now.sentence)] == SENTENCE
    assert told.now.line == len(text[: told.now.start].splitlines())
    with pytest.raises(InputError):  # an answer to nothing
        verify_file(folder / "none.jsonl", folder)


def test_of_several_places_the_nearest_is_meant(make_folder):
    far, near = "Ligne.\n" * 30, "Mot.\n"
    now = f"{SENTENCE}\n{far}{near}{SENTENCE}\n{far}{SENTENCE}\n"
    was = f"{SENTENCE}\n{far}{SENTENCE}\n{far}{SENTENCE}\n"
    second = was.index(SENTENCE, 1)
    told = cite(was)
    shift = second - told["sentence"]["start"]
    told = {**told, "start": told["start"] + shift, "end": told["end"] + shift, "line": 32}
    told["sentence"] = {"start": second, "end": second + len(SENTENCE), "text": SENTENCE}
    folder = make_folder({"a.txt": was})
    assert Files(folder).check(told).status == "unchanged"
    make_folder({"a.txt": now})
    moved = Files(folder).check(told)
    assert (moved.status, moved.now.line, moved.now.sentence[0]) == ("moved", 33, second + len(near))


@pytest.mark.parametrize(
    ("now", "detail", "reads_now"),
    [
        (TEXT.replace("27 %", "33 %"), None, "Microsoft détient 33 % du capital."),
        (
            TEXT.replace("détient", "perd"),
            "the quote stands in it, in another sentence",
            "Microsoft perd 27 % du capital.",
        ),
        (TEXT.replace("27 %", "27\u00a0%"), "the same words stand in it, with other spaces", None),
        (TEXT.replace("détient 27", "détient\r\n27"), "the same words stand in it, with other spaces, line ends", None),
        (TEXT.replace("é", "e\u0301"), "or encoding of accents", None),
        (TEXT.replace(SENTENCE, "D" + SENTENCE), None, "DMicrosoft détient 27 % du capital."),
        (TEXT[: TEXT.index("27")], None, None),
        ("", None, None),
        ("Tout autre chose est écrit ici.", None, None),
    ],
)
def test_a_sentence_that_is_gone_from_its_file_is_changed(make_folder, now, detail, reads_now):
    told = found(make_folder({"a.txt": now}))
    assert (told.status, told.now, told.file_changed) == ("changed", None, True)
    assert (detail or "") in (told.detail or "")
    if reads_now and not detail:
        assert told.reads_now == reads_now


@pytest.mark.parametrize(
    "now",
    [
        "127 % du capital.",
        "3,27 % du capital.",
        "-27 % du capital.",
        "\u221227 % du capital.",
        "27 % du capital.e",
        "27 % du capital.\u0301",
        "e27 % du capital.",
    ],
)
def test_a_sentence_grown_together_with_a_word_does_not_stand(make_folder, now):
    was = {"text": "27 % du capital.", "sentence": "27 % du capital.", "quote": "27 %"}
    if now.endswith("e"):
        was = {name: value.rstrip(".") for name, value in was.items()}
        now = now.replace(".", "")
    assert found(make_folder({"a.txt": now}), **was).status == "changed"


def test_a_sentence_within_a_longer_one_is_told(make_folder):
    now = TEXT.replace(SENTENCE, f"Il est faux que {SENTENCE}")
    told = found(make_folder({"a.txt": now}))
    assert (told.status, told.detail) == ("moved", "it is a part of a longer sentence now: read it")


def test_a_file_that_is_gone_is_told_and_one_that_is_renamed_is_named(make_folder):
    folder = make_folder({"b.txt": "autre"})
    assert found(folder).status == "gone"
    assert found(folder, source="b.txt/a.txt").status == "gone"
    make_folder({"sub/b.txt": TEXT, "a2.md": TEXT})
    told = found(folder)
    assert (told.status, told.now.source, told.now.start) == ("renamed", "a2.md", TEXT.index(QUOTE))
    make_folder({"a.txt": "Un autre article a pris ce nom."})
    assert found(folder).now.source == "a2.md"
    make_folder({"a.txt": f"Reprise : {TEXT}"})
    assert found(folder).status == "moved"  # the file that is named comes first


def test_a_file_that_cannot_be_read_is_told(make_folder):
    folder = make_folder({"a.txt": b"\x00\x01\x02\x03" * 50, "passwords.ini": TEXT})
    told = found(folder)
    assert (told.status, told.now) == ("unreadable", None)
    assert told.detail.startswith("a.txt is not text")
    told = found(folder, source="passwords.ini")  # and its text is not shown
    assert told.status == "unreadable"
    assert "passwords.ini has no format that Sourcier reads" in told.detail


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(make_folder):
    folder = make_folder({"b.txt": "autre"})
    os.mkfifo(folder / "a.txt")
    told = found(folder)
    assert (told.status, told.detail) == ("unreadable", "a.txt is no regular file")


def test_a_copy_under_the_name_of_another_format_stops_nothing(make_folder):
    folder = make_folder({"b.pdf": TEXT})
    assert found(folder).status == "gone"
    make_folder({"c.txt": TEXT})
    told = found(folder)
    assert (told.status, told.now.source) == ("renamed", "c.txt")


@pytest.mark.parametrize("now", ["", None, b"\x00\x01\x02\x03" * 50])
def test_a_sentence_that_another_file_holds_now_is_told(make_folder, now):
    held = f"Reprise.\n\n{TEXT}"
    folder = make_folder({"b.txt": f"Microsoft détient 127 % du capital.\n3{SENTENCE}", "c.pdf": TEXT, "d.txt": held})
    if now is not None:
        make_folder({"a.txt": now})
    (checked,) = check(folder, line(cite(), cite(number=2, **moved_on(2))))
    assert {each.found.status.stands for each in checked.citations} == {False}
    for each in checked.citations:
        assert (each.found.now, each.found.elsewhere.source, each.found.elsewhere.line) == (None, "d.txt", 5)
        assert held[each.found.elsewhere.start : each.found.elsewhere.end] == each.quote


def moved_on(by):
    """Return what changes where another quote of the same sentence, some characters longer, is cited."""
    start = TEXT.index(QUOTE)
    return {"end": start + len(QUOTE) + by, "quote": TEXT[start : start + len(QUOTE) + by]}


def test_an_offset_on_another_line_has_moved(make_folder):
    told = found(make_folder({"a.txt": TEXT.replace("Titre\r\n\r\n", "Titre :\r\n")}))
    assert (told.status, told.now.start, told.now.line) == ("moved", TEXT.index(QUOTE), 2)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"quote": "28 %"}, 'the quote "28 %" is not where it says in its sentence'),
        ({"start": TEXT.index(QUOTE) + 1}, "is not where it says in its sentence"),
        ({"start": 3, "end": 3, "quote": ""}, 'the quote ""'),
        ({"start": 10**30, "end": 10**30 + 4}, "is not where it says"),
        ({"line": 1}, "has the quote on line 3, not 1"),
        ({"sentence": {"start": 0, "end": 5, "text": "Titre"}}, 'in its sentence "Titre"'),
        ({"start": 0, "end": 4, "sentence": {"start": 0, "end": 4, "text": "27 %"}}, 'reads "Titr" at 0-4, not "27 %"'),
        (
            {"start": 0, "end": 5, "quote": "Autre", "sentence": {"start": 0, "end": 5, "text": "Autre"}},
            'reads "Titre"',
        ),
        ({"start": -4, "end": 0, "quote": "x", "sentence": {"start": -4, "end": -3, "text": "x"}}, "is not where it"),
    ],
)
def test_a_forged_citation_is_invalid(make_folder, changed, says):
    told = Files(make_folder({"a.txt": TEXT})).check({**cite(), **changed})
    assert (told.status, told.now) == ("invalid", None)
    assert says in told.detail


@pytest.mark.parametrize(
    "source", ["../secret.txt", "sub/../../secret.txt", "/etc/hostname", ".hidden.txt", "", ".", "a\0.txt", "a\n.txt"]
)
def test_a_source_never_leads_out_of_the_folder(make_folder, source):
    folder = make_folder({"a.txt": TEXT, "sub/a.txt": TEXT, ".hidden.txt": TEXT})
    (folder.parent / "secret.txt").write_text(TEXT, newline="")
    told = found(folder, source=source)
    assert told.status == "invalid"
    assert "a source never leads out of it" in told.detail


def test_absolute_paths_into_the_folder_are_refused_too(make_folder):
    folder = make_folder({"a.txt": TEXT})
    assert found(folder, source=str(folder / "a.txt")).status == "invalid"


def test_a_format_that_another_version_reads_otherwise_is_no_forgery(make_folder, monkeypatch):
    page = f"<html><body><article><p>{SENTENCE}</p></article></body></html>"
    folder = make_folder({"a.html": page})
    monkeypatch.setattr("qa.cited_files.extract", lambda data, source: Extracted(f"Titre\n\n{SENTENCE}\n", "html/2"))
    told = found(folder, text=page, source="a.html", extraction="html/1")
    assert (told.status, told.file_changed, told.now.start) == ("moved", False, 7 + SENTENCE.index(QUOTE))
    monkeypatch.setattr("qa.cited_files.extract", lambda data, source: Extracted("Rien.", "html/2"))
    assert found(folder, text=page, source="a.html", extraction="html/1").status == "changed"


def test_it_goes_on_past_what_does_not_stand(make_folder):
    folder = make_folder({"a.txt": TEXT, "b.txt": "autre"})
    checked = check(
        folder,
        line(cite(source="none.txt", sha256="0"), cite(number=2)),
        "no answer at all",
        line(cite(source="b.txt", sha256="0")),
        line(cite(), answer="100 %"),
    )
    assert [citation.found.status for each in checked for citation in each.citations] == [
        *("gone", "unchanged", "changed", "unchanged"),
    ]
    assert [each.problem for each in checked if each.problem] == [
        "line 2: invalid JSON (Expecting value, column 1): give the lines that `sourcier batch -o OUT.jsonl` or"
        " `sourcier ask --json` writes",
        'line 4: the answer "100 %" is the quote of no citation',
    ]
    total = tally(checked)
    assert (total.lost, total.problems) == (2, 2)
    with pytest.raises(VerificationError) as error:
        total.require()
    assert str(error.value) == (
        "2 of 4 citations no longer stand: ask their questions again;"
        " 2 lines cannot be trusted: make them again by `batch` or `ask --json`"
    )


def test_evaluation_counts_only_what_stands_where_it_says(make_folder):
    files = Files(make_folder({"a.txt": TEXT, "b.txt": f"X. {TEXT}"}))
    assert files.problem(cite()) is None
    assert files.problem(cite(source="b.txt")) == "moved: b.txt"
    assert files.problem(cite(line=1)).startswith("invalid: the file is the one cited, and has the quote on line 3")


def without(told, *path):
    told = copy.deepcopy(told)
    inner = told
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "invalid JSON"),
        ("[]", "not an object"),
        ("[" * 100_000, "cannot be read"),
        ('{"answer": null, "citations": []}', "schema null, this Sourcier reads 1"),
        (line(schema=2), "schema 2, this Sourcier reads 1"),
        ('{"schema": 1, "citations": []}', "'answer' is missing"),
        ('{"schema": 1, "answer": null}', "'citations' is missing or is not a list"),
        (line(cite(start="0")), "a citation: the field 'start' is missing or is not a whole number"),
        (line(cite(page="3")), "'page' is missing or is not a whole number"),
        (line(cite(end=True)), "'end' is missing or is not a whole number"),
        (line(cite(source=None)), "'source' is missing or is not a text"),
        (line(cite(source="\ud800")), "'source' holds half a character"),
        (line(cite(), citations=["x"]), "a citation: not an object"),
        *(
            (line(without(cite(), name)), f"'{name}' is missing")
            for name in cite()
            if name not in ("quote", "extraction")
        ),
        (line(without(cite(), "sentence", "text")), "the sentence of citation 1: the field 'text' is missing"),
        ('{"id": "\udcff"}', "not UTF-8"),
    ],
)
def test_a_line_that_is_no_answer_is_named(make_folder, text, says):
    good, bad = check(make_folder({"a.txt": TEXT}), line(cite()), text)
    assert (good.problem, bad.answer, bad.citations) == (None, None, ())
    assert bad.problem.startswith("line 2: ")
    assert says in bad.problem


def test_verify_file_reads_a_file(make_folder, tmp_path):
    folder = make_folder({"a.txt": TEXT})
    path = tmp_path / "out.jsonl"
    path.write_text("\ufeff" + line(cite()) + "\n", "utf-8")
    assert tally(verify_file(path, folder)).counts[Status.UNCHANGED] == 1
    with pytest.raises(InputError, match=r"no folder at .*: give the folder of articles"):
        verify_file(path, tmp_path / "none")
    with pytest.raises(InputError, match=r"no file at .*: check the path"):
        verify_file(tmp_path / "none.jsonl", folder)
