"""What stands where in an article: its title, its date, its headings, its furniture.

All of it is told from the text alone and given as offsets, so that nothing is cut
out of the text and every offset stays true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.dates import dateline, labelled_date
from index.types import Range

_BLOCK = re.compile(r"[^\r\n]*\S[^\r\n]*")
_TITLE_MAX = 200
_HEADING_MAX = 160
_FURNITURE_MAX = 400
_SENTENCE_END = re.compile(r"[.!?…;:,»”\"]$")
_MARKDOWN_HEADING = re.compile(r"\s{0,3}#{1,6}[ \t]+")

# Whole short blocks that belong to the page and not to the article, at either end of it.
_FURNITURE = re.compile(
    r"""^\W*(?:
      laisser\ un\ commentaire | laissez\ un\ commentaire | ajouter\ un\ commentaire | r[ée]pondre$
    | votre\ (?:adresse\ e-?mail|commentaire) | les\ champs\ obligatoires | enregistrer\ mon\ nom
    | ce\ site\ utilise\ (?:akismet|des\ cookies) | nous\ utilisons\ des\ cookies
    | en\ savoir\ plus\ sur\ (?:la\ fa[çc]on|comment) | annuler\ la\ r[ée]ponse
    | lire\ aussi | [àa]\ lire\ (?:aussi|[ée]galement) | voir\ aussi\b | sur\ le\ m[êe]me\ sujet
    | (?:partager|partagez)\ (?:sur|cet|l) | suivez-nous | abonnez-vous | inscrivez-vous
    | (?:recevez|inscription\ à)\ (?:notre|la)\ newsletter | tous\ droits\ r[ée]serv[ée]s
    | cr[ée]dits?\ photos? | publicit[ée]$ | article\ pr[ée]c[ée]dent | article\ suivant
    | leave\ a\ (?:comment|reply) | (?:add|post)\ a\ comment | cancel\ reply
    | your\ e-?mail\ address\ will\ not | required\ fields | save\ my\ name
    | this\ site\ uses\ (?:akismet|cookies) | we\ use\ cookies | learn\ (?:more\ about\ )?how\ your\ comment
    | (?:read|see)\ (?:also|more)\b\W*$ | read\ also\b | related\ (?:articles|posts|stories)
    | (?:share|tweet)\ (?:this|on|via) | follow\ us | (?:subscribe|sign\ up)\ (?:to|for|now)
    | all\ rights\ reserved | ©|copyright\ (?:©|\d{4}) | photo\ credit | advertisement$
    | (?:previous|next)\ (?:article|post)$
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# A closing call to the reader: opinions asked for, not an article's own statement.
_CALL = re.compile(
    r"dites[- ]nous|donnez[- ]nous votre avis|qu.en pensez[- ]vous|votre avis (?:en|nous|dans)|(?:dans|en) commentaires?\b"
    r"|what do you think|let us know|tell us (?:what|in)|share your (?:thoughts|view|opinion)|in the comments",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an article's parts stand. `title` is None where the text shows none."""

    title: str | None
    date: str | None
    headings: tuple[Range, ...]
    left_out: tuple[Range, ...]


def layout(text: str, body_start: int = 0, markdown: bool = False) -> Layout:
    """Find title, date, headings and furniture of an article.

    :param body_start: where the article begins, after a front matter if any.
    :param markdown: whether `#` lines are headings.
    """
    blocks = [match.span() for match in _BLOCK.finditer(text, body_start)]
    left_out: list[Range] = [(0, body_start)] if body_start else []
    if not blocks:
        return Layout(None, None, (), tuple(left_out))

    date = None
    if found := labelled_date(text[slice(*blocks[0])]):
        date, length = found
        start = blocks[0][0]
        left_out.append((start, start + length))
        blocks[0] = (start + length, blocks[0][1])
        blocks = [block for block in blocks if text[slice(*block)].strip()]
    blocks, page = _split_furniture(text, blocks)
    left_out += page
    headings = [block for block in blocks if _is_heading(text, block, blocks, markdown)]
    title = None
    if blocks and headings and headings[0] == blocks[0]:
        title = _clean(text, blocks[0], markdown)
        repeated = _repeated_title(text, title, blocks[1:])
        if repeated:
            left_out.append((blocks[0][0], repeated[1]))  # both: the title is known, and would stand alone
    date = date or next((iso for block in blocks[:3] if (iso := dateline(text[slice(*block)]))), None)
    return Layout(title, date, tuple(headings), tuple(sorted(left_out)))


def _split_furniture(text: str, blocks: list[Range]) -> tuple[list[Range], list[Range]]:
    """Part the blocks into the article's own and the page's, looking inwards from both ends."""

    def is_furniture(block: Range) -> bool:
        piece = text[slice(*block)]
        return len(piece) <= _FURNITURE_MAX and bool(_FURNITURE.search(piece))

    first, last = 0, len(blocks)
    while last > first + 1 and (is_furniture(blocks[last - 1]) or _is_call(text, blocks[last - 1])):
        last -= 1
    # A furniture heading near the end (`Leave a comment`) takes what follows it along.
    for position in range(max(first + 1, last - 12), last):
        if is_furniture(blocks[position]) and position > len(blocks) // 2:
            last = position
            break
    while first < last - 1 and is_furniture(blocks[first]):
        first += 1
    return blocks[first:last], blocks[:first] + blocks[last:]


def _is_call(text: str, block: Range) -> bool:
    piece = text[slice(*block)]
    return len(piece) <= _FURNITURE_MAX and "?" in piece and bool(_CALL.search(piece))


def _is_heading(text: str, block: Range, blocks: list[Range], markdown: bool) -> bool:
    """A heading is a short line without a closing stop, with a longer block below it."""
    piece = text[slice(*block)].strip()
    if markdown and _MARKDOWN_HEADING.match(piece):
        return True
    if block == blocks[-1] or len(piece) > _HEADING_MAX or _SENTENCE_END.search(piece):
        return False
    if re.match(r"[-*•–]\s|\d+[.)]\s|[|>]", piece) or not any(ch.isalpha() for ch in piece):
        return False
    following = blocks[blocks.index(block) + 1]
    return following[1] - following[0] > len(piece)


def _clean(text: str, block: Range, markdown: bool) -> str:
    piece = text[slice(*block)].strip()
    if markdown:
        piece = _MARKDOWN_HEADING.sub("", piece).rstrip("# ")
    return piece[:_TITLE_MAX]


def _repeated_title(text: str, title: str, blocks: list[Range]) -> Range | None:
    """Return where the block below the title says the title again, if it does."""
    if not blocks:
        return None
    start, end = blocks[0]
    start += len(text[start:end]) - len(text[start:end].lstrip())
    return (start, start + len(title)) if text.startswith(title, start) else None
