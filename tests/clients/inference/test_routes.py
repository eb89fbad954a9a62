"""A route that an admin wrote leads to a provider, or is refused by its fields."""

import json

import pytest

from app.clients.cache import NullCache, RedisCache
from app.clients.http import HttpClient, Remote
from app.clients.inference.base import InferenceError, InferenceRequest
from app.clients.inference.breaker import Breaker
from app.clients.inference.health import HealthBook
from app.clients.inference.kept import Kept
from app.clients.inference.kinds import Means
from app.clients.inference.model_service import ModelService
from app.clients.inference.places import Places
from app.clients.inference.route import Route
from app.clients.inference.route_settings import Rules
from app.clients.inference.routes import Guards, Routes
from app.clients.model_keys import ModelKeys
from app.domain.deadline import Deadline
from app.errors import Invalid
from tests.clients.aws_side import use_no_other_keys
from tests.clients.loopback import always
from tests.model_side import ENDPOINT, MODEL, ModelSide, serve
from tests.serving import reachable

KEY = "sk-secret-0123456789abcdef"
ENVIRONMENT = {
    "MODEL_FAR_API_KEY": KEY,
    "MODEL_BOUND_API_KEY": KEY,
    "MODEL_BOUND_API_KEY_HOSTS": "api.openai.com",
    "JWT_SECRET_KEY": "not-for-routes",
}
OTHER_ENDPOINT = "acme--echo-1-99999999-202611210900"
CHAT = {"choices": [{"message": {"content": "Paris"}, "finish_reason": "stop"}]}


@pytest.fixture
def side():
    """A Model Service of the configuration, and its URL."""
    made = ModelSide()
    with reachable(serve(made)) as made.url:
        yield made


@pytest.fixture
def make(side):
    def made(*, cache=None, allow_private=True, environment=ENVIRONMENT):
        cache = cache or NullCache()
        default = ModelService(
            HttpClient(Remote(name="model service", url=side.url)),
            cache,
            endpoint_cache_seconds=60,
        )
        means = Means(
            rules=Rules(keys=ModelKeys(environment), allow_private=allow_private),
            remote=Remote(name="routed model", url="", connect_seconds=2),
            default=default,
            cache=cache,
            endpoint_cache_seconds=60,
            chat_by_query=False,
        )
        breaker = Breaker(None, failures=2, rest_seconds=60)
        return Routes(means, Guards(breaker, Places(None), HealthBook(cache)))

    return made


@pytest.fixture
def routes(make):
    return make()


@pytest.fixture
def far(serve):
    """A server of the OpenAI API that an admin may add."""
    return serve(always(CHAT, Content_Type="application/json"))


def openai(far, **settings):
    return Route(provider="openai", settings={"url": f"{far.url}/v1"} | settings)


def chat(provider, content="Capital?", model_id=MODEL):
    messages = [{"role": "user", "content": "Hi"}, {"role": "user", "content": content}]
    return provider.complete(
        InferenceRequest(model_id=model_id, messages=messages, deadline=Deadline.after(5))
    )


def query(provider):
    return provider.complete(
        InferenceRequest(model_id=MODEL, content="Hi", deadline=Deadline.after(5))
    )


def error_of(call):
    with pytest.raises(InferenceError) as caught:
        call()
    return caught.value


class TestTheModelService:
    def test_is_where_a_route_without_settings_leads(self, routes):
        assert chat(routes(Route())).text == "You said: Capital?"

    def test_may_be_another_one(self, make, redis):
        other = ModelSide(models={MODEL: OTHER_ENDPOINT})
        routes = make(cache=RedisCache(redis.url, prefix="routes:"))
        with reachable(serve(other)) as url:
            asked = [
                query(routes(Route())),
                query(routes(Route(settings={"url": url}))),
                query(routes(Route())),
            ]
        names = [completion.endpoint_name for completion in asked]
        assert names == [ENDPOINT, OTHER_ENDPOINT, ENDPOINT]

    def test_may_be_told_which_endpoint_it_is(self, routes, side):
        provider = routes(Route(settings={"endpoint_name": "by-hand", "chat_by_query": True}))
        assert chat(provider).endpoint_name == "by-hand"
        assert [path for path, _ in side.calls] == ["/endpoint/by-hand/query"]

    def test_serves_nothing_where_that_endpoint_is_gone(self, make, serve):
        gone = serve(always({"detail": "Model not deployed"}, 404))
        route = Route(settings={"url": gone.url, "endpoint_name": "by-hand"})
        error = error_of(lambda: query(make()(route)))
        assert (error.code, error.endpoint_name) == ("model_not_served", "by-hand")


class TestAnOpenAIServer:
    def test_is_asked_with_the_key_that_the_route_names(self, routes, far):
        route = openai(far, model="llama", api_key_env="MODEL_FAR_API_KEY")
        assert chat(routes(route)).text == "Paris"
        head, _, body = far.requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /v1/chat/completions")
        assert f"Authorization: Bearer {KEY}".encode() in head
        assert json.loads(body)["model"] == "llama"

    def test_is_asked_without_one_where_none_is_named(self, routes, far):
        chat(routes(openai(far)))
        assert b"Authorization" not in far.requests[0]


class TestAnEndpointOfSageMaker:
    def test_is_asked_where_the_route_says(self, routes, serve, monkeypatch, tmp_path):
        use_no_other_keys(monkeypatch, tmp_path)
        far = serve(always([{"generated_text": "Paris"}]))
        settings = {"endpoint_name": "llm-1", "region": "eu-west-1", "endpoint_url": far.url}
        completion = query(routes(Route(provider="sagemaker", settings=settings)))
        assert (completion.text, completion.provider) == ("Paris", "sagemaker")
        assert far.requests[0].startswith(b"POST /endpoints/llm-1/invocations ")
        # A second route to the same place finds the connection of the first.
        settings["task"] = "summarization"
        query(routes(Route(provider="sagemaker", settings=settings)))
        assert far.visits == 1


class TestAProvider:
    def test_is_kept_while_its_route_stays_what_it_is(self, routes, far):
        assert routes(openai(far, model="a")) is routes(openai(far, model="a"))

    @pytest.mark.parametrize(
        "other", [{"settings": {"endpoint_name": "x"}}, {"max_concurrency": 3}]
    )
    def test_is_another_one_for_a_route_that_was_changed(self, routes, other):
        assert routes(Route()) is not routes(Route(**other))

    def test_gives_room_to_those_that_were_used_later(self):
        kept = Kept(2)
        for key in "abac":
            assert kept.get(key, key.upper) == key.upper()
        assert kept.get("a", lambda: "made anew") == "A"
        assert kept.get("b", lambda: "made anew") == "made anew"

    def test_takes_as_many_calls_as_its_model_may_have(self, routes):
        provider = routes(Route(max_concurrency=1))
        pieces = provider.stream(
            InferenceRequest(
                model_id=MODEL,
                messages=[{"role": "user", "content": "Hi"}],
                deadline=Deadline.after(5),
            )
        )
        next(pieces)
        assert error_of(lambda: chat(provider)).code == "model_busy"
        pieces.close()
        assert chat(provider).text == "You said: Capital?"

    def test_is_left_alone_while_it_keeps_failing_and_others_are_not(self, routes):
        dead = routes(Route(settings={"url": "http://127.0.0.1:1"}))
        errors = [error_of(lambda: chat(dead)) for _ in range(3)]
        assert [error.code for error in errors] == ["model_unavailable"] * 3
        assert [bool(error.retry_after) for error in errors] == [False, False, True]
        assert chat(routes(Route())).text == "You said: Capital?"

    def test_is_refused_once_the_operator_allows_its_route_no_more(self, make):
        route = Route(settings={"url": "http://127.0.0.1:1"})
        with pytest.raises(InferenceError, match="not allowed any more: settings") as refused:
            make(allow_private=False)(route)
        assert refused.value.code == "model_failed"

    def test_does_not_reach_what_a_name_must_not_stand_for(self, make, far):
        port = far.url.rpartition(":")[2]
        route = Route(provider="openai", settings={"url": f"https://localhost:{port}/v1"})
        provider = make(allow_private=False)(route)
        assert error_of(lambda: chat(provider)).code == "model_unavailable"


def faults(routes, provider, **settings):
    with pytest.raises(Invalid) as refused:
        routes.check(Route(provider=provider, settings=settings))
    return refused.value.errors


class TestSettings:
    @pytest.mark.parametrize(
        ("provider", "settings"),
        [
            ("model_service", {}),
            ("model_service", {"url": "http://10.1.2.3:8000", "endpoint_name": "a-b"}),
            ("model_service", {"chat_by_query": True}),
            ("model_service", {"chat_template": "gemma"}),
            ("sagemaker", {"endpoint_name": "e", "chat_template": {"jinja": "x"}}),
            ("openai", {"url": "https://api.openai.com/v1", "model": "gpt-4o-mini"}),
            ("openai", {"url": "https://a.example", "api_key_env": "MODEL_FAR_API_KEY"}),
            ("sagemaker", {"endpoint_name": "llm-1", "container": "djl", "idle_seconds": 5}),
            ("sagemaker", {"endpoint_name": "e", "endpoint_url": "http://10.1.2.3:4566"}),
            (
                "openai",
                {"url": "https://api.openai.com/v1", "api_key_env": "MODEL_BOUND_API_KEY"},
            ),
        ],
    )
    def test_that_can_be_are_taken(self, routes, provider, settings):
        routes.check(Route(provider=provider, settings=settings))

    @pytest.mark.parametrize(
        ("provider", "settings", "field"),
        [
            ("model_service", {"url": "ftp://models"}, "url"),
            ("model_service", {"url": 5}, "url"),
            ("model_service", {"url": "http://169.254.169.254/latest"}, "url"),
            ("model_service", {"url": "http://[fd00:ec2::254]/"}, "url"),
            ("model_service", {"endpoint_name": "a/b"}, "endpoint_name"),
            ("model_service", {"endpoint_name": 1}, "endpoint_name"),
            ("model_service", {"chat_by_query": "yes"}, "chat_by_query"),
            ("model_service", {"api_key": "sk-1"}, "api_key"),
            ("model_service", {"chat_template": "nobodys"}, "chat_template"),
            ("sagemaker", {"endpoint_name": "e", "chat_template": 5}, "chat_template"),
            (
                "sagemaker",
                {"endpoint_name": "e", "chat_template": "gemma", "chat": "dialog"},
                "chat",
            ),
            ("openai", {}, "url"),
            ("openai", {"url": None}, "url"),
            ("openai", {"url": "https://a.example", "model": ""}, "model"),
            ("openai", {"url": "https://a.example", "model": "a\nb"}, "model"),
            ("openai", {"url": "https://a.example", "model": 7}, "model"),
            ("openai", {"url": "https://a.example", "api_key": KEY}, "api_key"),
            ("openai", {"url": "https://a.example", "api_key_env": KEY}, "api_key_env"),
            ("openai", {"url": "https://a.example", "api_key_env": ["A"]}, "api_key_env"),
            (
                "openai",
                {"url": "https://a.example", "api_key_env": "JWT_SECRET_KEY"},
                "api_key_env",
            ),
            (
                "openai",
                {"url": "https://a.example", "api_key_env": "MODEL_BOUND_API_KEY"},
                "api_key_env",
            ),
            ("openai", {"url": 1, "api_key_env": "MODEL_BOUND_API_KEY"}, "api_key_env"),
            ("sagemaker", {}, "endpoint_name"),
            (
                "sagemaker",
                {"endpoint_name": "e", "aws_secret_access_key": KEY},
                "aws_secret_access_key",
            ),
            ("sagemaker", {"endpoint_name": "e", "endpoint_url": "ftp://a"}, "endpoint_url"),
        ],
    )
    def test_that_cannot_be_are_refused_by_name(self, routes, provider, settings, field):
        assert f"settings.{field}" in faults(routes, provider, **settings)

    @pytest.mark.parametrize("url", ["http://models.example", "https://10.0.0.1", "https://[::1]"])
    def test_name_no_private_address_unless_the_operator_allows_it(self, make, url):
        routes = make(allow_private=False)
        assert "settings.url" in faults(routes, "openai", url=url)
        found = faults(routes, "sagemaker", endpoint_name="e", endpoint_url=url)
        assert list(found) == ["settings.endpoint_url"]

    def test_of_a_provider_that_nobody_knows_are_refused(self, routes):
        assert faults(routes, "telepathy") == {
            "provider": ["must be one of model_service, openai, sagemaker"]
        }
