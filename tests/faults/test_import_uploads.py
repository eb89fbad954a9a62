"""Uploads of imports over a real socket: chunks, drips, ends that never come, limits."""

import json
import re
import socket
from contextlib import ExitStack

import pytest

from tests.served import Served
from tests.waiting import eventually
from tests.world import token

MOST = 4_000_000
LINES = [
    json.dumps(
        {"id": number, "model": "acme/x", "messages": [{"role": "user", "content": "a" * 500}]}
    )
    for number in range(1_300)
]
WHOLE = "\n".join(LINES).encode()
CHUNKED = "Transfer-Encoding: chunked\r\n"


@pytest.fixture
def served(app, environment, tmp_path):
    settings = {"IMPORT_MAX_BYTES": str(MOST), "IMPORT_SECONDS": "4", "BODY_SECONDS": "1"}
    one = Served({**environment, **settings}, tmp_path)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def connect(served):
    with ExitStack() as stack:
        yield lambda: stack.enter_context(
            socket.create_connection(("127.0.0.1", served.web.port), timeout=30)
        )


def head(headers, proof=None):
    proof = f"Authorization: Bearer {token('alice')}\r\n" if proof is None else proof
    return (
        "POST /interactions/import HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
        f"Content-Type: application/jsonl\r\n{proof}{headers}\r\n"
    ).encode()


def chunks(raw, size=70_000):
    return b"".join(
        b"%x\r\n%b\r\n" % (len(piece), piece)
        for piece in (raw[start : start + size] for start in range(0, len(raw), size))
    )


def answer(one):
    """Return the status and the body of what comes back."""
    received = b""
    try:
        while piece := one.recv(65_536):
            received += piece
    except ConnectionResetError:
        pass
    (status,) = re.findall(rb"HTTP/1\.1 (\d+) ", received)
    return int(status), json.loads(received.split(b"\r\n\r\n", 1)[1])


def whole(connect):
    one = connect()
    one.sendall(head(f"Content-Length: {len(WHOLE)}\r\n") + WHOLE)
    status, report = answer(one)
    assert (status, report["refused"]) == (200, [])
    return report["accepted"], report["repeated"]


def test_chunks_and_lengths_are_taken_alike_and_for_longer_than_other_bodies(connect):
    one = connect()
    one.sendall(head(CHUNKED) + chunks(WHOLE) + b"0\r\n\r\n")
    assert answer(one)[1]["accepted"] == len(LINES)
    assert whole(connect) == (0, len(LINES))


@pytest.mark.parametrize(
    ("headers", "form"),
    [(CHUNKED, chunks), (f"Content-Length: {len(WHOLE) + 9}\r\n", lambda raw: raw)],
    ids=["chunks", "length"],
)
def test_an_end_that_never_comes_is_a_408_and_what_was_committed_stays(connect, headers, form):
    one = connect()
    one.sendall(head(headers) + form(WHOLE))
    status, problem = answer(one)
    assert (status, problem["code"]) == (408, "slow_body")
    accepted, repeated = whole(connect)
    assert (accepted + repeated, repeated >= 500) == (len(LINES), True)


def test_a_sender_that_goes_away_leaves_what_was_committed(connect):
    one = connect()
    one.sendall(head(f"Content-Length: {len(WHOLE) + 9}\r\n") + WHOLE)
    one.shutdown(socket.SHUT_WR)
    assert answer(one)[0] == 400
    accepted, repeated = whole(connect)
    assert (accepted + repeated, repeated >= 500) == (len(LINES), True)


def test_more_than_an_import_may_be_is_413(connect):
    announced = connect()
    announced.sendall(head(f"Content-Length: {MOST + 1}\r\n"))
    assert answer(announced)[0] == 413
    one = connect()
    one.sendall(head(CHUNKED) + chunks(b" " * MOST) + b"1\r\n\n\r\n0\r\n\r\n")
    assert answer(one)[0] == 413
    as_many = connect()
    as_many.sendall(head(CHUNKED) + chunks(b"\n".rjust(MOST)) + b"0\r\n\r\n")
    assert answer(as_many)[0] == 200


def test_nobody_s_body_is_not_read(connect):
    one = connect()
    one.sendall(head("Content-Length: 3000000\r\n", proof="") + b"{")
    assert answer(one)[0] == 401


TOLD = {"user_id": "kim", "rating": "like", "model_id": "acme/x", "response": "a" * 500}
FEEDBACK = [
    json.dumps({**TOLD, "external_id": str(number), "prompt": f"{number}?"})
    for number in range(700)
]


def feedback_head(length):
    return (
        "POST /feedback/import?format=jsonl HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
        "Content-Type: application/jsonl\r\n"
        f"Authorization: Bearer {token('adam', ['admin'])}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def test_a_killed_import_of_feedback_goes_on_where_it_was(served, connect, vera):
    whole = "\n".join(FEEDBACK).encode()
    cut = connect()
    # Pieces of a body are worked on as they come: of the first lines a batch is stored by then.
    cut.sendall(feedback_head(len(whole)) + whole[: len(whole) * 3 // 4])
    eventually(lambda: vera.read("/feedback/pending")["items"], seconds=30)
    served.web.kill_everything()
    served.start()
    again = connect()
    again.sendall(feedback_head(len(whole)) + whole)
    status, report = answer(again)
    assert (status, report["accepted"] + report["repeated"], report["refused"]) == (
        200,
        len(FEEDBACK),
        [],
    )
    assert report["repeated"] >= 250
    found = [one for page in vera.walk("/feedback/pending", limit=100) for one in page]
    assert len(found) == len({one["response_id"] for one in found}) == len(FEEDBACK)
