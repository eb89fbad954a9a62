"""R12: whatever is asked and however, a refusal is a problem document that tells nothing."""

import re
from urllib.parse import quote

import pytest

from tests.model_side import Reply
from tests.scene import routes, set_scene
from tests.world import problem

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW")
KINDS = [
    "",
    "text/plain",
    "text/html",
    "text/json",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/octet-stream",
    "application/problem+json",
    "application/vnd.api+json",
    "application/json-patch+json",
    "application/jsonp",
    "json",
    "*/*",
    "application/json, text/plain",
    "application/\x00json",
]
# What an answer must never tell: the inside, the machine, the way to the database.
_INSIDE = re.compile(
    r"Traceback|File \"|line \d+, in|\.py\b|psycopg|sqlalchemy|werkzeug|marshmallow|site-packages"
    r"|SELECT |INSERT |UPDATE |FROM [a-z_]+ |LINE \d|relation \"|column \"|pg_|postgres"
    r"|127\.0\.0\.1|localhost|/home/|/tmp/|/usr/|/srv/|gunicorn|redis://",
    re.IGNORECASE,
)


def check_problem(answer, status=None):
    if status is not None:
        assert answer.status_code == status, answer.text
    if answer.status_code < 400:
        return
    is_openai = answer.request.path.startswith("/v1/")
    if answer.request.method != "HEAD":
        if is_openai:
            assert answer.json["error"]["request_id"] == answer.headers["X-Request-ID"]
        else:
            body = problem(answer, answer.status_code)
            assert body["type"] == f"urn:problem:{body['code']}"
        # A path that leads nowhere is named; whoever asked for it knows it.
        asked = quote(answer.request.path, safe="/:@!$&()*+,;=~")
        assert not _INSIDE.search(answer.text.replace(asked, "")), answer.text
    assert answer.mimetype == ("application/json" if is_openai else "application/problem+json")
    assert "Server" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture
def paths(app):
    """Return every path with the methods that it has."""
    scene, found = set_scene(app), {}
    for route in routes(app):
        request = scene.request(route)
        found.setdefault(request.path, set()).add(request.method)
    return found


def test_r12_methods_that_a_path_has_not_are_405_and_name_the_others(paths, adam):
    for path, methods in paths.items():
        known = methods | ({"HEAD"} if "GET" in methods else set())
        for method in set(METHODS) - known:
            for target in (path, path + "/"):
                answer = adam.call(method, target)
                check_problem(answer, 405)
                assert set(answer.headers["Allow"].split(", ")) == known


def test_r12_an_override_changes_no_method(paths, adam):
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = adam.get("/validation/stats", headers={header: "DELETE"})
        assert answer.status_code == 200


def test_r12_bodies_of_other_kinds_are_415(app, adam):
    scene = set_scene(app)
    for route in routes(app):
        request = scene.request(route)
        if request.body is None:
            continue
        for kind in KINDS:
            answer = adam.call(request.method, request.path, data=b'{"a":1}', content_type=kind)
            check_problem(answer, 415)


def test_r12_sound_kinds_are_read(alice):
    for kind in ("application/json", "APPLICATION/JSON", "application/json; charset=utf-8",
                 "application/json;odd=1"):  # fmt: skip
        answer = alice.post("/interactions", None, data=b'{"model_id":"a"}', content_type=kind)
        assert answer.status_code == 201, kind


def test_r12_answers_stay_json_whatever_is_accepted(alice):
    for accept in ("text/html", "application/xml", "image/png", "*/*", "", "x"):
        for path in ("/interactions", "/nowhere", "/dataset/stats"):
            answer = alice.get(path, headers={"Accept": accept})
            assert answer.mimetype in {"application/json", "application/problem+json"}


NOWHERE = [
    "/nowhere",
    "/interactions/x",
    "/interactions/x/y/z",
    "/..",
    "/../../etc/passwd",
    "/.git/config",
    "/.env",
    "/admin",
    "/static/app.js",
    "/docs/..%2f..%2fapp.py",
    "/docs/%00",
    "/docs/package.json",
    "/docs/oauth2-redirect.html",
    "/docs/swagger-ui.css/x",
    "/%00",
    "/%ff",
    "/interactions//history",
    "/\x7f",
    "/openapi.json/x",
    "/metrics/x",
    "/robots.txt",
    "/interactions;jsessionid=1",
    "/%2e%2e/%2e%2e",
    "/INTERACTIONS",
]


def test_r12_what_is_nowhere_is_404(app, adam):
    for path in NOWHERE:
        for caller in (adam.get, app.test_client().get):
            check_problem(caller(path), 404)


def test_r12_every_refusal_of_every_route_is_a_problem(app, alice, bob):
    def nobody(method, path, **sent):
        return app.test_client().open(path, method=method, **sent)

    scene = set_scene(app)
    for route in routes(app):
        request = scene.request(route)
        for call in (alice.call, bob.call, nobody):
            for sent in ({"data": b"{"}, {"json": []}, {"query_string": "x=1"}, {"data": b"\0"}):
                check_problem(call(request.method, request.path, **sent))


def test_r12_too_large_is_413(alice):
    body = b'{"model_id":"%s"}' % (b"a" * 8_388_608)
    check_problem(
        alice.post("/interactions", None, data=body, content_type="application/json"), 413
    )


def test_r12_a_bad_range_of_a_file_is_a_problem(app):
    answer = app.test_client().get("/docs/swagger-ui.css", headers={"Range": "bytes=9999999999-"})
    check_problem(answer)
    assert answer.status_code in {200, 416}


def test_r12_failures_of_the_model_side_tell_nothing_of_it(alice, model_side):
    inside = 'Traceback (most recent call last): File "/srv/model/app.py", line 1, in secret'
    for reply in (Reply(inside, status=500), Reply({"detail": inside}, status=424),
                  Reply(f"<html>{inside}".encode(), content_type="text/html"),
                  Reply({"error": inside}), Reply(b"\xff\xfe{"),
                  Reply([], hang_up=True)):  # fmt: skip
        model_side.query_reply = lambda _, reply=reply: reply
        interaction = alice.interaction()
        answer = alice.post(f"/interactions/{interaction['id']}/prompts", {"content": "x"})
        assert 400 <= answer.status_code < 600
        check_problem(answer)


def test_r12_a_fault_of_ours_tells_nothing_of_it(app, alice, monkeypatch):
    def fall(*_, **__):
        raise RuntimeError('secret: SELECT * FROM users; File "/srv/x.py"')

    for endpoint in ("interactions.list_interactions", "feedback.list_own_feedback"):
        fall.permission = app.view_functions[endpoint].permission
        monkeypatch.setitem(app.view_functions, endpoint, fall)
    for path in ("/interactions", "/feedback/user"):
        answer = alice.get(path)
        check_problem(answer, 500)
        assert "secret" not in answer.text


def test_r12_no_html_and_no_redirect_anywhere(paths, adam):
    for path in paths:
        for target in (path, path + "/", path + "//"):
            answer = adam.get(target, follow_redirects=False)
            answer.get_data()
            assert not 300 <= answer.status_code < 400
            assert answer.mimetype != "text/html" or path == "/docs"
