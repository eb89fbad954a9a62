"""The Auth and User Profile services refine what is known, and are not missed when away."""

import time

import pytest

from app.clients.auth_service import HttpAuthService, NoAuthService
from app.clients.cache import NullCache
from app.clients.http import HttpClient, Remote
from app.clients.neighbour import Neighbour
from app.clients.profiles import HttpProfiles, NoProfiles
from tests.clients.loopback import always, reply

SECONDS = 0.3
MARGIN = 5.0
ODD = [
    always(b"<html>"),
    always([]),
    always({"success": False}),
    always({"success": True}),
    always({"success": "yes", "profile": {}, "permissions": [], "expertise_areas": []}),
    always({"success": True, "profile": 5, "permissions": 5, "expertise_areas": 5}),
    always({"success": True, "profile": {}, "permissions": [], "expertise_areas": []}, 500),
    always({"success": True, "profile": {}, "permissions": [], "expertise_areas": []}, 404),
]


@pytest.fixture
def neighbour(serve):
    """Make a neighbour of a handler; it has the server, too."""

    def make(handler, cache=None):
        server = serve(handler)
        client = HttpClient(Remote(name="stub", url=server.url))
        made = Neighbour(client, cache or NullCache(), seconds=SECONDS)
        made.server = server
        return made

    return make


def path_of(request):
    return request.split()[1].decode()


class TestAuthService:
    def test_accepts_a_token(self, neighbour):
        asked = neighbour(always({"success": True, "user_id": "u"}))
        assert HttpAuthService(asked).is_valid("a.b.c") is True
        (request,) = asked.server.requests
        assert request.startswith(b"GET /api/auth/validate-jwt ")
        assert b"Authorization: Bearer a.b.c\r\n" in request

    @pytest.mark.parametrize(
        "handler", [always({}, 401), always({}, 403), always({"success": False, "user_id": None})]
    )
    def test_refuses_a_token(self, neighbour, handler):
        assert HttpAuthService(neighbour(handler)).is_valid("a.b.c") is False

    @pytest.mark.parametrize(
        "handler", [always(b"<html>"), always({"success": "no"}), always({}, 404), always({}, 500)]
    )
    def test_says_nothing_of_a_token(self, neighbour, handler):
        assert HttpAuthService(neighbour(handler)).is_valid("a.b.c") is None

    def test_may_be_away(self, neighbour):
        service = HttpAuthService(neighbour(lambda visit: visit.request() and visit.reset()))
        assert service.is_valid("a.b.c") is None
        assert service.permissions("u", "a.b.c") is None

    def test_is_not_asked_about_the_same_token_again_and_the_token_is_not_kept(
        self, neighbour, cache
    ):
        asked = neighbour(always({"success": False}), cache)
        service = HttpAuthService(asked)
        assert [service.is_valid("a.b.c") for _ in range(3)] == [False] * 3
        assert service.is_valid("other") is False
        assert len(asked.server.requests) == 2
        assert "a.b.c" not in str(cache.kept)
        assert set(cache.seconds.values()) == {30.0}

    def test_knows_permissions(self, neighbour, cache):
        body = {"success": True, "permissions": ["feedback:write", 5, None]}
        asked = neighbour(always(body), cache)
        service = HttpAuthService(asked)
        assert service.permissions("u/1", "a.b.c") == ["feedback:write"]
        assert service.permissions("u/1", "a.b.c") == ["feedback:write"]
        (request,) = asked.server.requests
        assert path_of(request) == "/api/roles/user/u%2F1/permissions"
        assert b"Authorization: Bearer a.b.c\r\n" in request

    @pytest.mark.parametrize("handler", ODD)
    def test_may_say_nothing_of_permissions(self, neighbour, handler):
        assert HttpAuthService(neighbour(handler)).permissions("u", "t") is None

    def test_is_not_asked_about_who_leaves_the_path(self, neighbour):
        asked = neighbour(always({"success": True, "permissions": ["all"]}))
        assert HttpAuthService(asked).permissions("..", "t") is None
        assert asked.server.visits == 0

    def test_may_not_exist(self):
        assert NoAuthService().is_valid("t") is None
        assert NoAuthService().permissions("u", "t") is None


class TestProfiles:
    def test_expertise(self, neighbour, cache):
        areas = [
            {"name": "validation", "level": "EXPERT", "since": 2020},
            {"name": "validation"},
            {"name": 5, "level": "EXPERT"},
            "validation",
        ]
        asked = neighbour(always({"success": True, "expertise_areas": areas}), cache)
        profiles = HttpProfiles(asked)
        known = [{"name": "validation", "level": "EXPERT"}]
        assert [profiles.expertise("u 1") for _ in range(2)] == [known, known]
        (request,) = asked.server.requests
        assert path_of(request) == "/api/profiles/u%201/expertise"

    @pytest.mark.parametrize("handler", ODD)
    def test_may_be_unknown(self, neighbour, handler):
        assert HttpProfiles(neighbour(handler)).expertise("u") is None

    def test_an_event_is_told_with_its_key(self, neighbour):
        asked = neighbour(always({}, 201))
        event = {"id": "e-1", "type": "feedback.validated"}
        assert HttpProfiles(asked).tell("u", event) is True
        (request,) = asked.server.requests
        assert request.startswith(b"POST /api/profiles/u/contributions ")
        assert b"Idempotency-Key: e-1\r\n" in request
        assert request.endswith(b'{"id":"e-1","type":"feedback.validated"}')

    @pytest.mark.parametrize("status", [301, 404, 500, 503])
    def test_an_event_may_not_be_taken(self, neighbour, status):
        assert HttpProfiles(neighbour(always({}, status))).tell("u", {"id": "1"}) is False

    def test_who_leaves_the_path_is_unknown(self, neighbour):
        asked = neighbour(always({"success": True, "profile": {}, "expertise_areas": []}))
        profiles = HttpProfiles(asked)
        assert profiles.expertise(".") is None
        assert profiles.tell("..", {"id": "1"}) is False
        assert asked.server.visits == 0

    def test_may_not_exist(self):
        profiles = NoProfiles()
        assert profiles.expertise("u") is None
        assert profiles.tell("u", {"id": "1"}) is True


class TestANeighbourThatIsAway:
    def test_costs_one_wait_and_not_one_each_time(self, neighbour):
        asked = neighbour(lambda visit: visit.request() and visit.hang())
        started = time.monotonic()
        for _ in range(200):
            assert asked.ask("GET", "/") is None
        assert time.monotonic() - started < SECONDS + MARGIN
        assert len(asked.server.requests) == 1

    def test_is_asked_again_after_a_while(self, neighbour, monkeypatch):
        monkeypatch.setattr("app.clients.neighbour._REST_SECONDS", 0.0)
        replies = [b"nonsense", reply({"a": 1})]

        def handle(visit):
            visit.request()
            visit.send(replies.pop(0))

        asked = neighbour(handle)
        assert asked.ask("GET", "/") is None
        assert asked.ask("GET", "/").json_object() == {"a": 1}

    def test_is_not_remembered_as_such(self, neighbour, cache):
        asked = neighbour(lambda visit: visit.request() and visit.reset(), cache)
        assert asked.remembered("key", lambda: None) is None
        assert cache.kept == {}

    def test_leaves_what_was_remembered(self, neighbour, cache):
        cache.set("key", {"value": False}, seconds=1)
        asked = neighbour(lambda visit: visit.request() and visit.reset(), cache)
        assert asked.remembered("key", lambda: True) is False

    @pytest.mark.parametrize("kept", [5, "text", [], {}, {"other": 1}])
    def test_may_have_left_something_odd(self, neighbour, cache, kept):
        cache.set("key", kept, seconds=1)
        assert neighbour(always(), cache).remembered("key", lambda: True) is True
