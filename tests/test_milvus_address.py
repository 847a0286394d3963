"""Addresses of stores, and the credentials beside them."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UsageError
from index.milvus.address import KINDS, Address
from index.milvus.credentials import Credentials

LETTERS = string.ascii_letters + "_"
NAMES = st.builds(str.__add__, st.sampled_from(LETTERS), st.text(LETTERS + string.digits, max_size=199))
HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?){0,3}", fullmatch=True),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
)
ADDRESSES = st.builds(Address, HOSTS, NAMES, st.integers(1, 65_535), st.booleans(), st.sampled_from(KINDS))


@given(ADDRESSES)
def test_an_address_is_read_as_it_is_told(address: Address) -> None:
    assert Address.parse(str(address)) == address


def test_what_an_address_leaves_out() -> None:
    assert Address.parse("milvus://Host/notes") == Address("host", "notes", 19530, False, "FLAT")
    assert Address.parse("milvus+tls://h:1/N_1?index=ivf_sq8") == Address("h", "N_1", 1, True, "IVF_SQ8")
    assert str(Address.parse("milvus://[::1]/notes")) == "milvus://[::1]:19530/notes"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "milvus://HOST:19530/COLLECTION"),
        ("host:19530/notes", "milvus://HOST"),
        ("http://host:19530/notes", "milvus://HOST"),
        ("milvus:///notes", "milvus://HOST"),
        ("milvus://host:0/notes", "milvus://HOST"),
        ("milvus://host:65536/notes", "milvus://HOST"),
        ("milvus://host:port/notes", "milvus://HOST"),
        ("milvus://[::1/notes", "milvus://HOST"),
        ("milvus://[host]/notes", "no address of a store"),
        ("milvus://ho st/notes", "no name of a host"),
        ("milvus://hôte/notes", "no name of a host"),
        ("milvus://host/notes#1", "milvus://HOST"),
        ("milvus://host", "names no collection"),
        ("milvus://host/", "names no collection"),
        ("milvus://host/a/b", "names no collection"),
        ("milvus://host/1a", "begins with no digit"),
        ("milvus://host/a-b", "names no collection"),
        ("milvus://host/" + "a" * 201, "200 at most"),
        ("milvus://host/notes.db", "names no collection"),
        ("milvus://host/notes?index=BEST", "one of FLAT, HNSW"),
        ("milvus://host/notes?index=FLAT&index=HNSW", "one ?index=KIND"),
        ("milvus://host/notes?kind=FLAT", "one ?index=KIND"),
    ],
)
def test_what_is_no_address_is_told_in_one_line(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        Address.parse(text)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["milvus://me:s3cret@host/notes", "milvus://host/notes?token=s3cret", "m:s3cret@host"])
def test_a_password_in_an_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Address.parse(text)
    assert "s3cret" not in str(caught.value)
    if "@" in text:
        assert "SOURCIER_MILVUS_TOKEN" in str(caught.value)


@given(st.text())
def test_any_text_is_an_address_or_a_usage_error(text: str) -> None:
    try:
        address = Address.parse(text)
    except UsageError:
        return
    assert Address.parse(str(address)) == address


def test_each_collection_has_a_side_of_its_own() -> None:
    told = ["milvus://a/x", "milvus://a/y", "milvus://b/x", "milvus://a:1/x"]
    assert len({Address.parse(each).side for each in told}) == len(told)
    same = Address.parse("milvus+tls://a:19530/x?index=HNSW").side
    assert same == Address.parse("milvus://a/x").side
    assert same.name.startswith("milvus-")


def test_credentials_come_from_the_environment(tmp_path: Path) -> None:
    for name in ("ca", "cert", "key"):
        (tmp_path / name).write_text("-----BEGIN CERTIFICATE-----\n")
    environment = {"SOURCIER_MILVUS_TOKEN": "me:s3cret\n", "MILVUS_TOKEN": "another"}
    assert Credentials.of(environment).options() == {"token": "me:s3cret"}
    assert Credentials.of({}).options() == {}
    environment = {f"SOURCIER_MILVUS_{name.upper()}": str(tmp_path / name) for name in ("ca", "cert", "key")}
    assert Credentials.of(environment).options() == {
        "ca_pem_path": str(tmp_path / "ca"),
        "client_pem_path": str(tmp_path / "cert"),
        "client_key_path": str(tmp_path / "key"),
    }
    only = {"SOURCIER_MILVUS_CA": str(tmp_path / "ca")}
    assert Credentials.of(only).options() == {"server_pem_path": str(tmp_path / "ca")}


def test_credentials_never_print_the_token() -> None:
    assert "s3cret" not in repr(Credentials.of({"SOURCIER_MILVUS_TOKEN": "me:s3cret"}))


@pytest.mark.parametrize(
    ("given_names", "told"),
    [
        (["CERT", "CA"], "SOURCIER_MILVUS_CERT and SOURCIER_MILVUS_KEY go together"),
        (["KEY", "CA"], "SOURCIER_MILVUS_CERT and SOURCIER_MILVUS_KEY go together"),
        (["CERT", "KEY"], "SOURCIER_MILVUS_CERT needs SOURCIER_MILVUS_CA"),
    ],
)
def test_credentials_that_lack_their_other_half(tmp_path: Path, given_names: list[str], told: str) -> None:
    file = tmp_path / "all.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\n")
    with pytest.raises(UsageError, match=told):
        Credentials.of({f"SOURCIER_MILVUS_{name}": str(file) for name in given_names})


@pytest.mark.parametrize("name", ["SOURCIER_MILVUS_CA", "SOURCIER_MILVUS_CERT", "SOURCIER_MILVUS_KEY"])
def test_a_file_that_is_missing_or_another_is_told_with_its_variable(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=rf"{name} names .*gone\.pem, which cannot be read"):
        Credentials.of({name: str(tmp_path / "gone.pem")})
    (tmp_path / "note.txt").write_text("a note")
    with pytest.raises(UsageError, match=rf"{name} names .*note\.txt, which is no file in PEM"):
        Credentials.of({name: str(tmp_path / "note.txt")})


def test_a_token_of_two_lines_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="SOURCIER_MILVUS_TOKEN") as caught:
        Credentials.of({"SOURCIER_MILVUS_TOKEN": "me:s3cret\nme:other"})
    assert "s3cret" not in str(caught.value)
