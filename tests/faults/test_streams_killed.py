"""Web and worker are killed under every kind of question; nothing is lost or answered twice."""

import random
from collections import Counter
from contextlib import closing

import pytest
from redis import Redis

from tests.events import text_of
from tests.faults.listening import Listener
from tests.faults.talk import Talk, answer_by_words, text_for
from tests.sizes import size

PEOPLE = 6
_ANSWERS = """
SELECT p.content, p.kind, count(r.id), count(*) FILTER (WHERE r.status = 'complete'),
       count(*) FILTER (WHERE r.status = 'failed' AND r.error IS NOT NULL)
FROM prompts p LEFT JOIN responses r ON r.prompt_id = p.id
WHERE p.content LIKE %s GROUP BY p.id
"""
_TITLES = "SELECT title FROM interactions WHERE title LIKE %s"
_JOBS = (
    "SELECT count(*) FROM jobs WHERE kind = 'message' AND user_id LIKE %s"
    " AND status IN ('queued', 'running')"
)


@pytest.mark.long
def test_kills_lose_nothing_and_answer_nothing_twice(installation, streaming, model_side, ledger):
    model_side.chat_reply = answer_by_words
    with Talk(streaming.url, ledger, people=PEOPLE) as talk:
        for number in range(size(2, 50)):
            talk.successes(6, seconds=60)
            if number % 2:
                _empty(installation.redis)
            if number % 3 == 1:
                installation.worker.kill()
                installation.worker.begin()
            else:
                streaming.kill_worker(random.choice(streaming.worker_pids()))
        talk.successes(6, seconds=60)
    _wait_until_all_is_over(installation, talk)
    answers = installation.rows(_ANSWERS, f"%:{talk.run}:%")
    findings = ledger.compare(_stored(installation, talk, answers))
    assert findings.faultless, findings
    _each_has_one_end(answers, findings.acknowledged)
    _nobody_was_asked_twice(answers, model_side)
    _what_was_heard_is_what_is_stored(installation, streaming, talk)


def _empty(redis):
    with closing(Redis.from_url(redis.url)) as connection:
        connection.flushall()


def _wait_until_all_is_over(installation, talk):
    installation.nothing_stays_open(seconds=90)
    assert installation.rows(_JOBS, f"loader-{talk.run}-%") == [(0,)]


def _stored(installation, talk, answers):
    titles = [title for (title,) in installation.rows(_TITLES, f"%:{talk.run}:%")]
    return Counter([*titles, *(content for content, *_ in answers)])


def _each_has_one_end(answers, acknowledged):
    for content, _, made, complete, failed in answers:
        assert made == complete + failed > 0, content
        assert complete <= 1, content
        # What was acknowledged with its answer has it; so have messages, after all tries.
        if content in acknowledged and not content.startswith("stream:"):
            assert complete == 1, content


def _nobody_was_asked_twice(answers, model_side):
    asked = Counter(
        body["query"] if "query" in body else body["messages"][-1]["content"]
        for _, body in model_side.calls
    )
    for content, _, made, *_ in answers:
        assert asked[content] <= made, content


def _what_was_heard_is_what_is_stored(installation, streaming, talk):
    assert talk.transcripts
    for heard in talk.transcripts:
        listener = Listener(streaming.url, _owner(installation, heard.response_id))
        *kept, last = listener.follow(heard.response_id)
        stored = text_of(kept)
        assert heard.is_unbroken
        assert heard.last is not None
        assert heard.last.name == last.name
        assert text_for(heard.mark).startswith(stored)
        if last.name == "response":
            assert heard.text == stored == last.data["content"] == text_for(heard.mark)
        else:
            assert last.data["code"] == heard.last.data["code"] == "interrupted"
            # What a killed process passed on last, only one listener has.
            assert heard.text.startswith(stored) or stored.startswith(heard.text)
            assert _content(installation, heard.response_id) == (stored or None)


def _owner(installation, response_id):
    query = (
        "SELECT i.user_id FROM interactions i JOIN responses r ON r.interaction_id = i.id "
        "WHERE r.id = %s"
    )
    return installation.rows(query, response_id)[0][0]


def _content(installation, response_id):
    return installation.rows("SELECT content FROM responses WHERE id = %s", response_id)[0][0]
