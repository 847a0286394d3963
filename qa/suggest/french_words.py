"""The French words that questions are made from sentences by, as patterns on plain text."""

from __future__ import annotations

WORD = r"[a-zß-öø-ÿœ-]+"
ADVERB = (
    r"(?:(?:alors|ainsi|aujourd'hui|actuellement|désormais|officiellement|également|aussi|donc|initialement|enfin"
    r"|finalement|notamment|ensuite|toujours|principalement|d'abord|d'ailleurs|même) )?"
)
AROUND = (
    r"(?:(?:environ|près de|plus de|moins de|au total|quelque|encore|à|d'environ|jusqu'à|de|en moyenne|pas moins de"
    r"|seulement) ){0,2}"
)
DONE = (
    r"(?:(?:co-?)?(?:fond|cré|invent|lanc|inaugur|sign|publi|adopt|découver|constru|ouver|rach|achev|organis|institu"
    r"|propos|abol|instaur|établ|réalis|écri|brevet|promulgu|proclam|dissou|détrui|incendi|bât|éri|restaur|dessin|conç"
    r"|produi|peint|compos|rédig|ferm|introdui|rebapti|nomm|élu|classé|développ|form|canonis|consacr|assassin|exécut)"
    r"[a-zéèêùç]{0,5})"
)
BORN = r"(?:née?s?|morte?s?|décédée?s?|sortie?s?|parue?s?|apparue?s?|entrée?s? en vigueur|devenue? indépendante?)"
BEGINS = (
    r"(?:a commencé|commence|commença|débute|a débuté|débuta|ouvre|a ouvert|ouvrit|s'achève|prend fin"
    r"|a pris fin|prit fin"
    r"|a disparu|a lieu|a eu lieu|eut lieu|se déroule|se tient|se tiendra|se déroulera|aura lieu|entre en vigueur|naît"
    r"|meurt|mourut|ferme|paraît|sort|disparaît|apparaît|s'est tenue?|s'est déroulée?|s'est achevée?)"
)
# By the article that tells their gender; `l'é` are the feminine ones that hide it.
MEASURED = {
    "f": (
        r"population|superficie|valorisation|hauteur|longueur|profondeur|largeur|capacité|durée|vitesse|température"
        r"|densité|taille|production|valeur|masse|capitale|devise|part|altitude|espérance de vie|envergure"
    ),
    "m": (
        r"prix|coût|budget|capital|chiffre d'affaires|taux d(?:e |')\w+|nombre d(?:e |')\w+|point culminant"
        r"|diamètre|PIB"
        r"|surnom|âge|effectif|montant|salaire"
    ),
}
NAMED = r"(?:capitale|devise|surnom|point culminant)"
COUNTS = (
    r"(?:comptent|comptait|comptaient|compte|comprennent|comprenait|comprend|comportent|comportait|comporte"
    r"|possèdent|possédait|possède|emploient|employait|emploie|abritent|abritait|abrite|accueillait|accueille"
    r"|rassemble|regroupe|réunit|réunissait|contient|contiennent|produit|exploite|gère|exporte|regroupait|dénombre)"
)
UNITS = (
    r"(?:ann[ée]es|jours|siècles|fois|euros|dollars|francs|livres|mètres|kilomètres|hectares|tonnes|heures|minutes"
    r"|secondes|semaines|décennies|points|millions|milliards|milliers|cents|autres|nombreux|mois|ans|dernières"
    r"|premières|derniers|premiers|grandes|grands|principales|principaux|petites|petits|nouvelles|nouveaux|vrais)$"
)
PEOPLE_DO = (
    r"(?P<counted>vivent|vivaient|travaillent|travaillaient|habitent|participent|ont participé|étudient|assistent"
    r"|ont assisté|résident|meurent|sont mortes|sont morts|furent tuées|furent tués|sont parlées)"
)
PERSON = (
    r"(?:(?:autre|jeune|ancien|ancienne|grand|grande|célèbre|célèbres) )?(?:homme|femme|écrivaine?|poète"
    r"|poétesse|peintre"
    r"|sculpt(?:eur|rice)|compositeur|compositrice|musicien(?:ne)?|chanteu(?:r|se)|acteur|actrice|réalisat(?:eur|rice)"
    r"|cinéaste|scénariste|philosophe|physicien(?:ne)?|chimiste|mathématicien(?:ne)?|astronome|biologiste|médecin"
    r"|ingénieure?|architecte|historien(?:ne)?|journaliste|avocate?|militaire|général|officier|roi|reine|empereur"
    r"|impératrice|prince(?:sse)?|duc|duchesse|évêque|pape|théologien(?:ne)?|explorat(?:eur|rice)|navigateur|botaniste"
    r"|naturaliste|économiste|sociologue|psychologue|entrepreneu(?:r|se)|joueu(?:r|se)|footballeu(?:r|se)|cycliste"
    r"|coureu(?:r|se)|pilote|nageu(?:r|se)|athlète|danseu(?:r|se)|chorégraphe|présidente?|ministre|fondat(?:eur|rice)"
    r"|cofondat(?:eur|rice)|direct(?:eur|rice)|dirigeante?|PDG|patron(?:ne)?|invent(?:eur|rice)|personnage|photographe"
    r"|dessinat(?:eur|rice)|romanci(?:er|ère)|dramaturge|essayiste|linguiste|informaticien(?:ne)?|chef|auteure?|autrice"
    r"|maire|sénat(?:eur|rice)|députée?|magistrate?|chercheu(?:r|se)|spécialiste|skieu(?:r|se)|capitaine|moine|juriste"
    r"|zoologiste|géographe|professeure?|élève|disciple|fils|fille|frère|sœur|épouse|veuve)\b"
)
THING = (
    r"(?:entreprise|société|maladie|langue|logiciel|système|méthode|jeu|organisation|association|club|parti|journal"
    r"|revue|plante|théorie|concept|discipline|science|technique|instrument|mouvement|religion|prix|tournoi"
    r"|compétition|institution|espèce|genre|style|technologie|protocole|format|projet|programme|mission|satellite"
    r"|substance|molécule|médicament|minéral|roche|fête|cérémonie|tradition|danse|sport|traité|loi|accord|doctrine"
    r"|syndrome|phénomène|processus|réseau|moteur|véhicule|avion|navire|fusée|arme|outil|matériau|monument|organe"
    r"|instance|agence|établissement|série|recueil|ouvrage|livre|poème|document|texte|forme|unité|appareil|dispositif"
    r"|procédé|métier|ordre|courant|ensemble|lieu|bâtiment|édifice|plat|boisson|aliment|animal|oiseau|poisson"
    r"|insecte)\b"
)
ROLE = (
    r"(?P<a>l[ea] |l'|son |sa )?(?P<role>(?:co)?fondat(?:eur|rice)|PDG|présidente?|direct(?:eur|rice)"
    r"(?: général(?:e)?)?"
    r"|dirigeante?|patron(?:ne)?|maire|architecte|invent(?:eur|rice)|créat(?:eur|rice)|réalisat(?:eur|rice)|auteure?"
    r"|autrice|roi|reine|capitale|gouverneur|ministre|propriétaire|premier ministre)"
)
FEMININE_ROLE = r"(?:.*(?:trice|reine|capitale|patronne|dirigeante|présidente|directrice générale))$"
DIRECTS = (
    r"(?:dirige|préside|a fondé|fonde|fonda|a cofondé|a créé|crée|créa|a inventé|inventa|a découvert|découvre|découvrit"
    r"|a racheté|rachète|possède|a remporté|remporte|remporta|a conquis|a construit|a écrit|écrit|a réalisé|réalise"
    r"|a composé|a peint|succède à|succéda à|a succédé à|incarne|interprète|entraîne|gouverne|épouse|épousa|a épousé)"
)
MUTE_H = ("habitant", "homme", "heure", "histoire", "hôte", "hôpi", "habitation", "hectare", "hélicop", "herbe")
NO_VERB = (
    r"(?:est|était|fut|et|avant|pendant|durant|toute?|dont|avait|suit|cette|contre|entre|outre|notamment"
    r"|ensuite|vers|comme"
    r"|puis|tant|sont|quitte à|dit|devient|devint|reste|resta|naît|meurt|\w+ment)\b"
)
