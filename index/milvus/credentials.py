"""Who we are for Milvus, and whom we trust to be it: from the environment alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import UsageError

TOKEN = "SOURCIER_MILVUS_TOKEN"
CA, CERTIFICATE, KEY = "SOURCIER_MILVUS_CA", "SOURCIER_MILVUS_CERT", "SOURCIER_MILVUS_KEY"

_MARK = b"-----BEGIN "


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is shown to a server; the token never in print.

    :param token: `user:password`, or a key; empty where the server asks for none.
    :param authority: the file of the certificates that vouch for the server; None for those of the system.
    :param certificate: the file of our own certificate, where the server asks for one.
    :param key: the file of its key.
    """

    token: str = field(default="", repr=False)
    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Credentials:
        """Return what the environment says.

        :raises UsageError: if a file is not there, or one of those is missing that go together; names the variable.
        """
        token = environment.get(TOKEN, "").strip()
        if not token.isprintable():
            raise UsageError(f"{TOKEN} holds a character that cannot be typed: give user:password, or a key")
        authority, certificate, key = (_file(environment, name) for name in (CA, CERTIFICATE, KEY))
        if (certificate is None) != (key is None):
            raise UsageError(f"{CERTIFICATE} and {KEY} go together: set both, or none")
        if certificate and not authority:
            raise UsageError(f"{CERTIFICATE} needs {CA}: the file of the certificates that vouch for the server")
        return cls(token, authority, certificate, key)

    def options(self) -> dict[str, str]:
        """Return what the client of Milvus takes."""
        told = {"token": self.token} if self.token else {}
        if self.certificate:
            told |= {"client_pem_path": str(self.certificate), "client_key_path": str(self.key)}
            return told | {"ca_pem_path": str(self.authority)}
        return told | ({"server_pem_path": str(self.authority)} if self.authority else {})


def _file(environment: Mapping[str, str], name: str) -> Path | None:
    """Return the file that a variable names.

    :raises UsageError: if it cannot be read, or holds something else.
    """
    if not environment.get(name):
        return None
    path = Path(environment[name]).expanduser()
    try:
        held = path.read_bytes()
    except OSError as error:
        told = error.strerror or type(error).__name__
        raise UsageError(f"{name} names {path}, which cannot be read ({told}): name a file in PEM") from None
    if _MARK not in held:
        raise UsageError(f"{name} names {path}, which is no file in PEM: it begins with -----BEGIN …")
    return path
