"""The patterns that questions are made from French sentences by, on plain text.

`s` is a subject, `o` an object, `rest` holds the words that answer.
"""

from __future__ import annotations

import re

from qa.suggest import french_words as fr
from qa.suggest.nouns import NAME, PHRASES

SUBJECT = rf"(?P<s>{PHRASES['fr']})(?: \([^)]{{0,80}}\))?"
OBJECT = rf"(?P<o>{PHRASES['fr']})"
ENDS = r"(?=[,.;]| (?:en|avec|à|qui|et|dans|pour|par|le \d)\b|$)"
BE = r"(?P<be>est|était|a été|fut|ont été|furent|sont|étaient)"
PASSIVE = {
    **dict.fromkeys(("est", "était", "a été", "fut"), "a été"),
    **dict.fromkeys(("sont", "ont été", "furent", "étaient"), "ont été"),
}
BY = re.compile(
    rf"{SUBJECT} {BE} {fr.ADVERB}(?P<done>{fr.DONE}) (?:en \d{{4}} |le [\w ]{{6,20}}\d{{4}} )?par"
    rf" (?P<who>[^,.;]{{3,60}})"
)
WHEN = re.compile(rf"{SUBJECT} {BE} {fr.ADVERB}(?P<done>{fr.DONE}|{fr.BORN})(?P<rest>[^.;:]{{0,80}})")
SET = re.compile(rf"{OBJECT},? (?P<done>{fr.DONE})(?P<rest> (?:en|par|le|dès) [^.;:]{{3,60}})")
BEGAN = re.compile(rf"{SUBJECT} (?P<v>{fr.BEGINS})(?P<rest>[^.;:]{{0,60}})")
AT = re.compile(
    r"(?:^|[ ,])(?:en|le|à la fin de|au début de|dès|vers|depuis)"
    r" (?=(?:1er |\d|janvier|février|mars|avril|mai|juin|juillet|août|sept|oct|nov|déc))"
)
COUNT = re.compile(rf"{SUBJECT} (?P<v>{fr.COUNTS}) {fr.ADVERB}{fr.AROUND}(?P<rest>.{{2,80}})")
COMPOSED = re.compile(
    rf"{SUBJECT} (?P<v>est composée?|sont composée?s|se compose|se composent|est constituée?|est formée?)"
    rf" d(?:e |'){fr.AROUND}(?P<rest>.{{2,80}})"
)
COUNTED = re.compile(
    rf"(?: d'| de)? ?(?P<noun>(?!ans\b|mois\b)[a-zß-öø-ÿœ-]{{3,}}[sx])\b(?P<of>(?: de | d'){fr.WORD})?(?! (?:de|du|d'))"
)
PEOPLE = re.compile(
    rf"(?:Plus d[e'] ?|Près d[e'] ?|Environ |Quelque )?(?P<rest>[\w ]{{1,30}}) {fr.PEOPLE_DO}"
    rf" {fr.ADVERB}(?P<in>à|dans|en|au|aux|sur) {OBJECT}(?=[,.;]| (?:en|et)\b|$)"
)
MEASURE = re.compile(rf"{SUBJECT} (?P<v>mesure|mesurait|pèse|pesait) {fr.AROUND}(?P<rest>.{{2,40}})")
COST = re.compile(
    rf"{SUBJECT} (?P<v>coûte|coûtent|coûtera|coûterait|coûtait|a coûté|ont coûté|vaut|valait|a rapporté|rapporte"
    rf"|a levé) {fr.AROUND}(?P<rest>.{{2,60}})"
)
WORTH = re.compile(
    rf"{SUBJECT} (?:est|était|serait) {fr.ADVERB}(?P<done>valorisée?|évaluée?) {fr.AROUND}(?P<rest>.{{2,40}})"
)
INVESTED = re.compile(
    rf"{SUBJECT} (?:(?:avait|a|ont) {fr.ADVERB}(?P<done>investi|misé|dépensé|versé)|(?P<bet>misait|investissait))"
    rf" {fr.AROUND}(?P<rest>.{{2,60}}?) (?P<into>dans|sur|pour|à) {OBJECT}(?=[,.;: ]|$)"
)
HELD = re.compile(
    rf"{SUBJECT}"
    rf" (?P<v>détient|détiendra|détenait|possède|contrôle|obtiendrait|obtiendra|représente|représentait|recevrait)"
    rf" {fr.ADVERB}{fr.AROUND}(?P<rest>[^,.;]{{1,30}}?) (?P<of>du|de la|de l'|d'|de|des) ?{OBJECT}"
)
FIGURE = re.compile(
    rf"(?P<n>(?:(?:[Ll]e|[Ll]a) |[Ll]')(?:(?P<f>{fr.MEASURED['f']})|{fr.MEASURED['m']})(?: (?!est\b"
    rf"|était\b){fr.WORD})?)"
    rf" (?P<of>de la |de l'|du |des |de |d')(?P<o>(?:{fr.WORD} ){{0,2}}{NAME})"
    rf" (?P<v>est|était|atteint|atteignait|s'élève|s'élevait|s'établit|dépasse|avoisine)(?P<rest>[^.;]{{1,80}})"
)
PLACE = re.compile(
    rf"{SUBJECT} (?:se (?P<lie>situent|situe|trouvent|trouve)|(?:est|sont) (?P<set>situ|implant|localis)ée?s?)"
    r" (?P<rest>(?:à|au|aux|en|dans|sur|près|entre)[^.;]{3,})"
)
BIRTH = re.compile(
    rf"{SUBJECT} (?P<v>est née?|naît|est morte?|meurt|siège) (?:[^,.;]{{0,25}}\d{{4}} )?(?:à|au|en|dans) "
    rf"(?P<rest>[^.;]{{3,}})"
)
WHO = re.compile(rf"(?P<s>{NAME}), (?:(?:le|la|un|une) |l')?{fr.PERSON}[^,.]{{3,80}},")
ROLE_OF = re.compile(rf"(?P<who>{NAME}), {fr.ROLE} (?P<of>de la |de l'|du |des |de |d')(?P<o>{NAME})(?=[,.;]| \w)")
ROLE_IS = re.compile(
    rf"(?P<a>[Ll][ea] |[Ll]'){fr.ROLE[len('(?P<a>l[ea] |l' + chr(39) + '|son |sa )?') :]}"
    rf" (?P<of>de la |de l'|du |des |de |d')(?P<o>{NAME})(?:,| est) (?P<who>{NAME})"
)
BEST = re.compile(
    rf"{SUBJECT} (?P<v>est|était) (?P<best>(?P<la>la |le |l')(?:(?:premi|derni|seul|principal|plus )[^,.;:]{{4,50}}|"
    rf"{fr.WORD} (?:(?:la|le) plus )[^,.;:]{{4,50}}))(?=[,.;]| (?:et|avec|qui)\b)"
)
IS = re.compile(
    rf"{SUBJECT} (?P<v>est|était|fut) (?:une?|le|la|l') ?(?:{fr.WORD} )?"
    rf"(?:(?P<person>{fr.PERSON})|(?P<thing>{fr.THING}))(?P<rest>.{{15,}})"
)
DOES = re.compile(rf"(?P<s>{NAME}) (?P<v>{fr.DIRECTS}) {OBJECT}{ENDS}")
DID_THEN = re.compile(
    rf"(?:(?P<lead>En \d{{4}}|Le \d[\w ]{{5,18}}\d{{4}}), )?(?P<s>{NAME}) (?P<v>(?!{fr.NO_VERB}){fr.WORD}(?:e"
    rf"|it|ut|a|et|t))"
    rf" (?P<o>(?:(?:les?|la) |l'){fr.WORD}.{{0,50}}?)(?: (?P<when>en \d{{4}}|le \d[\w ]{{5,18}}\d{{4}}))?(?=[.]|, )"
)
CALLED = re.compile(rf"{SUBJECT} (?P<v>est|était) (?P<done>surnommée?|appelée?|baptisée?) .{{4,}}")
OWNED = re.compile(rf"{SUBJECT} (?P<v>appartient|appartenait) (?:à|au|aux) (?P<rest>.{{3,}})")
PAST = ("était", "atteignait", "s'élevait")
