"""Privacy policies per model: said by administrators, with defaults that keep everything."""

import pytest

from tests.model_side import MODEL
from tests.world import problem

PATH = f"/privacy/policies/{MODEL}"
DEFAULTS = {"pii": "off", "texts_days": None, "raw_days": None, "chunks_days": None}


def shown(adam, path=PATH):
    found = adam.read(path)
    return {name: found[name] for name in (*DEFAULTS, "said_for", "version")}


def test_nothing_said_everything_is_kept_as_it_is(adam):
    assert shown(adam) == {**DEFAULTS, "said_for": None, "version": 0}


def test_what_is_said_for_all_holds_where_nothing_else_is_said(adam):
    assert adam.put("/privacy/policies/all", {"pii": "mask", "raw_days": 30}).status_code == 200
    found = {**DEFAULTS, "pii": "mask", "raw_days": 30}
    assert shown(adam) == {**found, "said_for": "all", "version": 0}
    assert adam.put(PATH, {"pii": "drop"}).status_code == 200
    assert shown(adam) == {**DEFAULTS, "pii": "drop", "said_for": MODEL, "version": 1}
    (first, second) = adam.read("/events", type="privacy_policy.set")["items"]
    assert (first["data"]["pii"], second["data"]["model_id"]) == ("mask", MODEL)


def test_only_the_version_that_was_seen_is_changed(adam):
    def put(tag):
        return adam.call("PUT", PATH, json={"chunks_days": 7}, headers={"If-Match": tag})

    problem(put('"1"'), 412)
    assert put('"0"').status_code == 200
    problem(put('"0"'), 412)
    changed = put('"1"')
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')


@pytest.mark.parametrize("body", [{"pii": "hide"}, {"raw_days": 0}, {"texts_days": "1"}, {"x": 1}])
def test_other_rules_are_refused(adam, body):
    problem(adam.put(PATH, body), 422)
