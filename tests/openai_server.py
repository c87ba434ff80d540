"""A small server on loopback that speaks OpenAI's chat completions, well or badly, as a test tells it to.

It is a real HTTP server, so that time-outs, broken lines and oversized answers happen where they happen in life.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from models.settings import Provider


@dataclass
class OpenAiServer:
    """Answers request after request with `script`; the last entry repeats. `prompts` are the request bodies seen."""

    script: list["Reply"]
    url: str = ""
    prompts: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def provider(self, name: str = "local", timeout: float = 10.0, **more: Any) -> Provider:
        return Provider(
            name=name, kind="openai_compatible", model="test", base_url=self.url, timeout=timeout, local=True, **more
        )


@dataclass(frozen=True)
class Reply:
    """One answer. `stall` keeps the line open in silence; `cut` closes it after that many bytes."""

    body: bytes = b""
    status: int = 200
    stall: bool = False
    cut: int | None = None
    headers: tuple[tuple[str, str], ...] = ()


def says(text: str, finish: str = "stop", tokens: tuple[Any, Any] = (100, 20), **message: Any) -> Reply:
    """A well-formed completion whose message is `text`, counted as so many `tokens` in and out."""
    completion = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "test",
        "choices": [
            {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
        ],
        "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": 120},
    }
    return Reply(json.dumps(completion).encode())


def says_json(value: Any) -> Reply:
    return says(json.dumps(value))


@contextmanager
def openai_server(*script: Reply) -> Iterator[OpenAiServer]:
    """Serves `script` until the block ends; stalled lines are let go then."""
    state = OpenAiServer(list(script))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: OpenAiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.prompts.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            reply = state.script[min(len(state.prompts), len(state.script)) - 1]
            if reply.stall:
                state.released.wait(60)
                return
            self._send(reply)

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers:
                self.send_header(name, value)
            self.end_headers()
            # a client that hangs up early is what some tests are about
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(reply.body[: reply.cut])
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
