"""The processes that read files: what dies, hangs or swells there harms nothing here."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pdf_files import assembled, pdf, stream

from index.documents import document_of, extract
from index.errors import DocumentError
from index.formats import READERS, workers

ROOT = Path(__file__).parent.parent
PDF = pdf([[(50, 700, "Microsoft a investi dix milliards de dollars.")]])
PAGE = b"<html><body><article><p>Microsoft a investi dix milliards de dollars dans OpenAI.</p></article></body></html>"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    workers.close()
    yield
    workers.close()


def idle() -> workers.Worker:
    (worker,) = workers._idle
    return worker


def packed(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_one_process_reads_file_after_file_and_ends_when_it_is_let_go() -> None:
    first = extract(PDF, "a.pdf").text
    process = idle()._process
    assert extract(PDF, "b.pdf").text == first == "Microsoft a investi dix milliards de dollars."
    assert "dix milliards" in extract(PAGE, "a.html").text
    assert idle()._process is process
    workers.close()
    assert process.poll() is not None
    assert extract(PDF, "a.pdf").text == first


def test_text_needs_no_process() -> None:
    assert document_of(b"Un texte.", "a.txt").text == "Un texte."
    assert workers._idle == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_a_process_that_died_while_idle_is_replaced() -> None:
    extract(PDF, "a.pdf")
    process = idle()._process
    process.send_signal(signal.SIGSEGV)
    process.wait()
    assert extract(PDF, "a.pdf").text.startswith("Microsoft")


def dying(monkeypatch: pytest.MonkeyPatch, folder: Path, what: str) -> None:
    """Let the process read HTML by a library that does something else."""
    (folder / "trafilatura").mkdir()
    (folder / "trafilatura" / "__init__.py").write_text(what)
    (folder / "trafilatura" / "settings.py").write_text("class Document: ...")
    monkeypatch.syspath_prepend(str(folder))


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (
            "import ctypes; ctypes.string_at(0)",
            "could not be read: its reader died; save it in another format, or try again by `sourcier index",
        ),
        (
            "import os; os._exit(3)",
            "could not be read: its reader died; save it in another format, or try again by `sourcier index",
        ),
        (
            "import os, sys; os.write(1, b'{}'); print('hello'); sys.exit(0)",
            "could not be read: its reader died; save it in another format, or try again by `sourcier index",
        ),
        ("def load_html(page): return b' ' * 10**12", "needs too much memory"),
        ("def load_html(page): return load_html(page)", "is nested too deeply"),
        ("def load_html(page): raise OSError('x')", "cannot be read (OSError)"),
        ("raise ImportError('x')", "cannot be read (ImportError)"),
    ],
)
def test_whatever_a_library_does_only_the_file_is_skipped(monkeypatch, tmp_path, what, says):
    dying(monkeypatch, tmp_path, what)
    with pytest.raises(DocumentError) as error:
        extract(PAGE, "a.html")
    assert str(error.value).startswith(says)
    assert "\n" not in str(error.value)
    assert extract(PDF, "a.pdf").text.startswith("Microsoft")


def test_a_file_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that draws itself fifty times, each of which does: no end of it is known."""
    form = stream(
        b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 4 0 R >> >>", b"/X Do " * 50
    )
    data = assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2 >>",  # and a tree of pages that holds itself
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 5 0 R"
            b" /Resources << /XObject << /X 4 0 R >> >> >>",
            form,
            stream(b"", b"/X Do"),
            b"<< >>",
        ]
    )
    made = workers.Worker
    monkeypatch.setattr(workers, "Worker", lambda: made(seconds=1))
    monkeypatch.setattr(workers, "SECONDS", 1.0)
    with pytest.raises(
        DocumentError,
        match=r"^could not be read in 1 seconds: split it, or try again by `sourcier index FOLDER --rebuild`$",
    ):
        extract(data, "a.pdf")
    monkeypatch.undo()
    assert extract(PDF, "a.pdf").text.startswith("Microsoft")


def test_an_interrupted_reading_leaves_no_answer_for_the_next_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(workers.json, "loads", interrupted)
        with pytest.raises(KeyboardInterrupt):
            extract(PDF, "a.pdf")
    assert workers._idle == []
    assert "OpenAI" in extract(PAGE, "a.html").text


def test_threads_read_at_the_same_time() -> None:
    said: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: said.append(extract(pdf([[(50, 700, f"Texte {n}.")]]), "a.pdf").text))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [f"Texte {n}." for n in range(6)]
    assert len(workers._idle) <= 2


def test_modules_of_the_folder_one_is_in_are_not_loaded(tmp_path: Path) -> None:
    for name in ("json", "trafilatura", "lxml", "pypdfium2"):
        (tmp_path / f"{name}.py").write_text("import os; os._exit(9)")
    (tmp_path / "a.pdf").write_bytes(PDF)
    script = (
        "import sys; sys.path = [entry for entry in sys.path if entry]; from pathlib import Path\n"
        "from index.documents import extract; print(extract(Path('a.pdf').read_bytes(), 'a.pdf').text)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("Microsoft a investi dix milliards de dollars.\n", "")


@pytest.mark.parametrize(
    ("name", "loaded"), [("pdf", "pypdfium2"), ("html", "trafilatura"), ("docx", "docx"), ("epub", "selectolax")]
)
def test_a_format_loads_its_own_library_alone(name: str, loaded: str) -> None:
    data = {"pdf": PDF, "html": PAGE}.get(name, packed({"mimetype": b"x"}))
    others = {"pypdfium2", "trafilatura", "docx", "selectolax"} - {loaded}
    script = (
        "import sys; from index.formats import worker; worker._answer(sys.argv[1], bytes.fromhex(sys.argv[2]));"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, name, data.hex()], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not others & set(done.stdout.split())


class _NoProcess:
    def __init__(self, *_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")


def test_a_reader_that_cannot_be_started_says_how_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers.subprocess, "Popen", _NoProcess)
    for _ in range(4):  # each gives its place back
        with pytest.raises(
            DocumentError, match=r"no reader can be started \(Resource .*\); try again by `sourcier index"
        ):
            extract(PDF, "a.pdf")


FILES = sorted(path for path in (Path(__file__).parent / "data" / "formats").iterdir() if path.suffix != ".md")
READ = """
import json, sys
from index.formats import worker
print(json.dumps({name: worker._answer(name.rpartition(".")[2], open(name, "rb").read()) for name in sys.argv[1:]}))
"""


def test_a_file_reads_the_same_whatever_was_read_before_and_wherever_it_is_read() -> None:
    """Order of files, time zone, language and hash seed: none of them is in the bytes."""
    settings: list[dict[str, str]] = [
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "America/Adak", "LC_ALL": "fr_FR.UTF-8", "PYTHONHASHSEED": "2", "PYTHONUTF8": "1"},
    ]
    told = []
    for files, environment in zip((FILES, FILES[::-1]), settings, strict=True):
        done = subprocess.run(
            [sys.executable, "-c", READ, *map(str, files)],
            cwd=ROOT,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=True,
        )
        told.append(json.loads(done.stdout))
    assert told[0] == told[1]
    assert all("text" in answer for answer in told[0].values())


GARBAGE = (b"", b"\0" * 50, os.urandom(3000), b"<" * 3000, b"%PDF-1.7\n" + b"\xff" * 500, b"PK\x03\x04" + b"\x00" * 300)


@pytest.mark.parametrize(
    "suffix", [suffix for suffix in READERS if suffix not in (".txt", ".text", ".md", ".markdown")]
)
@pytest.mark.parametrize("data", [*GARBAGE, PDF, PAGE, packed({"a": b"b"})], ids=range(9))
def test_what_is_of_no_format_is_read_or_refused_in_one_line(suffix: str, data: bytes) -> None:
    told = ""
    try:
        assert document_of(data, f"a{suffix}").text.strip()
    except DocumentError as error:
        told = str(error)
    assert not [part for part in ("\n", "died", "Error)") if part in told]  # no fault but the file's own
