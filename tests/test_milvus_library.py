"""pymilvus brings nothing along: no `.env`, no variable of its own, no print; and is told when it is missing."""

from __future__ import annotations

import http.server
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from milvus_server import MISSING, free_port

from index.errors import UsageError
from index.milvus.address import Address
from index.milvus.client import Client
from index.milvus.library import pymilvus

ROOT = Path(__file__).parent.parent
HAVE = pytest.mark.skipif("pymilvus" in MISSING, reason="pymilvus not installed: pip install -e '.[test]'")
BAD = {"MILVUS_URI": "nonsense://", "MILVUS_CONN_TIMEOUT": "soon", "MILVUS_CONN_ALIAS": "?", "MILVUS_TOKEN": "t"}
SCRIPT = """
import os
before = dict(os.environ)
from index.milvus import connection
from index.milvus.address import Address
from index.milvus.client import Client
connection.PATIENCE = 0.2
try:
    Client(Address.parse("{address}")).names()
except Exception as error:
    print(type(error).__name__, error)
print({{name for name in before.keys() | os.environ.keys() if before.get(name) != os.environ.get(name)}})
"""


def run(folder: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    done = [sys.executable, "-W", "error", "-c", script]
    return subprocess.run(done, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("missing", ["pymilvus", "dotenv", "grpc"])
def test_a_missing_library_is_told_with_what_installs_it(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pymilvus"]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.partition(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(UsageError, match=r"pip install 'sourcier\[milvus\]'") as caught:
        Client(Address.parse("milvus://host/notes"))
    assert "\n" not in str(caught.value)


@HAVE
@pytest.mark.parametrize("nested", [False, True])
def test_no_env_file_is_read(tmp_path: Path, nested: bool) -> None:
    (tmp_path / ".env").write_text("SOURCIER_MILVUS_TOKEN=of:the-file\nFOUND=yes\nMILVUS_CONN_TIMEOUT=soon\n")
    folder = tmp_path / "a" / "b" if nested else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    done = run(folder, SCRIPT.format(address=f"milvus://127.0.0.1:{free_port()}/notes"))
    assert "no server answers there" in done.stdout
    assert done.stdout.endswith("set()\n")
    assert done.stderr == ""


@HAVE
def test_variables_of_pymilvus_are_ignored_and_left(tmp_path: Path) -> None:
    address = f"milvus://127.0.0.1:{free_port()}/notes"
    done = run(tmp_path, SCRIPT.format(address=address), **BAD, PYTHON_DOTENV_DISABLED="0")
    assert f"IndexStoreError {address}: no server answers there" in done.stdout
    assert done.stdout.endswith("set()\n")
    assert done.stderr == ""


@HAVE
def test_libraries_print_nothing(tmp_path: Path) -> None:
    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.01,))
        thread.start()
        try:
            done = run(tmp_path, SCRIPT.format(address=f"milvus+tls://127.0.0.1:{web.server_port}/notes"))
        finally:
            web.shutdown()
            thread.join()
    assert "speaks no TLS" in done.stdout
    assert done.stderr == ""


@HAVE
def test_loggers_of_pymilvus_are_quiet() -> None:
    pymilvus()
    for name in ("pymilvus", "pymilvus.decorators", "pymilvus.milvus_client.milvus_client", "pymilvus.client"):
        assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL)


@HAVE
def test_an_address_alone_loads_nothing(tmp_path: Path) -> None:
    script = "import sys, index.milvus.client; print('pymilvus' in sys.modules, 'grpc' in sys.modules)"
    assert run(tmp_path, script).stdout == "False False\n"
