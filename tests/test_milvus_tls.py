"""Who we are, and whom we trust: TLS and tokens, by a server that asks for both."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from milvus_server import GUARDED, MISSING, MilvusServer, running

from index.errors import IndexStoreError
from index.milvus import connection as connection_module
from index.milvus.address import Address
from index.milvus.client import Client

if MISSING:
    pytest.skip("pymilvus or milvus-lite not installed: pip install -e '.[test]'", allow_module_level=True)
trustme = pytest.importorskip("trustme")
TOKEN = "writer:s3cret"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of certificates: ours and the server's, who vouches for them, and somebody else."""
    folder = tmp_path_factory.mktemp("papers")
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    other.cert_pem.write_to_path(folder / "other.pem")
    for name, host in (("server", "localhost"), ("me", "me@example.org")):
        authority.issue_cert(host).private_key_and_cert_chain_pem.write_to_path(folder / f"{name}.pem")
    return folder


@pytest.fixture(scope="module")
def guarded(papers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    """Run a server that asks for a token."""
    asked = [*GUARDED, "--certificate", str(papers / "server.pem"), "--token", TOKEN]
    with running(tmp_path_factory.mktemp("guarded") / "data", command=asked) as server:
        yield server


@pytest.fixture(scope="module")
def distrustful(papers: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    """Run a server that asks for our certificate."""
    asked = [*GUARDED, "--certificate", str(papers / "server.pem"), "--authority", str(papers / "ca.pem")]
    with running(tmp_path_factory.mktemp("distrustful") / "data", command=asked) as server:
        yield server


@pytest.fixture(autouse=True)
def environment(papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOKEN", "CA", "CERT", "KEY"):
        monkeypatch.delenv(f"SOURCIER_MILVUS_{name}", raising=False)
    monkeypatch.setenv("SOURCIER_MILVUS_CA", str(papers / "ca.pem"))
    monkeypatch.setattr(connection_module, "PATIENCE", 0.5)


def address(server: MilvusServer, scheme: str = "milvus+tls", host: str = "localhost") -> Address:
    return Address.parse(f"{scheme}://{host}:{server.port}/notes")


def told_by(address: Address) -> str:
    client = Client(address)
    with pytest.raises(IndexStoreError) as caught:
        client.names()
    client.close()
    told = "".join(traceback.format_exception(caught.value))
    assert "s3cret" not in told
    assert "wrong-one" not in told
    return str(caught.value)


def test_a_token_opens_by_tls(guarded: MilvusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCIER_MILVUS_TOKEN", TOKEN)
    client = Client(address(guarded))
    assert client.names() == []
    client.close()


@pytest.mark.parametrize("token", [None, "writer:wrong-one", "wrong-one"])
def test_a_wrong_token_is_told_with_its_variable(
    guarded: MilvusServer, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    if token:
        monkeypatch.setenv("SOURCIER_MILVUS_TOKEN", token)
    assert "refuses us: set SOURCIER_MILVUS_TOKEN to user:password, or to a key" in told_by(address(guarded))


def test_a_token_withdrawn_while_connected_is_told(
    guarded: MilvusServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, papers: Path
) -> None:
    asked = [*GUARDED, "--certificate", str(papers / "server.pem"), "--token", TOKEN]
    server = MilvusServer(tmp_path / "data", command=asked)
    monkeypatch.setenv("SOURCIER_MILVUS_TOKEN", TOKEN)
    server.start()
    try:
        client = Client(address(server))
        client.names()
        server.kill()
        server._command[server._command.index(TOKEN)] = "writer:another"
        server.start()
        with pytest.raises(IndexStoreError, match="refuses us"):
            client.names()
        client.close()
    finally:
        server.stop()


@pytest.mark.parametrize("trusted", ["other.pem", None])
def test_a_server_that_nobody_vouches_for_is_told(
    guarded: MilvusServer, papers: Path, monkeypatch: pytest.MonkeyPatch, trusted: str | None
) -> None:
    if trusted:
        monkeypatch.setenv("SOURCIER_MILVUS_CA", str(papers / trusted))
    else:
        monkeypatch.delenv("SOURCIER_MILVUS_CA")
    told = told_by(address(guarded))
    assert "cannot be trusted (" in told
    assert "set SOURCIER_MILVUS_CA" in told


def test_a_certificate_of_another_host_is_told(guarded: MilvusServer) -> None:
    assert "certificate is of another host" in told_by(address(guarded, host="127.0.0.1"))


def test_plain_speech_to_tls_and_tls_to_plain_speech_are_told(guarded: MilvusServer, milvus: MilvusServer) -> None:
    told = told_by(address(guarded, "milvus"))
    assert "no server answers there" in told
    assert "milvus+tls://" in told
    assert "speaks no TLS: write milvus://" in told_by(address(milvus))


def test_our_certificate_opens(distrustful: MilvusServer, papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "SOURCIER_MILVUS_CERT" in told_by(address(distrustful))
    for name in ("CERT", "KEY"):
        monkeypatch.setenv(f"SOURCIER_MILVUS_{name}", str(papers / "me.pem"))
    client = Client(address(distrustful))
    assert client.names() == []
    client.close()
