"""The OpenAPI document is valid, complete, and says what the contract says."""

import re

import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate

from tests.contracts.document import Document
from tests.contracts.table import PUBLIC, ROUTES, WORDS

_OF_EVERYONE_WITH_A_TOKEN = {401, 403, 429, 503}
_OF_BODIES = {400, 408, 413, 415, 422}
_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
_FORMS = {
    False: ("application/problem+json", "Problem"),
    True: ("application/json", "OpenAIError"),
}
_HEADERS = {
    401: {"WWW-Authenticate"},
    429: {"Retry-After", *(f"X-RateLimit-{name}" for name in ("Limit", "Remaining", "Reset"))},
    503: {"Retry-After"},
}


@pytest.fixture(scope="module")
def document(migrated_app):
    answer = migrated_app.test_client().get("/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    return Document(answer.json)


@pytest.fixture(scope="module")
def operations(document):
    return {operation.call: operation for operation in document.operations()}


@pytest.fixture(params=ROUTES, ids=lambda route: route.call)
def route(request):
    return request.param


@pytest.fixture
def operation(operations, route):
    return operations[route.call]


def paths(outline):
    """Return the paths of the fields that ``a b{c d} e[f]`` names, a star kept."""
    prefix, name = [], ""
    for token in re.findall(r"[\w*]+|[{}\[\]]", outline):
        if token in "{[":
            prefix.append(name.rstrip("*"))
        elif token in "}]":
            prefix.pop()
        else:
            name = token
            yield ".".join([*prefix, name])


def numbers(text):
    return {int(word) for word in text.split()}


def test_the_document_is_valid(document):
    validate(document.whole)


def test_every_route_of_the_application_is_in_the_document(migrated_app, operations):
    served = {
        f"{method} " + _VARIABLE.sub(r"{\1}", rule.rule)
        for rule in migrated_app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    # The files of Swagger UI are a part of /docs.
    assert served - {"GET /docs/{name}"} == set(operations)


def test_every_route_of_the_contract_is_in_the_document(operations):
    assert {route.call for route in ROUTES} == set(operations)


def test_a_body_takes_the_fields_of_the_contract_and_demands_no_others(route, operation, document):
    takes = list(paths(route.takes))
    found = dict(document.fields(operation.request().get("schema", {})))
    assert {path.replace("*", "") for path in takes} <= found.keys()
    demanded = {path for path, required in found.items() if required}
    assert demanded == {path.replace("*", "") for path in takes if path.endswith("*")}


def test_a_body_is_demanded_unless_an_empty_one_posted_would_do(route, operation, document):
    if route.takes:
        schema = document.standalone(operation.request()["schema"])
        would_do = route.call.startswith("POST") and OAS30Validator(schema).is_valid({})
        assert operation.body["requestBody"].get("required", False) != would_do


def test_an_answer_always_has_the_fields_of_the_contract(route, operation, document):
    content = operation.answer(route.status).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    always = {path for path, required in document.fields(schema) if required}
    assert set(paths(route.gives)) <= always


def test_a_query_has_the_parameters_of_the_contract_and_demands_none(route, operation):
    query = operation.parameters("query")
    assert set(route.asks.split()) <= query.keys()
    assert not any(one["required"] for one in query.values())


def test_each_status_that_can_be_answered_is_documented(route, operation):
    method, path = route.call.split()
    wanted = {route.status} | numbers(route.errors)
    wanted |= set() if path in PUBLIC else _OF_EVERYONE_WITH_A_TOKEN
    wanted |= _OF_BODIES if route.takes else set()
    wanted |= _OF_BODIES - {415} if method in {"POST", "PUT", "PATCH"} else set()
    wanted |= {409} if method == "POST" else set()
    wanted |= {200} if route.streams else set()
    # Clients of OpenAI's know no 422.
    wanted -= {422} if route.openai else set()
    wanted |= {204} if route.empty else set()
    assert operation.statuses() == wanted


def test_errors_are_problems_with_an_example_and_their_headers(route, operation):
    for status in operation.statuses() - {route.status} - ({204} if route.empty else set()):
        answer = operation.answer(status)
        if route.call == "GET /ready":
            assert answer["content"].keys() == {"application/json"}  # Says what is missing.
            continue
        if route.streams and status == 200:
            assert answer["content"].keys() == {"text/event-stream"}
            continue
        kind, form = _FORMS[route.openai]
        assert answer["content"].keys() == {kind}
        (content,) = answer["content"].values()
        assert content["schema"] == {"$ref": f"#/components/schemas/{form}"}
        assert content["example"].get("status", status) == status
        assert answer["headers"].keys() == {"X-Request-ID"} | _HEADERS.get(status, set())


def test_a_versioned_answer_has_an_etag_and_a_change_of_a_version_takes_if_match(route, operation):
    assert ("ETag" in operation.answer(route.status)["headers"]) == route.versioned
    assert ("If-Match" in operation.parameters("header")) == (412 in numbers(route.errors))


def test_every_post_takes_an_idempotency_key_and_says_when_it_replays(route, operation):
    is_post = route.call.startswith("POST")
    assert ("Idempotency-Key" in operation.parameters("header")) == is_post
    assert ("Idempotent-Replayed" in operation.answer(route.status)["headers"]) == is_post


def test_every_operation_names_the_request(route, operation):
    assert "X-Request-ID" in operation.answer(route.status)["headers"]
    if route.call not in {"GET /docs", "GET /openapi.json"}:
        assert "X-Request-ID" in operation.parameters("header")


def test_what_is_public_says_so_and_the_rest_wants_a_token_or_a_key(route, operation):
    is_public = route.call.split()[1] in PUBLIC
    assert operation.body["security"] == ([] if is_public else [{"bearer": []}, {"api_key": []}])


def test_every_operation_says_what_it_does_under_a_name_and_a_tag(operations, document):
    described = {tag["name"] for tag in document.whole["tags"] if tag["description"]}
    for call, operation in operations.items():
        assert operation.body["summary"].endswith("."), call
        assert set(operation.body["tags"]) <= described, call
    names = [operation.body["operationId"] for operation in operations.values()]
    assert len(set(names)) == len(names)


def test_every_body_and_every_json_answer_has_an_example(route, operation):
    given = {name for name, _, _ in operation.examples()}
    assert ("request" in given) == bool(route.takes)
    if route.gives:
        assert str(route.status) in given


def test_every_example_fits_its_schema(operation, document):
    for name, schema, value in operation.examples():
        faults = OAS30Validator(document.standalone(schema)).iter_errors(value)
        assert [fault.message for fault in faults] == [], name


def test_every_body_is_closed_and_every_answer_open_to_new_fields(document):
    for name, schema in document.whole["components"]["schemas"].items():
        closed = schema.get("additionalProperties") is False
        is_scale = name.endswith("Scale")
        assert closed == (name.endswith("In") or is_scale), name
        assert schema["description"], name


@pytest.mark.parametrize(("field", "words"), WORDS.items(), ids=WORDS)
def test_open_vocabularies_are_the_contract_s(document, field, words):
    schema, name = field.split(".")
    found = document.whole["components"]["schemas"][schema]["properties"][name]["enum"]
    assert set(found) - {None} == set(words.split())


def test_a_model_id_in_a_path_may_hold_slashes(operations):
    for call in ("GET /dimensions/model/{model_id}", "GET /dataset/model/{model_id}/export"):
        schema = operations[call].parameters("path")["model_id"]["schema"]
        pattern = re.compile(schema["pattern"])
        for good in ("gpt2", "google-bert/bert-base-uncased", "a/b/c", "export/a", "a b"):
            assert pattern.fullmatch(good)
        for bad in ("", "/a", "a//b", "a/export", "versions", "a/ /b", "a\tb", "a\u202eb"):
            assert not pattern.fullmatch(bad)


def test_an_export_comes_in_every_format_to_be_saved(operations):
    answer = operations["GET /dataset/model/{model_id}/export"].answer(200)
    kinds = {kind.rsplit("/", 1)[1] for kind in answer["content"]}
    assert kinds == {"json", "x-ndjson", "csv", "vnd.apache.parquet", "zip", "gzip", "zstd"}
    assert "Content-Disposition" in answer["headers"]
