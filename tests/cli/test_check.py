"""flask check: the configuration and every remote, one line each."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

NOBODY = "http://127.0.0.1:9"


class _Neighbours(BaseHTTPRequestHandler):
    def log_message(self, *_):
        """Keep quiet."""

    def do_GET(self):
        body = json.dumps({"keys": []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def neighbours():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Neighbours)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def check(flask_with):
    return lambda *options, **changes: flask_with("check", *options, **changes)


def test_every_remote_that_answers_is_ok(check, neighbours):
    done = check(auth_service_url=neighbours, user_service_url=neighbours)
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "configuration: ok",
        "database: ok",
        "model service: ok",
        "redis: ok",
        "auth service: ok",
        "user profile service: ok",
    ]


def test_what_does_not_answer_is_named_and_is_no_failure(check):
    done = check(
        auth_service_url=NOBODY,
        user_service_url=NOBODY,
        model_service_url=NOBODY,
        redis_url="redis://127.0.0.1:9/0",
    )
    assert done.exit_code == 0
    assert done.output.splitlines()[2:] == [
        "model service: does not answer",
        "redis: does not answer",
        "auth service: does not answer",
        "user profile service: does not answer",
    ]


def test_a_key_set_without_keys_is_named(check, neighbours):
    done = check(
        jwt_secret_key="",
        jwt_jwks_url=f"{neighbours}/keys",
        jwt_algorithm="RS256",
        jwt_issuer="issuer",
        jwt_audience="audience",
    )
    assert "key set: does not answer" in done.output.splitlines()


def test_a_database_that_is_away_is_a_failure(check):
    done = check(database_url="postgresql://nobody@127.0.0.1:9/nothing", db_pool_seconds=1.0)
    assert done.exit_code == 1
    assert "database: the database does not answer" in done.output.splitlines()


AWAY = {"database_url": "postgresql://nobody@127.0.0.1:9/nothing", "db_pool_seconds": 1.0}


def test_a_database_that_is_waited_for_is_asked_until_it_answers_or_the_time_is_up(check):
    there = check("--wait-database", "30")
    assert (there.exit_code, there.output) == (0, ""), "nothing else is asked"
    away = check("--wait-database", "0.1", **AWAY)
    assert away.exit_code == 1
    assert away.output == "Error: the database did not answer within 0.1 s\n"
