"""R28: what is secret, or was said in confidence, shows nowhere but where it belongs."""

import subprocess
import sys
from dataclasses import replace

from sqlalchemy import text

from app.config import Config
from app.db import transaction
from devstack.folders import ROOT
from tests.authorisation.callers import api_key
from tests.canaries.life import (
    SECRETS,
    TEXTS,
    Caller,
    knock_in_vain,
    live,
    read_everything,
    stumble,
)
from tests.faults.processes import free_port, surroundings
from tests.served import Served
from tests.world import token


def test_r28_no_canary_is_heard_where_it_does_not_belong(
    app, served, worker, person, canary, model_side
):
    alice, bob = person("alice", "user"), person("bob", "user")
    vera, adam = person("vera", "validator"), person("adam", "admin")
    readers = ["interactions:read", "feedback:read", "dimensions:read", "jobs:read"]
    key = api_key(app, readers)["X-API-Key"]
    service = Caller(served, {"X-API-Key": key})
    ids = live(alice, vera, canary, model_side)
    stumble(app, alice, ids, canary, model_side)
    in_vain = list(knock_in_vain(served, canary, key))
    for caller in (alice, bob, vera, adam, service):
        read_everything(caller, app, ids)
    metrics = served.ask(
        "GET", "/metrics", headers={"Authorization": f"Bearer {canary['metrics-token']}"}
    )
    worker.stop()
    served.stop()

    everybody = [alice, bob, vera, adam, service, *in_vain]
    proofs = [one for caller in everybody for one in caller.headers.values()]
    proofs = [
        one.removeprefix("Bearer ") for one in proofs if "canary-token" in one or len(one) > 40
    ]
    secrets = [canary[name] for name in SECRETS] + [key, *proofs]
    texts = [canary[name] for name in TEXTS]
    log = served.log.read_text(encoding="utf-8") + worker.log.read_text(encoding="utf-8")

    # The positive controls: all this took place, and who may see it saw it.
    seen = {answer.status for caller in everybody for _, answer in caller.answers}
    assert {200, 201, 400, 401, 404, 409, 422, 500, 502} <= seen
    assert metrics.status == 200
    assert b'"remote.request"' in worker.log.read_bytes()
    assert b"http_request_duration_seconds" in metrics.body
    assert sum(line["event"] == "request.failed" for line in served.lines()) >= 4
    assert [
        name for name in ("prompt", "answer", "comment") if canary[name] not in alice.told()
    ] == []

    assert [one for one in secrets + texts if one in log] == []
    assert [one for one in secrets + texts if one.encode() in metrics.body] == []
    for caller in everybody:
        assert [one for one in secrets if one in caller.told()] == []
        assert [one for one in texts if one in caller.told(failures=True)] == []
    for stranger in (bob, service, *in_vain):
        assert [one for one in texts if one in stranger.told()] == []


def test_r28_settings_do_not_show_their_secrets(settings, canary):
    shown = repr(Config.from_environment(settings)) + str(Config.from_environment(settings))
    assert [canary[name] for name in SECRETS if canary[name] in shown] == []
    assert "jwt_algorithm" in shown


def run(settings, *command):
    ended = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**surroundings(), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.stdout + ended.stderr


def test_r28_commands_do_not_show_secrets(app, settings, canary):
    key = api_key(app, ["feedback:read"])["X-API-Key"]
    away = settings["DATABASE_URL"].split("@")[0] + f"@127.0.0.1:{free_port()}/x"
    told = run(settings, "flask", "--app", "app", "check")
    assert "database" in told
    told += run(settings, "flask", "--app", "app", "api-key", "list")
    told += run({**settings, "DATABASE_URL": away}, "flask", "--app", "app", "check")
    told += run(
        {**settings, "PORT": "x", "JWT_JWKS_URL": "http://x"}, "flask", "--app", "app", "check"
    )
    assert "PORT" in told
    assert [one for one in [key, *(canary[name] for name in SECRETS)] if one in told] == []


def test_r28_a_database_that_is_away_is_not_named(settings, canary, tmp_path):
    away = settings["DATABASE_URL"].split("@")[0] + f"@127.0.0.1:{free_port()}/x"
    one = Served({**settings, "DATABASE_URL": away, "DB_POOL_SECONDS": "1"}, tmp_path)
    one.web.begin()
    try:
        one.wait_answer("/health")
        proof = token("alice", ["user"], canary["jwt-secret"])
        headers = {"Authorization": f"Bearer {proof}"}
        answers = [one.ask("GET", path, headers=headers) for path in ("/ready", "/interactions")]
    finally:
        one.stop()
    assert [answer.status for answer in answers] == [503, 503]
    told = one.log.read_text(encoding="utf-8") + "".join(answer.body.decode() for answer in answers)
    assert [canary[name] for name in SECRETS if canary[name] in told] == []
    assert "127.0.0.1" not in "".join(answer.body.decode() for answer in answers)


def test_r28_only_the_digest_of_a_key_is_stored(app):
    key = api_key(app, ["feedback:read"])["X-API-Key"]
    with app.app_context(), transaction() as session:
        stored = session.execute(text("SELECT CAST(k AS text) FROM api_keys k")).scalars().all()
        events = session.execute(text("SELECT CAST(e AS text) FROM events e")).scalars().all()
    assert stored
    assert [
        row for row in [*stored, *events] if key in row or key.removeprefix("ifs_") in row
    ] == []


WRONG = [
    "",
    "a-token-for-metrics",
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    "bearer-a-token-for-metrics",
    "Basic a-token-for-metrics",
    "Bearer a-token-for-metrics2",
    "Bearer \xfc",
]


def test_r28_metrics_are_closed_where_they_have_a_token(app, config):
    app.extensions["settings"] = replace(config, metrics_token="a-token-for-metrics")
    try:
        client = app.test_client()
        for value in WRONG:
            answer = client.get("/metrics", headers={"Authorization": value})
            assert answer.status_code == 401, value
        headers = {"Authorization": "Bearer a-token-for-metrics"}
        assert client.get("/metrics", headers=headers).status_code == 200
    finally:
        app.extensions["settings"] = config
