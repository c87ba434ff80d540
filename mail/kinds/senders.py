"""Addresses behind which no person reads, told by their local part alone: mail systems, robots and no-reply senders."""

import re

from models.message import Address

_DAEMON = re.compile(
    r"(?:mailer|mail|smtp|qmail|e?mail-?delivery)[-_.]?d[ae]+mon|mdaemon|mail-?(?:system|router|delivery)|"
    r"mail\.delivery|bounces?|microsoftexchange[0-9a-f]{32}|mmdf"
)
_POSTMASTER = re.compile(r"post[-_.]?master|mail[-_.]?(?:administrator|admin)")
_AFTER = re.compile(r"[+.\-_=@]|$")
_ROBOT = re.compile(
    r"(?:listserv|majordomo|listproc|mailman|sympa|ezmlm|root|cron|nagios|zabbix|mailbot|robot|automailer|"
    r"auto-?confirm|system|notif(?:y|ier|ications?)|alerts?|autoresponder|auto-?reply|bot)(?:[._+-][^@]*)?@"
)
_LIST = re.compile(
    r"owner-[^@]+@|[^@]+-(?:request|owner|bounces?|admin-bounces|confirm\+?[^@]*|subscribe|unsubscribe|return-[^@]*)@"
)
"""RFC 3834 section 2 and RFC 5230 section 4.6 name `owner-*`, `*-request`, LISTSERV and majordomo."""
_ACCOUNT = re.compile(r"(?:nobody|www(?:-data|run)?|apache|httpd|nginx|daemon|anonymous)@")
"""Accounts of web servers: nobody reads there, but a form may have sent a person's words."""
_NOTIFIER = re.compile(r"[._+-](?:notif(?:y|ications?)|alerts?|mailbot|robot|automailer|autoconfirm)(?:[._+-][^@]*)?@")
_JOINED = re.compile(r"noreply|donotreply|dontreply|noresponder|nepasrepondre|nichtantworten|nonrispondere|naoresponda")
_NO_REPLY = re.compile(
    r"(?:^|[._+-])(?:"
    r"no[._-]?(?:repl(?:y|ies)|answer|response|return)|(?:do|please)[._-]?not[._-]?(?:reply|respond|answer)|"
    r"dont[._-]?reply|never[._-]?reply|reply[._-]?not|un(?:attended|monitored)|devnull|"
    r"(?:bitte[._-]?)?nicht[._-]?antworten|keine?[._-]?antwort|nicht[._-]?beantworten|"
    r"ne[._-]?pas[._-]?re(?:pondre|ply)|sans[._-]?reponse|no[._-]?(?:responder|contestar|responda|conteste)|"
    r"sin[._-]?respuesta|nao[._-]?respond(?:a|er)|sem[._-]?resposta|non?[._-]?rispond(?:ere|i)|"
    r"niet[._-]?(?:beantwoorden|reageren|antwoorden)|geen[._-]?antwoord|svara[._-]?(?:inte|ej)|(?:inget|"
    r"ingen)[._-]?svar|"
    r"(?:be)?svar[._-]?ikke|ikke[._-]?(?:be)?svar|ala[._-]?vastaa|ei[._-]?vastausta|"
    r"nie[._-]?odpowiada(?:j|c)|bez[._-]?odpowiedzi|neodpovida(?:t|jte)|neodpovidejte|neodpoveda(?:t|jte)|"
    r"ne[._-]?valaszol(?:j|jon)?|nu[._-]?raspunde(?:ti)?|yanitlama(?:yin(?:iz)?)?|cevaplama(?:yin(?:iz)?)?|"
    r"ne[._-]?otvecha(?:t|j|jte|ite)|ne[._-]?vidpovidaty|ne[._-]?odgovaraj(?:te)?|ne[._-]?odgovarjaj(?:te)?|"
    r"min[._-]?apantate|mhn[._-]?apantate)"
    r"(?:\d{0,6})(?=[._+-]|@|$)"
)
_DAEMON_NAME = re.compile(
    r"mail delivery (?:sub-?)?(?:system|service)|mailer[- ]daemon|mail deliver system|mailer daemon|internet "
    r"mail delivery|"
    r"mail (?:transport|transfer) (?:agent|system)|delivery (?:status|subsystem|system)|mailzustell\w*|"
    r"メール配信|mail system|^postmaster$|^bounced?(?: mail)?$",
    re.IGNORECASE,
)
_ADMINISTRATOR_NAME = re.compile(
    r"^(?:(?:mail|e-?mail|exchange|system) ?administrator|systemadministrator|administrateur syst[èe]me|"
    r"administrador del sistema|amministratore di sistema|administrador do sistema|systeembeheerder|"
    r"systemadministratör|administrator systemu|správce systému|системный администратор|системний адміністратор|"
    r"系统管理员|系統管理員|システム管理者|microsoft outlook|mail admin)$",
    re.IGNORECASE,
)


def is_daemon(sender: Address) -> bool:
    """True for the senders that mail systems use for bounces and for nothing else."""
    return _starts(_DAEMON, sender.address) or bool(sender.name and _DAEMON_NAME.search(sender.name))


def is_postmaster(sender: Address) -> bool:
    """True for postmaster and its like: they send bounces, and now and then a person writes from there."""
    return _starts(_POSTMASTER, sender.address) or bool(_ADMINISTRATOR_NAME.match(sender.name))


def takes_no_replies(sender: Address) -> bool:
    """True for no-reply senders in any of about 25 languages, and for notifiers and robots."""
    local = sender.address.rpartition("@")[0]
    address = f"{local}@"
    return bool(_JOINED.search(local) or _NO_REPLY.search(local) or _ROBOT.match(address) or _NOTIFIER.search(address))


def is_list_address(sender: Address) -> bool:
    """True for the addresses that list software keeps for itself."""
    return bool(_LIST.match(sender.address))


def is_robot(sender: Address) -> bool:
    """True for daemons, postmasters, notifiers and no-reply senders, by address alone."""
    return _starts(_DAEMON, sender.address) or _starts(_POSTMASTER, sender.address) or takes_no_replies(sender)


def nobody_home(sender: Address) -> bool:
    """True for addresses where no person reads: robots of all sorts, lists' own addresses, accounts of web servers."""
    return is_robot(sender) or is_list_address(sender) or bool(_ACCOUNT.match(sender.address))


def _starts(pattern: re.Pattern[str], address: str) -> bool:
    found = pattern.match(address)
    return bool(found and _AFTER.match(address, found.end()))
