"""Addresses for tests of an index in Milvus.

By default a server of Milvus Lite is started for them. With `SOURCIER_MILVUS=milvus://host:19530/name` in the
environment a real one is asked, with the token and the certificates that the variables of `sourcier --store` name:

    SOURCIER_MILVUS=milvus://milvus.example:19530/tests pytest tests/test_milvus_index.py tests/test_milvus_answers.py

All collections begin with that name and a number of their own, and are removed again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from uuid import uuid4

import pytest
from milvus_fill import remove

from index.milvus.address import Address
from index.milvus.client import Client

REAL = "SOURCIER_MILVUS"
Place = Callable[[], Address]


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Return a function that gives addresses at which there is nothing yet, and will be nothing any more."""
    real = os.environ.get(REAL)
    base = Address.parse(real) if real else request.getfixturevalue("milvus").address("test")
    given: list[Address] = []

    def new() -> Address:
        given.append(replace(base, collection=f"{base.collection}_{uuid4().hex[:8]}"))
        return given[-1]

    yield new
    for address in given:
        with closing(Client(address)) as client:
            remove(client)
