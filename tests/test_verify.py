"""Citations against the files on disk: what stands, what does not, and what is no citation."""

import copy
import hashlib
import json
from pathlib import Path

import pytest

from index.errors import InputError, VerificationError
from qa.gold import read_gold
from qa.schema import answer_json
from qa.verify import Verification, tally, verify_answers, verify_file

TEXT = "Titre\r\n\r\nMicrosoft détient 27 % du capital. OpenAI prépare la suite.\r\n"
START = TEXT.index("27")
SENTENCE = (TEXT.index("Microsoft"), TEXT.index(" OpenAI"))


def citation(**changed):
    told = {
        "number": 1,
        "source": "a.txt",
        "line": 3,
        "start": START,
        "end": START + 4,
        "quote": "27 %",
        "sentence": {"start": SENTENCE[0], "end": SENTENCE[1], "text": TEXT[slice(*SENTENCE)]},
        "sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
    }
    return {**told, **changed}


def line(*citations, **changed):
    told = {"schema": 1, "id": "q1", "answer": citations[0]["quote"] if citations else None, "citations": [*citations]}
    return json.dumps({**told, **changed})


def check(folder, *lines):
    return tally(verify_answers(lines, folder, "out.jsonl"))


def test_true_citations_stand(make_folder):
    folder = make_folder({"a.txt": TEXT, "sub/b.txt": "\ufeff" + TEXT})
    with_mark = citation(number=2, source="sub/b.txt", sha256=hashlib.sha256(("\ufeff" + TEXT).encode()).hexdigest())
    lines = [
        line(citation(), with_mark),
        "",
        line(),  # an abstention
        json.dumps({"schema": 1, "id": None, "error": {"kind": "input", "message": "..."}}),
        line(citation(), id=None),
    ]
    verdicts = list(verify_answers(lines, folder))
    assert [(verdict.line, verdict.id, verdict.number, verdict.source, verdict.changed) for verdict in verdicts] == [
        (1, "q1", 1, "a.txt", False),
        (1, "q1", 2, "sub/b.txt", False),
        (5, None, 1, "a.txt", False),
    ]
    assert tally(verdicts) == Verification(answers=2, citations=3, changed=())


def test_every_citation_of_real_answers_stands(seeds_session):
    gold = read_gold(Path(__file__).parent / "data" / "seeds_gold.jsonl")
    lines = [json.dumps(answer_json(seeds_session.ask(example.question))) for example in gold]
    found = check(seeds_session.index.folder, *lines)
    assert found.citations >= found.answers > 0
    assert found.changed == ()


@pytest.mark.parametrize(
    "now",
    [TEXT + "Ajout.", TEXT.replace("Titre", "Autre"), TEXT.replace("\r\n", "  "), TEXT.replace("suite", "fin de tout")],
)
def test_a_quote_stands_when_other_parts_of_its_file_change(make_folder, now):
    folder = make_folder({"a.txt": now})
    assert check(folder, line(citation()), line(citation())) == Verification(2, 2, ("a.txt",))


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (TEXT.replace("27 %", "33 %"), ["a.txt has changed", '"33 %"', f"at {START}-{START + 4}", 'not "27 %"']),
        ("X" + TEXT, ["a.txt has changed", '" 27 "']),
        (TEXT.replace("détient", "perd la"), ["a.txt has changed", "perd la 27 %", "détient 27 %"]),
        (TEXT[:START], ["a.txt has changed", 'reads ""']),
        ("", ["a.txt has changed"]),
        (None, ["a.txt is gone from"]),
        (b"\x00\x01\x02\x03" * 50, ["a.txt is not text"]),
    ],
)
def test_a_quote_that_no_longer_stands_is_named(make_folder, now, says):
    folder = make_folder({"other.txt": "x"} if now is None else {"a.txt": now})
    with pytest.raises(VerificationError) as error:
        check(folder, line(), line(citation(), citation(number=2)))
    message = str(error.value)
    assert message.startswith("out.jsonl line 2: citation 1: ")
    assert message.endswith("ask the question again")
    assert "\n" not in message
    for part in says:
        assert part in message


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"quote": "28 %"}, 'is the file that was cited, and reads "27 %"'),
        ({"start": START + 1}, 'reads "7 %"'),
        ({"start": START - len(TEXT), "end": START + 4 - len(TEXT)}, 'reads ""'),  # counted from the end
        ({"start": 3, "end": 3, "quote": ""}, 'not ""'),
        ({"start": 10**30, "end": 10**30 + 4}, 'reads ""'),
        ({"line": 1}, "on line 3, not 1"),
        ({"sentence": {"start": 0, "end": 5, "text": "Titre"}}, "is not in the sentence"),
        ({"sentence": {"start": 0, "end": 5, "text": "Autre"}}, 'reads "Titre"'),
    ],
)
def test_a_forged_citation_is_told(make_folder, changed, says):
    folder = make_folder({"a.txt": TEXT})
    with pytest.raises(VerificationError) as error:
        check(folder, line(citation(**changed)))
    assert says in str(error.value)


def test_an_answer_that_is_no_quote_is_told(make_folder):
    folder = make_folder({"a.txt": TEXT})
    for cited in ([citation()], []):
        with pytest.raises(VerificationError, match='line 1: the answer "100 %" is the quote of no citation'):
            check(folder, line(*cited, answer="100 %"))


@pytest.mark.parametrize(
    "source", ["../secret.txt", "sub/../../secret.txt", "/etc/hostname", ".hidden.txt", "", ".", "a\0.txt", "a\n.txt"]
)
def test_a_source_never_leads_out_of_the_folder(make_folder, source):
    folder = make_folder({"a.txt": TEXT, "sub/a.txt": TEXT, ".hidden.txt": TEXT})
    (folder.parent / "secret.txt").write_text(TEXT, newline="")
    with pytest.raises(VerificationError, match="a source never leads out of it") as error:
        check(folder, line(citation(source=source)))
    assert "\n" not in str(error.value)


def test_absolute_paths_into_the_folder_are_refused_too(make_folder):
    folder = make_folder({"a.txt": TEXT})
    with pytest.raises(VerificationError, match="a source never leads out of it"):
        check(folder, line(citation(source=str(folder / "a.txt"))))


def test_files_that_are_no_articles_are_not_shown(make_folder):
    folder = make_folder({"passwords.ini": TEXT})
    with pytest.raises(VerificationError, match=r"passwords\.ini has no format that Sourcier reads"):
        check(folder, line(citation(source="passwords.ini")))


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
        (line(citation(start="0")), "a citation: the field 'start' is missing or is not a whole number"),
        (line(citation(end=True)), "'end' is missing or is not a whole number"),
        (line(citation(source=None)), "'source' is missing or is not a text"),
        (line(citation(source="\ud800")), "'source' holds half a character"),
        (line(citation(), citations=["x"]), "a citation: not an object"),
        *((line(without(citation(), name)), f"'{name}' is missing") for name in citation() if name != "quote"),
        (line(without(citation(), "sentence", "text")), "the sentence of citation 1: the field 'text' is missing"),
        ('{"id": "\udcff"}', "not UTF-8"),
    ],
)
def test_a_line_that_is_no_answer_is_named(make_folder, text, says):
    folder = make_folder({"a.txt": TEXT})
    with pytest.raises(InputError) as error:
        check(folder, line(citation()), text)
    assert str(error.value).startswith("out.jsonl line 2: ")
    assert says in str(error.value)


def test_verify_file_reads_a_file(make_folder, tmp_path):
    folder = make_folder({"a.txt": TEXT})
    path = tmp_path / "out.jsonl"
    path.write_text("\ufeff" + line(citation()) + "\n", "utf-8")
    assert verify_file(path, folder) == Verification(1, 1, ())
    with pytest.raises(InputError, match=r"no folder at .*: give the folder of articles"):
        verify_file(path, tmp_path / "none")
    with pytest.raises(InputError, match=r"no file at .*: check the path"):
        verify_file(tmp_path / "none.jsonl", folder)
