"""A question word alone, read into the earlier question: `Pourquoi ?`, `And since when?`, `En quelle année ?`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.followup.grammar import append, finish, flat
from qa.followup.phrases import named
from qa.question import kind_of

_WORD = r"[a-z0-9œæ][a-z0-9œæ-]{0,40}"
_THAT = r"(?: (?:is|was) (?:that|this|it))?"
# What a question may ask without more, and how both languages ask it.
_ASKED = tuple(
    (re.compile(pattern), french, english)
    for pattern, french, english in (
        (
            rf"pourquoi(?: (?:ca|cela|donc))?|pour quelles? raisons?|why(?: so| that)?{_THAT}|how come",
            "pourquoi",
            "why",
        ),
        (rf"(?:c'est |c'etait )?quand(?: ca)?|a quelle date|when{_THAT}|on what date", "quand", "when"),
        (r"depuis quand|since when", "depuis quand", "since when"),
        (r"jusqu'a quand|(?:until|till) when", "jusqu'à quand", "until when"),
        (rf"(?:c'est )?ou(?: ca)?|where{_THAT}", "où", "where"),
        (rf"(?:c'est )?qui(?: ca| donc)?|who{_THAT}", "qui", "who"),
        (rf"(?:c'est |ca fait )?combien(?: ca)?|how much{_THAT}", "combien", "how much"),
        (r"comment(?: (?:ca|cela|donc))?|how(?: so)?", "comment", "how"),
        (r"(?:pendant )?combien de temps|(?:for )?how long", "pendant combien de temps", "for how long"),
        (r"qui d'autre|who else", "qui d'autre", "who else"),
        (r"par qui|by whom?|who by", "par qui", "by whom"),
        (r"avec qui|with whom?|who with", "avec qui", "with whom"),
        (r"pour qui|for whom?|who for", "pour qui", "for whom"),
        (r"a qui|to whom?|who to", "à qui", "to whom"),
        (r"(?:pour|a) combien|for how much", "pour combien", "for how much"),
        (r"a quel prix|at (?:what|which) price", "à quel prix", "at what price"),
        (r"en quelle annee|in (?:what|which) year", "en quelle année", "in what year"),
    )
)
_WITH_NOUN = re.compile(
    r"(?:(?:a|de|dans|en|pour|avec|par|chez|sur|depuis|in|at|for|with|by|on|to|from) )?"
    r"(?:quel(?:le)?s? |combien d(?:e |')|which |what |how many |how much )"
    rf"(?!(?:\w+ed|is|are|was|were|if|next|now|then|else|one|for|about)$){_WORD}"
)
_COUNTED = re.compile(rf"(?<!\w)(?:combien d(?:e |')|how many ){_WORD}")
_CONJUNCTION = re.compile(r"(?:et|mais|and|but|ok|so)\b[ ,]+")

_FRENCH = re.compile(
    r"(?:(?:a|de|dans|en|pour|avec|par|chez|sur|contre|depuis|jusqu'a|d'ici) )?"
    r"(?:(?:quand|ou|comment|pourquoi|combien(?! d[e'])|qui|quoi)(?!\w)"
    r"|(?P<which>quel(?:le)?s?)(?= \w)|combien d(?:e(?= )|')(?= ?\w))"
)
_INVERTED = re.compile(r" .*\w-(?:t-)?(?:il|elle|on)s?\b| est-ce qu")  # its subject stands after the question word
_WORTH = re.compile(
    r"\b(?:cout\w*|va(?:u|le)\w*|mesur\w*|pes\w*|costs?|worth|weighs?|measures?)\b"
)  # says nothing without how much
_SUBJECT = re.compile(r"qui(?= (?P<has>a|avait|aura|aurait) \w)")
_AUXILIARY = r"(?:do|does|did|has|have|had|is|are|was|were|will|would|can|could|should|may|might|must)"
_ENGLISH = re.compile(
    rf"(?:(?:in|at|for|with|by|on|to|from|since|until) )?(?:(?:when|where|why|how long|how much|how)(?= {_AUXILIARY}\b)"
    r"|(?:who|whom|what)(?= (?:do|does|did|will|would)\b))"
)
_ENGLISH_NOUN = re.compile(
    rf"(?P<which>what|which|how (?:many|much)) (?P<noun>{_WORD}(?: of .{{1,60}}?)?)"
    r" (?P<rest>(?:do|does|did|has|have|had|will|would|can|could)\b.*)"
)


def question_word(text: str, earlier: str, language: str) -> str | None:
    """Return what `Why?` asks after an earlier question, or None if a text is no such question.

    Both texts are plain, and the answer is in the earlier one's language.
    """
    low = flat(text).strip(" ?!.…")
    if conjunction := _CONJUNCTION.match(low):
        low = low[conjunction.end() :]
    for pattern, french, english in _ASKED:
        if pattern.fullmatch(low):
            return _reworded(french if language == "fr" else english, earlier, language)
    if _WITH_NOUN.fullmatch(low):
        said = text.rstrip(" ?!.…")[-len(low) :]
        return _reworded(said[:1].lower() + said[1:], earlier, language)
    return None


def _reworded(asked: str, earlier: str, language: str) -> str:
    """Return an earlier question that asks for something else: the first wording of the kind asked for."""
    wordings = [finish(wording, language) for wording in _wordings(asked, earlier, language == "fr")]
    kind = kind_of(asked)
    return next((wording for wording in wordings if kind_of(wording) is kind), wordings[0])


def _wordings(asked: str, earlier: str, french: bool) -> Iterator[str]:
    """Yield an earlier question with another question word, those that read best first."""
    low = flat(earlier)
    before = (_FRENCH if french else _ENGLISH).match(low)
    rest = earlier[before.end() :] if before else ""
    if asked.startswith("combien d" if french else "how many"):
        yield from _counting(asked, earlier, low, french)
    one = before and french and (before["which"] or "combien d" in before.group())
    subject = _SUBJECT.match(low) if french else None
    if before and not one and not _WORTH.search(low) and (not french or _INVERTED.match(flat(rest))):
        yield asked + rest
    elif asked in ("qui d'autre", "who else") and low.startswith(("qui ", "who ")):
        yield asked + earlier[3:]
    yield append(earlier, f"{'et' if french else 'and'} {asked}", ", ")
    if one:
        article = {"quel": "un", "quelle": "une"}.get(before["which"], "des") if before else ""
        yield f"{asked} {article} {rest.lstrip()}"
    elif subject:
        has = subject["has"]
        yield f"{asked} {has}{'-t' if has.endswith('a') else ''}-on{earlier[subject.end('has') :]}"
    elif before:
        yield asked + rest
    if not french and (noun := _ENGLISH_NOUN.match(low)):
        a = "a " if noun["which"] in ("what", "which") else ""
        yield append(f"{asked} {earlier[noun.start('rest') :]}", a + earlier[slice(*noun.span("noun"))])


def _counting(asked: str, earlier: str, low: str, french: bool) -> Iterator[str]:
    """Yield what `Combien de clients` asks after an earlier question."""
    slots = named(earlier)
    if counted := _COUNTED.search(low):
        yield earlier[: counted.start()] + asked + earlier[counted.end() :]
    elif slots:
        yield f"{asked} a {slots[0].text}" if french else f"{asked} does {slots[0].text} have"
