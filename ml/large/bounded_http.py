"""An HTTP client for model endpoints that reads no more than a bound, follows no redirect and takes no compression.

It is imported on first use only, since httpx2 and what stands behind it are slow to load.
"""

from collections.abc import AsyncIterator

import httpx2

MOST_RESPONSE_BYTES = 1_000_000
"""A long answer has 20 kB; more is a broken or hostile endpoint."""


class ResponseRefused(httpx2.ReadError):
    """The endpoint sent more than `MOST_RESPONSE_BYTES`, or compressed what it sent."""


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_RESPONSE_BYTES
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise ResponseRefused(f"sent more than {MOST_RESPONSE_BYTES:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx2.Response) -> None:
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise ResponseRefused("compressed its answer, which nobody asked for; check the endpoint")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream)


def bounded_client() -> httpx2.AsyncClient:
    """A client without a time-out of its own: the caller's deadline covers all of its work.

    A redirect would lead mail to a host that the configuration does not name; a compressed answer could unfold to any
    size, so that one is refused whatever was asked for.
    """
    return httpx2.AsyncClient(
        timeout=None,
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"response": [_bound]},
    )
