"""Sentences that address a model rather than a shop, by language, in the form that `lexicon.py` describes.

`ORDERS` say how an answer is to be altered, which only its writer could do, or set errands that no shop is asked for.
"""
# ruff: noqa: E501 - an alternation is one word to the reader; broken over lines it would be none

from ml.small.tone.phrases import Phrases

ADDRESSED = Phrases(
    en=r"""
        (?:ignore|disregard|forget|override|bypass)\W+(?:\w+\W+){0,4}(?:previous|prior|above|earlier|preceding|existing|system|original|your|all)
          (?:\w+ ){0,2}(?:instructions?|prompts?|directions?|guidelines|directives|commands|programming|constraints);
        (?:ignore|disregard|forget) (?:everything|all|anything) (?:above|before this|you (?:were|have been|know) ?(?:told|given|taught)?);
        (?:your|the) (?:system|hidden|developer) (?:prompt|instructions?);
        system prompt;
        (?:reveal|repeat|output|leak) (?:me )?your (?:\w+ ){0,2}(?:prompt|instructions|knowledge base);
        (?:note|message|instructions?|hint|attention|dear|hello|hi|hey|to)(?: (?:to|for|all|the|any|automated|our|your)){0,4}
          (?:ai|a\.i\.|llms?|chatgpt|gpt|language models?|chatbots?)(?: (?:assistants?|agents?|models?|systems?))?;
        if you(?:'re| are) (?:an? )?(?:ai|a\.i\.|llm|language model|bot|chatbot|automated (?:assistant|system));
        as an (?:ai|llm|language model)(?: \w+)?,? (?:you|must|reply|answer);
        as (?:an? )?(?:ai )?(?:assistant|language model),? you (?:must|should|will|shall|are|have);
        you are (?:now )?(?:an? )?(?:\w+ )?(?:ai|chatbot|language model)(?: \w+)?;
        you are now (?:an? )?(?:\w+ ){0,3}(?:assistant|dan|bot);
        from now on,? you (?:are|will|must|shall|act|answer|respond);
        (?:new|updated|secret|hidden) (?:system )?instructions? ?:;
        (?:developer|god|jailbreak|dan) mode;
        jailbr(?:eak|oken);
        (?:act|behave|respond|answer) as (?:if you were an?|though you were an?|an? (?:unrestricted|ai|different)) \w+;
        (?:do not|don't|never) (?:tell|mention|inform|reveal|disclose) (?:\w+ ){0,4}(?:these instructions|this instruction|the (?:user|human|reviewer|operator));
        (?:mark|classify|categori[sz]e|label|treat) this (?:mail|email|e-mail|message|case|ticket|request) as (?:approved|low|safe|trusted|verified);
        (?:auto-?approve|approve (?:this|the) (?:refund|reply|draft|request) (?:automatically|without));
        without (?:any )?(?:human|manual) (?:review|approval);
        end of (?:the )?(?:email|mail|message|user input|context|prompt)\W{0,6}(?:new|begin|start|system|instructions?);
        in your (?:answer|response|output|reply),? (?:suggest|mention|claim|tease|recommend|encourage|promote|pretend|hint);
        (?:show|give|write)(?: me)? an? (?:\w+ ){0,2}(?:python|javascript|java|php|sql) (?:function|script|program|example|snippet|code)
    """,
    de=r"""
        (?:ignorier\w*|vergiss|vergessen
          sie|missacht\w*|uberschreib\w*)\W+(?:\w+\W+){0,5}(?:anweisung\w*|instruktion\w*|vorgaben|befehle?|regeln|prompts?|richtlinien);
        (?:hinweis|anweisung|nachricht|liebe|lieber|an)(?: (?:an|fur|die|den|das|eine?)){0,3}
          (?:ki|ki-\w+|sprachmodell\w*|chatbot|kunstliche intelligenz);
        (?:du bist|sie sind) (?:jetzt |nun |ab jetzt |ab sofort )?(?:eine?n? )?(?:\w+
          )?(?:ki|assistent|sprachmodell|chatbot);
        (?:wenn|falls) (?:du|sie) (?:eine? )?(?:ki|bot|sprachmodell|automat\w*);
        systemprompt|system-prompt|systemanweisung\w*
    """,
    fr=r"""
        (?:(?<!j')ignor(?:e|ez|er)|oubli(?:e|ez|er)|ne tiens pas compte|ne tenez pas
          compte)\W+(?:\w+\W+){0,5}(?:instructions?|consignes?|directives?|regles|invites?);
        (?:note|message|instructions?|a)(?: (?:a|pour|destinee?s?)){0,3}(?: l'| une? | d'une? | )(?:ia|intelligence
          artificielle|modele de langage|assistant virtuel);
        tu es (?:maintenant|desormais) une? (?:\w+ )?(?:ia|assistant|modele|robot);
        si (?:tu es|vous etes) (?:une? )?(?:ia|robot|modele|assistant)
    """,
    es=r"""
        (?:ignora|ignore|ignorad|olvida|olvide|omite)\W+(?:\w+\W+){0,5}(?:instruccion\w*|indicaciones|reglas|ordenes|directrices);
        (?:nota|mensaje|instrucciones) (?:para|a) (?:la |el |una? )?(?:ia|inteligencia artificial|modelo de
          lenguaje|asistente virtual|chatbot);
        (?:si eres|si es usted) (?:una? )?(?:ia|bot|robot|modelo|asistente);
        ahora eres una? (?:\w+ )?(?:ia|asistente|modelo|bot)
    """,
    nl=r"""
        (?:negeer|vergeet)\W+(?:\w+\W+){0,5}(?:instructies?|opdrachten|aanwijzingen|regels|richtlijnen|prompts?);
        (?:bericht|instructie|opmerking|opdracht|notitie|beste)(?: (?:aan|voor|de|het|een)){0,3}
          (?:ai|taalmodel|chatbot|ai-\w+);
        (?:als|indien) (?:je|u) een (?:ai|bot|taalmodel|chatbot);
        je bent (?:nu|vanaf nu) (?:een )?\w+ (?:ai|assistent|model)
    """,
    it=r"""
        (?:ignora|ignorare|dimentica|ignorate)\W+(?:\w+\W+){0,5}(?:istruzioni|indicazioni|regole|comandi|direttive);
        (?:nota|messaggio|istruzioni) per (?:l'|la |il )?(?:ia|ai|intelligenza artificiale|modello linguistico|chatbot);
        se sei (?:un'?|una )?(?:ia|bot|intelligenza|modello|assistente)
    """,
    pt=r"""
        (?:ignore|ignora|ignorem|esqueca|esquece)\W+(?:\w+\W+){0,5}(?:instrucoes|indicacoes|regras|ordens|comandos|diretrizes);
        (?:nota|mensagem|instrucoes) para (?:a |o |um |uma )?(?:ia|inteligencia artificial|modelo de linguagem|chatbot);
        se (?:es|voce e) (?:um|uma )?(?:ia|bot|modelo|assistente)
    """,
)

ORDERS = Phrases(
    en=r"""
        (?:modify|augment|enhance|rewrite|scramble|misspell|encode|rearrange|jumble|anagram|obfuscate|substitute|convert|render|remove|group|combine|replace|introduce|use|integrate)
          (?:[^.!?\n]|[.!?](?!\s)){0,90}?your (?:answer|response|reply|output|message)(?:'s)?;
        (?:replace|substitute|convert|swap) (?:every |all |the )?(?:\w+ )?(?:letters?|vowels?|words?) (?:with|by|for);
        (?:add|include|insert|append|embed|put|incorporate|weave) (?:[^.!?\n]|[.!?](?!\s)){0,90}?(?:in|to|into|at the end of) your (?:answer|response|output|reply);
        provide your (?:answer|response|reply) (?:\w+ ){0,3}(?:with|without|using|in) \w+;
        (?:write|draft|compose|provide|create|generate|develop)(?: me)? an? (?:\w+ ){0,3}(?:poem|haiku|essay|short story|story|speech|song|sonnet|blog post|article);
        (?:draft|write) an? (?:introduction|outline|summary) (?:for|of) an? (?:essay|article|paper|blog);
        translate (?:the (?:following|above|text|sentence|previous)|this|everything);
        (?:summari[sz]e|repeat|output|print|translate|encode) (?:all|everything|the (?:above|entire|whole|previous|full|conversation|context|thread));
        (?:respond|reply|answer|output) (?:only )?(?:with )?(?:exactly|verbatim|only) (?:with|the|this|in|yes|no);
        pretend (?:to be|you are|that you);
        (?:explain|describe) how (?:\w+ ){1,3}works? with an example
    """,
)
"""Counted only where a sentence begins with them: "Write a poem" is an order, "I write a blog" is not."""
