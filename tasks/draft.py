"""Writes a reply to each categorised mail of a mailbox that has reached phase 2, or hands it to a person.

Cases are claimed a few at a time, since a large model may take a minute for one. A broken template stops the category
that uses it, not the others; the error is raised once everything else is done.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mail.attached.texts import extract_text
from mail.kinds.answering import may_be_answered
from mail.smtp.compose import reply_recipients, reply_subject
from ml.large.checks import check_draft
from ml.large.knowledge import Knowledge
from ml.large.writer import WritingRequest, Written, write
from ml.small.tone.signals import read_signals
from models.case import Stage
from models.category import Category
from models.conversation import ConversationStatus, Turn
from models.draft import Check, Draft, DraftPurpose, Provenance, Verdict
from models.errors import ApprovalError, LostRace, MailstageError, TemplateError
from models.message import Address
from models.settings import Provider
from store.cases import Work, claim, move, release
from store.conversations import get_conversation, get_turns, newer_message, set_facts
from store.drafts import add_draft, hand_over
from store.messages import get_raw
from tasks.frame import frame
from tasks.progress import log, report
from tasks.route import Route, route
from tasks.workplace import Workplace

BATCH = 2
"""Small, since a dead run keeps its claims for as long as its providers might have taken."""


def draft_replies(place: Workplace, mailbox: str, knowledge: Knowledge | None) -> Counter[Stage]:
    """Moves every categorised mail on; returns where to. Raises TemplateError at the end if one was broken."""
    moved: Counter[Stage] = Counter()
    broken: list[tuple[Work, TemplateError]] = []
    seconds = _claim_seconds(place, mailbox)
    while place.may_act(mailbox):
        batch = claim(place.store, mailbox, Stage.CATEGORIZED, BATCH, seconds)
        if not batch:
            break
        for position, work in enumerate(batch):
            try:
                moved[_draft_one(place, work, knowledge)] += 1
            except TemplateError as error:
                broken.append((work, error))  # stays claimed, so that this run does not come back to it
            except LostRace:
                continue  # another run, or a person, was faster
            except ApprovalError:
                release(place.store, batch[position:])  # paused in the middle: the rest waits
                return moved
            except MailstageError:
                release(place.store, batch[position:])
                raise
            except Exception as error:  # one mail must never stop those behind it
                log.exception("case=%d step=drafting", work.case.id)
                why = f"no reply could be drafted ({type(error).__name__})"
                hand_over(place.store, work.case, blank_draft(place, work, ()), why)
                moved[Stage.ESCALATED] += 1
        report(mailbox, "drafting", moved.total())
    release(place.store, [work for work, _ in broken])
    if broken:
        raise broken[0][1]
    return moved


def _claim_seconds(place: Workplace, mailbox: str) -> float:
    """Long enough for a batch in which every provider uses its whole time."""
    longest = sum(provider.timeout for provider in _providers(place, mailbox))
    return place.settings.policy.claim_seconds + BATCH * longest


def _draft_one(place: Workplace, work: Work, knowledge: Knowledge | None) -> Stage:
    state = place.state(work.case.mailbox)
    category = place.settings.category(work.case.category)
    signals = read_signals(work.message, place.settings.policy.escalate_words)
    with place.store.read() as connection:
        overtaken = newer_message(connection, work.case.id) is not None
    conversation = get_conversation(place.store, work.case.conversation_id)
    with_person = conversation.status is ConversationStatus.ESCALATED
    where = route(state.phase, category, signals, overtaken=overtaken, with_person=with_person)
    recipients = reply_recipients(work.message, place.settings.own_addresses)
    if where.to is Stage.DRAFTED and not recipients:
        why = may_be_answered(work.message, place.settings.own_addresses).reason
        where = Route(Stage.FILED, why or "no mail can be sent to its sender's address")
    if where.to is Stage.FILED:
        move(place.store, work.case, Stage.FILED, where.reason)
    elif where.to is Stage.ESCALATED:
        hand_over(place.store, work.case, blank_draft(place, work, recipients), where.reason)
    else:
        assert category is not None
        work = _with_attachments(place, work)
        written = write_draft(place, work, category, recipients, knowledge)
        add_draft(place.store, work.case, _framed(place, work, written))
    return where.to


def _with_attachments(place: Workplace, work: Work) -> Work:
    """The text of PDF, DOCX … attachments is read only now: most mail is sorted without it."""
    if not work.message.attachments:
        return work
    attachments = extract_text(get_raw(place.store, work.case.message_id), place.settings.limits)
    return replace(work, message=work.message.model_copy(update={"attachments": attachments}))


def write_draft(
    place: Workplace, work: Work, category: Category, recipients: tuple[Address, ...], knowledge: Knowledge | None
) -> Draft:
    """One checked draft. The writer gets the conversation so far; recipients and subject come from code alone."""
    turns = get_turns(place.store, work.case.conversation_id, before=work.case.message_id)
    facts = _facts(place, work, turns)
    settings = place.settings
    request = WritingRequest(
        message=work.message,
        turns=tuple(turns),
        category=category,
        company=settings.company,
        team=place.mailbox(work.case.mailbox).team or settings.company.name,
        missing=tuple(settings.field(name) for name in category.required if name not in facts),
        facts=facts,
    )
    written = write(
        request,
        _providers(place, work.case.mailbox),
        knowledge,
        lambda: place.may_act(work.case.mailbox),
        settings.templates,
    )
    checks = check_draft(
        written=written,
        message=work.message,
        turns=turns,
        company=settings.company,
        recipients_ok=bool(recipients),
        own_text=written.own_text,
        left_open=written.open_questions,
    )
    return _draft(place, work, recipients, written, checks)


def _draft(
    place: Workplace, work: Work, recipients: tuple[Address, ...], written: Written, checks: tuple[Check, ...]
) -> Draft:
    return Draft(
        purpose=written.purpose,
        sender=_sender(place, work.case.mailbox),
        to=recipients,
        subject=reply_subject(work.message.subject),
        body=written.body,
        language=written.language,
        citations=written.citations,
        passages=written.passages,
        checks=checks,
        provenance=written.provenance,
        confidence=written.confidence,
    )


def blank_draft(place: Workplace, work: Work, recipients: tuple[Address, ...]) -> Draft:
    """What a person fills in who takes over."""
    note = Check(name="handover", verdict=Verdict.WARN, message="a person writes this reply")
    blank = Draft(
        purpose=DraftPurpose.HANDOVER,
        sender=_sender(place, work.case.mailbox),
        to=recipients,
        subject=reply_subject(work.message.subject),
        body="",
        language=work.message.language,
        checks=(note,),
        provenance=Provenance(provider="person", model=""),
    )
    return _framed(place, work, blank)


def _framed(place: Workplace, work: Work, draft: Draft) -> Draft:
    case = work.case
    return frame(place, case.mailbox, case.conversation_id, case.message_id, draft)


def _sender(place: Workplace, mailbox: str) -> Address:
    box = place.mailbox(mailbox)
    return Address(name=box.team or place.settings.company.name, address=box.address.lower())


def _providers(place: Workplace, mailbox: str) -> tuple[Provider, ...]:
    names = place.mailbox(mailbox).providers
    known = {provider.name: provider for provider in place.settings.providers}
    return tuple(known[name] for name in names) if names else place.settings.providers


def _facts(place: Workplace, work: Work, turns: Sequence[Turn]) -> dict[str, str]:
    """Required fields that the customer has named so far, kept with the conversation; the latest word wins."""
    known = dict(get_conversation(place.store, work.case.conversation_id).facts)
    patterns = {field.name: field.pattern for field in place.settings.fields}
    found = known | facts_in(turns, patterns)
    attached = " ".join(attachment.text for attachment in work.message.attachments)
    found = matches(attached, patterns) | found  # what the customer wrote counts more than what a paper says
    if found != known:
        set_facts(place.store, work.case.conversation_id, found)
    return found


def facts_in(turns: Sequence[Turn], patterns: Mapping[str, str]) -> dict[str, str]:
    """What the customer's own words hold: field name → the text that its pattern matches."""
    found: dict[str, str] = {}
    for turn in turns:
        if turn.by_person and not turn.ours:
            found |= matches(f"{turn.message.subject}\n{turn.message.request}", patterns)
    return found


def matches(words: str, patterns: Mapping[str, str]) -> dict[str, str]:
    """Field name → what its pattern finds in `words`, in capitals."""
    found = ((name, re.search(pattern, words, re.IGNORECASE)) for name, pattern in patterns.items())
    return {name: match.group(0).upper() for name, match in found if match}
