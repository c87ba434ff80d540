"""A Hugging Face hub on this machine: the three calls by which a model's files are found and fetched."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REVISION = "0123456789abcdef0123456789abcdef01234567"


class LocalHub(ThreadingHTTPServer):
    """Serves folders as models; `asked` are the files that were fetched. What is in `cut` is sent by half."""

    daemon_threads = True

    def __init__(self, models: dict[str, Path]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.models = models
        self.asked: list[str] = []
        self.cut: set[str] = set()
        self.spoilt: set[str] = set()
        """Files whose bytes are not those that the hub's list has the hash of."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def local_hub(models: dict[str, Path]) -> Iterator[LocalHub]:
    """Runs until the block ends."""
    hub = LocalHub(models)
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        thread.join()
        hub.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: LocalHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """A test's output is its own."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0].removeprefix("/")
        for name, folder in self.server.models.items():
            if path == f"api/models/{name}":
                self._json(
                    {"id": name, "sha": REVISION, "siblings": [_sibling(file, folder) for file in _files(folder)]}
                )
                return
            if path.startswith(f"api/models/{name}/tree/"):
                self._json([_entry(file, folder) for file in _files(folder)])
                return
            if path.startswith(f"{name}/resolve/"):
                self._file(folder, path.removeprefix(f"{name}/resolve/").partition("/")[2], body=body)
                return
        self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _file(self, folder: Path, name: str, *, body: bool) -> None:
        if not (folder / name).is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        content = (folder / name).read_bytes()
        headers = {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": REVISION}
        if body:
            self.server.asked.append(name)
        if name in self.server.spoilt:
            content = content[:-1] + bytes([content[-1] ^ 1])
        self._send(200, content, headers, body=body, cut=name in self.server.cut)

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(
        self, status: int, content: bytes, headers: dict[str, str], *, body: bool = True, cut: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = cut


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _large(file: Path) -> dict[str, Any]:
    """What the hub says of a file that lies in large file storage: all weights do."""
    if file.suffix not in {".safetensors", ".onnx"}:
        return {}
    content = file.read_bytes()
    return {"lfs": {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}}


def _sibling(file: Path, folder: Path) -> dict[str, Any]:
    return {
        "rfilename": str(file.relative_to(folder)), "size": file.stat().st_size, "blobId": "0" * 40, **_large(file)
    }  # fmt: skip


def _entry(file: Path, folder: Path) -> dict[str, Any]:
    large = _large(file)
    if large:
        large = {"lfs": {"oid": large["lfs"]["sha256"], "size": large["lfs"]["size"], "pointerSize": 130}}
    return {
        "type": "file", "path": str(file.relative_to(folder)), "size": file.stat().st_size, "oid": "0" * 40, **large
    }  # fmt: skip
