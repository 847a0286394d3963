"""The recipe, top to bottom: questions, clozes and a body become a reader.

What is slow to make lies in `OUT/work`, so that a run broken off goes on where it
stopped; the results of another recipe, or of other data, are refused.
"""

from __future__ import annotations

from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from tokenizers import Tokenizer

from index.encoder import EMBEDDED_FOLDER
from index.errors import TrainingDataError
from index.train.batches import WordTranslator
from index.train.work import Log, claim, packaged_teacher
from qa.train.asked import read_asked
from qa.train.batches import Batches
from qa.train.card import card
from qa.train.cloze import Clozes
from qa.train.learn import learn
from qa.train.net import new_reader, weights_of_pieces
from qa.train.save import save_reader
from qa.train.translated import read_sentences

if TYPE_CHECKING:
    from qa.train.options import Recipe


def train(data: Path, out: Path, recipe: Recipe, body: Path | None = None) -> None:
    """Train a reader and write it to a folder.

    :param body: the folder of a BERT-like English model; by default the one from PyPI.
    :raises TrainingDataError: if data are missing or damaged, or OUT/work is of another recipe.
    :raises ModelError: if the body is missing.
    """
    told = "all-MiniLM-L6-v2 (Apache-2.0)" if body is None else body.resolve().name
    body, work, log = body or packaged_teacher(), out / "work", Log()
    paths = sorted((data / "qa").glob("*.json.xz"))
    if not paths:
        raise TrainingDataError(f"no questions in {data / 'qa'}: --data names the folder that holds *.LANGUAGE.json.xz")
    torch.manual_seed(recipe.seed)
    sets = [read_asked(path) for path in paths]
    log(f"read {sum(len(each.asked) for each in sets):,} questions")
    claim(work, data, recipe, body)
    sentences, chances = read_sentences(data, recipe.aligned, work, recipe.seed)
    log(f"read {sum(len(each.english) for each in sentences):,} translated sentences")
    vocabulary = Tokenizer.from_file(str(EMBEDDED_FOLDER / "tokenizer.json")).get_vocab()
    net = new_reader(
        body, recipe.layers, [piece for piece, _ in sorted(vocabulary.items(), key=itemgetter(1))], chances
    )
    clozes = Clozes(sentences, chances, vocabulary, weights_of_pieces()) if sentences else None
    translators = {"en": WordTranslator(chances), "fr": WordTranslator(chances.T.tocsr())}
    batches = Batches(sets, clozes, translators, recipe.batch, recipe.seed)
    learn(net, batches, recipe, work / "checkpoints", log)
    save_reader(out, net)
    sizes = {f"questions {each.name}": len(each.asked) for each in sets}
    sizes |= {f"clozes {each.name}": len(each.english) for each in sentences}
    (out / "README.md").write_text(card(recipe, told, sizes), "utf-8")
    log(f"wrote {out}")
