"""Everybody's things, and the one who may ask for anything about them."""

from typing import Any

import orjson
import pytest

from tests.hostile.openapi import Document
from tests.scene import failed_job, seen_signal, set_scene
from tests.world import Person

_VERDICT = "POST /validation/feedback/<uuid:feedback_id>"
_NEXT = "POST /validation/next"
_DECISION = "POST /feedback/<uuid:feedback_id>/decision"
_APPEAL = "POST /feedback/<uuid:feedback_id>/appeal"
_GOLD = "PUT /validation/gold/<uuid:feedback_id>"


class Attack:
    """Sends spoiled requests as whoever the sound request would be granted to."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.document = Document(app)
        self.scene = set_scene(app)
        # The owner, with every right; only her own feedback is for others to judge.
        self._owner = Person(app.test_client(), "alice", "admin")
        vera = Person(app.test_client(), "vera", "validator")
        adam = Person(app.test_client(), "adam", "admin")
        self._others = {_VERDICT: vera, _NEXT: vera, _DECISION: adam, _GOLD: adam}

    def send(self, route: str, **spoiled: Any) -> Any:
        """Send a request and check what holds for every answer; return the answer."""
        request = self.scene.request(route)
        caller = self._others.get(route, self._owner)
        sent = {**request.sent, "query_string": request.query, "headers": request.headers}
        sent |= spoiled
        if "data" in spoiled and "json" in sent:
            sent["content_type"] = sent.get("content_type", "application/json")
            del sent["json"]
        answer = caller.call(request.method, sent.pop("path", request.path), **sent)
        check_form(answer)
        if route.split()[1].startswith("/v1/") and answer.status_code == 400:
            # What is a 422 elsewhere is a 400 for clients of OpenAI's.
            answer.status_code = {"malformed": 400}.get(answer.json["error"]["code"], 422)
        if answer.status_code in {200, 201, 202}:
            self._renew(route)
        return answer

    def _renew(self, route: str) -> None:
        """Make again what can be rated, judged or retried only once."""
        if route == "POST /feedback":
            self.scene.unrated_id = self.scene.answer("again")["response"]["id"]
        if route == _VERDICT:
            self.scene.feedback_id = self.scene.rated("again")
        if route in {_DECISION, _APPEAL}:
            again = self.scene.rated("again")
            self.scene.judge(self._others[_VERDICT], again, is_valid=route == _DECISION)
            changed = "decided_feedback_id" if route == _DECISION else "rejected_id"
            setattr(self.scene, changed, again)
        if route == "POST /validation/signals/<uuid:signal_id>/dismiss":
            self.scene.signal_id = seen_signal(self.app)
        if route == "POST /jobs/<uuid:job_id>/retry":
            self.scene.job_id = failed_job(self.app, "alice")


def error_in(answer: Any, body: Any) -> dict[str, Any]:
    """Return what an error says: under /v1 it is in OpenAI's form."""
    if answer.request.path.startswith("/v1/"):
        assert answer.mimetype == "application/json"
        error: dict[str, Any] = body["error"]
        return error
    assert answer.mimetype == "application/problem+json"
    assert body["status"] == answer.status_code
    return dict(body)


def check_form(answer: Any) -> None:
    """Check that an answer is no fault of ours, and JSON that any strict reader reads."""
    answer.get_data()  # A stream that nobody reads to its end is an error of its own.
    assert answer.status_code < 500, answer.text
    if "json" in answer.mimetype and "ndjson" not in answer.mimetype and answer.data:
        body = orjson.loads(answer.data)
        if answer.status_code >= 400:
            told = error_in(answer, body)
            assert told["request_id"] == answer.headers["X-Request-ID"]
    else:
        assert answer.status_code < 400, answer.data


@pytest.fixture
def attack(app):
    return Attack(app)
