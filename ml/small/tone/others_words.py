"""Requests for data of somebody else, by language, in the form that `lexicon.py` describes.

Asking for one's own data, or naming somebody as an address to deliver to, is none; what counts is a wish to learn who
another customer is, where they live, how to reach them or what they bought.
"""

from ml.small.tone.phrases import Phrases

OTHERS_DATA = Phrases(
    en=r"""
        who (?:has )?(?:bought|ordered|owned|owns|purchased) (?:this|the|that|my) (?:\w+
          )?(?:machine|grinder|item|unit|product|one|order|parcel|device|k\d|g\d)(?! for me);
        (?:name|address|phone|number|telephone|e-?mail|contact|details|data|orders?)(?:[
          ,]+(?:and|or|number|details|address|e-?mail|phone|name|data))* (?:of|for|from)
          (?:the|your|that|another|an?|any) (?:(?:first|previous|former|original|last|other|earlier|prior|old)
          (?:owners?|customers?|buyers?|purchasers?|users?)|other (?:customers?|people)|customers? who|buyers?
          who|person who|woman who|man who);
        (?:first|previous|former|original|last|prior) (?:owner|buyer|customer)'?s?
          (?:name|address|phone|number|e-?mail|contact|details|data);
        (?:give|send|tell|show|need|want|see|get|know) (?:\w+ ){0,3}(?:another|other|a different)
          (?:customer|person|buyer)s?'?s?
          (?:name|address|phone|e-?mail|orders?|data|details|account);
        (?:give|send|tell|pass|get) (?:me|us) (?:his|her|their) (?:\w+
          )?(?:name|address|phone|number|e-?mail|contact|details|data|orders?);
        (?:my|our) (?:ex|ex-\w+|neighbou?r|husband|wife|boyfriend|girlfriend|colleague|tenant|landlord)'s
          (?:orders?|order
          history|invoices?|phone number|new address|account data|purchases);
        where (?:does|do) (?:he|she|they|this customer|that customer|my ex) (?:live|order|lives);
        (?:list|names|addresses) of (?:all )?(?:your|the) (?:\w+ )?customers
    """,
    de=r"""
        wer (?:hat )?(?:diese|die|das|meine|dieses)[ \w]{0,25} (?:gekauft|bestellt|besessen)(?: hat)?;
        (?:name[ns]?|adresse|anschrift|telefonnummer|nummer|e-?mail(?:-adresse)?|kontaktdaten|daten|bestellungen)(?:[
          ,]+(?:und|oder|name|adresse|anschrift|telefonnummer|nummer))* (?:des|der|von dem|vom|eines|einer)
          (?:erst|vor|fruheren|ersten|vorherigen|anderen|ursprunglichen)[
          -]?(?:besitzer|eigentumer|kaufer|kunde|kundin)\w*;
        (?:seine|ihre) (?:adresse|telefonnummer|bestellungen) (?:geben|nennen|schicken|mitteilen) sie mir;
        (?:bestellungen|telefonnummer|neue adresse|rechnungen) (?:meine[rs]|unsere[rs])
          (?:ex\w*|nachbar\w*|mannes|frau|kolleg\w+|mieter\w*)
    """,
    fr=r"""
        qui a (?:achete|commande|possede) (?:cette|la|ma|ce|le) (?:\w+ )?(?:machine|moulin|appareil|produit|commande);
        (?:nom|adresse|telephone|numero|e-?mail|coordonnees|donnees|commandes)(?:[
          ,]+(?:et|ou|le|l'|son|nom|adresse|numero|telephone|de telephone))* (?:du|de la|de l'|d'un|d'une|des)
          ?(?:premiere?|ancienne?|precedente?|autres?)
          ?(?:proprietaire|client|cliente|acheteur|acheteuse|personne)?s?;
        (?:commandes|factures|numero|nouvelle adresse) de (?:mon|ma) (?:ex|voisine?|mari|femme|collegue|locataire)
    """,
    es=r"""
        quien (?:compro|ha comprado|pidio|tenia) (?:esta|la|mi|este|el) (?:\w+
          )?(?:maquina|molinillo|aparato|producto|pedido);
        (?:nombre|direccion|telefono|numero|correo|datos|pedidos)(?:[
          ,]+(?:y|o|el|la|nombre|direccion|telefono|numero|de
          telefono))* (?:del|de la|de otro|de otra|de un) (?:(?:primer|anterior|antiguo|antigua|primera)
          )?(?:propietari[oa]|duen[oa]|comprador|compradora)(?: anterior| original)?;
        (?:quiero|necesito|denme|deme|digame|enviarme|saber) (?:\w+ ){0,4}de (?:otro|otra|otros)
          (?:clientes?|persona);
        (?:pedidos|facturas|telefono|nueva direccion) de mi (?:ex|vecin[oa]|marido|mujer|companer[oa]|inquilin[oa])
    """,
    nl=r"""
        wie (?:heeft )?(?:deze|de|dit|mijn|het)[ \w]{0,25} (?:gekocht|besteld|gehad)(?: heeft)?;
        (?:naam|adres|telefoonnummer|nummer|e-?mail(?:adres)?|contactgegevens|gegevens|bestellingen)(?:[
          ,]+(?:en|of|naam|adres|telefoonnummer|nummer))* van (?:de|een|die) (?:eerste|vorige|oorspronkelijke|andere)
          (?:eigenaar|eigenares|koper|klant|persoon);
        (?:bestellingen|facturen|telefoonnummer|nieuwe adres) van mijn
          (?:ex|buurman|buurvrouw|man|vrouw|collega|huurder)
    """,
)
