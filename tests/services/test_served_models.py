"""Which models may be asked for one, and by whom: found in one statement."""

import pytest
from sqlalchemy import text

from app.db import transaction
from app.errors import Conflict, Invalid
from app.services.served_models import Target, create, targets
from tests.statements import statements

_INSERT = text("""
INSERT INTO models (model_id, provider, enabled, settings, fallbacks, context_tokens)
VALUES (:model_id, :provider, :enabled, CAST(:settings AS jsonb), CAST(:fallbacks AS jsonb), 2048)
""")


@pytest.fixture
def serve(app):
    def insert(model_id, *fallbacks, enabled=True, provider="openai"):
        listed = ", ".join(f'"{each}"' for each in fallbacks)
        values = {"settings": '{"url": "http://far"}', "fallbacks": f"[{listed}]"}
        with app.app_context(), transaction() as session:
            row = {"model_id": model_id, "provider": provider, "enabled": enabled}
            session.execute(_INSERT, row | values)

    return insert


@pytest.fixture
def asked(app):
    def find(model_id):
        with app.app_context(), transaction() as session:
            return targets(session, model_id=model_id)

    return find


def test_a_model_without_a_route_is_the_model_services(asked):
    assert asked("acme/new") == [Target(model_id="acme/new", provider="model_service", settings={})]


def test_a_model_is_asked_by_its_route_and_the_others_in_their_order(asked, serve):
    serve("acme/b", "acme/never")
    serve("acme/off", enabled=False)
    serve("acme/a", "acme/unlisted", "acme/off", "acme/b")
    first, second, third = asked("acme/a")
    assert first == Target(
        model_id="acme/a",
        provider="openai",
        settings={"url": "http://far"},
        context_tokens=2048,
    )
    assert second == Target(model_id="acme/unlisted")
    assert (third.model_id, third.provider) == ("acme/b", "openai")


def test_models_that_name_each_other_are_asked_once_each(asked, serve):
    serve("acme/a", "acme/b")
    serve("acme/b", "acme/a")
    assert [target.model_id for target in asked("acme/a")] == ["acme/a", "acme/b"]
    assert [target.model_id for target in asked("acme/b")] == ["acme/b", "acme/a"]


def test_a_disabled_model_is_not_served(asked, serve):
    serve("acme/a", "acme/b", enabled=False)
    with pytest.raises(Conflict, match="acme/a is disabled") as refused:
        asked("acme/a")
    assert refused.value.reason == "model_not_served"


def test_one_statement_finds_them_all(app, serve):
    serve("acme/a", "acme/b", "acme/c", "acme/d", "acme/e")
    with statements(app) as sent, app.app_context(), transaction() as session:
        assert len(targets(session, model_id="acme/a")) == 5
    assert len([statement for statement, _ in sent if "models" in statement]) == 1


def test_no_more_than_four_stand_in_for_a_model(app):
    with app.app_context(), transaction() as session, pytest.raises(Invalid) as refused:
        create(
            session,
            principal=None,
            check=app.extensions["remotes"].check_route,
            model_id="acme/a",
            provider="model_service",
            fallbacks=["a", "b", "c", "d", "e"],
        )
    assert refused.value.errors == {"fallbacks": ["expected at most 4 models, found 5"]}
