"""R5: Schemathesis, every phase and check, as each role: the document and the service agree."""

import time
from copy import deepcopy

import pytest
from schemathesis.checks import CHECKS

from app.domain.access import ROLE_PERMISSIONS, Permission, Role
from tests.contracts.document import Document
from tests.contracts.fuzzing import Persona, fuzz
from tests.contracts.known_things import known_things, serve_and_fail
from tests.faults.processes import Web, Worker
from tests.sizes import size
from tests.world import Person, token

_EXAMPLES = size(2, 500)
_IS_THOROUGH = bool(size(0, 1))
_PHASES = ("examples", "coverage", "fuzzing", "stateful")


@pytest.fixture
def service(app, environment, tmp_path):
    web = Web({**environment, "WEB_WORKERS": "1", "WEB_THREADS": "4"}, log=tmp_path / "web.log")
    web.begin()
    web.wait_ready()
    yield web
    web.stop()


@pytest.fixture
def worker(app, environment, tmp_path):
    one = Worker(environment, log=tmp_path / "worker.log")
    yield one
    one.stop()


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json


@pytest.fixture
def fuzzed(client, service, worker, model_side, bob, vera, adam, tmp_path):
    """Fuzz as fay, who knows what there is."""

    def run(persona, document, role=Role.USER, **settings):
        known = known_things(Person(client, "fay", role), bob, vera, adam)
        worker.begin()
        serve_and_fail(model_side)
        return fuzz(
            service.url,
            document=document,
            persona=persona,
            known=known,
            folder=tmp_path,
            **settings,
        )

    return run


def lasting_token(name, role):
    """Return a token for a run that takes longer than tokens of tests are good for."""
    return token(name, [role], exp=int(time.time()) + 86_400)


def persona(role, document, app):
    """Return fay in a role, with a peer where the role sees only what is its own."""
    needs = permissions(document, app)
    lesser = list(Role)[: list(Role).index(role)]
    may = ROLE_PERMISSIONS[role]
    sees_all = Permission.INTERACTIONS_READ_ALL in may
    return Persona(
        token=lasting_token("fay", role),
        peer_token=None if sees_all else lasting_token("gus", role),
        forbidden={call for call, need in needs.items() if need and need not in may},
        shared={
            call
            for call, need in needs.items()
            if lesser and (need is None or need in ROLE_PERMISSIONS[lesser[-1]])
        },
    )


def permissions(document, app):
    """Return what each call needs, None where it is public."""
    views = {view.__name__: view for view in app.view_functions.values()}
    return {
        call.call: need if isinstance(need, Permission) else None
        for call in Document(document).operations()
        for need in [getattr(views.get(call.body["operationId"]), "permission", None)]
    }


@pytest.mark.long
@pytest.mark.parametrize("role", list(Role) if _IS_THOROUGH else [Role.VALIDATOR])
def test_r5_the_service_does_what_its_document_says(role, app, document, fuzzed):
    who = persona(role, document, app)
    outcome = fuzzed(who, document, role, examples=_EXAMPLES, thorough=_IS_THOROUGH)
    assert not outcome.faults, outcome.report()
    assert {outcome.phases[phase] for phase in _PHASES} == {"success"}
    assert outcome.checks == set(CHECKS.get_all_names())
    # Real things were found and changed, not only refused; and what is closed stayed closed. A
    # short run does not find everything.
    assert outcome.succeeded() <= outcome.statuses.keys() - who.forbidden
    assert len(outcome.succeeded()) > size(30, 60)


def untrue(document):
    """Return the document of two routes with one untrue statement for each of several checks."""
    whole = deepcopy(document)
    paths = whole["paths"] = {path: whole["paths"][path] for path in ("/interactions", "/health")}
    schemas = whole["components"]["schemas"]
    schemas["InteractionIn"]["properties"]["title"]["maxLength"] = 5
    schemas["InteractionOut"]["properties"]["version"]["type"] = "string"
    whole["components"]["headers"]["ETag"]["schema"]["pattern"] = "^W/"
    listing = paths["/interactions"]["get"]
    del listing["responses"]["422"]
    listing["parameters"][0]["schema"]["maximum"] = 5000
    health = paths["/health"]["get"]
    health["security"] = [{"bearer": []}]
    health["responses"]["200"]["content"] = {"text/plain": {"schema": {"type": "string"}}}
    return whole


def test_r5_a_document_that_is_not_true_is_found_out(document, fuzzed):
    outcome = fuzzed(Persona(token("fay")), untrue(document), examples=4, thorough=True)
    assert {fault.split(":", 1)[0] for fault in outcome.faults} == {
        "content_type_conformance",
        "ignored_auth",
        "negative_data_rejection",
        "positive_data_acceptance",
        "response_headers_conformance",
        "response_schema_conformance",
        "status_code_conformance",
    }
