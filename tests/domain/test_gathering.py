"""Events of many conversations at once take no more room than they are given."""

import pytest

from app.domain.gathering import Gathering
from app.domain.told import Refusal, Told
from app.errors import Invalid


def events(name, *texts):
    yield {"type": "start_conversation", "id": name, "model": "acme/x"}
    for text in texts:
        yield {"type": "add_message", "conversation_id": name, "role": "user", "content": text}


def gathered(gathering, told, size=1_000):
    return [
        one for line, value in enumerate(told, start=1) for one in gathering.take(line, value, size)
    ]


def test_of_too_many_open_conversations_the_quietest_is_refused():
    gathering = Gathering(most_open=10_000)
    first, second, third = (list(events(name, "Hi", "Ho")) for name in "abc")
    refused = gathered(gathering, [first[0], second[0], first[1], second[1], third[0]])
    assert [(type(one), one.line, one.error.reason) for one in refused] == [
        (Refusal, 1, "too_much_open")
    ]
    with pytest.raises(Invalid):
        gathered(gathering, first[2:])
    found = {one.line: one for one in gathering.rest()}
    assert found[2].external_id == "b"
    assert found[5].error.reason == "invalid"  # Nobody asked anything in it.


def test_what_has_ended_takes_no_room():
    gathering = Gathering(most_open=10_000)
    for number in range(100):
        end = {"type": "end_conversation", "id": f"c{number}"}
        found = gathered(gathering, [*events(f"c{number}", "Hi"), end])
        assert [(type(one), one.external_id) for one in found] == [(Told, f"c{number}")]
    assert list(gathering.rest()) == []
