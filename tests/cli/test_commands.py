"""The command: what the parser says, and each command through the real executable."""

import importlib
import importlib.metadata
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import COMMAND, GOLD, HEAVY, SHARE, STARGATE, environment, fails, lines, sourcier, spoil

from qa.cli import _MODULES, _parser, main


def commands():
    return next(action.choices for action in _parser()._actions if action.dest == "command")


def test_help_lists_every_command(tmp_path):
    done = sourcier("--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(commands()) == [
        "index",
        "ask",
        "batch",
        "serve",
        "password",
        "eval",
        "calibrate",
        "gold",
        "verify",
        "info",
    ]
    for name in commands():
        assert re.search(rf"^    {name} +\w", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", list(commands()))
def test_every_command_has_help_and_a_function(name, run):
    code, out, err = run(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: sourcier {name} ")
    assert callable(getattr(importlib.import_module(_MODULES.get(name, "qa.commands")), name))


def test_the_command_that_is_installed_is_this_one():
    import tomllib

    scripts = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, function = scripts["sourcier"].partition(":")
    assert getattr(importlib.import_module(module), function) is main


def test_the_version_is_told(run, monkeypatch):
    def version(name):
        if name == "sourcier":
            return "1.2.3"
        raise AssertionError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert run("--version") == (0, "sourcier 1.2.3\n", "")

    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert run("--version") == (0, "sourcier (not installed)\n", "")


def test_no_command_shows_the_help(run):
    code, out, _ = run()
    assert code == 2
    assert out.startswith("usage: sourcier ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["frobnicate"], "invalid choice: 'frobnicate'"),
        (["ask"], "the following arguments are required: question"),
        (["ask", "x", "-k", "five"], "argument -k: invalid int value: 'five'"),
        (["batch"], "required: questions"),
        (["eval"], "required: data"),
        (["ask", "x", "y", "z"], "unrecognized arguments: z"),
        (["serve", "--port", "http"], "argument --port: invalid int value"),
    ],
)
def test_wrong_words_exit_with_2(words, message, run):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert message in err.splitlines()[-1]


# Each command, through the real executable.


def test_index_again_is_up_to_date_and_notices_changes(own):
    assert "(up to date)" in sourcier("index", cwd=own.parent).stdout  # `seeds` is the default
    (own / "new.md").write_text("# Un phare\n\nLe phare de la Vieille mesure 27 mètres.\n", "utf-8")
    (own / "004_e31fba9e33d7d810.txt").unlink()
    (own / "picture.png").write_bytes(b"\x89PNG")
    done = sourcier("index", cwd=own.parent)
    assert done.returncode == 0
    assert "5 articles" in done.stdout
    assert "(1 added, 0 changed, 1 removed, 1 skipped)" in done.stdout
    assert re.fullmatch(r"sourcier: skipped picture\.png: format \.png is not read: articles are .*\n", done.stderr)


def test_index_elsewhere_and_afresh(own):
    done = sourcier("index", own, "-i", "elsewhere", "--rebuild", cwd=own.parent)
    assert done.stdout.endswith(" in elsewhere\n")
    again = sourcier("index", "-i", "elsewhere", cwd=own.parent)  # the index knows its folder
    assert "5 articles" in again.stdout
    assert "(up to date)" in again.stdout


def test_ask(indexed):
    done = sourcier("ask", SHARE, indexed, cwd=indexed.parent)
    assert (done.returncode, done.stderr) == (0, "")
    first, blank, *rest = done.stdout.splitlines()
    assert first.replace("\u00a0", " ") in ("27 %", "33 %", "33%")
    assert blank == ""
    assert f"**{first}**" in rest[0]
    assert re.match(r"  00\d_[0-9a-f]{16}\.txt, ligne \d+\u00a0: ", rest[1])


def test_ask_after_other_questions(indexed):
    before = ["--after", "Qui a peint Guernica ?", "--after", "Combien coûte Windsurf ?"]
    done = sourcier("ask", "Et Stargate ?", indexed, *before, cwd=indexed.parent)
    assert (done.returncode, done.stderr) == (0, "")
    first, blank, *rest = done.stdout.splitlines()
    assert (first, blank) == ("Question lue ainsi\u00a0: Combien coûte Stargate ?", "")
    alone = sourcier("ask", "Combien coûte Stargate ?", indexed, cwd=indexed.parent).stdout
    assert rest == alone.splitlines()
    assert sourcier("ask", "Combien coûte Stargate ?", indexed, *before, cwd=indexed.parent).stdout == alone

    (told,) = lines(sourcier("ask", "Et Stargate ?", indexed, *before, "--json", cwd=indexed.parent).stdout)
    assert (told["question"], told["read_as"]) == ("Et Stargate ?", "Combien coûte Stargate ?")
    too_many = [word for _ in range(21) for word in ("--after", "Qui ?")]
    message = r"^sourcier: 21 earlier questions, the most is 20: give the last ones only$"
    fails(sourcier("ask", "Et Google ?", indexed, *too_many, cwd=indexed.parent), 2, message)


def test_ask_as_json(indexed):
    done = sourcier("ask", SHARE, indexed, "--json", "-k", "2", cwd=indexed.parent)
    (told,) = lines(done.stdout)
    assert list(told) == [
        *(
            "schema",
            "id",
            "question",
            "read_as",
            "language",
            "answer",
            "abstained",
            "reason",
            "confidence",
            "citations",
        ),
        *("agreement", "passages", "index", "timings_ms"),
    ]
    assert (told["schema"], told["id"], told["question"], told["language"]) == (1, None, SHARE, "fr")
    assert told["read_as"] is None
    assert (told["abstained"], told["reason"]) == (False, None)
    assert list(told["citations"][0]) == [
        *(
            "number",
            "source",
            "title",
            "date",
            "line",
            "page",
            "start",
            "end",
            "quote",
            "sentence",
            "sha256",
            "extraction",
        ),
        *("copy_of", "beside"),
    ]
    assert list(told["citations"][0]["sentence"]) == ["start", "end", "text"]
    assert list(told["agreement"]) == ["verdict", "groups"]
    assert list(told["agreement"]["groups"][0]) == ["value", "citations", "date"]
    assert [list(passage) for passage in told["passages"]] == 2 * [
        ["rank", "source", "title", "start", "end", "text", "score"]
    ]
    assert list(told["index"]) == ["version", "encoder"]
    assert list(told["timings_ms"]) == ["retrieve", "read", "total"]
    assert told["answer"] == told["citations"][0]["quote"]


def test_an_abstention_exits_with_0(indexed):
    done = sourcier("ask", "Who painted Guernica?", indexed, cwd=indexed.parent)
    assert done.returncode == 0
    assert done.stdout.startswith("No answer")
    assert done.stdout.count("\n  00") == 3


def test_ask_needs_neither_torch_nor_the_page_once_the_index_stands(indexed):
    script = (
        "import sys; from qa.cli import main; code = main(sys.argv[1:]);"
        f" print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    for question in (SHARE, STARGATE):
        done = subprocess.run(
            [sys.executable, "-c", script, "ask", question, str(indexed)],
            capture_output=True,
            text=True,
            env=environment(),
            check=True,
        )
        assert done.stderr == "[]\n"


def test_batch_verify_and_what_verify_notices(own):
    questions = own.parent / "questions.jsonl"
    asked = [{"id": "share", "question": SHARE}, {"id": "cost", "question": STARGATE}, {"id": "none", "question": ""}]
    questions.write_text("".join(json.dumps(each) + "\n" for each in asked))
    done = sourcier("batch", questions, "-o", "answers.jsonl", cwd=own.parent)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "3 questions: 2 answered, 1 refused, 0 failed\n"

    answers = lines((own.parent / "answers.jsonl").read_text("utf-8"))
    assert [told["id"] for told in answers] == ["share", "cost", "none"]
    cited = [citation for told in answers for citation in told["citations"]]
    done = sourcier("verify", "answers.jsonl", cwd=own.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{len(cited)} citations of 2 answers stand word for word\n"

    article = own / cited[0]["source"]
    with article.open("a", encoding="utf-8") as file:
        file.write("\nUn mot de plus.")
    done = sourcier("verify", "answers.jsonl", cwd=own.parent)
    assert done.returncode == 0
    assert f"  {article.name} has changed since, and still holds its quotes\n" in done.stdout

    article.write_text("Avant.\n" + article.read_text("utf-8"), "utf-8")
    done = sourcier("verify", "answers.jsonl", own, cwd=own.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(rf"^{article.name}\n  moved +line \d+, now \d+: ", done.stdout, re.MULTILINE)

    article.write_text("Plus rien.", "utf-8")
    done = sourcier("verify", "answers.jsonl", own, cwd=own.parent)
    assert done.returncode == 1
    assert re.search(rf"^{article.name}\n  changed +line \d+: .* \(share, citation 1\)$", done.stdout, re.MULTILINE)
    message = r"sourcier: \d of \d citations no longer stand: ask their questions again\n"
    assert re.fullmatch(message, done.stderr)


def test_what_ask_prints_as_json_can_be_verified(indexed):
    told = sourcier("ask", SHARE, indexed, "--json", cwd=indexed.parent).stdout
    done = sourcier("verify", "-", indexed, stdin="\ufeff" + told, cwd=indexed.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\d citations of 1 answers stand word for word\n", done.stdout)


def test_verify_checks_every_byte_of_an_index(own):
    for words in (["verify", "--index"], ["verify"], ["verify", "-i", own / ".sourcier"]):
        done = sourcier(*words, cwd=own.parent)
        assert (done.returncode, done.stderr) == (0, "")
        assert re.fullmatch(r"index [0-9a-f]{12}: \d+ files as they were built\n", done.stdout)
    spoil(own, "dense.faiss", lambda data: data[:-1] + bytes([data[-1] ^ 1]))
    fails(sourcier("verify", "--index", cwd=own.parent), 1, r"dense\.faiss was altered after it was built")


def test_eval(indexed, tmp_path):
    gold = tmp_path / "gold.jsonl"
    dev = [line for line in GOLD.read_text("utf-8").splitlines() if '"split": "dev"' in line][:6]
    gold.write_text("\n".join(dev), "utf-8")
    done = sourcier(
        "eval", gold, indexed, "--fail-under", "citations_valid=1", "--fail-under", "recall@10=0.1", cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split()[:2] == ["all", "fr->fr"]
    assert re.search(r"^questions +6 ", done.stdout, re.MULTILINE)
    assert re.search(r"^recall@5 +\d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\] ", done.stdout, re.MULTILINE)

    done = sourcier("eval", gold, indexed, "--json", "--split", "dev", "--fail-under", "em=1.01", cwd=tmp_path)
    assert done.returncode == 3
    assert re.fullmatch(r"sourcier: em is 0\.\d{3}, under 1\.01\n", done.stderr)
    told = json.loads(done.stdout)
    assert list(told) == [
        *("schema", "made_of", "rows", "gap", "confidence", "calibrated_on", "unreachable", "per_question")
    ]
    assert (told["made_of"]["gold"], told["made_of"]["split"]) == ("gold.jsonl", "dev")
    assert len(told["per_question"]) == 6
    written = ["--run", "found.trec", "--qrels", "right.trec", "--unanswerable", "leave-out"]
    done = sourcier("eval", gold, indexed, "--split", "dev", *written, cwd=tmp_path)
    assert done.returncode == 0
    assert re.search(r"^questions +12 ", done.stdout, re.MULTILINE)  # each once more, without its answer
    first = (tmp_path / "found.trec").read_text().splitlines()[0].split()
    assert (first[1], first[3], first[5]) == ("Q0", "1", "sourcier")
    assert {line.split()[1] for line in (tmp_path / "right.trec").read_text().splitlines()} == {"0"}
    for option in ("--run", "--qrels"):
        fails(sourcier("eval", gold, indexed, option, "none/out", cwd=tmp_path), 2, "cannot write none/out")
        fails(sourcier("eval", gold, indexed, option, tmp_path, cwd=tmp_path), 2, r"\(it is a folder\): give a file")


def test_eval_of_squad_carries_its_own_articles(own):
    context = "Le phare de la Vieille mesure 27 mètres et fut allumé en 1887."
    answers = [{"text": "27 mètres", "answer_start": 30}]
    asked = [{"id": "a", "question": "Combien mesure le phare de la Vieille ?", "answers": answers}]
    squad = {"data": [{"paragraphs": [{"context": context, "qas": asked}]}]}
    (own.parent / "squad.JSON").write_text(json.dumps(squad))
    index = own.parent / "mine"
    shutil.copytree(own / ".sourcier", index)
    before = (index / "CURRENT").read_bytes()
    done = sourcier("eval", "squad.JSON", "--fail-under", "em=1", cwd=own.parent, SOURCIER_INDEX=str(index))
    assert (done.returncode, done.stderr) == (0, "")
    assert (index / "CURRENT").read_bytes() == before  # nobody's index but its own


def test_info(own):
    (own / "notes.xyz").write_bytes(b"PK")
    sourcier("index", cwd=own.parent)
    done = sourcier("info", cwd=own.parent)
    assert (done.returncode, done.stderr) == (0, "")
    told = done.stdout.splitlines()
    assert told[0] == f"folder    {own.resolve()}"
    assert re.fullmatch(r"index     seeds/\.sourcier/generation-\d{6} \(format \d+, version [0-9a-f]{12}\)", told[1])
    assert re.fullmatch(r"encoder   embedded [0-9a-f]{16}, \d+ dimensions", told[2])
    assert re.fullmatch(r"articles  5, in \d+ passages and \d+ sentences; 1 skipped", told[3])
    assert re.search(r"^  indexed .* fr   2025-05 .* 004_e31fba9e33d7d810\.txt  Comme nous le savons tous", told[8])
    assert re.search(r"^  skipped +-  notes\.xyz  format \.xyz is not read", told[9])
    assert len(told) == 10


def test_serve_answers_until_it_is_stopped(own):
    """The page itself has its own tests: here, that the command opens it and ends quietly."""
    import urllib.request

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [*COMMAND, "serve", str(own), "--port", str(port), "--no-browser"]
    page = subprocess.Popen(words, cwd=own.parent, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        for _ in range(150):
            assert page.poll() is None, page.stderr.read()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    assert b"Sourcier" in answer.read()
                break
            except OSError:
                time.sleep(0.2)
        else:
            pytest.fail("no page in half a minute")
    finally:
        page.send_signal(signal.SIGINT)
        out, err = page.communicate(timeout=20)
    assert b"Traceback" not in err
    assert str(port).encode() in out + err
