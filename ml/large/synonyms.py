"""Words that customers and help pages use for the same thing in any shop: `postage` here, `shipping` there.

A short list rather than a learned one: each line is read and judged by people, and a wrong pair misleads. Product names
and what is special to one company have no place here.
"""

from collections.abc import Iterable
from functools import lru_cache

from ml.large.words import fold, stem

_ENGLISH = """
track tracking trace scan scans
postage shipping delivery shipment dispatch
parcel package packet
courier carrier postman
guarantee warranty guaranteed covered
refund reimburse money repay repaid credited
bill invoice receipt
price cost costs fee charge expensive pay free
charge charged debit debited deducted
cancel cancelled cancellation terminate stop unsubscribe
pause suspend hold holiday interrupt
interval frequency weekly rhythm weeks
change alter modify switch adjust set
return send-back returned returning
broken defective faulty damaged dented crushed cracked
repair fix mend repaired service
lost missing vanished disappeared forgot forgotten
box carton packaging
used refurbished second-hand
instalment instalments installments parts rates
employee staff
shop store showroom
phone telephone call
customs duty duties import tax
old worn aged
loud noisy noise hums hum humming hisses
beans coffee
kilo kg
arrived arrival arrives
clean cleaning wash
exchange swap replace replacement
fresh new
owner bought-from
converter transformer adapter voltage
jammed stuck blocked jams
low below under lower
high above over higher
leak leaks leaking drips dripping drops water-under
drop drops water
hot hotter cold warm temperature
match fits suits goes
moved moves stopped scan scans update
door doorstep home
sour acidic bitter
"""

_GERMAN = """
tracking sendungsverfolgung sendungslink scan
porto versandkosten versand lieferkosten lieferung
paket sendung paeckchen
kurier zusteller paketdienst
garantie gewaehrleistung garantiert
erstattung rueckerstattung geld rueckzahlung erstattet
rechnung beleg quittung
preis kosten kostet gebuehr teuer
abbuchung abgebucht belastet eingezogen
kuendigen kuendigung beenden stornieren
pausieren pause anhalten unterbrechen aussetzen urlaub
aendern wechseln umstellen anpassen einstellen
zurueckgeben rueckgabe zurueckschicken retoure ruecksendung
kaputt defekt beschaedigt zerbrochen verbeult
reparatur reparieren service werkstatt
verloren verschwunden fehlt fehlend vermisst
karton verpackung schachtel
gebraucht generalueberholt
raten ratenzahlung teilzahlung
laden geschaeft
telefon anrufen
zoll einfuhr
blockiert verklemmt klemmt blockierte
kundenkonto konto
buero arbeitsplatz gewerblich
leihmaschine ersatzmaschine leihgeraet
tropft undicht leckt
kaffee bohnen
kostenlos gratis bezahlen zahlen gebuehr kosten
"""

_FRENCH = """
suivi tracking scan
port frais livraison expedition envoi
colis paquet
transporteur livreur
garantie garanti couvert
remboursement rembourser argent rembourse
facture recu
prix cout coute couter tarif frais cher
prelevement preleve debit debite
resilier resiliation annuler annulation arreter
suspendre pause suspension interrompre vacances
changer modifier modification
retour renvoyer retourner rendre
casse defectueux endommage abime
reparation reparer atelier
perdu manquant manque disparu
boite carton emballage
occasion reconditionne
mensualites versements
magasin boutique
telephone appeler
douane importation
preavis delai
cafe grains
gratuit gratuitement payer frais
pret pretee preter remplacement
"""

_SPANISH = """
seguimiento tracking rastreo escaneo
envio gastos portes entrega
paquete
transportista mensajero repartidor
garantia garantizado cubierto
reembolso devolver dinero devolucion
factura recibo
precio coste cuesta costar tarifa caro
cargo cobro cobrado cargado
cancelar anular cancelacion baja
pausar pausa suspender interrumpir vacaciones
cambiar modificar cambio
roto defectuoso danado averiado
reparacion reparar taller
perdido falta falte desaparecido
caja embalaje
plazos cuotas
tienda
telefono llamar
aduana importacion
cafe grano granos
gratis gratuito pagar coste
"""

_DUTCH = """
track trace tracking volglink scan
verzendkosten verzending porto bezorgkosten
pakket zending pakje
bezorger vervoerder koerier
garantie gegarandeerd
terugbetaling geld terugbetaald
factuur bon rekening
prijs kosten kost tarief duur
afschrijving afgeschreven
opzeggen annuleren stopzetten beeindigen
pauzeren pauze onderbreken vakantie
wijzigen veranderen aanpassen gewijzigd corrigeren gecorrigeerd
retourneren terugsturen retour
kapot defect beschadigd
reparatie repareren werkplaats
kwijt verloren ontbreekt ontbrekend verdwenen
doos verpakking
post verzonden verstuurd
winkel
telefoon bellen
douane invoer
bezorgd geleverd
koffie bonen
gratis kosteloos betalen kosten
"""


@lru_cache(maxsize=1)
def _lines() -> tuple[frozenset[str], ...]:
    lines = "".join((_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _DUTCH)).splitlines()
    return tuple(frozenset(fold(word) for word in line.split()) for line in lines if line.strip())


@lru_cache(maxsize=1)
def _groups() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in _lines():
        group = frozenset(stem(word) for word in line)
        for member in group:
            found[member] = found.get(member, frozenset()) | group
    return found


def alike(stem: str) -> frozenset[str]:
    """The stem with those that mean the same."""
    return _groups().get(stem, frozenset()) | {stem}


def widened(stems: Iterable[str]) -> frozenset[str]:
    """The stems with all that mean the same."""
    return frozenset(other for one in stems for other in alike(one))


def other_words(stems: frozenset[str]) -> list[str]:
    """Whole words that mean the same as one of the stems, for a search by words."""
    return sorted({word for line in _lines() if any(stem(word) in stems for word in line) for word in line})
