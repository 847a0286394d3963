"""The command, as a shell runs it: output, exit codes, and errors of one line that name a remedy."""

import hashlib
import importlib
import importlib.metadata
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import qa
from qa.batch import COLUMNS
from qa.cli import _parser, main

ROOT = Path(qa.__file__).parent.parent
SEEDS = Path(__file__).parent.parent / "seeds"
GOLD = Path(__file__).parent / "data" / "seeds_gold.jsonl"
INSTALLED = Path(sys.executable).with_name("sourcier")
COMMAND = [str(INSTALLED)] if INSTALLED.exists() else [sys.executable, "-m", "qa"]
SHARE, STARGATE = "Quelle part d'OpenAI revient à Microsoft ?", "How much does Stargate cost?"
HEAVY = (
    *("torch", "sentence_transformers", "transformers", "gradio", "langchain_text_splitters", "pandas", "scipy"),
    *("sklearn", "py3langid", "ir_measures"),
)


def environment(**values):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOURCIER_", "PYTHON"))}
    return {**kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **values}


def sourcier(*words, cwd, stdin="", **variables):
    """Run the real command in a folder. Its input and output are UTF-8."""
    done = subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        env=environment(**variables),
        timeout=60,
        check=False,
    )
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    return done


@pytest.fixture(scope="session")
def indexed(tmp_path_factory):
    """A copy of the seeds, with its index. Shared: do not change it."""
    folder = tmp_path_factory.mktemp("cli") / "seeds"
    folder.mkdir()
    for path in SEEDS.glob("*.txt"):
        shutil.copyfile(path, folder / path.name)
    done = sourcier("index", folder, cwd=folder.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        rf"5 articles, \d+ passages \(5 added, 0 changed, 0 removed\); version [0-9a-f]{{12}} in {folder}/\.sourcier\n",
        done.stdout,
    )
    return folder


@pytest.fixture
def own(indexed, tmp_path, monkeypatch):
    """A copy of the indexed seeds to change at will, in the folder that the test runs in."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SOURCIER_")]:
        monkeypatch.delenv(name)
    shutil.copytree(indexed, tmp_path / "seeds")  # with the times of the files, so that the index is up to date
    return tmp_path / "seeds"


@pytest.fixture
def run(capsys):
    """Run the command in this process: quicker, where only what it says is of interest."""

    def call(*words):
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as leaving:  # argparse
            code = leaving.code
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def fails(done, code, message):
    """Check that a command failed with one line that says the message, and printed nothing else."""
    returned, out, err = done if isinstance(done, tuple) else (done.returncode, done.stdout, done.stderr)
    assert (returned, out) == (code, ""), err
    assert err.count("\n") == 1, err
    assert err.startswith("sourcier: ")
    assert re.search(message, err), err


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


# What the parser itself says.


def commands():
    return next(action.choices for action in _parser()._actions if action.dest == "command")


def test_help_lists_every_command(tmp_path):
    done = sourcier("--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(commands()) == ["index", "ask", "batch", "serve", "eval", "verify", "info"]
    for name in commands():
        assert re.search(rf"^    {name} +\w", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", list(commands()))
def test_every_command_has_help_and_a_function(name, run):
    code, out, err = run(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: sourcier {name} ")
    assert callable(getattr(importlib.import_module("qa.commands"), name))


def test_the_command_that_is_installed_is_this_one():
    import tomllib

    scripts = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]["scripts"]
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
    assert run("--version") == (0, "sourcier, not installed\n", "")


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
    assert "(1 added, 0 changed, 1 removed)" in done.stdout
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
    assert first.replace("\u00a0", " ") in ("27 %", "33 %")
    assert blank == ""
    assert f"**{first}**" in rest[0]
    assert re.match(r"  00\d_[0-9a-f]{16}\.txt, ligne \d+\u00a0: ", rest[1])


def test_ask_as_json(indexed):
    done = sourcier("ask", SHARE, indexed, "--json", "-k", "2", cwd=indexed.parent)
    (told,) = lines(done.stdout)
    assert list(told) == [
        *("schema", "id", "question", "language", "answer", "abstained", "reason", "confidence", "citations"),
        *("agreement", "passages", "index", "timings_ms"),
    ]
    assert (told["schema"], told["id"], told["question"], told["language"]) == (1, None, SHARE, "fr")
    assert (told["abstained"], told["reason"]) == (False, None)
    assert list(told["citations"][0]) == [
        *("number", "source", "title", "date", "line", "start", "end", "quote", "sentence", "sha256", "extraction")
    ]
    assert list(told["citations"][0]["sentence"]) == ["start", "end", "text"]
    assert list(told["agreement"]) == ["verdict", "groups"]
    assert list(told["agreement"]["groups"][0]) == ["value", "citations"]
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

    article.write_text("X" + article.read_text("utf-8"), "utf-8")
    message = (
        rf"^sourcier: answers\.jsonl line 1: citation 1: {article.name} has changed, and reads .*; ask the question"
    )
    fails(sourcier("verify", "answers.jsonl", own, cwd=own.parent), 1, message)


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
    assert done.stdout.split()[:3] == ["n", "recall@1", "recall@5"]
    assert re.search(r"^ +all +6 ", done.stdout, re.MULTILINE)

    done = sourcier("eval", gold, indexed, "--json", "--split", "dev", "--fail-under", "em=1.01", cwd=tmp_path)
    assert done.returncode == 3
    assert re.fullmatch(r"sourcier: em is 0\.\d{3}, under 1\.01\n", done.stderr)
    told = json.loads(done.stdout)
    assert list(told) == ["index", "rows", "gap", "unreachable", "per_question"]
    assert len(told["per_question"]) == 6


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
    (own / "notes.docx").write_bytes(b"PK")
    sourcier("index", cwd=own.parent)
    done = sourcier("info", cwd=own.parent)
    assert (done.returncode, done.stderr) == (0, "")
    told = done.stdout.splitlines()
    assert told[0] == f"folder    {own.resolve()}"
    assert re.fullmatch(r"index     seeds/\.sourcier/generation-\d{6} \(format \d+, version [0-9a-f]{12}\)", told[1])
    assert re.fullmatch(r"encoder   embedded [0-9a-f]{16}, \d+ dimensions", told[2])
    assert re.fullmatch(r"articles  5, in \d+ passages", told[3])
    assert told[8].startswith("  fr  2025-05     004_e31fba9e33d7d810.txt  Comme nous le savons tous")
    assert told[9].startswith("  skipped  notes.docx  format .docx is not read")
    assert len(told) == 10


def test_serve_answers_until_it_is_stopped(own):
    """The page itself has its own tests: here, that the command opens it and ends quietly."""
    import signal
    import socket
    import time
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


# Batches that are not all well.

JSONL = """\
{"id": "one", "question": "How much does Stargate cost?"}
{"id": "two", "question": "?"}

{"id": 3, "question": "Qui a peint Guernica ?", "language": "FR"}
"How much does Stargate cost?"
{"id": "five"}
{"id": "six", "question": "half a line
{"id": "one", "question": "How much does Stargate cost?"}
{"id": "eight", "question": 8}
[]
"""


def test_a_bad_line_becomes_an_error_in_its_place(indexed, tmp_path):
    (tmp_path / "q.jsonl").write_text("\ufeff" + JSONL, "utf-8")
    done = sourcier("batch", "q.jsonl", indexed, "-k", "1", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "9 questions: 2 answered, 2 refused, 5 failed\n"
    told = lines(done.stdout)
    assert [each["id"] for each in told] == ["one", "two", "3", "q4", "five", None, "one", "eight", None]
    assert [bool(each.get("error")) for each in told] == 4 * [False] + 5 * [True]
    assert [each["reason"] for each in told[1:3]] == ["not_a_question", told[2]["reason"]]
    wrong = {each["error"]["line"]: each["error"]["message"] for each in told[4:]}
    assert all(message.startswith(f"q.jsonl line {line}: ") for line, message in wrong.items())
    assert {line: message.partition(": ")[2] for line, message in wrong.items()} == {
        6: "no question: name it question or q or query or text",
        7: 'invalid JSON (Invalid control character at, column 39): write {"question": "..."} on one line',
        8: "the id 'one' is that of line 1: give another",
        9: "the question is 8, not a text: write it in double quotes",
        10: 'neither an object nor a text: write {"question": "..."} on one line',
    }


def test_semicolons_and_quotes_in_a_table(indexed, tmp_path):
    rows = f'id;question\na;{STARGATE}\nb;"Qui a peint ""Guernica"" ; et quand ?"\nc;trop;de cellules\n'
    (tmp_path / "q.csv").write_bytes(rows.encode("utf-8-sig"))
    done = sourcier("batch", "q.csv", indexed, "-o", "out.csv", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "3 questions: 1 answered, 1 refused, 1 failed\n"
    header, first, second, third = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()
    assert header == ",".join(COLUMNS)
    assert first.startswith(f"a,{STARGATE},500 millions de dollars,")
    assert second.startswith('b,"Qui a peint ""Guernica"" ; et quand ?",,')
    assert third.endswith('"input: q.csv line 4: 3 cells, the header has 2: put the question in double quotes"')


def test_standard_input(indexed):
    asked = f'{STARGATE}\n{{"id": "x", "question": "{STARGATE}"}}\n\n'.encode() + b"caf\xe9 ?\n"
    done = sourcier("batch", "-", indexed, stdin=asked, cwd=indexed.parent)
    assert done.returncode == 1
    first, second, third = lines(done.stdout)
    assert (first["id"], second["id"], third["id"]) == ("q1", "x", None)
    assert first["answer"] == second["answer"] == "500 millions de dollars"
    assert third["error"]["message"] == "standard input line 4: not UTF-8: save the file as UTF-8"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("q.jsonl", None, "no file at q.jsonl: check the path"),
        ("q.xml", "<a/>", r"q\.xml has format \.xml, which is not read: questions are \.jsonl"),
        ("q.csv", "a,b\n1,2\n", "q.csv line 1: no question column: name one column question or q"),
        ("q.json", "[]", "q.json: want an object with the field 'data': give a SQuAD file"),
        ("q.txt", "q".encode("utf-16"), "q.txt is UTF-16: save it as UTF-8"),
    ],
)
def test_a_file_of_questions_that_cannot_be_read(own, run, name, content, message):
    if content is not None:
        (own.parent / name).write_bytes(content.encode() if isinstance(content, str) else content)
    fails(run("batch", name, own), 1, message)


def test_the_questions_are_not_written_over(own, run):
    (own.parent / "q.txt").write_text(STARGATE)
    fails(run("batch", "q.txt", own, "-o", "q.txt"), 2, "would destroy the questions in q.txt: write to another file")
    fails(
        run("batch", "q.txt", own, "-o", "no/where.jsonl"), 2, "cannot write no/where.jsonl .*: give a file in a folder"
    )


# Folders.


def test_the_folder_is_missing_empty_or_unreadable(own, run):
    fails(run("ask", "x", "nowhere"), 1, "^sourcier: no folder at nowhere: check the path$")
    fails(run("info", "nowhere"), 1, "^sourcier: no folder at nowhere: check the path$")
    fails(run("ask", "x", own / "000_6bf0d6dca34366c9.txt"), 1, "is a file: give the folder that holds it")
    empty = own.parent / "empty"
    empty.mkdir()
    fails(run("ask", "x", empty), 1, r"the folder .*empty holds no file: put articles \(\.txt, \.md\) in it")
    (empty / "a.pdf").write_bytes(b"%PDF")
    (empty / "b.txt").write_bytes(b"  \n")
    fails(
        run("ask", "x", empty), 1, r"no article in .*empty could be read, 2 skipped \(a\.pdf: .*\): put \.txt or \.md"
    )
    assert not (empty / ".sourcier" / "CURRENT").exists()


def test_no_folder_at_all(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in (["ask", "x"], ["index"], ["info"], ["verify"], ["batch", "-"]):
        fails(run(*words), 2, "no folder given, and there is no `seeds` here: name the folder of articles")


def test_names_from_outside_cannot_break_the_line(own, run):
    fails(run("ask", "x", "no\nwhere\033[2J"), 1, re.escape(r"no folder at no\nwhere\x1b[2J: check the path"))


# Indexes.


def spoil(folder, name, change):
    """Change a file of the live generation; of its manifest, as one who also mends its checksum."""
    index = folder / ".sourcier"
    generation = index / (index / "CURRENT").read_text().split()[0]
    data = change((generation / name).read_bytes())
    (generation / name).write_bytes(data)
    if name == "manifest.json":
        (index / "CURRENT").write_text(f"{generation.name} {hashlib.sha256(data).hexdigest()}\n")


def manifest(**fields):
    return lambda data: json.dumps({**json.loads(data), **fields}).encode()


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "manifest.json",
            manifest(format=99),
            r"has format 99, this Sourcier reads \d+: run `sourcier index FOLDER --rebuild`",
        ),
        (
            "manifest.json",
            manifest(encoder_identity="feed"),
            r"was built by embedded feed \(.*\), this is [0-9a-f]{16} \(.*\): run",
        ),
        (
            "manifest.json",
            manifest(encoder="/no/such/model"),
            r"cannot load the model '/no/such/model' \(.*\): give the folder",
        ),
        (
            "passages.sqlite",
            lambda data: data.replace(b"Oracle", b"Orakel"),
            r"is damaged: passages\.sqlite was altered",
        ),
        (
            "dense.faiss",
            lambda data: data[:100],
            r"is damaged: dense\.faiss has 100 bytes instead of [\d,]+; run `sourcier",
        ),
    ],
)
def test_an_index_that_cannot_be_used_says_how_to_mend_it(own, run, name, change, message):
    spoil(own, name, change)
    fails(run("ask", STARGATE, own), 1, message)
    fails(run("info", own), 1, message)
    code, out, err = run("index", own, "--rebuild")
    assert (code, err) == (0, "")
    assert "5 articles" in out
    assert run("ask", STARGATE, own)[1].startswith("500 millions de dollars\n")


def test_an_altered_manifest_or_pointer_is_noticed(own, run):
    index = own / ".sourcier"
    generation = index / (index / "CURRENT").read_text().split()[0]
    (generation / "manifest.json").write_text("{}")
    fails(
        run("ask", STARGATE, own),
        1,
        "manifest.json was altered after it was built; run `sourcier index FOLDER --rebuild`",
    )
    (index / "CURRENT").write_text("somewhere else")
    fails(run("ask", STARGATE, "-i", index), 1, "CURRENT does not name a generation; run")


def test_another_model_than_the_index_s(own, run):
    fails(
        run("ask", STARGATE, own, "--model", "some-model"), 1, "'embedded', not 'some-model': leave --model out, or run"
    )


def test_an_index_alone(own, run):
    fails(run("ask", STARGATE, "-i", "none"), 1, "^sourcier: no index at none: run `sourcier index FOLDER -i none`$")
    moved = own.parent / "moved"
    run("index", own, "-i", moved)
    assert run("ask", STARGATE, "-i", moved)[1].startswith("500 millions de dollars\n")
    (own / "001_eb3ee6aa52e1339d.txt").unlink()
    assert "articles  4" in (run("ask", STARGATE, "-i", moved) and run("info", "-i", moved)[1])  # brought up to date
    shutil.rmtree(own)
    code, out, err = run("ask", STARGATE, "-i", moved)
    assert code == 0
    assert out.startswith("500 millions de dollars\n")
    assert err == f"sourcier: {own} is gone: answering from the index as it stands\n"


# Settings.


def test_flags_then_variables_then_the_settings_file(own, run, make_folder, monkeypatch):
    lighthouse = make_folder({"phare.txt": "Le phare de la Vieille mesure 27 mètres."})
    for name in ("by_file", "by_variable", "by_flag"):
        shutil.copytree(lighthouse, own.parent / name)
    (own.parent / "sourcier.toml").write_text('folder = "by_file"\n')
    assert "in by_file/.sourcier" in run("index")[1]
    monkeypatch.setenv("SOURCIER_FOLDER", "by_variable")
    assert "in by_variable/.sourcier" in run("index")[1]
    assert "in by_flag/.sourcier" in run("index", "by_flag")[1]
    monkeypatch.setenv("SOURCIER_INDEX", "elsewhere")
    assert "in elsewhere" in run("index")[1]
    assert "in by_flag_too" in run("index", "-i", "by_flag_too", "by_flag")[1]
    monkeypatch.setenv("SOURCIER_MODEL", "some-model")
    fails(run("index"), 1, "not 'some-model'")


def test_the_real_command_reads_them_too(own):
    done = sourcier("info", cwd=own.parent / "seeds", SOURCIER_FOLDER=str(own))
    assert done.stdout.startswith(f"folder    {own}\n")
    (own.parent / "sourcier.toml").write_text('folder = "nowhere"\n')
    fails(sourcier("info", cwd=own.parent), 1, "no folder at nowhere")


def test_an_index_named_by_a_variable_is_never_that_of_the_default_folder(own, run, make_folder, monkeypatch):
    """An index of other articles must not be written over because a folder `seeds` happens to be here."""
    lighthouse = make_folder({"phare.txt": "Le phare de la Vieille mesure 27 mètres."})
    run("index", lighthouse, "-i", "mine")
    monkeypatch.setenv("SOURCIER_INDEX", "mine")
    assert run("ask", "Combien mesure le phare de la Vieille ?")[1].startswith("27 mètres\n")
    assert f"folder    {lighthouse}\n" in run("info")[1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("folder = ", r"^sourcier: sourcier\.toml cannot be read \(Invalid value .*\): mend or remove it$"),
        ('port = "1"', "sourcier.toml has an unknown key 'port': it may set folder, index, model"),
        ("folder = 3", "sourcier.toml sets folder to 3: write a text in double quotes"),
        ('index = ["a"]', r"sourcier\.toml sets index to \['a'\]: write a text in double quotes"),
        ('folder = "a\\u0000b"', r"sourcier\.toml sets folder to 'a\\x00b'"),
    ],
)
def test_a_settings_file_that_is_wrong(own, run, content, message):
    (own.parent / "sourcier.toml").write_text(content)
    fails(run("ask", STARGATE), 2, message)


# Questions, figures, answers that are wrong.


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["ask", "x" * 2001], 2, "^sourcier: the question has 2,001 characters, the most is 2,000: shorten it$"),
        (["ask", "x", "-k", "0"], 2, "^sourcier: -k is 0: give a number from 1 to 100$"),
        (["batch", "-", "-k", "101"], 2, "-k is 101: give a number from 1 to 100"),
        (["eval", "none.jsonl"], 1, "no file at none.jsonl: check the path"),
        (["eval", GOLD, "--split", "no"], 2, "holds no question of the split 'no': leave --split out"),
        (["eval", GOLD, "--fail-under", "recall@5"], 2, "'recall@5' is not METRIC=VALUE: write it as recall@5=0.9"),
        (["eval", GOLD, "--fail-under", "em=nan"], 2, "'em=nan' is not METRIC=VALUE"),
        (
            ["eval", GOLD, "--fail-under", "speed=1"],
            2,
            "--fail-under speed: no such figure: there are recall@1, recall@5",
        ),
        (["eval", GOLD, "--fail-under", "median_ms=1"], 2, "median_ms: no such figure"),
        (["verify", "none.jsonl"], 1, "no file at none.jsonl: check the path"),
        (["verify", "a.jsonl", "-i", "b"], 2, "either ANSWERS or, with --index, an index: give one of them"),
    ],
)
def test_wrong_values_are_named_with_a_remedy(own, run, words, code, message):
    fails(run(*words), code, message)


def test_a_figure_that_no_question_counts_for(own, run):
    (own.parent / "gold.jsonl").write_text(
        '{"id": "a", "question": "Qui a peint ?", "answers": [], "sources": [], "language": "fr", "split": "x"}'
    )
    code, out, err = run("eval", "gold.jsonl", own, "--fail-under", "em=0.5")
    assert code == 2
    assert "all" in out
    assert err == "sourcier: --fail-under em: no question of gold.jsonl counts for it: leave it out\n"


def test_a_question_in_broken_bytes(own):
    done = subprocess.run(
        [*map(os.fsencode, COMMAND), b"ask", b"caf\xe9 ?", os.fsencode(own)],
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"sourcier: the question holds half a character ('\\udce9'): type it again, as UTF-8\n"


# What a shell does to a command.


def test_a_reader_that_goes_away_is_no_error(indexed, tmp_path):
    (tmp_path / "q.txt").write_text(f"{STARGATE}\n" * 40)
    for words in (["ask", STARGATE], ["batch", tmp_path / "q.txt"], ["info"]):
        gone, ours = os.pipe()
        os.close(gone)
        with os.fdopen(ours, "wb") as pipe:
            done = subprocess.run(
                [*COMMAND, *map(str, words), str(indexed)],
                stdout=pipe,
                stderr=subprocess.PIPE,
                env=environment(),
                check=False,
            )
        assert (done.returncode, done.stderr) == (1, b"")


def test_a_full_disk_is_told(indexed):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "ask", STARGATE, str(indexed)],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, b"sourcier: No space left on device\n")


def test_a_console_that_knows_fewer_letters(indexed):
    asked = ["ask", SHARE, indexed]
    plain = sourcier(*asked, cwd=indexed.parent, PYTHONIOENCODING="ascii")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert r"\xa0: " in plain.stdout
    (told,) = lines(sourcier(*asked, "--json", cwd=indexed.parent, PYTHONIOENCODING="latin-1").stdout)
    assert told["question"] == SHARE


def test_an_interruption_is_told_in_one_line(run, monkeypatch):
    def interrupted(_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("qa.commands.info", interrupted)
    assert run("info") == (130, "", "sourcier: interrupted\n")


def test_standard_output_may_be_no_file(own, monkeypatch):
    console = io.StringIO()
    monkeypatch.setattr(sys, "stdout", console)
    assert main(["ask", STARGATE, str(own)]) == 0
    assert console.getvalue().startswith("500 millions de dollars\n")


# Root writes where it likes, by a capability that this gives up first.
WITHOUT_OVERRIDE = """
import ctypes, os, sys
if os.getuid() == 0:
    header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.capget(header, data) == 0
    for place in (0, 1):  # effective, permitted
        data[place] &= ~(1 << 1)  # CAP_DAC_OVERRIDE
    assert libc.capset(header, data) == 0
assert not os.access(sys.argv[-1], os.W_OK)
from qa.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_folder_that_cannot_be_written(own, make_folder):
    bare = make_folder({"phare.txt": "Le phare de la Vieille mesure 27 mètres."})
    cache = own.parent / "cache"
    asked = ((own, STARGATE, "500 millions de dollars\n"), (bare, "Combien mesure le phare ?", "27 mètres\n"))
    for folder, _, _ in asked:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        for folder, question, answer in asked:
            done = subprocess.run(
                [sys.executable, "-c", WITHOUT_OVERRIDE, "ask", question, str(folder)],
                capture_output=True,
                text=True,
                env=environment(XDG_CACHE_HOME=str(cache)),
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, "")
            assert done.stdout.startswith(answer)
        assert not (bare / ".sourcier").exists()
        assert len(list((cache / "sourcier").iterdir())) == 2  # neither index stands beside its articles
    finally:
        for folder, _, _ in asked:
            for path in (folder, *folder.rglob("*")):
                path.chmod(0o755)
