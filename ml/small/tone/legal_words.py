"""Announcements of legal steps, by language, in the form that `lexicon.py` describes.

A lawyer, a court or an authority alone is no threat; what counts is that it is about to act, or an act of law by name.
"""

from ml.small.tone.phrases import Phrases

LEGAL_THREAT = Phrases(
    en=r"""
        (?:my|our) (?:lawyers?|solicitors?|attorneys?|legal team|counsel)(?: and [\w ]{1,30})? (?:will|is going to|are
          going to|shall|has|have been|is already|takes?|would|'ll|to (?:sort|deal|handle|take));
        (?:hear|hearing|letter|mail|writ) from (?:my|our|a) (?:lawyers?|solicitors?|attorneys?);
        (?:involve|instruct(?:ed)?|hire|consult(?:ed)?|contact(?:ed)?|engage|call|see|ask|talk(?:ing)? to|speak(?:ing)?
          (?:to|with)) (?:my|our|a) (?:lawyers?|solicitors?|attorneys?);
        (?:hand|give|pass|turn|send|forward)(?:ing|ed)? (?:this|it|the (?:matter|case|file)|everything)(?: over)? to
          (?:my|our|a) (?:lawyers?|solicitors?|attorneys?);
        (?:take|taking|took|face|start|begin|pursue|consider|considering|threaten|before|further|initiate|bring|without
          further notice) (?:\w+ )?(?:legal (?:action|steps|proceedings|measures)|proceedings);
        legal (?:action|proceedings|steps) (?:will|against|is|are|without|if|unless);
        proceedings will be (?:issued|started|brought|commenced);
        letter before (?:action|claim);
        see you in court;
        (?:take|taking|drag|bring) (?:you|this|it|the matter|your company) to (?:the )?(?:\w+ ){0,2}court;
        (?:go|going) to (?:the )?(?:small claims )?court;
        small claims(?: court| track)?;
        i(?:'ll| will|'m going to| am going to) sue;
        (?:we|we'll|we will|going to) sue (?:you|your);
        sue you;
        suing you;
        statutory demand;
        (?:report(?:ed|ing)?|complain(?:ed|ing)?|refer(?:red|ring)?|complaint) (?:you |this |it |your company
          )?(?:to|with) (?:the )?(?:\w+ ){0,3}(?:ombudsman|watchdog|trading standards|consumer
          (?:\w+)|police|authorit(?:y|ies)|regulator);
        (?:lawyers?|solicitors?|attorneys?)(?: and [\w ]{1,25})? (?:will|takes? it|shall|'ll);
        file[ds]? (?:a )?(?:lawsuit|suit|claim in court|criminal complaint|report with the police);
        in touch with the (?:consumer \w+|ombudsman|trading standards);
        hold you (?:fully |personally )?liable;
        next stop is the (?:\w+ ){0,3}(?:court|centre|ombudsman|lawyer);
        hereby rescind|herewith rescind;
        (?:contact|inform|go to|going to|call) trading standards
    """,
    de=r"""
        (?:mein(?:e[mn]?)?|unser(?:e[mn]?)?|einen?|einem|zum) (?:rechts)?anw[a]lt(?:in|s|es)?(?!
          (?:hat|ist|trinkt|freut|empfiehlt));
        (?:rechtliche|juristische|gerichtliche) schritte;
        rechtsweg;
        vor gericht;
        klage (?:einreichen|erheben);
        (?:sie|euch|ihre firma) verklagen;
        verklage (?:sie|euch);
        anzeige (?:erstatten|erstatte|gegen sie);
        strafanzeige;
        mahnbescheid;
        mahnverfahren;
        schadens?ersatz\w*;
        verbraucherschutz\w*;
        verbraucherschutzer;
        verbraucherzentrale;
        letzte frist;
        fordere sie (?:\w+ ){0,3}auf .{0,60}(?:zu erstatten|zu ersetzen|zu zahlen);
        rechtsschutz(?:versicherung)?
    """,
    fr=r"""
        mise en demeure;
        mets en demeure;
        (?:mon|mes|notre|nos|un|une|l') ?avocate?s?(?! (?:a|est|aime|boit|m'a));
        (?:saisir|saisirai|saisirons|saisis) (?:le|la|les|un|l')(?:
          )?(?:tribunal|justice|mediateur|juge|conciliateur|dgccrf|repression)\w*;
        porter(?:ai|ons)? plainte;
        plainte (?:sera |a ete )?deposee;
        deposer(?:ai)? (?:une )?plainte;
        poursuites? (?:judiciaires?|en justice);
        (?:voie|action|actions) (?:judiciaire|en justice)s?;
        en justice;
        au tribunal;
        dommages(?: et |-)interets;
        repression des fraudes;
        association de consommateurs
    """,
    es=r"""
        (?:mi|nuestro|un|al|mis) abogad[oa]s?(?! (?:me|dice|toma));
        (?:acciones|medidas|vias?) (?:legales|judiciales);
        via judicial;
        (?:pondre|poner|presentare|presentar|interponer|interpondre|he puesto) (?:una |la
          )?(?:denuncia|demanda|reclamacion (?:ante|en|oficial));
        (?:les|os|los) (?:denunciare|demandare|voy a denunciar|voy a demandar);
        denunciar(?:e|os|les|los);
        ante (?:los )?tribunales;
        a juicio;
        oficina del consumidor;
        oficina de consumo;
        hoja de reclamaciones;
        danos y perjuicios
    """,
    nl=r"""
        (?:mijn|onze|een) (?:advocaat|advocate|jurist|rechtsbijstand\w*)(?! (?:heeft mij|drinkt|raadde));
        juridische (?:stappen|procedure|weg);
        rechtszaak;
        naar de rechter;
        voor de rechter;
        aangifte (?:doen|gedaan);
        ingebrekestelling;
        in gebreke;
        rechtsbijstand\w*;
        geschillencommissie;
        consumentenbond;
        aansprakelijk;
        (?:stel|stellen) (?:u|jullie) aansprakelijk;
        dagvaard\w*;
        incassobureau
    """,
    it=r"""
        (?:mio|nostro|un|al|il mio|miei) (?:avvocato|legale|avvocati|legali)(?! (?:mi ha|beve));
        (?:azioni|azione|vie|via) legal[ei];
        adiro le vie;
        in tribunale;
        (?:sporgere|sporgero) denuncia;
        denunciar(?:vi|o);
        diffida;
        messa in mora;
        risarcimento(?: dei)? danni;
        associazione (?:dei )?consumatori
    """,
    pt=r"""
        (?:meu|minha|nosso|um|uma) advogad[oa];
        (?:acoes|accoes|medidas|vias) (?:legais|judiciais);
        via judicial;
        em tribunal;
        livro de reclamacoes;
        processar (?:vos|voces|a empresa);
        queixa na (?:deco|policia|asae);
        perdas e danos
    """,
)
