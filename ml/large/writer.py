"""Writes one reply: asks for what is missing, else takes the first provider with a valid answer, else quotes.

A model returns claims with their sources, never a finished letter: greeting, order and closing are code and templates,
and every claim can be traced. The embedded extractive writer stands last in line and always answers.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ml.large import replies
from ml.large.claims import Claims, citations_of, paragraphs_of, validated
from ml.large.extractive import Extract, extract
from ml.large.knowledge import Knowledge
from ml.large.llm import LlmAnswer, ask
from ml.large.prompting import PROMPT, draft_prompt
from models.category import Category, RequiredField
from models.conversation import Turn
from models.draft import Citation, DraftPurpose, Passage, Provenance
from models.errors import ApprovalError, ConfigurationError, MissingExtra, ModelError
from models.message import Message
from models.settings import Company, Provider

EXTRACTIVE = "extractive"
TEMPLATE = "template"
LAST_TURNS = 2
PASSAGES = 8
LEFT_OPEN = "a part of the mail"
"""What a model left open: it says that it did, not what."""


@dataclass(frozen=True)
class WritingRequest:
    """All that a reply is written from. `missing` are required fields that neither mail nor thread gave."""

    message: Message
    turns: tuple[Turn, ...]
    category: Category | None
    company: Company
    team: str
    missing: tuple[RequiredField, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """A reply before its checks. `own_text` are the sentences that come from templates and need no source."""

    purpose: DraftPurpose
    body: str
    language: str
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    provenance: Provenance
    confidence: float
    own_text: frozenset[str] = frozenset()
    open_questions: tuple[str, ...] = ()
    """What the writer itself says it left without an answer, in the customer's words where it knows them."""


def write(
    request: WritingRequest,
    providers: Sequence[Provider],
    knowledge: Knowledge | None,
    may_act: Callable[[], bool],
    templates: Path | None,
) -> Written:
    """Writes the reply to `request.message`.

    `may_act` is the kill switch, read right before every model call; ApprovalError when it says no. Raises
    TemplateError for a broken template, KnowledgeError for a damaged index; a failing provider only costs its turn.
    """
    if request.missing:
        return _question(request, templates)
    frame = _frame(request, templates)
    passages = _retrieve(request, frame.language, knowledge)
    failures: list[str] = []
    for provider in providers if passages else ():
        _must_act(may_act)
        try:
            answer = _asked(provider, request, frame.language, passages, templates)
        except (ModelError, ConfigurationError, MissingExtra) as error:
            failures.append(str(error))
        else:
            return _from_model(request, frame, provider, answer, passages, failures, templates)
    _must_act(may_act)
    return _quoted(request, frame, knowledge, failures, templates)


def own_text(request: WritingRequest, templates: Path | None) -> frozenset[str]:
    """The template sentences of any reply to `request`: for checking a draft that was stored or edited since."""
    frame = _frame(request, templates)
    bodies = [replies.answer(templates, _file(request), frame, (), complete) for complete in (True, False)]
    bodies.append(replies.no_answer(templates, frame))
    if request.missing:
        bodies.append(replies.ask(templates, frame, _names(request.missing, frame.language)))
    return frozenset().union(*(replies.own_sentences(body) for body in bodies))


def reply_language(message: Message, company: Company, templates: Path | None) -> str:
    """The customer's language where company and templates know it, else the company's first that the templates know."""
    spoken = replies.languages(templates)
    known = [code for code in company.languages if code in spoken]
    return message.language if message.language in known else (known or list(spoken) or ["en"])[0]


def _question(request: WritingRequest, templates: Path | None) -> Written:
    frame = _frame(request, templates)
    body = replies.ask(templates, frame, _names(request.missing, frame.language))
    provenance = Provenance(
        provider=TEMPLATE, model=replies.ASK, prompt_version=replies.version(templates, "replies", replies.ASK)
    )
    return Written(DraftPurpose.ASK, body, frame.language, (), (), provenance, 1.0, replies.own_sentences(body))


def _asked(
    provider: Provider, request: WritingRequest, language: str, passages: tuple[Passage, ...], templates: Path | None
) -> LlmAnswer[Claims]:
    prompt = draft_prompt(
        request.message, request.turns, request.category, request.company, language, passages, templates
    )
    answer = ask(provider, prompt.system, prompt.user, Claims)
    validated(provider.name, answer.value, passages)
    return answer


def _from_model(
    request: WritingRequest,
    frame: replies.Frame,
    provider: Provider,
    answer: LlmAnswer[Claims],
    passages: tuple[Passage, ...],
    failures: Sequence[str],
    templates: Path | None,
) -> Written:
    claims = answer.value
    provenance = Provenance(
        provider=provider.name,
        model=provider.model,
        prompt_version=replies.version(templates, "prompts", PROMPT),
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        cost=answer.cost,
        latency=answer.latency,
        fell_back_from=tuple(failures),
    )
    own = own_text(request, templates)
    if not claims.claims:
        body = replies.no_answer(templates, frame)
        return Written(DraftPurpose.NO_ANSWER, body, frame.language, (), passages, provenance, 0.0, own)
    body = replies.answer(templates, _file(request), frame, paragraphs_of(claims), claims.complete)
    cited = citations_of(claims, passages)
    used = {citation.passage for citation in cited}
    confidence = min(passage.score for passage in passages if passage.id in used)
    left_open = () if claims.complete else (LEFT_OPEN,)
    return Written(DraftPurpose.ANSWER, body, frame.language, cited, passages, provenance, confidence, own, left_open)


def _quoted(
    request: WritingRequest,
    frame: replies.Frame,
    knowledge: Knowledge | None,
    failures: Sequence[str],
    templates: Path | None,
) -> Written:
    file = _file(request)
    found = _extracted(request, frame.language, knowledge) if knowledge else None
    own = own_text(request, templates)
    if found is None or not found.answers:
        body, purpose = replies.no_answer(templates, frame), DraftPurpose.NO_ANSWER
        file = replies.NO_ANSWER
    else:
        body, purpose = replies.answer(templates, file, frame, found.answers, found.complete), DraftPurpose.ANSWER
    provenance = Provenance(
        provider=EXTRACTIVE,
        model=EXTRACTIVE,
        prompt_version=replies.version(templates, "replies", file),
        fell_back_from=tuple(failures),
    )
    if found is None:
        return Written(purpose, body, frame.language, (), (), provenance, 0.0, own)
    return Written(
        purpose,
        body,
        frame.language,
        found.citations,
        found.passages,
        provenance,
        found.confidence,
        own,
        found.open_questions,
    )


def _extracted(request: WritingRequest, language: str, knowledge: Knowledge) -> Extract:
    told = "\n".join(turn.message.text or turn.message.reply_text for turn in request.turns if turn.ours)
    # later in a thread the subject still names what was answered first
    subject = "" if told else _bare(request.message.subject)
    return extract(subject, request.message.request, language, knowledge, told)


def _retrieve(request: WritingRequest, language: str, knowledge: Knowledge | None) -> tuple[Passage, ...]:
    """Passages for the subject, the new text and the last turns of the thread, in that order of weight."""
    if knowledge is None:
        return ()
    spoken = [turn.message for turn in request.turns if turn.by_person]
    earlier = [message.reply_text for message in spoken[-LAST_TURNS:] if message != request.message]
    query = "\n\n".join((_bare(request.message.subject), request.message.request, *earlier))
    return tuple(knowledge.search(query, PASSAGES, language))


def _bare(subject: str) -> str:
    return re.sub(r"^(?:\s*(?:re|aw|fwd?|wg|tr|rv|antw|sv|vs)\s*(?:\[\d+\])?:)+\s*", "", subject, flags=re.IGNORECASE)


def _frame(request: WritingRequest, templates: Path | None) -> replies.Frame:
    language = reply_language(request.message, request.company, templates)
    return replies.Frame(language, replies.greeting_name(request.message.sender))


def _file(request: WritingRequest) -> str:
    return request.category.reply if request.category else "default.txt.j2"


def _names(missing: Sequence[RequiredField], language: str) -> list[str]:
    return [f.ask.get(language) or f.ask.get("en") or f.name.replace("_", " ") for f in missing]


def _must_act(may_act: Callable[[], bool]) -> None:
    if not may_act():
        raise ApprovalError("the mailbox is paused: nothing is written until `mailstage resume`")
