"""Following: an answer that is recorded elsewhere, from any token on and on any node."""

import itertools
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Response as FlaskResponse

from app.clients.live import NoLive
from app.db import transaction
from app.models import Response, ResponseChunk
from app.services.journal import Journal
from tests.events import listen, text_of
from tests.talking import WHOLE, WORDS, ask, started
from tests.world import Person, problem


@pytest.fixture(params=["redis", "database"])
def carried(request, app, monkeypatch):
    """Carry tokens to followers through Redis, or let them read the database."""
    if request.param == "database":
        remotes = replace(app.extensions["remotes"], live=NoLive())
        monkeypatch.setitem(app.extensions, "remotes", remotes)
        journal = app.extensions["journal"]
        monkeypatch.setitem(app.extensions, "journal", Journal(journal._transactions, NoLive()))
    return request.param


def test_a_follower_misses_nothing(app, alice, chat, streams, gate, carried):
    streams("First", gate, *WORDS)
    events = listen(ask(alice, chat))
    _, response = started(events)
    next(events)
    follower = Person(app.test_client(), "alice", "user")
    followed = listen(follower.get(f"/responses/{response['id']}/stream"))
    assert started(followed)[1]["id"] == response["id"]
    assert next(followed).data == {"index": 0, "text": "First"}
    gate.set()
    rest, also = list(events), list(followed)
    assert text_of(rest) == text_of(also) == WHOLE
    assert rest[-1].data == also[-1].data


def test_a_follower_goes_on_behind_the_last_token(alice, chat, streams, carried):
    *_, last = listen(ask(alice, chat))
    path = f"/responses/{last.data['id']}/stream"
    heard = list(listen(alice.get(path, headers={"Last-Event-ID": "1"})))
    assert [event.data["text"] for event in heard[:-1]] == WORDS[2:]
    assert heard[-1].data == last.data
    (only,) = listen(alice.get(path, headers={"Last-Event-ID": "4"}))
    assert only.data == last.data


def test_the_durable_part_fills_what_redis_has_lost(app, alice, chat, streams):
    *_, last = listen(ask(alice, chat))
    app.extensions["remotes"].live._reading.redis.flushall()
    heard = list(listen(alice.get(f"/responses/{last.data['id']}/stream")))
    assert text_of(heard) == WHOLE


def test_a_follower_of_a_failed_answer_hears_what_came_and_why_no_more(alice, chat, streams):
    streams("Half", ends=False)
    *_, error = listen(ask(alice, chat))
    heard = list(listen(alice.get(f"/responses/{error.data['response_id']}/stream")))
    assert [event.name for event in heard] == ["prompt", "token", "error"]
    assert heard[-1].data["code"] == "model_failed"
    assert heard[-1].data["status"] == 502


def test_following_is_for_who_may_see_the_response(alice, bob, vera):
    path = f"/responses/{alice.response()['id']}/stream"
    problem(bob.get(path), 404, "not_found")
    assert [event.name for event in listen(vera.get(path))] == ["prompt", "response"]


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "٣", "99999999", "9" * 5000, "1 2"])
def test_a_last_event_id_is_a_place(alice, last):
    path = f"/responses/{alice.response()['id']}/stream"
    problem(alice.get(path, headers={"Last-Event-ID": last.encode().decode("latin1")}), 400)


def test_tokens_behind_a_gap_wait_until_it_is_filled(app, alice, chat, streams, monkeypatch):
    """Two nodes may write out of order, and a follower looks in between."""
    *_, last = listen(ask(alice, chat))
    remotes = replace(app.extensions["remotes"], live=NoLive())
    monkeypatch.setitem(app.extensions, "remotes", remotes)
    response_id = last.data["id"]
    _rewrite(app, response_id, {0: WORDS[:2], 3: WORDS[3:]}, status="streaming")
    pieces = iter(alice.get(f"/responses/{response_id}/stream").response)
    # Nothing comes for a while, and a comment says that somebody is still there.
    before = list(itertools.takewhile(lambda piece: not _is_comment(piece), pieces))
    assert [event.data["text"] for event in _heard(before)[1:]] == WORDS[:2]
    _rewrite(app, response_id, {0: WORDS[:2], 2: WORDS[2:]}, status="complete")
    after = _heard(piece for piece in pieces if not _is_comment(piece))
    assert [event.data["text"] for event in after[:-1]] == WORDS[2:]


def _rewrite(app, response_id, chunks, *, status):
    with app.app_context(), transaction() as session:
        session.query(ResponseChunk).filter_by(response_id=UUID(response_id)).delete()
        for index, tokens in chunks.items():
            session.add(ResponseChunk(response_id=UUID(response_id), index=index, tokens=tokens))
        session.get_one(Response, UUID(response_id)).status = status


def _is_comment(piece):
    return piece[:1] in {":", b":"}


def _heard(pieces):
    whole = b"".join(piece if isinstance(piece, bytes) else piece.encode() for piece in pieces)
    return list(listen(FlaskResponse(whole, mimetype="text/event-stream")))
