"""Made-up readings, one sentence a document, and an index that holds them."""

from dataclasses import replace

from index.encoder import embedded
from index.types import DocumentInfo, Hit, Passage
from qa.same_point import COMPARED, OWN
from qa.types import Reading, Span
from qa.weights import load_weights

INFO = DocumentInfo("d0", "a.txt", "A", "fr", None, "0" * 64, "text/1")
EVIDENCE = dict.fromkeys((*load_weights().confidence.names, *COMPARED, *OWN), 0.0) | {
    "late": 0.5,
    "late_around": 0.1,
    "near": 0.3,
}


def reading(text, quote=None, score=10.0, document="a", date=None, **evidence):
    """Return a reading of a document of one sentence, whose span is `quote`."""
    info = replace(INFO, doc_id=document, source=f"{document}.txt", date=date)
    passage = Passage(0, document, 0, len(text), text, ())
    hit = Hit(passage, info, 1, 1.0, 1.0, 0.5, 0.5)
    start = text.index(quote) if quote else 0
    span = Span(start, start + len(quote or text), 0.3)
    return Reading(hit, Span(0, len(text), score), span, score, quote is not None, {**EVIDENCE, **evidence})


class FakeIndex:
    """Enough of an index to cite from: every offset stands on line 1."""

    def __init__(self, readings=()):
        self.texts = {each.hit.passage.doc_id: each.hit.passage.text for each in readings}

    @property
    def passages(self):
        return self

    def line(self, _doc_id, _offset):
        return 1

    def page(self, _doc_id, _offset):
        return None

    def text(self, doc_id):
        return self.texts[doc_id]

    def words(self, passage):
        return embedded().words(passage.text)
