"""One log line a request, under an id that the caller may choose, without what people say."""

import json
import os
import subprocess
import sys
from uuid import UUID

import pytest

from tests.world import token

PROGRAM = """
import sys
from app import create_app
client = create_app().test_client()
headers = {"Authorization": "Bearer " + sys.argv[1], "X-Request-ID": "known-id"}
body = {"model_id": "a/b", "system_prompt": "canary-of-a-prompt"}
assert client.post("/interactions?canary=query", json=body, headers=headers).status_code == 201
assert client.get("/interactions/canary-path", headers=headers).status_code == 404
assert client.open("/nothing", method="BREW").status_code == 404
assert client.get("/health").status_code == 200
"""


@pytest.mark.parametrize("given", ["abc", "a.b-c_d:e/f+g=", "x" * 128])
def test_the_callers_own_id_comes_back(client, given):
    assert client.get("/health", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "ä", '"', "<x>"])
def test_an_id_that_would_not_do_is_replaced(client, given):
    answer = client.get("/health", headers={"X-Request-ID": given})
    assert UUID(answer.headers["X-Request-ID"])


def test_every_request_gets_an_id_of_its_own(client):
    ids = {client.get("/health").headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


def test_the_log_has_a_line_for_each_request_and_no_secrets(app, environment):
    secret = token("alice")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, secret],
        env={**os.environ, **environment, "LOG_LEVEL": "INFO"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    told = [(line["method"], line["route"], line["status"]) for line in requests]
    assert told == [
        ("POST", "/interactions", 201),
        ("GET", "unmatched", 404),
        ("other", "unmatched", 404),
    ]
    assert [line["request_id"] for line in requests[:2]] == ["known-id", "known-id"]
    assert all(line["ms"] >= 0 and line["level"] == "info" for line in requests)
    assert "canary" not in done.stderr
    assert secret not in done.stderr
    assert environment["JWT_SECRET_KEY"] not in done.stderr


def test_a_request_id_is_in_the_problem_as_well(alice):
    answer = alice.get("/interactions/x", headers={"X-Request-ID": "find-me"})
    assert answer.json["request_id"] == "find-me"
