"""The file of passwords: what it keeps, what it refuses, and the command that writes it."""

from __future__ import annotations

import io
import os
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import UsageError
from qa import serving
from qa.cli import main
from qa.web import passwords
from qa.web.passwords import Hash, hashed, read_hash, read_users, remove_user, set_password
from qa.web.terms import Serving, warn_of
from qa.web.users import Users

GOOD = "correct horse"
# The least cost that is taken, for tests that only want a line.
LINE = "$scrypt$ln=14,r=8,p=1$" + "A" * 22 + "$" + "B" * 43
posix = pytest.mark.skipif(os.name != "posix", reason="file modes are those of POSIX")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "users"


@settings(max_examples=5, deadline=None)
@given(st.text(min_size=8, max_size=40), st.text(min_size=8, max_size=40))
def test_a_hash_fits_its_password_alone(password, other):
    kept = read_hash(str(hashed(password)))
    assert kept.fits(password)
    same = unicodedata.normalize("NFC", password) == unicodedata.normalize("NFC", other)
    assert kept.fits(other) is same


def test_a_password_is_salted_and_nowhere_in_its_line():
    one, two = str(hashed(GOOD)), str(hashed(GOOD))
    assert one != two
    assert GOOD not in one
    assert one.startswith("$scrypt$ln=15,r=8,p=3$")


def test_an_accent_is_the_same_however_it_is_typed():
    assert hashed("mot de pass\u00e9").fits("mot de passe\u0301")


def test_half_a_character_is_no_password_and_no_crash():
    assert not read_hash(LINE).fits("\ud800" * 9)


@given(st.binary(min_size=16, max_size=64), st.binary(min_size=32, max_size=64))
def test_what_is_written_is_read(salt, key):
    told = Hash(15, 8, 3, salt, key)
    assert read_hash(str(told)) == told


@pytest.mark.parametrize(
    "text",
    ["", "secret", "$scrypt$", LINE + "!", LINE.replace("ln=14", "ln=10"), LINE.replace("ln=14", "ln=30"),
     LINE.replace("r=8", "r=99"), LINE.replace("p=1", "p=0"), LINE.replace("$scrypt", "$argon2id"),
     LINE.replace("A" * 22, "A" * 21)],
)  # fmt: skip
def test_what_is_no_hash_is_refused(text):
    with pytest.raises(ValueError, match="hash"):
        read_hash(text)


@posix
def test_the_file_is_for_its_owner_alone(file):
    assert set_password(file, "ann", GOOD) is False
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    assert set_password(file, "ann", "another one") is True
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["users"]


def test_a_user_is_added_replaced_and_removed_and_the_rest_stays(file):
    file.write_text(f"# ours\n\nbob:{LINE}\n", "utf-8")
    set_password(file, "ann", GOOD)
    set_password(file, "bo", GOOD)  # whose name another's begins with
    set_password(file, "ann", "another one")
    users = read_users(file)
    assert list(users) == ["bob", "bo", "ann"]
    assert users["ann"].fits("another one")
    assert not users["ann"].fits(GOOD)
    remove_user(file, "ann")
    remove_user(file, "bo")
    assert file.read_text("utf-8") == f"# ours\n\nbob:{LINE}\n"
    with pytest.raises(UsageError, match="has no user 'ann'"):
        remove_user(file, "ann")


@posix
def test_a_link_stays_one(file, tmp_path):
    kept = tmp_path / "kept"
    file.symlink_to(kept)
    set_password(file, "ann", GOOD)
    assert file.is_symlink()
    assert list(read_users(kept)) == ["ann"]


def test_a_write_that_fails_leaves_the_old_file(file, monkeypatch):
    set_password(file, "ann", GOOD)
    before = file.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(passwords.os, "replace", full)
    with pytest.raises(UsageError, match="No space left"):
        set_password(file, "bob", GOOD)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["users"]


@pytest.mark.parametrize("name", ["", "a:b", "#ann", " ann", "ann ", "a\nb", "a\0b", "x" * 65])
def test_a_name_that_cannot_be_one_is_refused(file, name):
    with pytest.raises(UsageError) as told:
        set_password(file, name, GOOD)
    assert "\n" not in str(told.value)
    assert not file.exists()


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1_001])
def test_a_password_too_short_or_too_long_is_refused(file, password):
    with pytest.raises(UsageError, match=f"8 to 1,000 characters, this one {len(password)}"):
        set_password(file, "ann", password)
    assert not file.exists()


@pytest.mark.parametrize(
    "line", ["ann", "ann:hunter2secret", f":{LINE}", f" ann:{LINE}", f"bob:{LINE}", "ann:$scrypt$ln=14,r=8,p=1$x$y"]
)
def test_a_bad_line_is_named_and_not_told(file, line):
    file.write_text(f"# ours\nbob:{LINE}\n{line}\n", "utf-8")
    with pytest.raises(UsageError) as told:
        read_users(file)
    assert str(told.value).startswith(f"{file}, line 3: ")
    assert "hunter2secret" not in str(told.value)
    before = file.read_bytes()
    with pytest.raises(UsageError):
        set_password(file, "eve", GOOD)
    assert file.read_bytes() == before


def test_what_is_no_file_of_passwords_is_told_with_the_remedy(file, tmp_path):
    with pytest.raises(UsageError, match="`sourcier password FILE USER` makes one") as told:
        read_users(tmp_path / "ann:secret")
    assert "secret" not in str(told.value)
    with pytest.raises(UsageError, match="cannot be read"):
        read_users(tmp_path)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_users(file)


@posix
def test_a_file_that_others_may_read_is_told(file, capsys):
    set_password(file, "ann", GOOD)
    warn_of(Serving(users=file))
    assert capsys.readouterr().err == ""
    file.chmod(0o644)
    warn_of(Serving(users=file))
    assert "`chmod 600" in capsys.readouterr().err


def test_a_file_without_users_is_refused(file):
    file.write_text("# nobody yet\n", "utf-8")
    with pytest.raises(UsageError, match="names no user"):
        Users(file)


def test_a_change_of_the_file_holds_at_once_and_a_bad_one_is_told_once(file, capsys):
    set_password(file, "ann", GOOD)
    users = Users(file)
    set_password(file, "bob", GOOD)
    assert users.hash_of("bob").fits(GOOD)
    remove_user(file, "bob")
    assert users.hash_of("bob") is None
    file.write_text("nonsense\n", "utf-8")
    assert users.hash_of("ann").fits(GOOD)
    assert users.hash_of("ann") is not None
    file.unlink()
    assert users.hash_of("ann") is not None
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert all(line.startswith("sourcier: the users stay those of before") for line in told)


@pytest.fixture
def typing(monkeypatch):
    """Return a function that lets standard input be a pipe with a text, or a terminal where words are typed."""

    def types(piped=None, typed=()):
        source = io.StringIO(piped or "")
        source.isatty = lambda: piped is None
        words = iter(typed)
        monkeypatch.setattr(sys, "stdin", source)
        monkeypatch.setattr(serving.getpass, "getpass", lambda _: next(words))

    return types


def test_the_command_reads_a_line(file, typing, capsys):
    typing("correct horse\nmore\n")
    assert main(["password", str(file), "ann"]) == 0
    assert capsys.readouterr() == (f"ann is in {file}\n", "")
    typing("another one\r\n")
    assert main(["password", str(file), "ann"]) == 0
    assert capsys.readouterr() == (f"ann has another password in {file}\n", "")
    assert read_users(file)["ann"].fits("another one")
    assert main(["password", str(file), "ann", "--remove"]) == 0
    assert read_users(file) == {}


def test_the_command_asks_twice(file, typing):
    typing(typed=[GOOD, GOOD])
    assert main(["password", str(file), "ann"]) == 0
    assert read_users(file)["ann"].fits(GOOD)


@pytest.mark.parametrize(
    ("piped", "typed", "told"),
    [("", (), "no password on standard input"), ("short\n", (), "8 to 1,000 characters"),
     (None, ("short",), "8 to 1,000 characters"), (None, (GOOD, "correct hoarse"), "the two passwords differ")],
)  # fmt: skip
def test_the_command_refuses_in_one_line(file, typing, capsys, piped, typed, told):
    typing(piped, typed)
    assert main(["password", str(file), "ann"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert told in err
    assert not file.exists()
