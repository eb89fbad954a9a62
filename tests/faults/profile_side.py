"""A User Profile Service at the socket that remembers what it was told."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests import serving


class ProfileSide:
    """Counts the events it took by their id; ``gate`` holds its answers while it is closed."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.told: Counter[str] = Counter()
        self.asked = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def take(self, event: dict[str, Any]) -> None:
        self.told[event["id"]] += 1
        self.asked.set()
        self.gate.wait(30)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    side: ProfileSide

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self._answer({"success": False})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.side.take(json.loads(self.rfile.read(length)))
        self._answer({"success": True})

    def _answer(self, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        try:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except OSError:
            self.close_connection = True


def serve_profiles(side: ProfileSide) -> ThreadingHTTPServer:
    """Serve ``side`` on a loopback port in a thread; the caller shuts it down."""
    return serving.serve(side, _Handler)
