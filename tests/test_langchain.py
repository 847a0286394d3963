"""Sourcier as LangChain's retriever: exact slices with their places, invoked in each of its ways."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from langchain_core.load import dumps, loads
from langchain_core.runnables import RunnableLambda
from pydantic import ValidationError

from index.errors import FolderError, QuestionError, UsageError
from index.stores import store_of
from qa.langchain_retriever import SourcierRetriever
from qa.session import Session

FRENCH, ENGLISH = "Combien OpenAI est-elle valorisée ?", "How much does Stargate cost?"
FIELDS = ("id", "source", "title", "date", "language", "start", "end", "line", "page", "sha256", "score", "rank")


@pytest.fixture(scope="module")
def folder(seeds_session: Session) -> Path:
    return seeds_session.index.folder


@pytest.fixture(scope="module")
def retriever(seeds_session: Session, folder: Path):
    index = seeds_session.index.generation.path.parent
    with SourcierRetriever.of_folder(folder, index, k=4) as opened:
        yield opened


def other(retriever: SourcierRetriever, **changed) -> SourcierRetriever:
    return SourcierRetriever(**{"folder": retriever.folder, "index": retriever.index, **changed})


@pytest.mark.parametrize("question", [FRENCH, ENGLISH])
@pytest.mark.parametrize("read", [False, True])
def test_documents_are_slices_of_their_files_best_first(retriever, folder, question, read):
    with other(retriever, read=read) as asked:
        found = asked.invoke(question)
    assert len(found) == 5
    for rank, document in enumerate(found, start=1):
        told = document.metadata
        assert tuple(told) == FIELDS
        content = (folder / told["source"]).read_bytes()
        text = content.decode("utf-8-sig")
        assert text[told["start"] : told["end"]] == document.page_content != ""
        assert text[: told["start"]].count("\n") + 1 == told["line"]
        assert hashlib.sha256(content).hexdigest() == told["sha256"]
        assert told["rank"] == rank
        assert told["id"] == document.id
        assert json.loads(json.dumps(told)) == told
    assert len({document.id for document in found}) == 5


def test_the_order_is_that_of_retrieval_or_that_of_an_answer(retriever, seeds_session):
    with other(retriever, k=10) as nearest, other(retriever, k=10, read=True) as listed:
        scores = [document.metadata["score"] for document in nearest.invoke(FRENCH)]
        texts = [document.page_content for document in listed.invoke(FRENCH)]
    assert scores == sorted(scores, reverse=True)
    assert texts == [hit.passage.text for hit in seeds_session.ask(FRENCH, k=10).passages]


def test_every_way_to_invoke_it_finds_the_same(retriever):
    questions = [FRENCH, ENGLISH]
    expected = [retriever.invoke(question) for question in questions]
    assert retriever.batch(questions) == expected
    assert asyncio.run(retriever.abatch(questions)) == expected
    assert asyncio.run(retriever.ainvoke(FRENCH)) == expected[0]
    assert (retriever | RunnableLambda(len)).invoke(FRENCH) == 4
    assert [len(retriever.invoke(FRENCH, k=k)) for k in (1, 3)] == [1, 3]


def test_what_is_no_question_finds_nothing_and_what_cannot_be_one_is_refused(retriever):
    for read in (False, True):
        with other(retriever, read=read) as asked:
            assert asked.invoke("  ") == asked.invoke("?!") == []
            with pytest.raises(QuestionError):
                asked.invoke("x" * 2001)


def test_k_has_bounds(retriever):
    for k in (0, 101):
        with pytest.raises(ValidationError):
            other(retriever, k=k)
        with pytest.raises(ValueError, match=f"k is {k}, want 1 to 100"):
            retriever.invoke(FRENCH, k=k)


@pytest.mark.filterwarnings("ignore:The function `loads` is in beta")
def test_it_is_written_down_by_its_folder_and_read_again(retriever):
    again = loads(dumps(retriever), allowed_objects=[SourcierRetriever], valid_namespaces=["qa"])
    assert (again.folder, again.index, again.k, again.read) == (retriever.folder, retriever.index, 4, False)
    with again:
        assert again.invoke(FRENCH) == retriever.invoke(FRENCH)


def test_after_closing_a_question_opens_the_folder_as_it_is_then(make_folder):
    folder = make_folder({"a.txt": "Le phare de Cordouan a été construit en 1611."})
    with SourcierRetriever.of_folder(folder) as retriever:
        assert len(retriever.invoke("phare de Cordouan")) == 1
        make_folder({"b.txt": "Le phare de Cordouan est classé depuis 1862."})
        retriever.close()
        assert len(retriever.invoke("phare de Cordouan")) == 2


def test_a_store_stands_for_a_folder(make_folder, milvus):
    url = f"{milvus.url}/langchain"
    with closing(store_of(url)) as store:
        store.build(make_folder({"a.txt": "Le phare de Cordouan a été construit en 1611."}))
    with SourcierRetriever.of_store(url, k=1) as retriever:
        again = loads(dumps(retriever), allowed_objects=[SourcierRetriever], valid_namespaces=["qa"])
    with again:
        (found,) = again.invoke("Quand fut construit Cordouan ?")
    assert (found.metadata["source"], found.metadata["line"]) == ("a.txt", 1)


def test_neither_folder_nor_store_is_told():
    with pytest.raises(UsageError, match="name a folder or a store"):
        SourcierRetriever().invoke(FRENCH)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FolderError, match="nowhere"):
        SourcierRetriever.of_folder(tmp_path / "nowhere")


def test_without_langchain_the_remedy_is_told():
    script = "import sys; sys.modules['langchain_core'] = None; import qa.langchain_retriever"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last == "ImportError: SourcierRetriever needs langchain-core: pip install 'sourcier[langchain]'"
