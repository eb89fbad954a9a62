"""A Model Service at the socket: what tests make of the other side of the network."""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests import serving

MODEL = "acme/echo-1"
ENDPOINT = "acme--echo-1-0a1b2c3d-202611210900"


@dataclass
class Reply:
    """What goes back: a status, a body, and what to wait for before it goes."""

    body: Any
    status: int = 200
    content_type: str = "application/json"
    gate: threading.Event | None = None
    hang_up: bool = False
    # The answer as server-sent events: texts, bytes as they are, and gates to wait at.
    stream: list[str | bytes | threading.Event] | None = None
    ends: bool = True
    # Says whatever it likes on the connection, which is closed after it.
    talk: Callable[[socket.socket], None] | None = None


@dataclass
class ModelSide:
    """A Model Service (variant B's forms) whose answers a test chooses."""

    models: dict[str, str] = field(default_factory=lambda: {MODEL: ENDPOINT})
    query_reply: Callable[[dict[str, Any]], Reply] | None = None
    chat_reply: Callable[[dict[str, Any]], Reply] | None = None
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    # Set when somebody went away before a stream was over.
    left: threading.Event = field(default_factory=threading.Event)

    def reset(self) -> None:
        fresh = ModelSide()
        self.models = fresh.models
        self.query_reply = self.chat_reply = None
        self.calls = []
        self.asked = threading.Event()
        self.left = threading.Event()

    def reply_to(self, method: str, path: str, body: dict[str, Any]) -> Reply:
        if method == "GET":
            return self._described(path)
        self.calls.append((path, body))
        self.asked.set()
        if path == "/chat/completions":
            return (self.chat_reply or _chat)(body)
        return (self.query_reply or _query)(body)

    def _described(self, path: str) -> Reply:
        if path == "/health":
            return Reply({"status": "healthy"})
        if path == "/endpoints":
            return Reply(
                {
                    "status": "success",
                    "endpoints": [
                        {"EndpointName": name, "EndpointStatus": "InService"}
                        for name in self.models.values()
                    ],
                }
            )
        for model, endpoint in self.models.items():
            if path == f"/config/{endpoint}":
                entry = {"id": model, "task": "text-generation", "version": "1.0"}
                return Reply({"deployment": {}, "models": [entry]})
        return Reply({"detail": "Not found"}, status=404)


def _query(body: dict[str, Any]) -> Reply:
    return Reply([{"generated_text": f"You said: {body['query']}"}])


def _chat(body: dict[str, Any]) -> Reply:
    last = body["messages"][-1].get("content")
    message = {"role": "assistant", "content": f"You said: {last}"}
    return Reply(
        {
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        }
    )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    side: ModelSide

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            # Whoever asked was killed on the way: nothing was asked.
            self.close_connection = True
            return
        self._answer(json.loads(body or b"{}"))

    def _answer(self, body: dict[str, Any]) -> None:
        reply = self.side.reply_to(self.command, self.path, body)
        if reply.gate:
            reply.gate.wait(30)
        if reply.hang_up:
            self.close_connection = True
            return
        if reply.talk:
            self.close_connection = True
            with suppress(OSError):
                reply.talk(self.connection)
            return
        if reply.stream is not None:
            self._stream(reply)
            return
        raw = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        try:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except OSError:
            self.close_connection = True

    def _stream(self, reply: Reply) -> None:
        """Send the pieces one by one; without an end the connection breaks off."""
        self.close_connection = True
        try:
            self.send_response(reply.status)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for piece in reply.stream or ():
                if isinstance(piece, threading.Event):
                    piece.wait(30)
                    continue
                self.wfile.write(chunk(piece) if isinstance(piece, str) else piece)
            if reply.ends:
                self.wfile.write(chunk("", finish_reason="stop") + b"data: [DONE]\n\n")
        except OSError:
            self.side.left.set()


def chunk(text: str, finish_reason: str | None = None) -> bytes:
    """Return one chunk of a chat completion as a server-sent event."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish_reason}
    body = {"id": "c-1", "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


def serve(side: ModelSide, port: int = 0) -> ThreadingHTTPServer:
    """Serve ``side`` on a loopback port in a thread; the caller shuts it down."""
    return serving.serve(side, _Handler, port)
