"""What `sourcier verify` tells: to a person by file, to a program as one object."""

import json
import re
import shutil

import pytest
from answer_lines import QUOTE, SENTENCE, TEXT, cite, line

from qa.cli import main
from qa.export import conversation_jsonl

OTHER = "Une autre phrase vaut 12 millions ici.\n"


@pytest.fixture
def verify(make_folder, tmp_path, capsys):
    """Write articles as they are now and lines of answers, and run the command on them."""

    def call(articles, *lines, options=()):
        folder = make_folder({"other.txt": "autre", **articles})
        path = tmp_path / "answers.jsonl"
        path.write_text("".join(each + "\n" for each in lines), "utf-8")
        code = main(["verify", str(path), str(folder), *options])
        told = capsys.readouterr()
        return code, told.out.replace(str(path), "answers.jsonl"), told.err

    return call


def other(**changed):
    return cite(OTHER, OTHER.strip(), "12 millions", source="b.txt", **changed)


def test_a_line_for_each_citation_that_is_not_where_it_was_by_file_then_the_totals(verify):
    changed = TEXT.replace("Titre", "Nouveau titre\r\n").replace("27 %", "33 %")
    lines = [
        line(cite(), other(number=2), id="share"),
        line(other(number=1), id=None),
        line(cite(source="gone.txt", sha256="0"), id="lost"),
        line(id="none"),
        line(cite("b " + TEXT, number=7, source="c.txt"), id="seventh"),
    ]
    code, out, err = verify({"a.txt": changed, "b2.txt": OTHER, "c.txt": "b\n\n" + TEXT}, *lines)
    assert code == 1
    assert out.splitlines() == [
        "a.txt",
        '  changed     line 3: "27 %" (share, citation 1)',
        '      reads now: "Microsoft détient 33 % du capital."',
        "      stands word for word in c.txt, line 5",
        "b.txt",
        '  renamed     line 1, now 1 of b2.txt: "12 millions" (share, citation 2)',
        '  renamed     line 1, now 1 of b2.txt: "12 millions" (line 2, citation 1)',
        "c.txt",
        '  moved       line 3, now 5: "27 %" (seventh, citation 7)',
        "gone.txt",
        '  gone        line 3: "27 %" (lost, citation 1)',
        "      stands word for word in c.txt, line 5",
        "2 of 5 citations of 4 answers no longer stand: 0 unchanged, 1 moved, 2 renamed, 1 changed, 1 gone",
    ]
    assert err == "sourcier: 2 of 5 citations no longer stand: ask their questions again\n"


def test_what_moved_or_was_renamed_is_still_true(verify):
    code, out, err = verify({"a.txt": "X\n" + TEXT, "c.txt": OTHER}, line(cite(), other(number=2)))
    assert (code, err) == (0, "")
    assert out.endswith("2 citations of 1 answers stand word for word: 0 unchanged, 1 moved, 1 renamed\n")


def test_nothing_but_the_total_where_nothing_changed(verify):
    assert verify({"a.txt": TEXT}, line(cite()), line()) == (0, "1 citations of 1 answers stand word for word\n", "")
    code, out, err = verify({"a.txt": TEXT + "Ajout."}, line(cite()))
    assert (code, err) == (0, "")
    assert (
        out == "1 citations of 1 answers stand word for word\n  a.txt has changed since, and still holds its quotes\n"
    )


def test_as_json_each_citation_has_its_old_and_its_new_place(verify):
    code, out, err = verify(
        {"a.txt": "X\r\n" + TEXT}, line(cite(), question="Combien ?"), "{", line(), options=["--json"]
    )
    assert code == 1
    assert err == "sourcier: 1 lines cannot be trusted: make them again by `batch` or `ask --json`\n"
    told = json.loads(out)
    assert out.count("\n") == 1
    assert list(told) == ["schema", "folder", "stand", "totals", "answers"]
    assert (told["schema"], told["stand"]) == (1, False)
    assert told["totals"] == {
        **{"answers": 1, "refused": 1, "failed": 0, "problems": 1, "citations": 1},
        **{"unchanged": 0, "moved": 1, "renamed": 0, "changed": 0, "gone": 0, "unreadable": 0, "invalid": 0},
    }
    first, broken, refused = told["answers"]
    assert {**first, "citations": ...} == {
        **{"line": 1, "id": "q1", "question": "Combien ?", "outcome": "answered", "problem": None, "citations": ...},
    }
    start, sentence = TEXT.index(QUOTE), TEXT.index(SENTENCE)
    place = {"source": "a.txt", "line": 3, "page": None, "start": start, "end": start + 4}
    (citation,) = first["citations"]
    assert citation == {
        "number": 1,
        "status": "moved",
        "quote": QUOTE,
        "cited": {**place, "sentence": {"start": sentence, "end": sentence + len(SENTENCE)}},
        "now": {
            **{"source": "a.txt", "line": 4, "page": None, "start": start + 3, "end": start + 7},
            "sentence": {"start": sentence + 3, "end": sentence + 3 + len(SENTENCE)},
        },
        "file_changed": True,
        "detail": None,
        "reads_now": None,
        "elsewhere": None,
    }
    assert (broken["line"], broken["outcome"], broken["citations"]) == (2, None, [])
    assert broken["problem"].startswith("line 2: invalid JSON")
    assert (refused["outcome"], refused["citations"]) == ("refused", [])


def test_a_file_that_holds_no_answer_at_all_is_told_in_one_line(verify):
    code, out, err = verify({"a.txt": TEXT}, "id,question,answer", "q1,Combien ?,27 %")
    assert (code, out) == (1, "")
    assert re.fullmatch(r"sourcier: .*answers\.jsonl line 1: invalid JSON \(.*\): give the lines that .*\n", err)


def test_lines_that_are_no_answers_are_named_beside_those_that_are(verify):
    code, out, _ = verify({"a.txt": TEXT}, line(cite()), "x", line(cite(), answer="100 %"))
    assert code == 1
    assert out.splitlines()[:-1] == [
        "answers.jsonl line 2: invalid JSON (Expecting value, column 1): give the lines that"
        " `sourcier batch -o OUT.jsonl` or `sourcier ask --json` writes",
        'answers.jsonl line 3: the answer "100 %" is the quote of no citation',
    ]


def test_names_and_quotes_cannot_steer_the_terminal(verify):
    evil = "a\u202eb.txt"
    told = line(cite(source=evil, sha256="0"), id="\x1b[2Jid\n")
    _, out, _ = verify({}, told)
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "(�[2Jid , citation 1)" in out


def test_an_empty_file_holds_nothing_to_doubt(verify):
    assert verify({"a.txt": TEXT}) == (0, "0 citations of 0 answers stand word for word\n", "")


def test_json_is_of_answers(run_in_seeds):
    code, _, err = run_in_seeds("verify", "--json")
    assert (code, err) == (2, "sourcier: --json tells of ANSWERS: name their file\n")


@pytest.fixture
def run_in_seeds(seeds_session, tmp_path, monkeypatch, capsys):
    """Run commands beside a copy of the seeds."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(seeds_session.index.folder, tmp_path / "seeds")

    def call(*words):
        code = main([*words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def test_batches_answers_as_json_and_exports_of_the_page_verify(run_in_seeds, seeds_session, tmp_path):
    question = "How much does Stargate cost?"
    (tmp_path / "one.jsonl").write_text(run_in_seeds("ask", question, "--json")[1], "utf-8")
    (tmp_path / "q.txt").write_text(f"{question}\nWho is Apple's chief executive?\n", "utf-8")
    assert run_in_seeds("batch", "q.txt", "-o", "many.jsonl")[0] == 0
    told = conversation_jsonl([seeds_session.ask(question), seeds_session.ask("")])
    (tmp_path / "page.jsonl").write_text(told, "utf-8")
    for name in ("one.jsonl", "many.jsonl", "page.jsonl"):
        code, out, err = run_in_seeds("verify", name)
        assert (code, err) == (0, "")
        assert re.fullmatch(r"\d citations of 1 answers stand word for word\n", out)


def test_last_months_answers_checked_today(run_in_seeds, tmp_path):
    """The README's example: since then one article grew at its head, one was renamed, and one gives another figure."""
    share, cost = "Quelle part d'OpenAI revient à Microsoft ?", "How much does Stargate cost?"
    asked = [{"id": "share", "question": share}, {"id": "cost", "question": cost}]
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(each) + "\n" for each in asked), "utf-8")
    run_in_seeds("batch", "questions.jsonl", "-o", "answers.jsonl")
    seeds = tmp_path / "seeds"
    (seeds / "001_eb3ee6aa52e1339d.txt").rename(seeds / "pacte.txt")
    for name, old, new in (
        ("000_6bf0d6dca34366c9.txt", b"", b"Mis \xc3\xa0 jour le 20 mai.\n\n"),
        ("003_64a73554108f83a5.txt", b"500 millions de dollars", b"500 milliards de dollars"),
    ):
        (seeds / name).write_bytes((seeds / name).read_bytes().replace(old, new, 1))
    code, out, err = run_in_seeds("verify", "answers.jsonl")
    assert (code, err) == (1, "sourcier: 1 of 4 citations no longer stand: ask their questions again\n")
    assert out.replace("\u00a0", " ") == (
        "000_6bf0d6dca34366c9.txt\n"
        '  moved       line 5, now 7: "33 %" (share, citation 2)\n'
        "001_eb3ee6aa52e1339d.txt\n"
        '  renamed     line 5, now 5 of pacte.txt: "27 %" (share, citation 3)\n'
        "003_64a73554108f83a5.txt\n"
        '  changed     line 4: "500 millions de dollars" (cost, citation 1)\n'
        '      reads now: "Cette décision a conduit au projet \\"Stargate\\", un partenariat de 500 milliards de'
        ' dollars avec SoftBank et Oracle."\n'
        "1 of 4 citations of 2 answers no longer stand: 1 unchanged, 1 moved, 1 renamed, 1 changed\n"
    )
