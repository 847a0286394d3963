"""The model card that comes with a trained model: what it is, how it was made, and of what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.train.options import Recipe

_LICENCES = {
    "adobe": "Adobe documentation, MIT",
    "canada-laws": "Canadian federal laws, Open Government Licence Canada",
    "headings": "Canadian federal laws, Open Government Licence Canada",
    "cldr-names": "Unicode CLDR, Unicode v3",
    "covidqa": "CovidQA, Apache-2.0",
    "debian-web": "Debian web pages, MIT or GPL-2+, the older part Open Publication License",
    "eu-eforms": "EU eForms, CC BY 4.0",
    "europarl": "Europarl, no known copyright restrictions",
    "fairytaleqa": "FairytaleQA, Apache-2.0",
    "gc-canada": "repositories of the Government of Canada, mostly MIT",
    "gnome-user-docs": "GNOME documentation, CC BY 3.0",
    "hf-courses": "Hugging Face courses, Apache-2.0",
    "mon-entreprise": "mon-entreprise, MIT",
    "mozilla-www-legal": "Mozilla's legal texts, MPL-2.0 and CC BY-SA 3.0",
    "ms-": "Microsoft documentation, CC BY 4.0",
    "open-contracting": "Open Contracting Data Standard, Apache-2.0",
    "piaf": "PIAF, CC BY-SA 4.0",
    "policyqa": "PolicyQA, MIT",
    "python-docs": "Python documentation, CC0 and PSF",
    "qamr": "QAMR, MIT",
    "qed": "QED over Natural Questions, CC BY-SA 3.0",
    "react-vue-rust": "React and Vue documentation (CC BY 4.0, MIT), Rust documentation (MIT, Apache-2.0)",
    "squad2": "SQuAD 2, CC BY-SA 4.0",
    "squadshifts": "SQuADShifts, CC BY 4.0",
    "tatoeba": "Tatoeba, CC BY 2.0",
    "tatqa": "TAT-QA, CC BY 4.0",
    "timesensitiveqa": "TimeSensitiveQA, BSD-3-Clause",
    "wikidict": "open-dict-data titles, CC0",
}


def card(recipe: Recipe, teacher: str, sizes: Mapping[str, int], vocabulary: int) -> str:
    """Return a model card, in Markdown.

    :param sizes: how many pairs or questions each source gave.
    :param vocabulary: the number of tokens.
    """
    options = "\n".join(f"    --{name.replace('_', '-')} {value}" for name, value in asdict(recipe).items())
    sources = "\n".join(f"| {name} | {size:,} | {licence_of(name)} |" for name, size in sorted(sizes.items()))
    return f"""---
license: other
language: [fr, en]
library_name: model2vec
---

# A static encoder of French and English

{vocabulary:,} tokens, {recipe.dim} dimensions, a byte each with one weight a token, in model2vec format. A text's
vector is the mean of its tokens' rows, scaled to unit length. It loads without torch, and in model2vec and
sentence-transformers with the same vectors.

## How it was made

By `python -m index.train`, from the data below and with {teacher} for a teacher, with these options:

{options}

1. Vocabulary: WordPiece, lower case, accents stripped: the Latin part of the teacher's, the years, and the words
   that most sources use.
2. English rows: what the teacher says of a word wherever it reads it, and of the word alone.
3. French rows: the rows of the English words that translate them, as IBM Model 1 learns from the translated pairs.
4. Turned to their principal axes, unit length, times log(1 + 1/share of texts that hold the token).
5. Learning: each text of a batch must find its own among all, by mean vectors (all columns, and the first 64) and,
   for some pairs of each batch, by late interaction. Translated pairs, headings with sections, and questions with
   paragraphs or with the sentences that answer; half of the questions and of their texts are put into the other
   language word by word.

## Data

| source | pairs or questions | what it is, and its licence |
|---|---:|---|
{sources}
"""


def licence_of(source: str) -> str:
    """Return what a source is and its licence, by the last word of its name."""
    name = source.rpartition(" ")[2]
    known = [licence for prefix, licence in _LICENCES.items() if name.startswith(prefix)]
    return known[-1] if known else "not known to Sourcier"
