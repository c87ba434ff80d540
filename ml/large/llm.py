"""The one seam to large models: a question in, a validated record out, within the provider's time.

pydantic-ai speaks to OpenAI, Anthropic and anything OpenAI-compatible; here its freedom is taken away: one deadline
over everything, one repair of an answer in the wrong form, no SDK retries, no redirects, a bound on the answer's size.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from models.errors import MissingExtra, ModelAnswerInvalid, ModelError, ModelUnavailable
from models.settings import Provider

Answer = TypeVar("Answer", bound=BaseModel)

MOST_OUTPUT_TOKENS = 2_000
REPAIRS = 1
MOST_COUNTED = (2_000_000, 10 * MOST_OUTPUT_TOKENS)
"""Tokens in and out that one request may be said to have taken: no model reads more, and a server that heeds no
`max_tokens` may write more than was asked for, but not any number."""
MILLION = 1_000_000

# Named here so that an environment variable of an SDK cannot lead mail to another host (promise X).
OPENAI_URL = "https://api.openai.com/v1"
ANTHROPIC_URL = "https://api.anthropic.com"


@dataclass(frozen=True)
class LlmAnswer(Generic[Answer]):
    """`cost` in US dollars by the provider's prices, a repair included; `latency` in seconds."""

    value: Answer
    input_tokens: int
    output_tokens: int
    cost: float
    latency: float


def ask(provider: Provider, system: str, user: str, output: type[Answer]) -> LlmAnswer[Answer]:
    """`ask_async` for a worker thread: it runs an event loop of its own, so never call it inside one."""
    return asyncio.run(ask_async(provider, system, user, output))


async def ask_async(provider: Provider, system: str, user: str, output: type[Answer]) -> LlmAnswer[Answer]:
    """Asks once and returns an `output` record.

    Raises ModelUnavailable (no connection, refused, too slow, too large, compressed), ModelAnswerInvalid (answered
    twice in another form, cut off, declined, or with tokens that cannot be), ConfigurationError (the key is nowhere to
    be found), MissingExtra.
    """
    key = provider.api_key.read(f"provider {provider.name}") if provider.api_key else "none"
    started = time.monotonic()
    try:
        async with asyncio.timeout(provider.timeout), _agent(provider, key, system, output) as agent:
            run = await agent.run(user)
        tokens = (run.usage.input_tokens, run.usage.output_tokens)
        return LlmAnswer(run.output, *tokens, _cost(provider, *tokens), time.monotonic() - started)
    except TimeoutError as error:
        raise ModelUnavailable(f"{provider.name}: timed out after {provider.timeout:g} s") from error
    except (MissingExtra, ModelAnswerInvalid):
        raise
    # An endpoint may answer anything at all, and three libraries stand between it and us: whatever they raise over it
    # must cost this one provider only, never the batch.
    except Exception as error:
        raise _mapped(provider, error) from error


def _cost(provider: Provider, input_tokens: int, output_tokens: int) -> float:
    """In US dollars. The counts are the endpoint's word: raises ModelAnswerInvalid for what cannot be."""
    for said, most in zip((input_tokens, output_tokens), MOST_COUNTED, strict=True):
        if not 0 <= said <= most * (1 + REPAIRS):
            raise ModelAnswerInvalid(f"{provider.name}: counts its tokens as they cannot be; check the endpoint")
    cost = (input_tokens * provider.input_price + output_tokens * provider.output_price) / MILLION
    if not math.isfinite(cost):
        raise ModelAnswerInvalid(f"{provider.name}: costs more than a number can hold; check its prices")
    return cost


@asynccontextmanager
async def _agent(provider: Provider, key: str, system: str, output: type[BaseModel]) -> AsyncIterator[Any]:
    try:
        from pydantic_ai import Agent, PromptedOutput

        from ml.large.bounded_http import bounded_client
    except ImportError as error:
        raise MissingExtra("pydantic-ai", "") from error
    async with bounded_client() as client:
        # Local servers differ in what they make of tools and schemas; all of them can write JSON into a text.
        form: Any = PromptedOutput(output) if provider.kind == "openai_compatible" else output
        settings: Any = {"max_tokens": MOST_OUTPUT_TOKENS, "max_retries": 0}
        yield Agent(
            _model(provider, key, client),
            output_type=form,
            instructions=system,
            retries={"output": REPAIRS},
            model_settings=settings,
        )


def _model(provider: Provider, key: str, client: Any) -> Any:
    if provider.kind == "anthropic":
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        hosted = AnthropicProvider(api_key=key, base_url=provider.base_url or ANTHROPIC_URL, http_client=client)
        return AnthropicModel(provider.model, provider=hosted)
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    server = OpenAIProvider(base_url=provider.base_url or OPENAI_URL, api_key=key, http_client=client)
    return OpenAIChatModel(provider.model, provider=server)


def _mapped(provider: Provider, error: Exception) -> ModelError:
    """Our error for whatever the libraries raised, with a reason that quotes nothing of the mail."""
    from pydantic_ai.exceptions import ContentFilterError, ModelAPIError, UnexpectedModelBehavior, UserError

    from ml.large.bounded_http import ResponseRefused

    for cause in _chain(error):
        if isinstance(cause, ResponseRefused):
            return ModelUnavailable(f"{provider.name}: {cause}")
        # both SDKs and pydantic-ai name the status so; a redirect is no ModelHTTPError to the latter
        if isinstance(status := getattr(cause, "status_code", None), int) and status != 200:
            return ModelUnavailable(f"{provider.name}: answered {status}{_hint(status)}")
    if isinstance(error, ModelAPIError):
        return ModelUnavailable(f"{provider.name}: cannot be reached or broke off; check base_url and the network")
    if isinstance(error, ContentFilterError):
        return ModelAnswerInvalid(f"{provider.name}: declined to answer")
    if isinstance(error, UserError):
        return ModelUnavailable(f"{provider.name}: cannot be set up ({str(error).splitlines()[0][:120]})")
    if isinstance(error, UnexpectedModelBehavior):
        return ModelAnswerInvalid(f"{provider.name}: did not answer in the agreed form")
    return ModelAnswerInvalid(f"{provider.name}: sent what cannot be read ({type(error).__name__})")


def _hint(status: int) -> str:
    if status in (401, 403):
        return ": it refused the key; check api_key"
    if status == 404:
        return ": it does not know the model or the path; check model and base_url"
    if 300 <= status < 400:
        return ": it redirects, which is not followed; set base_url to the final address"
    return ": too many requests" if status == 429 else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
