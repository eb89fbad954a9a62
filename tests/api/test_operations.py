"""What operators ask: does it live, is it ready, what does it measure."""

import pytest
from sqlalchemy import create_engine, text

from app.db import db
from tests.world import problem


@pytest.fixture
def changed(another):
    """Make clients of applications whose settings differ in what is said."""
    return lambda **changes: another(**changes).test_client()


def test_whoever_comes_to_the_door_is_told_where_the_rest_is(client):
    told = client.get("/").json
    assert (told["name"], told["version"]) == ("AI Model Interaction and Feedback Service", "1")
    for link in ("docs", "openapi", "health", "ready"):
        assert client.get(told[link]).status_code == 200


def test_health_says_that_the_process_answers(client):
    answer = client.get("/health")
    assert (answer.status_code, answer.json) == (200, {"status": "healthy"})


def test_health_asks_nobody(changed):
    client = changed(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    assert client.get("/health").status_code == 200


def test_ready_names_what_it_needs_and_what_it_uses(client):
    answer = client.get("/ready")
    assert (answer.status_code, answer.json) == (
        200,
        {"status": "ready", "database": "ok", "redis": "ok", "model_service": "ok"},
    )


def test_it_is_ready_without_redis_and_without_models(changed):
    client = changed(redis_url="redis://127.0.0.1:1", model_service_url="http://127.0.0.1:1")
    answer = client.get("/ready")
    assert (answer.status_code, answer.json) == (
        200,
        {
            "status": "ready",
            "database": "ok",
            "redis": "does not answer",
            "model_service": "does not answer",
        },
    )


def test_where_no_redis_is_wanted_it_says_so(changed):
    assert changed(redis_url="").get("/ready").json["redis"] == "not configured"


def test_it_is_not_ready_without_its_database(changed):
    client = changed(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.json["status"] == "not ready"
    assert answer.json["database"] == "the database does not answer"


@pytest.fixture
def empty_database(app, config):
    """Return the URL of a database that no migration has seen."""
    engine = create_engine(config.sqlalchemy_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS empty"))
        connection.execute(text("CREATE DATABASE empty"))
    yield config.database_url.replace("/interactions?", "/empty?")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE empty WITH (FORCE)"))
    engine.dispose()


def test_it_is_not_ready_before_the_migrations(changed, empty_database):
    answer = changed(database_url=empty_database).get("/ready")
    assert answer.status_code == 503
    assert answer.json["database"].startswith("expected migration ")
    assert answer.json["database"].endswith(", found none")


def test_it_is_not_ready_with_migrations_of_another_release(app, client, monkeypatch):
    monkeypatch.setitem(app.extensions, "expected_revision", "9999")
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.json["database"].startswith("expected migration 9999, found 0")


def test_it_is_not_ready_on_a_database_that_may_lose_what_it_acknowledged(app, client):
    with app.app_context():
        engine = db.engine
    with engine.connect() as connection:
        connection.execute(text("ALTER DATABASE interactions SET synchronous_commit = off"))
        connection.commit()
    engine.dispose()
    try:
        answer = client.get("/ready")
    finally:
        with engine.connect() as connection:
            connection.execute(text("ALTER DATABASE interactions RESET synchronous_commit"))
            connection.commit()
        engine.dispose()
    assert answer.status_code == 503
    assert answer.json["database"] == "synchronous_commit is off"
    assert client.get("/ready").status_code == 200


def test_metrics_count_requests_by_route_and_not_by_path(client, alice):
    alice.get("/interactions/0199c0de-0000-7000-8000-000000000001")
    client.get("/nothing/like-it")
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    told = answer.text
    assert 'route="/interactions/<uuid:interaction_id>",status="404"' in told
    assert 'route="unmatched",status="404"' in told
    assert "0199c0de" not in told
    assert "like-it" not in told


def test_metrics_need_their_token_where_there_is_one(changed):
    client = changed(metrics_token="a-token-of-metrics")
    for header in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer ä"}):
        answer = client.get("/metrics", headers=header)
        problem(answer, 401, "unauthenticated")
    answer = client.get("/metrics", headers={"Authorization": "Bearer a-token-of-metrics"})
    assert answer.status_code == 200


def test_metrics_of_several_processes_are_put_together(client, monkeypatch, tmp_path):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    answer = client.get("/metrics")
    assert (answer.status_code, answer.text) == (200, "")


def test_a_database_that_is_gone_is_a_503_that_says_to_come_back(changed, alice):
    client = changed(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    answer = client.get("/interactions", headers=alice.headers)
    told = problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert "127.0.0.1" not in answer.text
    assert "nobody" not in told["detail"]


def test_a_pool_that_is_full_is_a_503(changed, alice):
    client = changed(db_pool_size=1, db_max_overflow=0, db_pool_seconds=0.1)
    with client.application.app_context(), db.engine.connect():
        answer = client.get("/interactions", headers=alice.headers)
    problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert client.get("/interactions", headers=alice.headers).status_code == 200


def test_a_statement_that_takes_too_long_is_a_503(app, changed, alice):
    client = changed(db_statement_seconds=0.2)
    path = f"/interactions/{alice.interaction()['id']}"
    with app.app_context():
        engine = db.engine
    with engine.connect() as holder:
        holder.execute(text("SELECT 1 FROM interactions FOR UPDATE"))
        answer = client.put(path, json={"title": "x"}, headers=alice.headers)
    problem(answer, 503, "unavailable")
    assert alice.read(path)["title"] is None
