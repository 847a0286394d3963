"""A folder of articles, each of real sentences of one source: the same for the same seed, written as it is made."""

from __future__ import annotations

import json
import math
import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from scaling.facts import Fact, make_facts
from scaling.sentences import Material, Source

CHARS_A_PASSAGE = 470  # about; how many passages there are is told by the index
PLANTED, ABSENT = 120, 60  # facts in the folder, and others that no article states
EVERY = 3  # of the first articles, each third states a fact
_MEDIAN_CHARS, _SPREAD, _FEWEST, _MOST = 2_000, 0.8, 300, 40_000  # of an article; its length is log-normal
_PARAGRAPH = (2, 6)  # sentences
_UNDATED, _MARKDOWN = 0.15, 0.1  # shares
_FIRST_DAY, _DAYS = date(2010, 1, 1), 16 * 365
_TITLE_MAX = 90


def _words(text: str) -> list[str]:
    return text.split()


_MONTHS = {
    "fr": _words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    "en": _words("January February March April May June July August September October November December"),
}


@dataclass(frozen=True, slots=True)
class Article:
    """A file to be: its path in the folder, and its text."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Made:
    """What a folder holds."""

    articles: int
    characters: int
    planted: int


def write_folder(
    folder: Path, material: Material, passages: int, seed: int, planted: int = PLANTED, absent: int = ABSENT
) -> Made:
    """Write articles of about so many passages into a folder, and beside it what to ask: `FOLDER.facts.jsonl`.

    A smaller folder holds the first articles of a larger one.
    """
    facts = make_facts(planted + absent, seed)
    told: list[dict[str, object]] = []
    articles = characters = 0
    seen: set[str] = set()
    while characters < passages * CHARS_A_PASSAGE:
        place = articles // EVERY if articles % EVERY == 0 else planted
        fact = facts[place] if place < planted else None
        made = make_article(articles, material.sources, seed, fact)
        path = folder / made.path
        if (parent := made.path.rpartition("/")[0]) not in seen:
            path.parent.mkdir(parents=True, exist_ok=True)
            seen.add(parent)
        path.write_text(made.text, "utf-8", newline="\n")
        if fact:
            told.append({**asdict(fact), "source": made.path})
        articles += 1
        characters += len(made.text)
    stated = len(told)
    told += [{**asdict(fact), "source": None} for fact in facts[planted:]]
    beside = folder.with_name(f"{folder.name}.facts.jsonl")
    beside.write_text("".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in told), "utf-8")
    return Made(articles, characters, stated)


def make_article(number: int, sources: Sequence[Source], seed: int, fact: Fact | None = None) -> Article:
    """Return an article; the same number and seed always make the same one."""
    chance = random.Random(f"{seed}/{number}")
    language = fact.language if fact else chance.choice(("fr", "en"))
    own = [source for source in sources if source.language == language]
    source = chance.choices(own, [math.sqrt(len(each.sentences)) for each in own])[0]
    title = _title(source, chance)
    wanted = min(max(chance.lognormvariate(math.log(_MEDIAN_CHARS), _SPREAD), _FEWEST), _MOST)
    paragraphs: list[list[str]] = []
    while wanted > 0:
        paragraphs.append(list(_sentences(source, chance)))
        wanted -= sum(map(len, paragraphs[-1]))
    if fact:
        paragraph = chance.choice(paragraphs)
        paragraph.insert(chance.randint(0, len(paragraph)), fact.sentence)
    day = _FIRST_DAY + timedelta(chance.randrange(_DAYS))
    markdown, dated = chance.random() < _MARKDOWN, chance.random() >= _UNDATED
    head = _markdown_head(title, day if dated else None) if markdown else _head(title, day if dated else None, language)
    body = "\n\n".join(" ".join(paragraph) for paragraph in paragraphs)
    name = f"{day:%Y/%m}/{number:07d}-{_slug(title)}.{'md' if markdown else 'txt'}"
    return Article(name, f"{head}\n\n{body}\n")


def draw_questions(material: Material, count: int, seed: int) -> list[tuple[str, str]]:
    """Return (language, question) pairs, the languages in turn as long as there are some."""
    chance = random.Random(f"questions/{seed}")
    by_language = [[each for each in material.questions if each[0] == language] for language in ("fr", "en")]
    drawn = [chance.sample(some, min(count, len(some))) for some in by_language]
    fewest = min(map(len, drawn))
    in_turn = [each for pair in zip(*drawn, strict=False) for each in pair]
    return (in_turn + [each for some in drawn for each in some[fewest:]])[:count]


def _sentences(source: Source, chance: random.Random) -> Iterator[str]:
    """Yield the sentences of a paragraph: a run of them where they are in order, else any."""
    count = min(chance.randint(*_PARAGRAPH), len(source.sentences))
    if source.ordered:
        first = chance.randrange(len(source.sentences) - count + 1)
        yield from source.sentences[first : first + count]
    else:
        yield from (source.sentences[chance.randrange(len(source.sentences))] for _ in range(count))


def _title(source: Source, chance: random.Random) -> str:
    some = (source.sentences[chance.randrange(len(source.sentences))] for _ in range(4))
    title = min(some, key=len).strip("«»“”\"' ").rstrip(".!?… ")
    return title if len(title) <= _TITLE_MAX else title[:_TITLE_MAX].rpartition(" ")[0].rstrip(",;: ")


def _head(title: str, day: date | None, language: str) -> str:
    if day is None:
        return title
    said = f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"
    return f"{title}\n\n{'Publié le' if language == 'fr' else 'Published on'} {said}"


def _markdown_head(title: str, day: date | None) -> str:
    dated = f"date: {day.isoformat()}\n" if day else ""
    return f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\n{dated}---"


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain)[:5]) or "article"
