"""What French pronouns look like, on a flat text: lower case, no accents."""

from __future__ import annotations

import re

_W = r"[a-z0-9œæ][a-z0-9œæ-]{0,30}"
_INFINITIVE = (
    r"(?:(?!avenir|pouvoir|loisir|diner|dossier|papier)[a-z]{2,20}(?:er|ir)"
    r"|[a-z]{0,8}(?:vend|prend|joind|mett|suiv|li|fai|trui|dui)re|voir)\b"
)
_HAVE = r"(?:a|ont|avait|avaient|aura|auront|aurait|auraient)\b"
_BE = r"(?:est|sont|etait|etaient|sera|seront|serait|fut)\b"
_CLITIC = r"(?:(?:ne|se|la|les?|lui|leur|y|en) |[nsly]')"
_T = r"(?:-(?:t[-'])?)"  # as in `a-t-il`, or as it is often mistaken
_WHO = r"(?:ils?|elles?|on)\b"
_OF = r"(?:d(?:e |'))"

# What stands before a pronoun: a question word with all that belongs to it, then a verb perhaps.
WH = re.compile(
    r"(?:(?:et|mais|alors) )?(?P<hangs>(?:a|de|dans|en|pour|avec|par|chez|sur|contre|depuis|jusqu'a|d'ici) )?"
    rf"(?:(?P<which>quel(?:le)?s? (?:autres? |grande?s? )?{_W}|combien {_OF}{_W})"
    rf"(?: (?:(?:de (?:la |l')?|d[eu]s? |d'|en |aux? |sur |dans |chez ){_W}|{_W}(?:el|elle|al|ale|ique|ive|aire)))*"
    r"|(?P<who>qui)|(?:quand|ou|comment|pourquoi|combien|quoi|qu(?:e(?!l)|'))(?: ?est-ce qu[e'])?)(?!\w) ?"
)
FIRST = re.compile(
    rf"{_CLITIC}*(?:{_BE}|{_HAVE}|(?:vaut|coute|va|siege|travaille|habite|vit|joue|mesure|dit|pense|trouve|situe|sort"
    r"|commence|finit|represente|gagne|pese|compte|date|dure|devient|appelle|sert|emploie|vient|termine)(?:nt)?\b)"
)
"""A verb that often comes before its subject: `où se trouve`, `combien vaut`."""
LINK = re.compile(rf"(?:{_BE} )?(?:{_OF}|des |a |en |pour |dans )?")
RULES = re.compile(
    r"(?:ne )?(?:dirige|preside|finance|controle|possede|detient|fabrique|produit|gere|fournit|soutient|represente) "
)
NO_SUBJECT = re.compile(r"(?:est-ce qu[e']|dis-moi|dites-moi|sais-tu|savez-vous|et|mais|alors|peut-on|doit-on) ?")
SUBJECT = re.compile(rf"{_T}{_WHO}|(?<![\w'-])(?:ils?|elles?|on|nous|vous|je|tu|ca|cela|c'est)\b")
CLAUSE = re.compile(
    r"(?:et )?(?:quand (?!\w+-)|(?:si|lorsqu[e']|lorsque|comme|puisqu[e']|bien qu[e']|apres qu[e']|tandis qu[e']) ?)"
)

_ADJECTIVE = (
    r"(?:vrai|(?:im)?possible|prevu|necessaire|temps|tard|tot|normal|permis|interdit|(?:il)?legal|(?:in)?utile|facile"
    r"|difficile|important|obligatoire|dangereux|bon|conseille|recommande|preferable|logique|certain|(?:im)?probable)"
)
_IL = r"(?:-t)?(?:-il)?"
IMPERSONAL = re.compile(
    rf"(?:faut|faudra|faudrait|fallait|pleut|neige|suffit|convient|semble|parait|manque|reste){_IL}\b"
    rf"|(?:s'agit|se passe|se peut|(?:n')?y (?:a|avait|aura|aurait)){_IL}\b|s'(?:est|etait)(?:-il)? passe"
    rf"|existe{_IL} (?:une? |des |d'|plus|encore)|(?:vaut|vaudrait){_IL} mieux|arrive{_IL} (?:que|souvent|de )"
    rf"|(?:fait|faisait|fera){_IL}(?=$| (?:beau|froid|chaud|bon|nuit|jour))|(?:a|avait|aura){_IL} fallu"
    rf"|(?:doit|devait|va|peut|pourrait){_IL} se passer|(?:coute|prend){_IL}(?: \w+)? {_OF}{_INFINITIVE}"
    rf"|(?:est|etait|serait|sera){_IL} (?:arrive a|mis fin|question|(?:\w+ment )?\w+ qu[e']"
    rf"|(?:\w+ment )?{_ADJECTIVE}(?: d[e']|$| {_INFINITIVE}))|en (?:est|va){_IL} de"
)
"""What follows, or holds, an `il` that stands for nothing."""
NOTHING = re.compile(r"quelle heure|qu'(?:arrive|advient)-|que se passe|d'ou vient-il que|l'est-(?:il|elle)\b")
OF_ITSELF = re.compile(rf"(?:quel(?:le)?s? |combien {_OF}).*(?:(?<![\w'-]){_BE}|existe){_T}")
"""A question word that is the subject itself, and takes a pronoun all the same."""

INVERTED = re.compile(
    rf"(?:(?<![\w'-])|(?<=\bqu'))(?P<clitics>{_CLITIC}*)(?P<verb>(?!t-)[a-z]+)"
    rf"(?:{_T}|(?:(?<=sont)|(?<= est)|(?<= fut)|(?<= ont)|(?<=ient)|(?<=doit)|(?<=peut)) )(?P<who>ils?|elles?)\b"
)
PLAIN = re.compile(
    r"(?:(?<![\w'-])(?<! t )|(?<=qu')|(?<=\bs'))"
    r"(?P<who>ils?|elles?|ca(?= (?:vaut|coute|existe|marche|date|fonctionne|sert|mesure|pese|rapporte|dure)\b"
    rf"(?!.* {_OF}{_INFINITIVE})))\b(?!-)"
)
WITH = re.compile(
    r"(?<![\w'-])(?:(?:avec|pour|chez|sans|sur|contre|selon|de|a|vers|par|entre|envers|derriere|devant) |d')"
    r"(?P<who>lui|elles?|eux|cela)\b(?!-)"
)
LATTER = re.compile(r"(?<![\w'-])(?:(?:ce dernier|cette derniere|ces derni\w+)\b|c(?:elui|elle|eux|elles)-ci\b)")
HAD = re.compile(
    rf"(?<![\w'-])(?P<it>l')(?P<verb>{_HAVE}(?:{_T}{_WHO})? (?:\w+ment |deja |enfin )?)"
    r"(?P<done>(?!priori\b)[a-z]{2,30})"
)
RULED = re.compile(
    rf"(?:(?:^|(?<=^et )|(?<=, ))qui |(?<![\w'-])(?=(?:la |les? |l')\w+{_T}{_WHO}))"
    rf"(?P<it>la |les? |l')(?P<verb>(?!{_HAVE}){_W})"
)
TO_DO = re.compile(
    r"\b(?:veut|peut|doit|va|pourrait|voudrait|devrait|souhaite|veulent|peuvent|doivent|vont|ou|comment)"
    rf"(?:{_T}{_WHO})?(?: pas)? (?P<it>la |les? |l')(?P<verb>{_INFINITIVE})"
    r"(?=$| (?:en|a|au|dans|chez|pour|sur|sans|avec|par|si)\b)"
)
TO_IT = re.compile(
    r"(?:(?<=\bqui )|(?<=\bque ))(?:lui|leur) (?=\w)|(?<=\bcombien )lui (?=\w)"
    rf"|(?<![\w'-])(?:lui|leur) (?=[a-z]+{_T}{_WHO})"
)
THERE = re.compile(
    r"(?:(?<=\bqui )|(?<=\bque )|(?<=\bpersonnes )|(?<=\bgens )|(?<=\bsalaries )|(?<=\bcombien )|(?<=\bpourquoi ))y "
    rf"(?=(?!compris|{_HAVE})[a-z]|{_HAVE}(?:{_T}{_WHO})? "
    r"(?:investi|travaille|mis|vendu|gagne|perdu|place|verse|depense)\b)"
)
OF_IT = re.compile(
    r"(?:(?<=\bqui )|(?<=\bqu')|(?<=\bcombien )|(?<=\bpart )|(?<=\bpourcentage ))"
    r"en (?=(?:est|sont|etait|sera|(?:dis|pens|detienn|possed)ent|dit|pense|detient|possede|fait|parle|reste|profite)\b"
    r"(?!-il de))"
)
HIS = re.compile(
    r"(?<![\w'-])(?<!\ble )(?<!\bdu )(?<!\bun )(?<!\bce )(?P<his>son|sa|ses|leurs?) (?P<noun>"
    r"(?:(?:premi|deuxi|troisi|second|prochain|princip|derni|nouve|meilleur|ancien|futur|propre|vrai|grand|petit)\w* )?"
    rf"(?![a-z]+{_T}{_WHO}|(?:a|doit|ont|fournit|verse|reproche|donne|vend|propose)\b)[a-z][a-z-]{{1,30}}"
    rf"(?: {_OF}[a-z]{{2,30}}\b)?(?: \w+(?:al|ale|el|elle|aux|ique|aine?|aise?|ive)\b)?)"
)
LIFE = re.compile(r"\b(?:age|nee?|naquit|morte?|decedee?|mariee?|etudes|etudie|diplomes?|epouse|salaire|nationalite)\b")

_FIRM = r"(?:entreprise|societe|start-?up|firme|compagnie|groupe)s?"
_PACT = r"(?:partenariat|accord|pacte|contrat|alliance|fusion|rachat|acquisition|conflit|litige|proces|rupture)s?"
_SOMETHING = (
    r"(?:geant|editeur|banque|organisation|institution|universite|pays|ville|region|homme|femme|personne|dirigeant|patron"
    r"|projet|outil|produit|logiciel|modele|service|application|site|film|livre|club|equipe|monument|tour|phare|musee)s?"
)
THIS = re.compile(
    rf"(?<![\w'-])(?:cet?|cette|(?P<many>ces)) (?:(?P<pact>{_PACT})|{_FIRM}|{_SOMETHING})\b"
    rf"(?! (?:qui|que|dont|ou|d[eu])\b| qu'| d')"
)
THE_FIRM = re.compile(
    r"(?<![\w'-])(?:(?<=\bde )l'entreprise$|(?<!\bde )(?:l'|l[ae] )(?:entreprise|start-?up|firme|compagnie|groupe)"
    rf"(?= (?:{_HAVE}|{_BE}|(?:va|veut|peut|doit|vaut)\b|[a-z]+{_T}(?:elle|il)\b)))"
)
