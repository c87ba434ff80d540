"""The words that tone and urgency are read from, by language.

Regular expressions against `phrases.plain` text (lower case, no accents), separated by semicolons; any space is any
white space. Written on the example company's training mail alone.
"""

from ml.small.tone.phrases import Phrases

FURY = Phrases(
    en=r"""
        (?:you|you're|you are|bunch of|pack of|you people are|complete|absolute)(?: (?:a|are|all|just|nothing
        but|lot|of|bunch|the)){0,4} (?:scammers?|thieves|thief|liars?|crooks?|frauds?|amateurs|criminals|idiots|clowns);
        scammers; scam company; i(?:'ve| have)? (?:been|was|feel) (?:scammed|cheated|ripped off|lied to|robbed);
        rip-?off; disgust(?:ed|ing); disgrace(?:ful|d)?; furious; outrage(?:ous|d)?; appall(?:ed|ing); unacceptable;
        shame on you; shameful; had enough; sick (?:and tired )?of; fed up; joke of a company;
        (?:complete|absolute|total|a bad|utter) joke; ridiculous; pathetic; incompeten(?:t|ce); i call that theft; worst
        (?:company|service|customer|experience|support|shop|purchase); (?:daylight )?robbery; never (?:ever
        )?(?:buy|buys|buying|order|ordering|shop|shopping) (?:\w+ ){0,4}again;
        (?:useless|rubbish|terrible|awful|horrible|lousy|shoddy|garbage)
        (?:company|support|service|courier|people|lot|staff|shop|customer service); laugh(?:ed|ing|s)? at me; treated
        (?:so |this |me |us |him |her )*(?:rudely|like (?:dirt|an? \w+)); how you treat(?:ed)?
        (?:people|me|us|my|your|customers); formal complaint; humiliat(?:ed|ing|ion); what sort of amateurs; amateurs;
        how dare you; you dare; circus; insult(?:ed|ing)?; misleading and you know it; false advertising; won't stand
        for (?:it|this); beyond belief; go to hell; (?:you )?ruined (?:my|our); (?:this is|that is|that's|it's) (?:an?
        )?(?:scandal(?:ous)?|farce|fraud|theft)
    """,
    de=r"""
        saftladen; unverschamt(?:heit)?; frechheit; (?:die )?nase voll; nie wieder; betruger(?:ei)?; abzocke(?:r)?;
        skandal(?:os)?; unfassbar; lacherlich; unmoglich(?:e[rs]?)? (?:verhalten|service|umgang|zustand); so nicht;
        spottet jeder beschreibung; hingehalten; ihr lugt; lugner; schweinerei; inakzeptabel; katastrophe; reicht(?:'s)?
        (?:mir )?(?:jetzt|es); mir reicht(?: es|'s|s)?; beschwerde uber; verarscht?; stinksauer; wutend; emport;
        bodenlos(?:e)?; wie ein bittsteller; unterste schublade
    """,
    fr=r"""
        honte(?:ux|use)?; scandal(?:eux|euse|e); inadmissible; inacceptable; escrocs?; escroquerie; menteurs?; voleurs?;
        arnaqu\w+; (?:on )?se (?:moque|fout) de (?:moi|nous|qui); vous vous (?:moquez|foutez); furieu(?:x|se);
        lamentable; ras[ -]le[ -]bol; votre mepris; j'en ai (?:assez|marre); indigne; dernier avertissement;
        incompeten(?:t|ts|ce); plus jamais; foutage
    """,
    es=r"""
        verguenza; estafa(?:dores)?; ladrones; indignante; indignad[oa]; inaceptable; intolerable; mentirosos?; trato
        vejatorio; (?:estoy|estamos) hart[oa]s?; hart[oa] de; tomadura de pelo; sinverguenzas?; nunca mas; pesimo
        servicio; incompetentes?; robo
    """,
    nl=r"""
        schandal(?:ig|e); belachelijk; waardeloos; oplichters?; oplichterij; onacceptabel; woedend; dieven; leugenaars?;
        (?:er )?(?:helemaal )?klaar mee; zat (?:van|ben); spuugzat; beneden alle peil; nooit meer; schande; ongehoord;
        aan het lijntje; grote klok; boos; razend
    """,
    it=r"""
        vergogn(?:a|oso|osa|atevi); truffa(?:tori)?; ladri; inaccettabile; indecente; scandalos[oa]; bugiardi; presi in
        giro; prendete in giro; mai piu; furios[oa]; incompetenti; intollerabile; stufo|stufa di
    """,
    pt=r"""
        vergonha; vergonhos[oa]; burla(?:o|oes)?; burloes; ladroes; inaceitavel; inadmissivel; mentirosos; gozar comigo;
        nunca mais; indignad[oa]; far(?:to|ta) de
    """,
)

DEMAND = Phrases(
    en=r"""
        compensat(?:e|ed|ion); (?:an? |written )apology; apologi[sz]e; i demand; we demand; go(?:es|ing)? public;
        liable; damages; (?:post|posting|share|publish|put|tell|telling|spread)(?:ed)? (?:this|it|the whole
        (?:story|chat|thing)|everything|everyone|everybody) (?:\w+
        ){0,3}(?:online|everywhere|facebook|social|forums?|what|about|wherever|on every); (?:bad|one[- ]star|1[-
        ]star|negative|honest|scathing) reviews?; one star; (?:writing|written|write|post|leave|leaving) (?:the |a |my
        )?reviews?; my review; the (?:papers|press|media|newspapers?) (?:get|will|are|is); local paper;
        (?:will|shall|going to) (?:hear about|inform every|warn); warned everyone; consumer
        (?:office|authority|protection|centre|program\w*|organi[sz]ation); managing director; (?:get|give) me
        (?:a|the|your) manager; (?:speak|talk) to (?:a|the|your) (?:manager|boss|supervisor|director); somebody senior;
        last (?:chance|warning); final (?:notice|warning|demand); want consequences; clawing the money back; charge
        ?back; report with the police; someone with a spine; copy-paste answer; i expect (?:you|a|an|full|to be); wasted
        (?:time|my)
    """,
    de=r"""
        entschadigung; entschuldigung (?:und|der|von|in); schriftliche entschuldigung; wiedergutmachung; gutschrift da;
        letzte (?:mahnung|warnung|chance); (?:schlechte |1-sterne-)?bewertung (?:mit einem stern|schreiben|ist schon);
        offentlich machen; presse; auf allen kanalen; ich verlange; ich fordere; geschaftsleitung; andernfalls; niemand
        (?:antwortet|meldet|ist zustandig); haftpflichtversicherung; hochachtungsvoll
    """,
    fr=r"""
        dedommage(?:ment|r); j'exige; je reclame; des excuses; geste commercial; reseaux sociaux; publier;
        (?:six|trois|quatre|cinq|plusieurs) relances; sous (?:huit|quinze|\d+) jours; indemnis\w+
    """,
    es=r"""
        indemnizacion; compensacion; exijo; disculpas; me compensan; contare; resenas; redes sociales; solo recibo
        excusas; quiero mi dinero
    """,
    nl=r"""
        schadevergoeding; ik eis; wij eisen; excuses; (?:een )?vergoeding voor; de directeur; alles online; slechte
        (?:review|recensie); laatste (?:waarschuwing|kans); ander verhaal
    """,
    it=r"""
        risarcimento; indennizzo; pretendo; esigo; delle scuse; recensioni? negativ[ae]; ultimo avviso; sui social
    """,
    pt=r"""
        indemnizacao; indenizacao; compensacao; exijo; pedido de desculpas; redes sociais; ultimo aviso
    """,
)

IMPATIENCE = Phrases(
    en=r"""
        unbelievable; disappoint(?:ed|ing|ment); angry; annoy(?:ed|ing); frustrat(?:ed|ing|ion); ignor(?:e|ed|ing)
        (?:me|us|my); upset; nobody (?:answers|calls|rings|replies|responds|cares); no ?(?:one|body) (?:has
        )?(?:answered|called|replied); (?:third|fourth|fifth|tenth|eleventh) (?:time|mail|email); junk; simple as that;
        out of pocket; cut off; on hold; fobbed (?:me )?off; without a single answer; refus(?:e|ed|al|es)
    """,
    de=r"""
        enttauscht; argerlich; verargert; sauer; keine antwort; immer noch nicht; unzufrieden
    """,
    fr=r"""
        decu[es]?; decevant; sans reponse; mecontent[es]*; agace[es]*; inquiet
    """,
    es=r"""
        enfade|enfadad[oa]; decepcion(?:ad[oa]|ante)?; sin respuesta; molest[oa]
    """,
    nl=r"""
        teleurgesteld; geen antwoord; hoor (?:je )?(?:weken )?niks; ontevreden
    """,
    it=r"""
        delus[oa]; arrabbiat[oa]; nessuna risposta
    """,
    pt=r"""
        desiludid[oa]; sem resposta; chatead[oa]
    """,
)

PRAISE = Phrases(
    en=r"""
        love(?:ly)?; great; wonderful; happy; perfect(?:ly)?; fantastic; excellent; brilliant; delighted; delicious;
        recommend(?:ed)?
    """,
    de=r"""
        super; toll; begeistert; zufrieden; wunderbar; klasse; lecker; freue? (?:mich|uns)
    """,
    fr=r"""
        ravi[es]*; genial[e]?; parfait[e]?; content[es]*; j'adore; bravo
    """,
    es=r"""
        encantad[oa]; genial; perfect[oa]; me encanta; estupend[oa]
    """,
    nl=r"""
        geweldig; blij; heerlijk; tevreden; mooi; fijn
    """,
    it=r"""
        ottim[oa]; felice; bellissim[oa]
    """,
    pt=r"""
        adoro; otim[oa]; feliz; excelente
    """,
)

COURTESY = Phrases(
    en=r"""
        thanks; thank you; cheers; please
    """,
    de=r"""
        danke; vielen dank; bitte
    """,
    fr=r"""
        merci
    """,
    es=r"""
        gracias; por favor
    """,
    nl=r"""
        bedankt; dank; graag; alvast
    """,
    it=r"""
        grazie; per favore
    """,
    pt=r"""
        obrigad[oa]; mit freundlichen grussen; cordialement
    """,
)

URGENT = Phrases(
    en=r"""
        urgent(?:ly|e|emente|ie)?; asap; as soon as possible; immediate(?:ly)?; right away; emergency; at once;
        deadline; time[- ]critical
    """,
    de=r"""
        dringend(?:st)?; eilig; sofort; umgehend; so schnell wie moglich; heute noch; notfall; frist; eilt
    """,
    fr=r"""
        immediatement; au plus vite; des que possible; le plus rapidement; sans delai
    """,
    es=r"""
        cuanto antes; lo antes posible; inmediat(?:o|amente); urgencia
    """,
    nl=r"""
        spoed; zo snel mogelijk; onmiddellijk; per direct; meteen; vandaag nog
    """,
    it=r"""
        subito; al piu presto; immediat(?:o|amente); urgenza
    """,
    pt=r"""
        o mais rapido; imediat(?:o|amente); quanto antes
    """,
)

SOON = Phrases(
    en=r"""
        (?:by|before|until) (?:today|tonight|tomorrow|noon|mon|tues|wednes|thurs|fri|satur|sun)(?:day)?; today; tonight;
        tomorrow; this (?:morning|afternoon|evening); in an hour; right now
    """,
    de=r"""
        heute; morgen; bis (?:mon|diens|donners|frei|sams|sonn)tag; bis mittwoch
    """,
    fr=r"""
        aujourd'hui; demain; d'ici; avant (?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)
    """,
    es=r"""
        hoy; manana; antes del
    """,
    nl=r"""
        vandaag; vanavond; voor (?:maan|dins|woens|donder|vrij|zater|zon)dag
    """,
    it=r"""
        oggi; domani; entro
    """,
    pt=r"""
        hoje; amanha
    """,
)

DANGER = Phrases(
    en=r"""
        smok(?:e|ing); (?:caught |on )fire; sparks?; electric shock; burn(?:t|ed) (?:my|his|her|smell); burned;
        flood(?:ed|ing); injur(?:y|ed)
    """,
    de=r"""
        rauch\w*; brand(?:geruch)?; stromschlag; verbrannt; verletzt
    """,
    fr=r"""
        fumee; incendie; etincelles; brule[e]?
    """,
    es=r"""
        humo; fuego; quemad[oa]; chispas
    """,
    nl=r"""
        rook; vlammen; verbrand; kortsluiting
    """,
    it=r"""
        fumo; scossa; bruciat[oa]
    """,
    pt=r"""
        queimad[oa]; choque
    """,
)
