"""Questions without a verb, read into the earlier one: `Et Google ?`, `And in 2030?`, `Et les salariés ?`.

A phrase takes the place of its like: a date of a date, a name of a name, a thing of a
thing. What has no like there is asked of what the earlier question names, or added to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from qa.followup.grammar import append, finish, flat, of, put, what_is
from qa.followup.phrases import Slot, common, covers, likest, named
from qa.followup.times import at_time, times_of

_LONGEST = 120  # characters of a question without a verb
_ALIKE = 0.15  # the cosine from which two things are of a kind: rows of unlike words are nearly at right angles
_BEGINNING = re.compile(
    r"(?P<and>(?:et|mais|and|but|ok|so)\b[ ,]+)?"
    r"(?P<about>(?:what|how) about |what of |(?:the )?same (?:question |thing )?(?=for|with)"
    r"|(?P<of>(?:qu'en est-il|quid) (?=d))|(?:pareil|idem|meme (?:chose|question)),? (?=pour|chez))?"
)
_ENGLISH_BEGINNING = re.compile(r"(?:and|but|so|what|how|same|the)\b")
_CLAUSE = re.compile(
    r"\w-(?:t-)?(?:il|elle|ils|elles|on|ce|je|tu|nous|vous|moi)\b|[?!;:]"
    r"|(?<![\w'])(?:qui|que|quoi|quand|pourquoi|comment|combien|quel\w*|who|whom|what|which|when|where|why|how|est|sont"
    r"|etait|sera|serait|ont|avait|aura|va|vont|peut|peuvent|doit|fait|veut|il|elle|ils|elles|on|je|tu|nous|is|are|was"
    r"|were|do|does|did|has|have|had|will|would|can|could|should|it|they|he|she|we|if|si|c'est|qu'\w+)(?!\w)"
)
_SAYS_NOTHING = re.compile(
    r"(?:toi|moi|vous|nous|ca|cela|les autres|d'autres|ensuite|apres|puis|alors|donc|sinon|encore|bien|non|oui|merci"
    r"|bravo|super|voila|quoi|you|me|us|the others?|others|then|so|that|this|next|anyway|else|more|yes|no|not|thanks"
    r"|thank you|\w+ment|\w+ly)"
)

_HANGS = re.compile(
    r"(?:celui |celle |ceux |celles |that |those )?"
    r"(?:(?P<any>pour|chez|concernant|quant a|du cote de|cote|for|about|with|regarding|as for)(?= )"
    r"|(?P<held>(?:d[eu]|des|of)(?= )|d(?='))|(?P<given>a|aux?)(?= )"
    r"|(?P<other>dans|en|par|avec|sur|contre|selon|vers|in|into|at|by|on|against|from|to)(?= ))"
)
_ARTICLE_OF = {"du": "le ", "au": "le ", "des": "les ", "aux": "les "}
_COUNTED = re.compile(r"(?<!\w)(?:combien (?P<held>d(?:e |'))|how many )(?P<noun>\w+)")
_IS = re.compile(r"(?:qui|quel(?:le)?s?|who|what|which) (?:est|sont|etait|etaient|sera|is|are|was|were) (?=l'|l|the )")
_OF_THING = re.compile(r" (?P<of>(?:d[eu]|des|of) |d')")
_THE = re.compile(r"l'|les? |la |the ")
_ARTICLE = re.compile(r"l'|les? |la |the |une? |des |an? ")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a question without a verb says: a phrase, the preposition before it, both together, and their language.

    `widely` says that the preposition only says for whom: `pour`, `chez`, `with`.
    """

    phrase: str
    before: str
    whole: str
    language: str
    widely: bool = False


class _Earlier:
    """An earlier question, and what it speaks of."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.language = language
        self.names = named(text)

    @cached_property
    def things(self) -> list[Slot]:
        """Return what it speaks of that has no name."""
        return common(self.text, self.names)

    def added(self, said: _Said) -> str:
        """Return it with a phrase at its end."""
        if said.before or said.widely:
            return append(self.text, said.whole)
        return append(self.text, f"{'pour' if self.language == 'fr' else 'for'} {said.phrase}")


def fragment(text: str, earlier: str, language: str) -> str | None:
    """Return what `Et Google ?` asks after an earlier question, or None if a text is no such question.

    Both texts are plain.

    :param language: the earlier question's; what is read is mostly in it, too.
    """
    begins = _BEGINNING.match(flat(text))
    start = begins.end() if begins else 0
    said = text[start:].rstrip(" ?!.…")
    told = flat(said)
    if not told or len(said) > _LONGEST or _CLAUSE.search(told) or _SAYS_NOTHING.fullmatch(told):
        return None
    if not start and not (text.endswith("?") and _names_or_dates(said)):
        return None
    own = language if not start else "en" if _ENGLISH_BEGINNING.match(flat(text)) else "fr"
    times = times_of(said)
    read, rest = earlier, said
    if times:
        rest = f"{said[: times[0][0]]} {said[times[0][2] :]}".strip(" ,")
    if rest:
        of_any = bool(begins and begins["of"])
        found = _about(_said(rest, own, of_any), _Earlier(earlier, language))
        if found is None:
            return None
        read, language = found
    if times:
        since, at, end = times[0]
        read = at_time(said[since:at].strip(), said[at:end], read, language)
    return finish(read, language)


def _names_or_dates(said: str) -> bool:
    """Say whether a text holds nothing but names, or a date, perhaps after a preposition."""
    times = times_of(said)
    if times:
        return (times[0][0], times[-1][2]) == (0, len(said))
    hangs = _HANGS.match(flat(said))
    return covers(said[hangs.end() :].strip(" '") if hangs else said)


def _said(whole: str, own: str, of_any: bool) -> _Said:
    """Take a phrase and the preposition before it apart: `du Japon` is `le Japon` after `de`.

    :param of_any: whether `de` only follows from `qu'en est-il`, and says nothing of the phrase.
    """
    hangs = _HANGS.match(flat(whole))
    if not hangs or (own == "en" and whole.startswith("a ")):  # that is the article
        return _Said(whole.removesuffix("'s"), "", whole, own)
    article = _ARTICLE_OF.get(flat(hangs.group()).rpartition(" ")[2], "")
    before = "de" if hangs["held"] and not of_any else "à" if hangs["given"] else hangs["other"] or ""
    widely = hangs["any"] in ("pour", "chez", "for", "with")
    return _Said(article + whole[hangs.end() :].strip(" '"), before, whole, own, widely)


def _about(said: _Said, earlier: _Earlier) -> tuple[str, str] | None:
    """Return an earlier question about another name or thing, and its language; None if the phrase is neither."""
    low = flat(said.phrase)
    is_name = covers(said.phrase)
    if not is_name and (counted := _counted(said, earlier)):
        return counted, earlier.language
    if is_name or (low and not _ARTICLE.match(low) and low.count(" ") <= 1):
        read = _other_name(said, earlier)
        return (read, earlier.language) if read else None
    inner = named(said.phrase)
    if inner:
        return _thing_of(said, inner, earlier)
    return _other_thing(said, earlier) if low else None


def _counted(said: _Said, earlier: _Earlier) -> str | None:
    """Return `Combien de clients compte OpenAI` for `Combien de salariés compte OpenAI` and `de clients`."""
    counted = _COUNTED.search(flat(earlier.text))
    if not counted or said.before not in ("", "de") or not re.fullmatch(r"\w+", flat(said.phrase)):
        return None
    if not counted["held"]:
        return None if said.before else put(earlier.text, *counted.span("noun"), said.phrase)
    return put(earlier.text, *counted.span("noun"), said.phrase)


def _other_name(said: _Said, earlier: _Earlier) -> str | None:
    """Return an earlier question about another name; None if it was about this one."""
    fitting = [slot for slot in earlier.names if said.before and slot.before == said.before]
    if said.before and not fitting:
        return _of_thing(said, earlier) or earlier.added(said)
    if not earlier.names:
        return _in_small_letters(said, earlier)
    pool = fitting or [slot for slot in earlier.names if not slot.before] or earlier.names
    at, alike = likest(said.phrase, [slot.text for slot in pool])
    target = pool[at if alike >= _ALIKE else -1]
    same = [slot for slot in earlier.names if flat(slot.text) == flat(said.phrase)]
    if target in same:
        return None
    replaced = [(target, said.phrase), *((slot, target.text) for slot in same)]  # one that was there changes places
    text = earlier.text
    for slot, name in sorted(replaced, key=lambda pair: -pair[0].start):
        text = put(text, slot.start, slot.end, name)
    return text


def _of_thing(said: _Said, earlier: _Earlier) -> str | None:
    """Return `le phare de Cordouan` for `le phare de la Vieille` and `de Cordouan`."""
    first = earlier.names[0] if earlier.names and said.before == "de" else None
    found = _OF_THING.search(earlier.text, first.start, first.end) if first else None
    if not first or not found:
        return None
    whole = said.whole[flat(said.whole).find("d") :]  # without `celui`
    return earlier.text[: found.start("of")] + whole + earlier.text[first.end :]


def _in_small_letters(said: _Said, earlier: _Earlier) -> str:
    """Return an earlier question that names nothing, as far as its capitals tell, about another name."""
    words = [Slot(*match.span(), match.group()) for match in re.finditer(r"[^\W\d_]{3,40}", earlier.text)]
    at, alike = likest(said.phrase, [word.text for word in words]) if words else (0, 0.0)
    if words and (alike >= _ALIKE or said.phrase.islower()):
        return put(earlier.text, words[at].start, words[at].end, said.phrase)
    return earlier.added(said)


def _thing_of(said: _Said, inner: list[Slot], earlier: _Earlier) -> tuple[str, str] | None:
    """Return an earlier question about a thing that is told with its name: `le PDG de Google`."""
    noun = re.search(r"[^\W\d_]{3,40}", said.phrase[: inner[0].start])
    if noun and earlier.names and re.search(rf"\b{flat(noun.group())}\b", flat(earlier.text)):
        name = said.phrase[inner[0].start : inner[-1].end]
        read = _other_name(_Said(name, "", name, said.language), earlier)
        return (read, earlier.language) if read else None
    if _THE.match(flat(said.phrase)):
        return what_is(said.phrase, said.language), said.language
    return earlier.added(said), earlier.language


def _other_thing(said: _Said, earlier: _Earlier) -> tuple[str, str]:
    """Return an earlier question about another thing, or a question about a thing of what the earlier one names."""
    definite = bool(_THE.match(flat(said.phrase)))
    things = earlier.things
    is_what = _IS.match(flat(earlier.text))
    if is_what and not said.before and definite and said.language == earlier.language:
        if things and things[0].start == is_what.end():
            return what_is(said.phrase, said.language) + earlier.text[things[0].end :], said.language
        things = []
    target = _like_thing(said, earlier, definite) if things else None
    if target:
        return put(earlier.text, target.start, target.end, said.phrase), earlier.language
    if said.before or said.widely or not definite or not earlier.names:
        return earlier.added(said), earlier.language
    name = earlier.names[0].text
    asked = what_is(said.phrase, said.language)
    return f"{asked} {of(name) if said.language == 'fr' else f'of {name}'}", said.language


def _like_thing(said: _Said, earlier: _Earlier, definite: bool) -> Slot | None:
    """Return the thing of an earlier question whose place another takes, if one does."""
    if said.before:
        return next((thing for thing in earlier.things if thing.before == said.before), None)
    alike = [thing for thing in earlier.things if bool(_THE.match(flat(thing.text))) == definite and not thing.before]
    alike = alike or earlier.things
    at, cosine = likest(said.phrase, [thing.text for thing in alike])
    return alike[at] if cosine >= _ALIKE or not earlier.names or not definite else None
