"""Errors: problem documents that name expected and found, and nothing of the inside."""

import pytest
from sqlalchemy import text

from app.services import interactions
from tests.model_side import MODEL
from tests.world import created, problem


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


def sql(statement):
    """Return a service that sends ``statement``."""

    def send(session, **_):
        session.execute(text(statement))

    return send


def test_a_problem_names_its_kind_and_the_request(alice):
    answer = alice.get("/interactions/x", headers={"X-Request-ID": "abc-123"})
    told = problem(answer, 404, "not_found")
    assert told["type"] == "urn:problem:not_found"
    assert told["title"] == "Not Found"
    assert told["request_id"] == answer.headers["X-Request-ID"] == "abc-123"


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "POST"])
def test_a_method_that_is_not_there_says_which_are(alice, method):
    answer = alice.call(method, f"/interactions/{alice.interaction()['id']}")
    told = problem(answer, 405, "method_not_allowed")
    assert told["allowed"] == ["GET", "HEAD", "PUT"]
    assert told["detail"].endswith(f"has no {method}, only GET, HEAD, PUT")
    assert {"GET", "PUT"} <= set(answer.headers["Allow"].replace(" ", "").split(","))


def test_a_path_that_is_not_there_is_named_and_where_the_others_are_listed(client):
    told = problem(client.get("/interaction?x=1"), 404, "not_found")
    assert told["detail"] == (
        "there is nothing at GET /interaction; GET /docs and GET /openapi.json list what there is"
    )


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ('/\u202e<b>"', "/%E2%80%AE%3Cb%3E%22;"),
        ("/a%0d%0ab", "/a%0D%0Ab;"),
        ("/%ff", "/%EF%BF%BD;"),
        ("/" + "x" * 500, "/" + "x" * 199 + ";"),
    ],
)
def test_a_path_is_named_in_printable_ascii_and_cut(client, path, shown):
    told = problem(client.get(path), 404, "not_found")
    assert f" {shown} " in told["detail"]


def test_a_method_that_is_no_word_is_not_repeated(client):
    told = problem(client.open("/health", method="GET<b>"), 405, "method_not_allowed")
    assert told["detail"] == "/health has no such method, only GET, HEAD"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"content_type": "application/json"},
        {"data": b"", "content_type": "application/x-www-form-urlencoded"},
        {"json": {}},
    ],
)
def test_a_body_that_may_be_empty_may_be_absent(alice, vera, adam, sent):
    prompt_id = alice.exchange()["prompt"]["id"]
    alice.feedback()
    assert vera.call("POST", "/validation/next", **sent).status_code == 200
    created(alice.call("POST", f"/prompts/{prompt_id}/responses", **sent))
    versions = f"/dataset/model/{MODEL}/versions"
    assert adam.call("POST", versions, **sent).status_code == 202


def test_a_body_that_is_there_is_read_where_it_may_be_absent(vera):
    path = "/validation/next"
    problem(vera.call("POST", path, data=b"{}", content_type="text/plain"), 415)
    problem(vera.call("POST", path, data=b" ", content_type="application/json"), 400, "malformed")
    problem(vera.post(path, []), 400, "malformed")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_that_is_no_json_by_its_type_is_refused(alice, content_type):
    answer = alice.call("POST", "/interactions", data=b"{}", content_type=content_type)
    problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("body", [b"", b"  ", b"{", b"[1]", b'"x"', b"nul", b'{"a": NaN}', b"\xff"])
def test_a_body_that_cannot_be_read_is_malformed(alice, body):
    answer = alice.call("POST", "/interactions", data=body, content_type="application/json")
    problem(answer, 400, "malformed")


def test_a_body_over_the_limit_is_too_large(alice, config):
    body = {"model_id": MODEL, "system_prompt": "x" * config.max_body_bytes}
    problem(alice.post("/interactions", body), 413, "too_large")


def test_every_field_that_does_not_fit_is_named_at_once(alice):
    body = {"model_id": "", "title": 5, "metadata": [], "colour": "red"}
    told = problem(alice.post("/interactions", body), 422, "invalid")
    assert told["errors"].keys() == body.keys()
    assert all(isinstance(message, str) for found in told["errors"].values() for message in found)


def test_a_bug_says_nothing_of_the_inside(alice, monkeypatch):
    monkeypatch.setattr(interactions, "create", failing(RuntimeError("inner words")))
    answer = alice.post("/interactions", {"model_id": MODEL})
    problem(answer, 500, "internal")
    assert "inner" not in answer.text


@pytest.mark.parametrize(
    ("statement", "status", "code"),
    [
        ("SELECT 1 / 0", 422, "invalid"),
        ("SELECT 'x'::int", 422, "invalid"),
        ("SELECT pg_cancel_backend(pg_backend_pid()) FROM pg_sleep(0.01)", 503, "unavailable"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", 503, "unavailable"),
        ("SELECT secret FROM nowhere", 500, "internal"),
        (
            "INSERT INTO interactions (id, user_id, model_id) VALUES (uuidv7(), 'x', 'y')",
            409,
            "conflict",
        ),
        ("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", 503, "unavailable"),
        ("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$", 503, "unavailable"),
        ("DO $$ BEGIN RAISE SQLSTATE '53300'; END $$", 503, "unavailable"),
    ],
)
def test_what_the_database_says_becomes_a_problem(alice, monkeypatch, statement, status, code):
    monkeypatch.setattr(interactions, "create", sql(statement))
    answer = alice.post("/interactions", {"model_id": MODEL})
    told = problem(answer, status, code)
    assert statement.split()[1] not in told["detail"]
    assert ("Retry-After" in answer.headers) == (status == 503)
    monkeypatch.undo()
    assert alice.interaction()["status"] == "active"


def test_an_answer_is_not_to_be_kept_or_guessed_about(alice):
    headers = alice.get("/interactions").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
