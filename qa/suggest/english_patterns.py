"""The patterns that questions are made from English sentences by, on plain text.

`s` is a subject, `o` an object, `rest` holds the words that answer.
"""

from __future__ import annotations

import re

from qa.suggest.nouns import NAME, PHRASES

SUBJECT = rf"(?P<s>{PHRASES['en']})"
OBJECT = rf"(?P<o>{PHRASES['en']})"
ADVERB = r"(?:(?:originally|officially|formally|first|also|currently|then|later|subsequently|initially|now) )?"
DONE = (
    r"(?P<done>founded|built|established|created|born|signed|opened|completed|launched|introduced|discovered|published"
    r"|released|invented|constructed|designed|formed|adopted|abolished|acquired|destroyed|elected|appointed"
    r"|assassinated"
    r"|killed|inaugurated|incorporated|ratified|approved|passed|proposed|recorded|restored|rebuilt|dissolved|developed"
    r"|demolished|renamed|commissioned|consecrated|organized|organised|admitted|first published|first used"
    r"|first described)"
)
ACTS = {
    "founded": "found",
    "acquired": "acquire",
    "launched": "launch",
    "won": "win",
    "created": "create",
    "invented": "invent",
    "discovered": "discover",
    "published": "publish",
    "released": "release",
    "bought": "buy",
    "signed": "sign",
    "joined": "join",
    "married": "marry",
    "defeated": "defeat",
    "conquered": "conquer",
    "designed": "design",
    "opened": "open",
    "invaded": "invade",
    "introduced": "introduce",
}
WHO_ACTS = (
    r"(?:founded|acquired|invented|discovered|designed|defeated|conquered|created|composed|built|invaded|directed)"
)
BEGINS = {
    "began": "begin",
    "started": "start",
    "ended": "end",
    "opened": "open",
    "died": "die",
    "closed": "close",
    "premiered": "premiere",
    "debuted": "debut",
    "collapsed": "collapse",
}
COUNTS = {
    "has": ("does", "have"),
    "have": ("do", "have"),
    "had": ("did", "have"),
    "contains": ("does", "contain"),
    "contain": ("do", "contain"),
    "contained": ("did", "contain"),
    "employs": ("does", "employ"),
    "employed": ("did", "employ"),
    "comprises": ("does", "comprise"),
    "operates": ("does", "operate"),
    "enrolls": ("does", "enroll"),
    "includes": ("does", "include"),
}
PAID = {
    "invested": "invest",
    "paid": "pay",
    "raised": "raise",
    "spent": "spend",
    "donated": "donate",
    "earned": "earn",
    "grossed": "gross",
}
AROUND = (
    r"(?:(?:about|around|over|nearly|almost|more than|less than|approximately|an estimated|roughly|some|at least"
    r"|a total of|up to|at|as many as|only|a record) ){0,2}"
)
MEASURED = (
    r"population|area|height|length|depth|width|elevation|capacity|price|cost|budget|value|revenue|share|rate|speed"
    r"|temperature|density|size|diameter|capital|capital city|largest city|endowment|mass|weight|lifespan|motto"
    r"|highest point|official language|average temperature|total area|life expectancy|gross domestic product"
)
PERSON = (
    r"(?:writer|author|poet|novelist|playwright|painter|sculptor|composer|musician|singer|songwriter|rapper|actor"
    r"|actress|director|filmmaker|producer|philosopher|physicist|chemist|mathematician|astronomer|biologist|physician"
    r"|engineer|architect|historian|journalist|lawyer|general|officer|king|queen|emperor|empress|prince|princess|duke"
    r"|bishop|pope|theologian|explorer|navigator|botanist|naturalist|economist|sociologist|psychologist|psychiatrist"
    r"|entrepreneur|businessman|businesswoman|footballer|player|athlete|dancer|choreographer|president|minister|founder"
    r"|co-founder|chairman|CEO|inventor|character|photographer|cartoonist|linguist|politician|scientist|senator|mayor"
    r"|governor|leader|scholar|professor|activist|missionary|monk|saint|knight|nobleman|coach|commander|quarterback"
    r"|comedian|screenwriter|designer|chef|critic|essayist|pianist|guitarist|drummer)\b"
)
THING = (
    r"(?:company|disease|language|software|system|method|game|organi[sz]ation|association|club|party|newspaper|journal"
    r"|plant|theory|concept|discipline|science|technique|instrument|movement|religion|prize|tournament|competition"
    r"|institution|species|genus|style|technology|protocol|format|project|program|programme|mission|satellite|drug"
    r"|substance|molecule|mineral|festival|ceremony|tradition|dance|sport|treaty|law|agreement|doctrine|syndrome"
    r"|phenomenon|process|network|engine|vehicle|aircraft|ship|rocket|weapon|tool|material|monument|organ|agency|series"
    r"|book|poem|document|form|unit|device|order|building|dish|animal|bird|fish|metal|element|house|chamber|school"
    r"|forecast|suite|index|type|kind|group|set|branch|field|study|source|church|body)\b"
)
BY = re.compile(
    rf"{SUBJECT} (?P<be>is|was|were|are) {ADVERB}{DONE} (?:in \d{{4}} |on [\w ,]{{6,20}}\d{{4}} )?by "
    rf"(?P<who>[^,.;]{{3,60}})"
)
WHEN = re.compile(rf"{SUBJECT} (?P<be>was|were) {ADVERB}{DONE}(?P<rest>[^.;:]{{0,80}})")
BEGAN = re.compile(rf"{SUBJECT} (?P<v>{'|'.join(BEGINS)})(?P<rest>(?:,? (?:in|on|at|from|after|with) [^.;:]{{0,60}}))")
ACTED = re.compile(
    rf"(?:(?P<lead>(?:In|On) [^,.;:]{{3,30}}), )?{SUBJECT} {ADVERB}(?P<v>{'|'.join(ACTS)}) {OBJECT}(?P<rest>(?:,? "
    rf"(?:in|on) [^.;:,]{{3,40}})?)(?=[.,;]| and\b| with\b| for\b|$)"
)
COUNT = re.compile(rf"{SUBJECT} {ADVERB}(?P<v>{'|'.join(COUNTS)}) {AROUND}(?P<rest>.{{2,80}})")
COUNTED = re.compile(
    r" (?!years?\b|of\b|or\b|and\b|times?\b|per\b|to\b)(?P<noun>(?:(?!of\b|and\b|or\b|to\b"
    r"|in\b)[a-z-]{3,} ){0,2}(?!years\b|times\b)[a-z]{3,}(?:s|people|children|men|women))\b"
    r"(?! (?:of|per)\b)"
)
UNITS = re.compile(
    r"(?:.* )?(?:years|months|days|centuries|times|euros|dollars|pounds|met(?:er|re)s|kilomet(?:er|re)s|miles"
    r"|acres|hectares"
    r"|tonnes|hours|minutes|seconds|weeks|decades|percent|points|others|degrees|feet|inches|was|has|billions|millions)$"
)
COST = re.compile(rf"{SUBJECT} (?P<v>costs?|will cost|would cost) {AROUND}(?P<rest>.{{2,60}})")
WORTH = re.compile(
    rf"{SUBJECT} (?P<be>is|was) {ADVERB}(?P<done>worth|valued at|estimated at|sold for) {AROUND}(?P<rest>.{{2,40}})"
)
WORTHS = {"valued at": "worth", "estimated at": "worth"}
PAYS = re.compile(rf"{SUBJECT} (?:has |had )?{ADVERB}(?P<v>{'|'.join(PAID)}) {AROUND}(?P<rest>.{{2,60}})")
INTO = re.compile(rf" (?P<into>in|for|to|on) {OBJECT}(?=[.,;]|$)")
HELD = re.compile(
    rf"{SUBJECT} (?P<v>owns|holds|owned|held|controls) {AROUND}(?P<rest>[^,.;]{{1,30}}?) of {OBJECT}(?=[.,;]| and\b|$)"
)
FIGURE = re.compile(
    rf"(?P<n>[Tt]he (?:{MEASURED})) of (?P<o>(?:the )?(?:[a-z]+ )?{NAME})"
    rf" (?P<v>is|was|reached|exceeds|stood at)(?P<rest>[^.;]{{1,80}})"
)
PLACE = re.compile(
    rf"{SUBJECT} (?P<be>is|are|was|were) {ADVERB}(?:located|situated|based|headquartered) (?P<rest>(?:at|in|on|near"
    rf"|between|within)[^.;]{{3,}})"
)
WHO = re.compile(rf"(?P<s>{NAME}), (?:(?:the|an?) )?(?:[a-zA-Z-]+ ){{0,3}}(?P<role>{PERSON})[^,.]{{3,80}},")
IS = re.compile(
    rf"{SUBJECT}(?: \([^)]{{0,80}}\))? (?P<be>is|was) (?P<a>an?|the|one of) (?P<what>(?:[\w'-]+,? ){{0,4}}?)"
    rf"(?:(?P<person>{PERSON})|(?P<thing>{THING})).{{12,}}"
)
BEST = re.compile(
    rf"{SUBJECT} (?P<be>is|was) (?P<best>the (?:(?:only|first|last|second|third) |(?:[a-z]+ )?(?:[a-z]+est"
    rf"|most [a-z]+) )[^,.;:]{{4,50}})"
    r"(?=[,.;]| (?:and|with|that|which|who)\b)"
)
USED = re.compile(
    rf"{SUBJECT} (?P<be>is|are) (?P<how>(?:commonly |often |widely |mainly )?used for|named after|caused by) .{{4,}}"
)
OWNED = re.compile(
    rf"{SUBJECT} (?P<be>is|was) (?P<done>owned|led|headed|run|governed|chaired|directed) by (?P<who>[^,.;]{{3,60}})"
)
DID_THEN = re.compile(
    rf"(?:(?P<lead>(?:In \d{{4}}|On \w+ \d{{1,2}}, \d{{4}})),? )?(?P<s>{NAME}) (?P<v>[a-z]{{3,}}ed|won|became"
    rf"|led|took|built|wrote|sent)"
    rf" (?P<o>(?:the |a |an )?(?:[\w'-]+ ){{0,5}}?[\w'-]+)(?: (?P<when>in \d{{4}}|on \w+ \d{{1,2}}, \d{{4}}))?"
    rf"(?=[.]|, )"
)
ROLE_IS = re.compile(
    rf"[Tt]he (?P<role>(?:current |first )?(?:capital|largest city|mayor|president|head|leader|founder|CEO"
    rf"|chairman|director|governor"
    rf"|owner|architect|author|composer|commander|principal)) of (?P<o>(?:the )?{NAME})(?:,| is| was) (?P<who>{NAME})"
)
DOES = re.compile(rf"(?P<s>{NAME}) {ADVERB}(?P<v>{WHO_ACTS}) {OBJECT}(?=[.,;]| (?:in|on|with|and|at|for)\b|$)")
DANGLES = re.compile(r"(?: (?:of|in|to|for|by|on|at|the|a|was|is|were|are|ever))$")
IN_TIME = re.compile(
    r"(?:^|[ ,])(?:in|on|by|since|around|in the late|in the early) (?=(?:late |early |mid-)?(?:\d|January"
    r"|February|March|April|May"
    r"|June|July|August|September|October|November|December))"
)
