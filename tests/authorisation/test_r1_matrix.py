"""R1: who may do what on which route, as one readable file a noun says it."""

import tomllib
from pathlib import Path

import pytest
from flask import Flask

from app.api.blueprint import PUBLIC
from tests.authorisation import callers
from tests.scene import Request, routes, set_scene

FOLDER = Path(__file__).parent / "matrix"
MATRIX = {
    route: row
    for file in sorted(FOLDER.glob("*.toml"))
    for route, row in tomllib.loads(file.read_text(encoding="utf-8")).items()
}
GROUPS = {
    "proof": {"none", "both"},
    "token": {"expired", "not_yet_valid", "wrong_algorithm", "alg_none", "wrong_type"},
    "issued": {"good", "wrong_audience", "wrong_issuer", "unknown_kid", "public_key_as_secret"},
    "role": {"missing", "unknown"},
    "person": {"owner", "other", "validator", "admin"},
    "api_key": {"with_scope", "without_scope", "revoked"},
}
PUBLIC_ROUTES = {"/", "/health", "/ready", "/metrics", "/openapi.json", "/docs", "/docs/<name>"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
_NO_EFFECT = {401, 403, 404}


def cells(route: str) -> dict[str, int]:
    row = MATRIX[route]
    return {f"{group}.{name}": status for group in GROUPS for name, status in row[group].items()}


def ask(app: Flask, request: Request, headers: dict[str, str], method: str = "") -> int:
    response = app.test_client().open(
        request.path,
        method=method or request.method,
        query_string=request.query,
        headers={**request.headers, **headers},
        **request.sent,
    )
    assert response.data == b"" or method != "HEAD"
    return response.status_code


def test_r1_every_route_has_its_row_and_every_row_its_route(app):
    assert sorted(MATRIX) == routes(app)


@pytest.mark.parametrize("route", sorted(MATRIX))
def test_r1_a_row_has_every_cell(route):
    row = MATRIX[route]
    assert {group: set(row[group]) for group in GROUPS} == GROUPS
    assert set(row) - set(GROUPS) in ({"scope"}, {"public"})


@pytest.mark.parametrize("realm", ["RS256"], indirect=True)
@pytest.mark.parametrize("route", sorted(MATRIX))
def test_r1_every_caller_gets_what_the_matrix_says(app, realm, route):
    expected, found = cells(route), {}
    scene, headers = stage(app, realm, route)
    # What is refused at the door leaves the scene as it is.
    for name in sorted(expected, key=lambda name: expected[name] not in _NO_EFFECT):
        target = realm.app if name.startswith("issued.") else app
        request = scene.request(route)
        found[name] = ask(target, request, headers[name])
        if request.method == "GET":
            assert ask(target, request, headers[name], "HEAD") == found[name]
        if found[name] < 300 and not route.startswith("GET "):
            scene, headers = stage(app, realm, route)
    assert found == expected


def stage(app, realm, route):
    """Set the scene, with everybody in it who may knock."""
    scene = set_scene(app)
    by_secret = callers.by_secret(app, MATRIX[route].get("scope"))
    return scene, by_secret | callers.by_issuer(realm.issuer)


def test_r1_nobody_in_particular_gets_nothing_but_the_public_routes(app):
    scene = set_scene(app)
    for rule in app.url_map.iter_rules():
        path = scene.request(f"GET {rule.rule}").path
        for method in METHODS:
            status = app.test_client().open(path, method=method).status_code
            is_open = rule.rule in PUBLIC_ROUTES and method in {"GET", "HEAD"}
            assert status in ({200} if is_open else {401, 405}), (method, path, status)


def test_r1_the_public_routes_are_a_short_list(app):
    assert {route.split(" ", 1)[1] for route, row in MATRIX.items() if "public" in row} == (
        PUBLIC_ROUTES
    )
    said = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "permission", PUBLIC) == PUBLIC
    }
    assert said == PUBLIC_ROUTES


def test_r1_a_route_that_declares_nothing_is_closed(app, adam):
    app.view_functions["forgotten"] = lambda: "open"
    rule = app.url_rule_class("/forgotten", endpoint="forgotten", methods=["GET"])
    app.url_map.add(rule)
    try:
        assert app.test_client().get("/forgotten").status_code == 403
        assert adam.get("/forgotten").status_code == 403
    finally:
        del app.view_functions["forgotten"]
        app.url_map._rules.remove(rule)
        app.url_map._rules_by_endpoint.pop("forgotten")
        app.url_map._remap = True
