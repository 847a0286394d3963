"""Lines of answers that cite a text, for the tests of `sourcier verify`."""

import hashlib
import json

TEXT = "Titre\r\n\r\nMicrosoft détient 27 % du capital. OpenAI prépare la suite.\r\n"
SENTENCE = "Microsoft détient 27 % du capital."
QUOTE = "27 %"


def cite(text=TEXT, sentence=SENTENCE, quote=QUOTE, **changed):
    """Return a citation, as schema 1 tells it, of the first place of a quote in a sentence of a text."""
    data = text.encode() if isinstance(text, str) else text
    text = data.decode("utf-8-sig")
    first = text.index(sentence)
    start = first + sentence.index(quote)
    told = {
        "number": 1,
        "source": "a.txt",
        "line": 1 + text[:start].replace("\r\n", "\n").replace("\r", "\n").count("\n"),
        "start": start,
        "end": start + len(quote),
        "quote": quote,
        "sentence": {"start": first, "end": first + len(sentence), "text": sentence},
        "sha256": hashlib.sha256(data).hexdigest(),
        "extraction": "text/1",
    }
    return {**told, **changed}


def line(*citations, **changed):
    """Return an answer as a line: a refusal if it cites nothing."""
    told = {"schema": 1, "id": "q1", "answer": citations[0]["quote"] if citations else None, "citations": [*citations]}
    return json.dumps({**told, **changed})
