"""What stands where in an article: its title, its date, its headings, its furniture.

All of it is told from the text alone and given as offsets, so that nothing is cut
out of the text and every offset stays true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.dates import dateline, labelled_date
from index.lines import lines, trimmed
from index.sentences import line_sentences
from index.types import Range

_TITLE_MAX = 200
_OPENING_MAX = 120  # of a title that is only an opening sentence
_HEADING_MAX = 160
_REPEATED_MIN = 4  # words: a shorter title may well begin the first sentence
_FURNITURE_MAX = 400
_FORM_MAX = 160
_FORM_BLOCKS = 12  # a comment form begins no further than this from the end
_HEAD_BLOCKS = 3  # title, author and date stand in as many blocks at most
_PROSE_END = re.compile(r"[.!?…;:,»”\"]$")
_BEGINS_LOW = re.compile(r"[\W_]*[a-zß-ÿœ]")
_ITEM = re.compile(r"[-*•\u2013]\s|\d+[.)]\s|[|>]")
_MARKDOWN_HEADING = re.compile(r"#{1,6}[ \t]+(.*?)[ \t]*(?:[ \t]#+)?")

# A short block that opens a comment form: all that follows it belongs to the page.
_FORM = re.compile(
    r"""^\W*(?:
      (?:laisse[rz]|ajoute[rz])\ un\ commentaire | r[ée]pondre$ | annuler\ la\ r[ée]ponse
    | votre\ (?:adresse\ e-?mail|commentaire)\b
    | leave\ a\ (?:comment|reply) | (?:add|post)\ a\ comment | cancel\ reply | your\ e-?mail\ address\ will\ not
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# Whole short blocks that belong to the page and not to the article, at either end of it.
_FURNITURE = re.compile(
    r"""^\W*(?:
      les\ champs\ obligatoires | enregistrer\ mon\ nom
    | ce\ site\ utilise\ (?:akismet|des\ cookies) | nous\ utilisons\ des\ cookies
    | en\ savoir\ plus\ sur\ (?:la\ fa[çc]on|comment)\b
    | lire\ aussi\b | [àa]\ lire\ (?:aussi|[ée]galement)\b | voir\ aussi\b | sur\ le\ m[êe]me\ sujet\W*$
    | partage[rz]\ (?:sur|cet)\b | suivez-nous | abonnez-vous | inscrivez-vous
    | (?:recevez|inscription\ à)\ (?:notre|la)\ newsletter | tous\ droits\ r[ée]serv[ée]s
    | cr[ée]dits?\ photos?\b | publicit[ée]\W*$ | article\ (?:pr[ée]c[ée]dent|suivant)\b
    | required\ fields | save\ my\ name
    | this\ site\ uses\ (?:akismet|cookies) | we\ use\ cookies | learn\ (?:more\ about\ )?how\ your\ comment
    | (?:read|see)\ (?:also|more)\b\W*$ | read\ also\b | related\ (?:articles|posts|stories)\W*$
    | share\ (?:this|on|via)\b | tweet\ this\b | follow\ us\b | (?:subscribe|sign\ up)\ (?:to|for|now)\b
    | all\ rights\ reserved | © | copyright\ (?:©|\d{4}) | photo\ credits?\b | advertisement\W*$
    | (?:previous|next)\ (?:article|post)\W*$
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# A closing call to the reader: opinions asked for, not an article's own statement.
_CALL = re.compile(
    r"dites[- ]nous|donnez[- ]nous votre avis|qu.en pensez[- ]vous|votre avis (?:en|nous|dans)"
    r"|(?:dans|en) commentaires?\b|what do you think|let us know|tell us (?:what|in)"
    r"|share your (?:thoughts|view|opinion)|in the comments",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an article's parts stand. `title` is the opening sentence where the text shows no other."""

    title: str | None
    date: str | None
    headings: tuple[Range, ...]
    left_out: tuple[Range, ...]


def layout(text: str, body_start: int = 0, markdown: bool = False) -> Layout:
    """Find title, date, headings and furniture of an article.

    :param body_start: where the article begins, after a front matter if any.
    :param markdown: whether `#` lines are headings.
    """
    left_out: list[Range] = [(0, body_start)] if body_start else []
    date, label, blocks = _take_label(text, lines(text, body_start))
    blocks, page = _part_furniture(text, blocks)
    left_out += label + page
    if not blocks:
        return Layout(None, date, (), tuple(sorted(left_out)))

    headings = _headings(text, blocks, markdown)
    title = _title(text, blocks, headings, markdown)
    if headings[:1] == blocks[:1] and (repeated := _repeated(text, blocks)):
        left_out.append((blocks[0][0], repeated))  # both: the title is known, and would stand alone
        headings = headings[1:]
    date = date or next((iso for start, end in blocks[:_HEAD_BLOCKS] if (iso := dateline(text[start:end]))), None)
    return Layout(title, date, tuple(headings), tuple(sorted(left_out)))


def _take_label(text: str, blocks: list[Range]) -> tuple[str | None, list[Range], list[Range]]:
    """Read a labelled date (` date 2025-05 ...`) off the first block.

    :return: the date, what to leave out for it, and the blocks without it.
    """
    if not blocks or not (found := labelled_date(text[slice(*blocks[0])])):
        return None, [], blocks
    (start, end), (date, length) = blocks[0], found
    return date, [(start, start + length)], trimmed(text, start + length, end) + blocks[1:]


def _part_furniture(text: str, blocks: list[Range]) -> tuple[list[Range], list[Range]]:
    """Part the blocks into the article's own, at least one, and the page's at either end."""
    first, last = 0, len(blocks)
    for position in range(max(1, last - _FORM_BLOCKS), last):
        if _is_short(blocks[position], _FORM_MAX) and _FORM.match(text[slice(*blocks[position])]):
            last = position
            break
    while last > 1 and _is_furniture(text, blocks[last - 1]):
        last -= 1
    while first < last - 1 and _is_furniture(text, blocks[first]):
        first += 1
    own, page = blocks[first:last], blocks[:first] + blocks[last:]
    if own:
        start, end = own[-1]
        call = _closing_call(text, own[-1])
        if start < call < end or (call == start and len(own) > 1):
            page.append((call, end))
            own[-1:] = trimmed(text, start, call)
    return own, page


def _is_short(block: Range, longest: int) -> bool:
    return block[1] - block[0] <= longest


def _is_furniture(text: str, block: Range) -> bool:
    return _is_short(block, _FURNITURE_MAX) and bool(_FURNITURE.match(text[slice(*block)]))


def _closing_call(text: str, block: Range) -> int:
    """Return where the questions and calls to readers that close a block begin: its end if there are none."""
    end = cut = block[1]
    called = False
    if not _CALL.search(text, max(block[0], end - 2 * _FURNITURE_MAX), end):
        return end
    for start, stop in reversed(list(line_sentences(text, *block))):
        sentence = text[start:stop]
        calls = len(sentence) <= _FURNITURE_MAX and bool(_CALL.search(sentence))
        if not calls and not sentence.endswith("?"):
            break
        cut, called = start, called or calls
    return cut if called and "?" in text[cut:end] else end


def _headings(text: str, blocks: list[Range], markdown: bool) -> list[Range]:
    """Return the headings: short lines without a closing stop, each with a longer block of prose below it."""
    found: list[Range] = []
    below = ""  # the block below, nothing if it is a heading itself
    for number in range(len(blocks) - 1, -1, -1):
        start, end = blocks[number]
        piece = text[start:end]
        stacked = not below and bool(found) and number < _HEAD_BLOCKS and not markdown  # title, author, date
        announces = stacked or (
            len(below) > len(piece)
            and (len(below) > _HEADING_MAX or bool(_PROSE_END.search(below)))
            and not _BEGINS_LOW.match(below)
        )
        if (markdown and _markdown_heading(piece)) or (announces and _may_announce(piece)):
            found.append((start, end))
            below = ""
        else:
            below = piece
    return found[::-1]


def _may_announce(piece: str) -> bool:
    if len(piece) > _HEADING_MAX or _PROSE_END.search(piece) or _ITEM.match(piece):
        return False
    return any(ch.isalpha() for ch in piece)


def _markdown_heading(piece: str) -> str | None:
    """Return what a `#` line says, or None if the piece is no such line."""
    match = _MARKDOWN_HEADING.fullmatch(piece) if len(piece) <= _HEADING_MAX else None
    return match[1] or None if match else None


def _title(text: str, blocks: list[Range], headings: list[Range], markdown: bool) -> str:
    """Return the title: the first `#` line near the top, the first block, or its first sentence."""
    if markdown:
        for start, end in blocks[:_HEAD_BLOCKS]:
            if said := _markdown_heading(text[start:end]):
                return _one_line(said, _TITLE_MAX)
    if headings[:1] == blocks[:1]:
        return _one_line(text[slice(*blocks[0])], _TITLE_MAX)
    start, end = next(line_sentences(text, *blocks[0]))
    return _one_line(text[start:end], _OPENING_MAX)


def _one_line(title: str, longest: int) -> str:
    title = " ".join(title[: 2 * longest].split())
    return title if len(title) <= longest else title[:longest].rsplit(None, 1)[0] + "…"


def _repeated(text: str, blocks: list[Range]) -> int | None:
    """Return where the block below the title ends to say the title again, if it does and then begins anew."""
    title = text[slice(*blocks[0])]
    if len(blocks) == 1 or len(title.split()) < _REPEATED_MIN:
        return None
    start, stop = blocks[1]
    end = start + len(title)
    if not text.startswith(title, start, stop) or _BEGINS_LOW.match(text, end, stop):
        return None
    return end if end == stop or text[end].isspace() else None
