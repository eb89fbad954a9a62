"""R10: strings that reach into SQL, paths, headers and logs reach nothing anywhere."""

import json
import re
import socket
from urllib.parse import quote, urlencode
from uuid import UUID

import orjson
import pytest

from tests.hostile.injections import INJECTIONS
from tests.hostile.openapi import Document, plant
from tests.scene import set_scene
from tests.served import Served, proof
from tests.sizes import size

HEADERS = [
    "Authorization",
    "X-API-Key",
    "Idempotency-Key",
    "If-Match",
    "X-Request-ID",
    "User-Agent",
    "Referer",
    "Accept",
    "Accept-Language",
    "Cookie",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "Origin",
    "Last-Event-ID",
    "Content-Type",
    "Host",
    "traceparent",
]
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\xff]")
# What the web server says of itself when it starts and stops.
_OF_THE_SERVER = "Starting|Listening|Using|Booting|Handling|Shutting|Worker exiting|Control"
_BY_ANOTHER = "POST /validation/feedback/<uuid:feedback_id>"


@pytest.fixture
def served(app, environment, tmp_path):
    one = Served({**environment, "LOG_LEVEL": "INFO"}, tmp_path)
    one.start()
    yield one
    one.stop()


class Places:
    """Every place that a string can be put into, each a function that sends it there."""

    def __init__(self, app, served):
        self.scene, self.document, self.served = set_scene(app), Document(app), served
        self.caller = proof("alice", "admin")
        self.all = [
            *((self._header, name) for name in HEADERS),
            *self._queries(),
            *self._paths(),
            *self._fields(),
        ]

    def _header(self, name, text):
        safe = _UNPRINTABLE.sub(lambda found: quote(found.group()), text)
        value = f"Bearer {safe}" if name == "Authorization" else safe
        headers = {**self.caller, name: value}
        if name == "X-API-Key":
            del headers["Authorization"]
        path = f"/interactions/{self.scene.interaction_id}"
        return self.served.ask("PUT", path, {"title": "x"}, headers)

    def _queries(self):
        for route in self.document.operations():
            for name in self.document.parameters(route, "query"):
                yield self._query, (route, name)

    def _query(self, place, text):
        route, name = place
        path = self.scene.request(route).path
        return self.served.ask("GET", f"{path}?{urlencode({name: text})}", headers=self.caller)

    def _paths(self):
        for route in self.document.operations():
            for name in self.document.parameters(route, "path"):
                yield self._path, (route, name)

    def _path(self, place, text):
        route, name = place
        request = self.scene.request(route, **{name: quote(text, safe="/")})
        headers = {**request.headers, **self.caller}
        return self.served.ask(request.method, request.path, request.body, headers)

    def _fields(self):
        for route in self.document.operations():
            for field in self.document.body_fields(route):
                if "categories" not in field.path:
                    yield self._field, (route, field)

    def _field(self, place, text):
        route, field = place
        request = self.scene.request(route)
        body = plant(request.body, field.path, json.dumps(text).encode())
        caller = proof("vera", "validator") if route == _BY_ANOTHER else self.caller
        headers = {**request.headers, **caller}
        return self.served.ask(request.method, request.path, body, headers)


def check(answer):
    assert answer.status < 500, answer.body
    if answer.status == 204 or answer.headers.get("Content-Type") == "application/zip":
        return
    body = orjson.loads(answer.body)
    if answer.status >= 400:
        is_openai = "error" in body
        kind = "application/json" if is_openai else "application/problem+json"
        assert answer.headers["Content-Type"] == kind
        body = body["error"] if is_openai else body
        assert body["request_id"] == answer.headers["X-Request-ID"]
    assert not {"set-cookie", "x-evil"} & {name.lower() for name in answer.headers}
    # Where one is led to, nobody else has a say.
    assert re.fullmatch(
        r"/jobs/[0-9a-f-]{36}", answer.headers.get("Location", f"/jobs/{UUID(int=0)}")
    )
    assert "root:x:0" not in answer.body.decode()


def test_r10_there_are_many_of_them():
    assert len(INJECTIONS) >= 500


def test_r10_no_string_in_any_place_breaks_anything_and_each_has_one_log_line(app, served):
    places, sent = Places(app, served), 0
    for number, (send, place) in enumerate(places.all):
        # A few strings in each place, other ones everywhere; in a long run all of them.
        few = INJECTIONS[number :: len(places.all)][:3]
        for text in (few, INJECTIONS)[size(0, 1)]:
            check(send(place, text))
            sent += 1
    served.stop()
    lines = served.lines()
    assert sum(line["event"] == "request" for line in lines) == sent
    assert {line["level"] for line in lines} == {"info"}
    # What went out to the model side has a line of its own.
    others = {line["event"] for line in lines} - {"request", "remote.request"}
    assert not [event for event in others if not re.match(_OF_THE_SERVER, event)]
    log = served.log.read_text(encoding="utf-8")
    assert [text for text in INJECTIONS if len(text) > 12 and text in log] == []


BROKEN_LINES = [
    b"X-Request-ID: a\rSet-Cookie: b=c\r\n",
    b"X-Request-ID: a\n Set-Cookie: b=c\r\n",
    b"X-Request-ID: a\0b\r\n",
    b"X-Request-ID: a\r\n\tb\r\n",
    b"X-Request ID: a\r\n",
    b"X-Request-ID : a\r\n",
    b": a\r\n",
    b"no colon\r\n",
    b"X-\xff: a\r\n",
]


def test_r10_broken_header_lines_are_malformed(served):
    for raw in BROKEN_LINES:
        with socket.create_connection(("127.0.0.1", served.web.port), timeout=15) as one:
            start = b"GET /health HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
            one.sendall(start + raw + b"\r\n")
            answer = b"".join(iter(lambda: one.recv(65_536), b""))
        head, body = answer.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 400 "), raw
        assert b"Set-Cookie" not in head
        assert json.loads(body)["code"] == "malformed"
