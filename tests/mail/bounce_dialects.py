"""Bounces as many mail systems write them when they attach no report, each in a few lines, with what they say."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """`expected` are (address, status, reply code) of the recipients; `header` is what such systems set."""

    name: str
    header: str
    body: str
    expected: tuple[tuple[str, str, str], ...]
    permanent: bool = True


DAEMON = "From: MAILER-DAEMON@mx.example.net\nReturn-Path: <>\nTo: ada@example.com\nSubject: "
POSTMASTER = "From: postmaster@mx.example.net\nTo: ada@example.com\nSubject: "
COPY = (
    "\n--- Original message follows ---\n\nReceived: from x by y; Mon, 1 Jun 2026 10:00:00 +0000\nTo: bo@example.org\n"
)

DIALECTS = (
    Dialect(
        "qmail names each recipient with its own reason",
        DAEMON + "failure notice",
        "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message.\n\n"
        "<bo@example.org>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 no such user\n\n"
        "<cy@example.org>:\nRemote host said: 552 5.2.2 mailbox full\n\n--- Below this line is a copy of the "
        "message.\n\n"
        "Message-ID: <sent-1@example.com>\n",
        (("bo@example.org", "5.1.1", "550"), ("cy@example.org", "5.2.2", "552")),
    ),
    Dialect(
        "Exim indents the address and quotes the server",
        DAEMON + "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
        "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
        "  bo@example.org\n    host mx.example.org [192.0.2.1]\n    SMTP error from remote mail server after RCPT TO:"
        "<bo@example.org>:\n    550 5.7.1 Blocked by policy\n\n------ This is a copy of your message. ------\n\n"
        "Message-ID: <sent-1@example.com>\nTo: bo@example.org\n",
        (("bo@example.org", "5.7.1", "550"),),
    ),
    Dialect(
        "Exim warns of a delay",
        DAEMON + "Warning: message 1abc delayed 24 hours",
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been "
        "delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.example.net.\n\n"
        "The address to which the message has not yet been delivered is:\n\n  bo@example.org\n    Delay reason: "
        "Connection timed out\n\nNo action is required on your part. Delivery attempts will continue for\nsome time.\n",
        (("bo@example.org", "4.4.1", ""),),
        permanent=False,
    ),
    Dialect(
        "old Sendmail shows the dialogue",
        DAEMON + "Returned mail: User unknown",
        "   ----- The following addresses had permanent fatal errors -----\n<bo@example.org>\n\n   ----- Transcript of "
        "session follows -----\n... while talking to mx.example.org.:\n>>> RCPT To:<bo@example.org>\n"
        "<<< 550 <bo@example.org>... User unknown\n550 <bo@example.org>... User unknown\n",
        (("bo@example.org", "5.1.1", "550"),),
    ),
    Dialect(
        "Postfix writes one line a recipient",
        DAEMON + "Undelivered Mail Returned to Sender",
        "This is the mail system at host mx.example.net.\n\nI'm sorry to have to inform you that your message "
        "could not\n"
        "be delivered to one or more recipients. It's attached below.\n\nFor further assistance, please send mail to "
        "<postmaster@mx.example.net>\n\n<bo@example.org>: host mx.example.org[192.0.2.1] said: 552-5.2.2 The email "
        "account\n    that you tried to reach is over quota. (in reply to RCPT TO\n    command)\n",
        (("bo@example.org", "5.2.2", "552"),),
    ),
    Dialect(
        "Exchange 2003 lists the recipients it did not reach",
        POSTMASTER + "Undeliverable: grinder",
        "Your message\n\n  To:      ada@example.com\n  Subject: grinder\n  Sent:    Mon, 1 Jun 2026 10:00:00 +0200\n\n"
        "did not reach the following recipient(s):\n\nbo@example.org on Mon, 1 Jun 2026 10:00:09 +0200\n"
        "    The e-mail account does not exist at the organization this message was sent to.\n"
        "    <mx.example.org #5.1.1>\n",
        (("bo@example.org", "5.1.1", ""),),
    ),
    Dialect(
        "Exchange in German",
        "From: Systemadministrator <postmaster@example.net>\nTo: ada@example.com\nSubject: Unzustellbar: Mühle",
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Verteilerlisten:\n\nbo@example.org\nDie "
        "eingegebene E-Mail-Adresse konnte nicht gefunden werden.\n\nDiagnoseinformationen für Administratoren:\n\n"
        "bo@example.org\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n",
        (("bo@example.org", "5.1.1", "550"),),
    ),
    Dialect(
        "Exchange in French",
        "From: Administrateur système <postmaster@example.net>\nTo: ada@example.com\nSubject: Non remis : moulin",
        "Échec de la remise à ces destinataires ou groupes :\n\nbo@example.org\nLa boîte aux lettres du "
        "destinataire est "
        "pleine.\n\nGénération du serveur : mx.example.net\n\nbo@example.org\n#554 5.2.2 mailbox full ##\n",
        (("bo@example.org", "5.2.2", "554"),),
    ),
    Dialect(
        "Domino names the cause below",
        POSTMASTER + "DELIVERY FAILURE: User bo (bo@example.org) not listed in Domino Directory",
        "Your message\n\n  Subject: grinder\n\nwas not delivered to:\n\n  bo@example.org\n\nbecause:\n\n  User bo "
        "(bo@example.org) not listed in Domino Directory\n",
        (("bo@example.org", "5.1.1", ""),),
    ),
    Dialect(
        "Groupwise keeps it short",
        "From: Mailer-Daemon@example.net\nTo: ada@example.com\nSubject: Mail failure",
        "The message that you sent was undeliverable to the following:\n\tbo@example.org (user not found)\n\n",
        (("bo@example.org", "5.1.1", ""),),
    ),
    Dialect(
        "IMail counts its attempts",
        "From: Postmaster <postmaster@example.net>\nTo: ada@example.com\nSubject: Undeliverable Mail",
        "Unknown user: bo@example.org\n\nOriginal message follows.\n\nTo: bo@example.org\nFrom: ada@example.com\n",
        (("bo@example.org", "5.1.1", ""),),
    ),
    Dialect(
        "MDaemon prints a transcript",
        "From: MDaemon@example.net\nTo: ada@example.com\nSubject: Permanent Delivery Failure",
        "The attached message had PERMANENT fatal delivery errors!\n\nAfter one or more unsuccessful delivery attempts "
        "the attached message has been\nremoved from the mail queue on this server.\n\n--- Session Transcript ---\n"
        " Mon 2026-06-01 10:00:00: --> RCPT To:<bo@example.org>\n Mon 2026-06-01 10:00:00: <-- 550 5.1.1 "
        "<bo@example.org>... User unknown\n--- End Transcript ---\n",
        (("bo@example.org", "5.1.1", "550"),),
    ),
    Dialect(
        "a gateway for X.400",
        POSTMASTER + "Delivery Report (failure) for bo@example.org",
        "This report relates to your message: Subject: grinder\n\n\nYour message was not delivered to   "
        "bo@example.org\n"
        "        for the following reason:\n        Recipient's Mailbox unavailable\n        MTA 'example.org' "
        "gives error "
        "message <bo@example.org>: 550 unknown user\n",
        (("bo@example.org", "5.1.1", "550"),),
    ),
    Dialect(
        "James in Java",
        POSTMASTER + "Error message",
        "Hi. This is the James mail server at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the "
        "following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.  Below\nI "
        "include the "
        "list of recipients, and the reason why I was unable to deliver\nyour message.\n\nFailed recipient(s):\n"
        "bo@example.org\n\nError message:\n550 5.4.1 Recipient address rejected: Access denied\n",
        (("bo@example.org", "5.4.1", "550"),),
    ),
    Dialect(
        "MailFoundry",
        POSTMASTER + "Message delivery has failed",
        "Unable to deliver message to: <bo@example.org>\nDelivery failed for the following reason:\nServer "
        "mx.example.org[192.0.2.1] failed with: 550 <bo@example.org> No such user here\n\nThis has been a permanent "
        "failure.  No further delivery attempts will be made.\n",
        (("bo@example.org", "5.1.1", "550"),),
    ),
    Dialect(
        "CommuniGate",
        DAEMON + "Undeliverable mail: grinder",
        "Failed to deliver to '<bo@example.org>'\nSMTP module(domain example.org) reports:\n account is full (quota "
        "exceeded)\n",
        (("bo@example.org", "5.2.2", ""),),
    ),
    Dialect(
        "hMailServer",
        "From: mailer-daemon@example.net\nTo: ada@example.com\nSubject: Message undeliverable: grinder",
        "Your message did not reach some or all of the intended recipients.\n\n   Sent: Mon, 1 Jun 2026 10:00:00\n"
        "   Subject: grinder\n\nThe following recipient(s) could not be reached:\n\nbo@example.org\n   Error "
        "Type: SMTP\n"
        "   Remote server (192.0.2.1) issued an error.\n   hMailServer sent: RCPT TO:<bo@example.org>\n   "
        "Remote server "
        "replied: 550 5.1.1 unknown\n",
        (("bo@example.org", "5.1.1", "550"),),
    ),
    Dialect(
        "a German provider",
        "From: Mail Delivery System <mailer-daemon@example.de>\nTo: ada@example.com\nSubject: Mail delivery failed",
        "|------------------------- Diese Nachricht wurde automatisch erzeugt -------|\n\nIhre E-Mail konnte nicht "
        "zugestellt werden.\n\nFolgende Adresse ist fehlgeschlagen:\n\nbo@example.org:\nDas Postfach ist voll\n",
        (("bo@example.org", "5.2.2", ""),),
    ),
    Dialect(
        "a Chinese provider",
        "From: postmaster@example.cn\nReturn-Path: <>\nTo: ada@example.com\nSubject: 系统退信/Systems bounce",
        "抱歉，您的邮件被退回来了……\n\n收件人邮件地址：bo@example.org\n退信原因：550 User not found: bo@example.org\n",
        (("bo@example.org", "5.1.1", "550"),),
    ),
    Dialect(
        "a Russian provider",
        "From: mailer-daemon@example.ru\nTo: ada@example.com\nSubject: Недоставленное сообщение",
        "Это письмо создано автоматически сервером.\nК сожалению, мы не можем доставить Ваше письмо этому "
        "получателю:\n\n"
        "<bo@example.org>: host mx.example.org[192.0.2.1] said: 550 5.7.1 No such user!\n",
        (("bo@example.org", "5.7.1", "550"),),
    ),
    Dialect(
        "a Japanese carrier",
        "From: Mail Administrator <Postmaster@example.jp>\nTo: ada@example.com\nSubject: Mail System Error - "
        "Returned Mail",
        "次のあて先へのメッセージはエラーのため送信できませんでした。\n送信先メールアドレスが見つかりません。\n\n"
        "<bo@example.org>\n",
        (("bo@example.org", "5.1.1", ""),),
    ),
    Dialect(
        "a Spanish provider by a sender that takes no replies",
        "From: no-reply@example.es\nTo: ada@example.com\nSubject: No se pudo entregar el mensaje",
        "Su mensaje no pudo ser entregado a: bo@example.org\nMotivo: buzón lleno\n",
        (("bo@example.org", "5.2.2", ""),),
    ),
    Dialect(
        "a host that is down for days",
        DAEMON + "Returned mail: Cannot send message within 3 days",
        "   ----- The following addresses had transient non-fatal errors -----\n<bo@example.org>\n\n   ----- "
        "Transcript "
        "of session follows -----\n<bo@example.org>... Deferred: Connection refused by "
        "mx.example.org.\nWarning: message "
        "still undelivered after 4 hours\nWill keep trying until message is 5 days old\n",
        (("bo@example.org", "4.4.1", ""),),
        permanent=False,
    ),
    Dialect(
        "a filter that speaks of the message alone",
        DAEMON + "Message rejected",
        "Your message to bo@example.org was rejected.\nReason: 554 5.7.1 Message contains spam or phishing\n",
        (("bo@example.org", "5.7.1", "554"),),
    ),
    Dialect(
        "a domain that does not exist",
        DAEMON + "Undeliverable",
        "The following message could not be delivered:\n\nbo@nowhere.example: Host or domain name not found. "
        "Name service "
        "error\n",
        (("bo@nowhere.example", "5.1.2", ""),),
    ),
)
