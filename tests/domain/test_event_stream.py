"""However bytes are cut on their way, the same events come out of them."""

import json
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.event_stream import (
    ServerSentEvent,
    StreamFault,
    json_value,
    lines_of,
    records_of,
)

ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])
SAID = """
|:|: comment|data|data:|data: a|data:ü😀\u2028|data: {}|event: error|event:|id: 7|id: \0
|retry: 3|nonsense| data: x
""".replace("\n", "")
LINES = st.one_of(
    st.sampled_from(["", *SAID.split("|")]),
    st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12),
)


@st.composite
def cut(draw, bodies):
    """Return bytes, and the same bytes in pieces, some of them empty."""
    body = draw(bodies)
    places = sorted(draw(st.lists(st.integers(0, len(body)), max_size=20)))
    edges = [0, *places, len(body)]
    return body, [body[a:b] for a, b in pairwise(edges)]


bodies = st.lists(st.tuples(LINES, ENDS), max_size=12).map(
    lambda lines: b"".join(line.encode() + end for line, end in lines)
)


@given(cut(st.one_of(bodies, st.binary(max_size=80))))
@example((b"data: a\r\n\r\n", [b"data: a\r", b"\n\r", b"\n"]))
@example((b"\r\r\n\n", [b"\r", b"", b"\r", b"\n", b"\n"]))
def test_any_cut_gives_the_same_lines_and_events(both):
    body, pieces = both
    assert list(lines_of(pieces)) == list(lines_of([body])) == _lines(body)
    assert list(records_of(pieces)) == list(records_of([body]))


@given(cut(bodies))
def test_every_byte_alone_gives_the_same_events(both):
    body, _ = both
    assert list(records_of(bytes([byte]) for byte in body)) == list(records_of([body]))


def _lines(body):
    """The same by the standard's own rule: CRLF first, then what is left of CR and LF."""
    lines = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return lines if lines[-1] else lines[:-1]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.dictionaries(TEXTS, st.none() | st.integers() | TEXTS, max_size=2)


@given(st.lists(VALUES | st.lists(TEXTS, max_size=2), max_size=6), ENDS, st.data())
def test_lines_of_json_are_read_however_they_are_cut(values, end, data):
    written = [json.dumps(value, ensure_ascii=False).encode() for value in values]
    _, pieces = data.draw(cut(st.just(end.join(written))))
    assert [json_value(record.data) for record in records_of(pieces)] == values


def test_lines_of_json_and_events_may_be_mixed():
    body = b'{"a":1}\n\n: ping\n\ndata: {"b":\ndata: 2}\n\n[3]\nevent: error\ndata: x'
    records = [(record.event, record.data) for record in records_of([body])]
    assert records == [
        ("message", '{"a":1}'),
        ("message", '{"b":\n2}'),
        ("message", "[3]"),
        ("error", "x"),
    ]


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b"data: one\n\ndata: two\n\n", [ServerSentEvent("one"), ServerSentEvent("two")]),
        (b"data: one\ndata: two\n\n", [ServerSentEvent("one\ntwo")]),
        (b"data:one\ndata:  two\n\n", [ServerSentEvent("one\n two")]),
        (b"data\n\n", [ServerSentEvent("")]),
        (b": ping\n\n: ping\r\n\r\n", []),
        (b"event: error\ndata: x\n\ndata: y\n\n", [("x", "error"), ("y", "message")]),
        (b"event: error\n\ndata: y\n\n", [ServerSentEvent("y")]),
        (b"id: 1\ndata: a\n\ndata: b\n\n", [("a", "message", "1"), ("b", "message", "1")]),
        (b"id: 1\nid: \0\ndata: a\n\n", [("a", "message", "1")]),
        (b"\xef\xbb\xbfdata: a\n\n", [ServerSentEvent("a")]),
        (b"\xef\xbb\xbf[1]\n\xef\xbb\xbf[2]\n", [ServerSentEvent("[1]")]),
        (b"data: \xff\n\n", [ServerSentEvent("\ufffd")]),
        (b"data: last", [ServerSentEvent("last")]),
        (b"data: last\n", [ServerSentEvent("last")]),
        (b"", []),
        (b"<html>no</html>", []),
    ],
)
def test_events_are_read_by_the_standard(body, events):
    wanted = [one if isinstance(one, ServerSentEvent) else ServerSentEvent(*one) for one in events]
    assert list(records_of([body])) == wanted


def test_an_event_comes_with_its_blank_line_and_not_later():
    fed = []

    def pieces():
        for piece in (b"data: one\n", b"\n", b"data: two\n\n"):
            fed.append(piece)
            yield piece

    assert next(records_of(pieces())) == ServerSentEvent("one")
    assert len(fed) == 2


@pytest.mark.parametrize(
    "pieces",
    [
        [b"data: " + b"x" * 100],
        [b"x"] * 100,
        [b"data: 1234567890\n"] * 20,
        [b"data\n"] * 100,
    ],
)
def test_what_is_longer_than_any_event_is_refused(pieces):
    with pytest.raises(StreamFault, match="at most 64"):
        list(records_of(pieces, longest=64))


def test_many_short_events_are_not_too_long():
    assert len(list(records_of([b"data: 1234567890\n\n"] * 100, longest=64))) == 100


@pytest.mark.parametrize("text", ["{", "nope", "\ufffd", "[" * 100_000, '{"a":1} {"b":2}', ""])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(StreamFault, match="JSON"):
        json_value(text)
