"""The exact words of an answer: numbers with their units, names with their parts, sentences where reasons are asked."""

from __future__ import annotations

import pytest

from qa.answer import quote
from qa.session import Session

ARTICLE = (
    "Le nouveau pont de Brenval a coûté 250 milliards de dollars à la région."
    " Il appartient à 32,5 % à la société Ponteval. Ses capteurs sont gravés en 3 nm."
    " Il fut dessiné par Anne-Marie de La Tour en 1998."
    " Il a fermé parce que le fleuve a débordé pendant la nuit."
)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("articles")
    (folder / "pont.txt").write_text(ARTICLE, "utf-8")
    with Session.of_folder(folder) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Combien a coûté le pont de Brenval ?", "250 milliards de dollars"),
        ("How much did the Brenval bridge cost?", "250 milliards de dollars"),
        ("Quelle part du pont appartient à Ponteval ?", "32,5 %"),
        ("Qui a dessiné le pont ?", "Anne-Marie de La Tour"),
        ("Who designed it in 1998?", "Anne-Marie de La Tour"),
        ("En quelle année le pont fut-il dessiné ?", "1998"),
    ],
)
def test_a_span_keeps_what_belongs_to_it(session, question, wanted):
    best = session.ask(question).best
    assert quote(best, best.span) == wanted


@pytest.mark.parametrize("question", ["Pourquoi le pont a-t-il fermé ?", "Why did the bridge close?"])
def test_a_reason_is_given_as_a_sentence(session, question):
    best = session.ask(question).best
    assert (best.span.start, best.span.end) == (best.sentence.start, best.sentence.end)
    assert "débordé" in quote(best, best.sentence)


def test_a_span_never_leaves_its_sentence(session):
    for question in ("Que sont gravés les capteurs ?", "What is the bridge?", "À qui appartient le pont ?"):
        best = session.ask(question).best
        assert best.sentence.start <= best.span.start < best.span.end <= best.sentence.end
