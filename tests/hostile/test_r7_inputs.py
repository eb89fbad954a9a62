"""R7: hostile values in every field, query and path that the OpenAPI document knows."""

import json

import pytest

from tests.hostile import values
from tests.hostile.openapi import Document, plant
from tests.scene import set_scene
from tests.sizes import size
from tests.world import Person

WRITES = [
    "POST /interactions",
    "PUT /interactions/<uuid:interaction_id>",
    "POST /interactions/<uuid:interaction_id>/prompts",
    "POST /interactions/<uuid:interaction_id>/chat",
    "POST /interactions/<uuid:interaction_id>/messages",
    "POST /feedback",
    "POST /feedback/preferences",
    "PATCH /feedback/<uuid:feedback_id>",
    "POST /dimensions",
    "PUT /dimensions/<uuid:dimension_id>",
    "POST /models",
    "POST /v1/chat/completions",
    "PUT /models/<path:model_id>",
    "POST /prompts/<uuid:prompt_id>/responses",
    "PUT /prompts/<uuid:prompt_id>/choice",
    "POST /validation/feedback/<uuid:feedback_id>",
    "POST /validation/next",
    "PUT /validation/policies/<path:model_id>",
    "PUT /privacy/policies/<path:model_id>",
    "PUT /validation/gold/<uuid:feedback_id>",
    "POST /validation/signals/<uuid:signal_id>/dismiss",
    "POST /dataset/model/<path:model_id>/versions",
    "POST /feedback/<uuid:feedback_id>/decision",
    "POST /feedback/<uuid:feedback_id>/appeal",
]
REFUSED = {400, 422}


@pytest.fixture
def document(app):
    return Document(app)


def wrong_kinds(field):
    """Return values of every kind but the ones that the field takes."""
    kinds = field.kinds | ({"integer"} if "number" in field.kinds else set())
    for kind, texts in values.WRONG_KINDS.items():
        is_text = kind.startswith("text") and "string" in kinds
        if kind not in kinds and not is_text:
            # A whole number stands for itself where a number may stand, and 1.5 nowhere else.
            yield from (text for text in texts if not ("integer" in kinds and text == "1"))


def accepted(attack, route, field, texts, refused):
    """Return which values were not refused with one of the statuses."""
    found = []
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass")
        answer = attack.send(route, data=plant(attack.scene.request(route).body, field.path, raw))
        if answer.status_code not in refused:
            found.append((str(field), text[:60], answer.status_code))
    return found


def test_r7_every_write_and_every_field_is_here(app, document):
    operations = document.operations()
    assert sorted(WRITES) == sorted(
        route
        for route, operation in operations.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    )
    scene = set_scene(app)
    for route in WRITES:
        for field in document.body_fields(route):
            if "categories" not in field.path:
                plant(scene.request(route).body, field.path, b"null")


def test_r7_the_sound_requests_are_granted(attack):
    for route in WRITES:
        assert attack.send(route).status_code in {200, 201, 202}, route


def fields_of(attack, route):
    """Return the fields of a route: in a short run every third, and one in any case."""
    fields = [one for one in attack.document.body_fields(route) if "categories" not in one.path]
    return fields[:: size(3, 1)]


@pytest.mark.parametrize("route", WRITES)
def test_r7_no_kind_stands_for_another(attack, route):
    for field in fields_of(attack, route):
        assert accepted(attack, route, field, wrong_kinds(field), {422}) == []


@pytest.mark.parametrize("route", WRITES)
def test_r7_what_is_no_json_is_malformed(attack, route):
    for field in fields_of(attack, route):
        texts = [text for text in [*values.BAD_JSON, *values.BAD_NUMBERS] if text or field.named]
        assert accepted(attack, route, field, texts, {400}) == []


@pytest.mark.parametrize("route", WRITES)
def test_r7_nul_and_endless_texts_are_refused(attack, route):
    for field in fields_of(attack, route):
        texts = [*values.NUL, *values.TOO_LONG[:1]]
        assert accepted(attack, route, field, texts, {422}) == []


def test_r7_huge_numbers_are_refused(attack):
    for route in WRITES:
        for field in fields_of(attack, route):
            if not field.kinds & {"object", "array"}:
                assert accepted(attack, route, field, values.HUGE_NUMBERS, REFUSED) == []


@pytest.mark.parametrize("route", WRITES)
def test_r7_strange_texts_are_refused_or_kept_as_they_are(attack, route):
    texts = [field for field in fields_of(attack, route) if "string" in field.kinds]
    for place, field in enumerate(texts):
        # Every text for some field, and in a long run for each.
        for text in values.STRANGE_TEXTS[place % size(len(texts), 1) :: size(len(texts), 1)]:
            request = attack.scene.request(route)
            sent = plant(request.body, field.path, text.encode())
            answer = attack.send(route, data=sent)
            if route == "POST /v1/chat/completions":
                # It shows no more of the question than the model does, and asks any model.
                assert answer.status_code in {200, 404, 422}, (str(field), text)
                continue
            assert answer.status_code in {200, 201, 202, 204, 409, 422}, (str(field), text)
            if answer.status_code != 422 and field.path[-1] not in {"role", "prompt"}:
                assert kept(answer.json, field.path[-1], json.loads(text)), (str(field), text)


def kept(body, name, text):
    """Say whether the text stands somewhere in the answer, or is not shown there at all."""
    found = list(every(body, name))
    return text in found or not [one for one in found if isinstance(one, str)]


def every(value, name):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name:
                yield inner
            yield from every(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from every(inner, name)


def test_r7_free_objects_are_bounded_and_kept(attack):
    route = "POST /interactions"
    odd = [
        {"__proto__": 1},
        {"a": {"constructor": 1}},
        {"prototype": 1},
        {"a": "\0"},
        {"\0": 1},
        {"a": "b" * 70_000},
        {str(number): number for number in range(20_000)},
    ]
    for name in ("settings", "metadata"):
        sound = {"ключ": ["値", 1.5, True, None, {"": "\u202e"}], "big": 2**53, "small": -(2**63)}
        answer = attack.send(route, json={"model_id": "a/b", name: sound})
        assert answer.json[name] == sound
        for value in odd:
            assert attack.send(route, json={"model_id": "a", name: value}).status_code == 422
        hidden = b'{"model_id":"a","%s":{"\\u005f_pro\\u0074o__":1}}' % name.encode()
        assert attack.send(route, data=hidden).status_code == 422
        deep = b'{"model_id":"a","%s":%s1%s}' % (name.encode(), b'{"a":' * 33, b"}" * 33)
        assert attack.send(route, data=deep).status_code == 422


def test_r7_of_a_key_that_stands_twice_the_last_counts_everywhere(attack):
    answer = attack.send("POST /interactions", data=b'{"model_id":"a","model_id":"b"}')
    assert answer.json["model_id"] == "b"


def test_r7_bodies_are_utf_8(attack):
    for encoding in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1"):
        raw = json.dumps({"model_id": "ü"}, ensure_ascii=False).encode(encoding)
        for kind in ("application/json", f"application/json; charset={encoding}"):
            answer = attack.send("POST /interactions", data=raw, content_type=kind)
            assert answer.status_code == 400, kind


def test_r7_a_body_is_an_object(attack):
    operations = attack.document.operations()
    for route in WRITES:
        none = [b""] if operations[route]["requestBody"].get("required") else []
        for body in (*none, b" ", b"null", b"[]", b"[1,2]", b'"a"', b"5", b"true", b"{"):
            assert attack.send(route, data=body).status_code == 400, (route, body)


def test_r7_categories_are_texts(attack):
    body = {"name": "tone", "scale": {"type": "categorical", "categories": ["bad", "good"]}}
    for field in attack.document.body_fields("POST /dimensions"):
        if "categories" not in field.path:
            continue
        for text in [*wrong_kinds(field), *values.NUL, *values.TOO_LONG]:
            raw = plant(body, field.path, text.encode())
            answer = attack.send("POST /dimensions", data=raw)
            assert answer.status_code == 422, (str(field), text[:60])


def test_r7_queries_are_strict(attack):
    for route in attack.document.operations():
        request = attack.scene.request(route)
        for name, schema in attack.document.parameters(route, "query").items():
            bad, strange = values.BAD_QUERY_TEXTS, values.STRANGE_QUERY_TEXTS
            if schema["type"] == "integer":
                bad, strange = values.BAD_QUERY_NUMBERS, []
            for text in bad:
                answer = attack.send(route, query_string=f"{name}={text}")
                assert answer.status_code == 422, (route, name, text)
            for text in strange:
                answer = attack.send(route, query_string=f"{name}={text}")
                assert answer.status_code in {200, 422}, (route, name, text)
        for odd in ("unknown=1", "limit[]=1", "limit[$gt]=1", "LIMIT=1", "=1", "%00=1"):
            answer = attack.send(route, query_string=odd)
            assert answer.status_code in {200, 201, 202, 204, 403, 404, 409, 422}, (route, odd)
            if attack.document.parameters(route, "query"):
                assert answer.status_code == 422, (route, odd, request.path)


def test_r7_model_ids_in_paths_are_strict(attack):
    for route in attack.document.operations():
        if "model_id" not in attack.document.parameters(route, "path"):
            continue
        before, after = route.split(" ", 1)[1].split("<path:model_id>")
        for text in ("%00", "a%00b", "a//b", "%20", "a/%20/b", "a%0Ab", "%1B", "a" * 256, "%FF%00"):
            answer = attack.send(route, path=f"{before}{text}{after}")
            assert answer.status_code == 422, (route, text)
        for text in values.STRANGE_QUERY_TEXTS:
            answer = attack.send(route, path=f"{before}{text}{after}")
            assert answer.status_code in {200, 202, 404, 422}, (route, text)


HEADERS = {
    "Idempotency-Key": ["", " ", "a" * 256, "ü", "a b", "\x7f", '"', '""', '"a', "a" * 60_000],
    "If-Match": ["", "*", '"1"', '"x"', 'W/"1"', '"1", "2"', '"999999999999"', '"٣"', '"-1"', "ü"],
    "If-None-Match": ["*", '"1"', "ü"],
    "If-Modified-Since": ["x", "Thu, 01 Jan 1970 00:00:00 GMT", "9" * 100],
    "Range": ["bytes=0-", "bytes=9-1", "bytes=-1", "x", "bytes=0-0,1-1,2-2", "bytes=99999999999-"],
    "X-Request-ID": ["", "a" * 129, "ü", "a b", "{}", "' OR 1=1--", "a\tb", "<script>"],
    "Accept": ["", "*/*;q=x", "text/html", "a" * 5000, "ü", "application/json;q=0"],
    "Accept-Language": ["*", "x-" * 1000],
    "Accept-Encoding": ["gzip;q=x", "identity;q=0, *;q=0"],
    "Cookie": ["a=b; c", "=;=;", "session=' OR 1=1--", "a" * 5000],
    "Host": ["evil.test", "evil.test:99999", "[::1", "a b", "", "ü"],
    "X-Forwarded-For": ["127.0.0.1", "x", "a" * 5000],
    "X-Forwarded-Host": ["evil.test"],
    "X-Forwarded-Proto": ["javascript"],
    "X-HTTP-Method-Override": ["DELETE"],
    "Content-Encoding": ["gzip", "x"],
    "Content-Length": ["-1", "x"],
    "Transfer-Encoding": ["chunked", "x"],
    "Origin": ["https://evil.test", "null"],
    "Forwarded": ["for=127.0.0.1;host=evil.test"],
}


def test_r7_odd_headers_break_nothing(attack):
    for route in ("GET /interactions", "POST /interactions", "GET /docs/<name>",
                  "PUT /interactions/<uuid:interaction_id>"):  # fmt: skip
        for header, odd in HEADERS.items():
            for value in odd:
                answer = attack.send(route, headers={header: value.encode().decode("latin-1")})
                assert "evil.test" not in str(answer.headers)


def test_r7_what_was_kept_is_read_back(app, attack):
    taken = set()
    for text in values.STRANGE_TEXTS:
        body = b'{"model_id":"a/b","title":%s,"metadata":{"x":%s}}' % ((text.encode(),) * 2)
        if attack.send("POST /interactions", data=body).status_code == 201:
            taken.add(json.loads(text))
    alice = Person(app.test_client(), "alice", "user")
    pages = alice.walk("/interactions", limit=100, model_id="a/b")
    assert {item["title"] for page in pages for item in page} == taken
    assert len(taken) > 20
