"""The seam to large models, against a real HTTP server that behaves well, badly and maliciously."""

import gzip
import json
import time

import pytest
from pydantic import BaseModel

from ml.large.llm import ask
from models.errors import ConfigurationError, ModelAnswerInvalid, ModelError, ModelUnavailable
from models.settings import Provider, Secret
from tests.openai_server import Reply, openai_server, says, says_json


class Colour(BaseModel):
    colour: str
    depth: int


GOOD = {"colour": "moss", "depth": 3}


def test_returns_the_record_with_tokens_and_cost() -> None:
    """A good answer comes back validated, with its price by the provider's own prices."""
    with openai_server(says_json(GOOD)) as server:
        answer = ask(server.provider(input_price=10.0, output_price=100.0), "Be brief.", "Which colour?", Colour)
    assert answer.value == Colour(colour="moss", depth=3)
    assert (answer.input_tokens, answer.output_tokens) == (100, 20)
    assert answer.cost == pytest.approx(0.003)
    assert 0 < answer.latency < 10


def test_repairs_a_wrong_form_once() -> None:
    """An answer in the wrong form is handed back once with the reason, and the tokens of both are counted."""
    with openai_server(says('{"colour": "moss"}'), says_json(GOOD)) as server:
        answer = ask(server.provider(), "", "Which colour?", Colour)
        assert len(server.prompts) == 2
    assert answer.value.depth == 3
    assert answer.input_tokens == 200


def test_gives_up_after_the_second_wrong_form() -> None:
    """Two answers in the wrong form are an invalid answer, and there is no third request."""
    with openai_server(says("I would say moss.")) as server:
        with pytest.raises(ModelAnswerInvalid, match="local: did not answer in the agreed form"):
            ask(server.provider(), "", "Which colour?", Colour)
        assert len(server.prompts) == 2


@pytest.mark.parametrize(
    ("status", "reason"), [(429, "answered 429: too many requests"), (500, "answered 500"), (401, "refused the key")]
)
def test_an_error_status_is_unavailable_and_not_retried(status: int, reason: str) -> None:
    """The next provider is a better bet than a second request to a failing one."""
    with openai_server(Reply(b'{"error": {"message": "no"}}', status)) as server:
        with pytest.raises(ModelUnavailable, match=reason):
            ask(server.provider(), "", "Which colour?", Colour)
        assert len(server.prompts) == 1


def test_a_stall_ends_at_the_time_out() -> None:
    """A silent server costs the provider's time-out and no more."""
    with openai_server(Reply(stall=True)) as server:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match=r"timed out after 0\.5 s"):
            ask(server.provider(timeout=0.5), "", "Which colour?", Colour)
    assert time.monotonic() - started < 3


def test_a_cut_line_is_unavailable() -> None:
    """An answer that breaks off in the middle is no answer."""
    whole = says_json(GOOD)
    with openai_server(Reply(whole.body, cut=40)) as server, pytest.raises(ModelUnavailable, match="broke off"):
        ask(server.provider(), "", "Which colour?", Colour)


def test_ten_megabytes_are_not_read() -> None:
    """An oversized answer is refused at the bound, with its own reason."""
    huge = says("x" * 10_000_000)
    with openai_server(huge) as server, pytest.raises(ModelUnavailable, match="more than 1,000,000 bytes"):
        ask(server.provider(), "", "Which colour?", Colour)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "identity, gzip", "deflate", "br"])
def test_a_compressed_answer_is_refused_unread(coding: str) -> None:
    """Nobody asked for it, and it may unfold to any size: even a good answer in it is none."""
    folded = Reply(gzip.compress(says_json(GOOD).body), headers=(("Content-Encoding", coding),))
    with openai_server(folded) as server, pytest.raises(ModelUnavailable, match="local: compressed its answer"):
        ask(server.provider(), "", "Which colour?", Colour)


def test_an_answer_that_says_it_is_plain_is_read() -> None:
    """`identity` is no compression."""
    with openai_server(Reply(says_json(GOOD).body, headers=(("Content-Encoding", "identity"),))) as server:
        assert ask(server.provider(), "", "Which colour?", Colour).value.depth == 3


@pytest.mark.parametrize("tokens", [(10**308, 10**308), (10**400, 1), (10**7, 1), (1, 10**6), ("12x", 1)])
def test_tokens_that_cannot_be_are_no_answer(tokens: tuple[object, object]) -> None:
    """What an endpoint says of its own cost is kept and summed up, so it must be a number that can be."""
    reply = says(json.dumps(GOOD), tokens=tokens)
    with openai_server(reply) as server, pytest.raises(ModelAnswerInvalid, match="local: "):
        ask(server.provider(input_price=10.0, output_price=100.0), "", "Which colour?", Colour)


@pytest.mark.parametrize(
    "body", [b"not json", b"[]", b'{"choices": []}', b"\xff\xfe", b"", b'{"choices": [{}]}', b"null"]
)
def test_garbage_is_an_error_of_ours(body: bytes) -> None:
    """Whatever an endpoint sends, only our own error comes out, as one line."""
    with openai_server(Reply(body)) as server, pytest.raises(ModelError) as caught:
        ask(server.provider(), "", "Which colour?", Colour)
    assert "\n" not in str(caught.value)


def test_a_refusal_is_invalid() -> None:
    """A model that declines has answered, but not in the agreed form."""
    with openai_server(says("", refusal="I cannot help with that.")) as server, pytest.raises(ModelAnswerInvalid):
        ask(server.provider(), "", "Which colour?", Colour)


def test_a_redirect_is_not_followed() -> None:
    """Mail goes to no host that the configuration does not name."""
    with openai_server(says_json(GOOD)) as elsewhere:
        away = Reply(status=307, headers=(("Location", f"{elsewhere.url}/chat/completions"),))
        with openai_server(away) as server, pytest.raises(ModelUnavailable, match="redirect"):
            ask(server.provider(), "", "Which colour?", Colour)
        assert elsewhere.prompts == []


def test_nobody_there_is_unavailable() -> None:
    """A refused connection names the settings to look at."""
    with openai_server(says_json(GOOD)) as server:
        provider = server.provider()
    with pytest.raises(ModelUnavailable, match="check base_url"):
        ask(provider, "", "Which colour?", Colour)


def test_a_missing_key_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is looked for before any request, and its variable is named."""
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    provider = Provider(name="big", kind="openai", model="m", api_key=Secret(env="NO_SUCH_KEY"))
    with pytest.raises(ConfigurationError, match="provider big: environment variable NO_SUCH_KEY"):
        ask(provider, "", "Which colour?", Colour)
