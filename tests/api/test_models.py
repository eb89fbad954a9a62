"""Which provider serves which model is data: admins say it, everybody sees how models do."""

import json
from uuid import uuid4

import pytest

from app.clients.inference.base import InferenceError
from tests.clients.loopback import LoopbackServer, always
from tests.model_side import MODEL, ModelSide, Reply, serve
from tests.serving import reachable
from tests.world import Person, created, problem

CHAT = {
    "choices": [{"message": {"content": "From afar"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}
KEY = "sk-canary-0123456789"


@pytest.fixture
def far():
    """A server of the OpenAI API."""
    server = LoopbackServer(always(CHAT, Content_Type="application/json"))
    yield server
    server.close()


@pytest.fixture
def add(adam):
    def make(model_id=MODEL, provider="model_service", **body):
        return created(adam.post("/models", {"model_id": model_id, "provider": provider, **body}))

    return make


def ask(person, model_id=MODEL, content="Hello"):
    path = f"/interactions/{person.interaction(model_id=model_id)['id']}/prompts"
    return person.post(path, {"content": content})


def answer(person, model_id=MODEL):
    return created(ask(person, model_id))["response"]


class TestAdding:
    def test_a_model_is_served_from_the_next_request_on(self, alice, add, far):
        problem(ask(alice, "far/llama"), 409, "model_not_served")
        made = add("far/llama", "openai", settings={"url": f"{far.url}/v1", "model": "llama"})
        assert (made["enabled"], made["version"], made["fallbacks"]) == (True, 1, [])
        response = answer(alice, "far/llama")
        assert (response["content"], response["provider"]) == ("From afar", "openai")
        sent = json.loads(far.requests[-1].partition(b"\r\n\r\n")[2])
        assert sent["model"] == "llama"

    def test_one_that_is_there_is_refused(self, adam, add):
        add()
        body = {"model_id": MODEL, "provider": "model_service"}
        problem(adam.post("/models", body), 409, "model_exists")

    def test_is_told_with_its_tag_and_place(self, adam):
        made = adam.post("/models", {"model_id": "a/b", "provider": "model_service"})
        assert made.headers["ETag"] == '"1"'
        assert made.json == adam.read("/models/a/b")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"provider": "telepathy"}, "provider"),
            ({"provider": "openai"}, "settings.url"),
            ({"provider": "openai", "settings": {"url": "ftp://x"}}, "settings.url"),
            (
                {"provider": "openai", "settings": {"url": "http://169.254.169.254/"}},
                "settings.url",
            ),
            (
                {"provider": "openai", "settings": {"url": "http://x", "api_key": KEY}},
                "settings.api_key",
            ),
            (
                {
                    "provider": "openai",
                    "settings": {"url": "http://x", "api_key_env": "JWT_SECRET_KEY"},
                },
                "settings.api_key_env",
            ),
            ({"settings": {"streams": True}}, "settings.streams"),
            ({"settings": []}, "settings"),
            ({"fallbacks": [MODEL]}, "fallbacks"),
            ({"fallbacks": ["a/b", "a/b"]}, "fallbacks"),
            ({"fallbacks": ["a", "b", "c", "d", "e"]}, "fallbacks"),
            ({"fallbacks": ["a//b"]}, "fallbacks.0"),
            ({"context_tokens": 0}, "context_tokens"),
            ({"max_concurrency": "3"}, "max_concurrency"),
            ({"enabled": 1}, "enabled"),
            ({"model_id": "a/export"}, "model_id"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_what_cannot_be_is_refused_by_name(self, adam, body, field):
        body = {"model_id": MODEL, "provider": "model_service", **body}
        assert field in problem(adam.post("/models", body), 422, "invalid")["errors"]
        assert adam.read("/models")["items"] == []

    def test_a_key_that_the_server_quotes_is_not_told(self, alice, adam, add, far, monkeypatch):
        monkeypatch.setenv("MODEL_FAR_API_KEY", KEY)
        settings = {"url": f"{far.url}/v1", "api_key_env": "MODEL_FAR_API_KEY"}
        add("far/llama", "openai", settings=settings)
        answer(alice, "far/llama")
        assert f"Authorization: Bearer {KEY}".encode() in far.requests[-1]
        told = [adam.get(path).text for path in ("/models", "/models/far/llama", "/events")]
        assert not [text for text in told if KEY in text]


class TestTheList:
    def test_is_walked_in_the_order_of_the_ids(self, alice, add):
        for name in ("b/two", "a/one", "c/three", "ü/long-" + "x" * 240):
            add(name)
        pages = [[item["model_id"] for item in page] for page in alice.walk("/models", limit=1)]
        assert [each for page in pages for each in page] == sorted(
            item["model_id"] for item in alice.read("/models")["items"]
        )
        assert len(pages) == 4

    def test_shows_everybody_who_serves_and_admins_how(self, alice, vera, adam, add):
        # A way that no other test has gone: nobody knows how it is.
        settings = {"endpoint_name": f"e-{uuid4().hex}"}
        add(settings=settings, context_tokens=2048, max_concurrency=4)
        seen = [person.read("/models")["items"][0] for person in (alice, vera, adam)]
        assert [item["settings"] for item in seen] == [None, None, settings]
        assert {
            (item["model_id"], item["provider"], item["health"], item["context_tokens"])
            for item in seen
        } == {(MODEL, "model_service", "unknown", 2048)}

    @pytest.mark.parametrize("cursor", ["WyJhXHUwMDAwYiJd", "WzFd", "W10", "x", "WyJhIiwiYiJd"])
    def test_takes_no_cursor_of_others(self, alice, cursor):
        problem(alice.get(f"/models?cursor={cursor}"), 422, "invalid")

    def test_shows_how_the_last_call_went(self, alice, add, model_side):
        add()
        answer(alice)
        item = alice.read("/models")["items"][0]
        assert item["health"] == "healthy"
        assert item["latency_ms"] >= 0
        model_side.query_reply = lambda _: Reply({"error": "no memory"}, status=500)
        problem(ask(alice), 502, "model_failed")
        after = alice.read(f"/models/{MODEL}")
        assert (after["health"], after["latency_ms"]) == ("failing", item["latency_ms"])

    def test_forgets_how_it_went_with_the_way_it_went(self, alice, adam, add, far):
        add()
        answer(alice)
        adam.put(f"/models/{MODEL}", {"provider": "openai", "settings": {"url": far.url}})
        assert alice.read(f"/models/{MODEL}")["health"] == "unknown"


class TestChanging:
    def test_takes_the_next_request_another_way(self, alice, adam, add, far):
        add()
        assert answer(alice)["provider"] == "model_service"
        changes = {"provider": "openai", "settings": {"url": far.url}}
        changed = adam.put(f"/models/{MODEL}", changes)
        assert (changed.json["version"], changed.headers["ETag"]) == (2, '"2"')
        assert answer(alice)["content"] == "From afar"
        adam.put(f"/models/{MODEL}", {"provider": "model_service", "settings": {}})
        assert answer(alice)["content"] == "You said: Hello"

    def test_to_another_model_service_finds_the_endpoints_there(self, alice, adam, add):
        add()
        answer(alice)
        other = ModelSide(models={MODEL: "acme--echo-1-99999999-202611210900"})
        with reachable(serve(other)) as url:
            adam.put(f"/models/{MODEL}", {"settings": {"url": url}})
            assert answer(alice)["endpoint_name"] == "acme--echo-1-99999999-202611210900"

    def test_a_disabled_model_is_asked_by_nobody(self, alice, adam, add, model_side):
        add()
        adam.put(f"/models/{MODEL}", {"enabled": False})
        told = problem(ask(alice), 409, "model_not_served")
        assert "disabled" in told["detail"]
        assert model_side.calls == []
        adam.put(f"/models/{MODEL}", {"enabled": True})
        answer(alice)

    def test_leaves_what_is_absent(self, adam, add):
        before = add(settings={"chat_by_query": True}, fallbacks=["a/b"], context_tokens=10)
        after = adam.put(f"/models/{MODEL}", {"context_tokens": None}).json
        assert (after["settings"], after["fallbacks"]) == (before["settings"], ["a/b"])
        assert after["context_tokens"] is None

    def test_nothing_makes_no_version(self, adam, add):
        add()
        assert adam.put(f"/models/{MODEL}", {"enabled": True}).json["version"] == 1

    def test_honours_the_tag_that_is_sent(self, adam, add):
        add()
        path, tag = f"/models/{MODEL}", {"If-Match": '"1"'}
        assert adam.put(path, {"context_tokens": 5}, headers=tag).json["version"] == 2
        told = problem(adam.put(path, {"context_tokens": 6}, headers=tag), 412, "stale")
        assert told["version"] == 2
        assert adam.read(path)["context_tokens"] == 5

    def test_to_what_cannot_be_is_refused_and_changes_nothing(self, adam, add):
        add(settings={"endpoint_name": "by-hand"})
        told = problem(adam.put(f"/models/{MODEL}", {"provider": "openai"}), 422, "invalid")
        assert {"settings.endpoint_name", "settings.url"} == told["errors"].keys()
        problem(adam.put(f"/models/{MODEL}", {"fallbacks": [MODEL]}), 422, "invalid")
        assert adam.read(f"/models/{MODEL}")["version"] == 1

    def test_what_is_not_there_is_not_found(self, adam):
        for method, body in (("GET", None), ("PUT", {"enabled": False}), ("DELETE", None)):
            problem(adam.call(method, f"/models/{MODEL}", json=body), 404, "not_found")


class TestFallbacks:
    def test_answer_where_a_model_cannot(self, alice, add, far):
        add("far/llama", "openai", settings={"url": far.url})
        add("acme/gone", fallbacks=["far/llama"])
        assert answer(alice, "acme/gone")["content"] == "From afar"

    def test_need_no_route_of_their_own(self, alice, add):
        add("acme/dead", "openai", settings={"url": "http://127.0.0.1:1"}, fallbacks=[MODEL])
        assert answer(alice, "acme/dead")["provider"] == "model_service"

    def test_are_not_asked_what_they_could_answer_no_better(self, alice, add, raise_when_asked):
        add(fallbacks=["a/b"])
        path = f"/interactions/{alice.interaction()['id']}/prompts"
        raise_when_asked(InferenceError("model_context_missing", "expected a context"))
        problem(alice.post(path, {"content": "Hello"}), 422, "model_context_missing")


class TestDeleting:
    def test_leaves_the_model_to_the_model_service(self, alice, adam, add, far):
        add(provider="openai", settings={"url": far.url})
        assert answer(alice)["content"] == "From afar"
        gone = adam.delete(f"/models/{MODEL}")
        assert (gone.status_code, gone.data) == (204, b"")
        problem(alice.get(f"/models/{MODEL}"), 404, "not_found")
        assert answer(alice)["content"] == "You said: Hello"

    def test_lets_it_be_made_anew(self, adam, add):
        add()
        adam.delete(f"/models/{MODEL}")
        assert add()["version"] == 1


@pytest.mark.parametrize("model_id", [MODEL, MODEL.replace("/", "%2F"), MODEL + "/"])
def test_plain_or_encoded_a_model_id_is_the_same(alice, adam, add, model_id):
    add()
    assert alice.read(f"/models/{model_id}")["model_id"] == MODEL
    assert adam.put(f"/models/{model_id}", {"context_tokens": 1}).status_code == 200
    assert adam.delete(f"/models/{model_id}").status_code == 204


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_id_that_can_be_none_is_refused(adam, method):
    answer = adam.call(method, "/models/a//b", json={} if method == "PUT" else None)
    assert problem(answer, 422, "invalid")["errors"].keys() == {"model_id"}


@pytest.mark.parametrize("who", ["alice", "vera"])
def test_only_admins_say_who_serves(request, add, who):
    person = request.getfixturevalue(who)
    add()
    body = {"model_id": "a/b", "provider": "model_service"}
    problem(person.post("/models", body), 403, "forbidden")
    problem(person.put(f"/models/{MODEL}", {"enabled": False}), 403, "forbidden")
    problem(person.delete(f"/models/{MODEL}"), 403, "forbidden")


def test_the_log_tells_what_was_done_and_not_where_servers_are(adam, add, far):
    add(provider="openai", settings={"url": far.url})
    adam.put(f"/models/{MODEL}", {"context_tokens": 5})
    adam.delete(f"/models/{MODEL}")
    told = [one for one in adam.read("/events")["items"] if one["subject"] == f"model:{MODEL}"]
    assert [(one["type"], one["actor"], one["data"]) for one in told] == [
        ("model.created", "adam", {"id": MODEL, "provider": "openai"}),
        ("model.changed", "adam", {"id": MODEL, "changed": ["context_tokens"], "version": 2}),
        ("model.deleted", "adam", {"id": MODEL}),
    ]


def test_two_admins_at_once_make_one_route(app, background):
    body = {"model_id": MODEL, "provider": "model_service"}
    people = [Person(app.test_client(), "adam", "admin") for _ in range(4)]
    made = [background(person.post, "/models", body) for person in people]
    assert sorted(each.result().status_code for each in made) == [201, 409, 409, 409]
