"""R9: bodies that are small to send and endless to read are refused before they cost."""

import gc
import time
import tracemalloc

import pytest

from tests.sizes import size

MOST_SECONDS = 1.0
LIMIT = 8_388_608
REFUSED = {400, 413, 422}
MANY = size(100_001, 1_000_000)
DEEP = 100_000


def repeated(item, times):
    return b",".join([item] * times)


RATINGS = b'{"response_id":"%s","dimension_ratings":%s}'
BOMBS = {
    "lists that never end": ("POST /interactions", b"[" * DEEP),
    "objects that never end": ("POST /interactions", b'{"a":' * DEEP),
    "lists in lists": ("POST /interactions", b"[" * DEEP + b"]" * DEEP),
    "a deep free object": (
        "POST /interactions",
        b'{"model_id":"a","metadata":%s1%s}' % (b'{"a":' * 1000, b"}" * 1000),
    ),
    "a deep list in a free object": (
        "POST /interactions",
        b'{"model_id":"a","settings":{"a":%s%s}}' % (b"[" * 1000, b"]" * 1000),
    ),
    "a deep list for a text": (
        "POST /interactions",
        b'{"model_id":%s%s}' % (b"[" * 1000, b"]" * 1000),
    ),
    "10,000 keys": (
        "POST /interactions",
        b"{%s}" % b",".join(b'"k%d":0' % number for number in range(10_000)),
    ),
    "as many keys as fit": (
        "POST /interactions",
        b"{%s}" % b",".join(b'"k%d":0' % number for number in range(size(100_001, 600_000))),
    ),
    "10,000 keys in a free object": (
        "POST /interactions",
        b'{"model_id":"a","metadata":{%s}}'
        % b",".join(b'"k%d":0' % number for number in range(10_000)),
    ),
    "a long list in a free object": (
        "POST /interactions",
        b'{"model_id":"a","metadata":{"a":[%s]}}' % repeated(b"0", MANY),
    ),
    "many ratings of nothing": (
        "POST /feedback",
        RATINGS % (b"0" * 36, b"[%s]" % repeated(b"0", MANY)),
    ),
    "many empty ratings": (
        "POST /feedback",
        RATINGS % (b"0" * 36, b"[%s]" % repeated(b"{}", MANY)),
    ),
    "fewer ratings than values": (
        "POST /feedback",
        RATINGS % (b"0" * 36, b"[%s]" % repeated(b"{}", 99_000)),
    ),
    "fewer keys than values": (
        "POST /interactions",
        b"{%s}" % b",".join(b'"k%d":0' % number for number in range(99_000)),
    ),
    "many categories": (
        "POST /dimensions",
        b'{"name":"a","scale":{"type":"categorical","categories":[%s]}}' % repeated(b'"a"', MANY),
    ),
    "fewer categories than values": (
        "POST /dimensions",
        b'{"name":"a","scale":{"type":"categorical","categories":[%s]}}' % repeated(b"0", 99_000),
    ),
    "escapes without end": (
        "POST /interactions",
        b'{"model_id":"%s"}' % (b"\\u0061" * size(100_000, 1_300_000)),
    ),
    "a number of 5,000 digits": ("POST /interactions", b'{"model_id":%s}' % (b"9" * 5000)),
    "8 MiB and a byte": ("POST /interactions", b" " * (LIMIT + 1)),
    "10 MB of text": ("POST /interactions", b'{"model_id":"%s"}' % (b"a" * 10_000_000)),
    "8 MiB of white space": ("POST /interactions", b" " * LIMIT),
    "8 MiB of quotes": ("POST /interactions", b'"' * LIMIT),
    "8 MiB of brackets": ("POST /interactions", b"[" * LIMIT),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_r9_a_bomb_is_refused_in_few_words(attack, bomb):
    route, body = BOMBS[bomb]
    for headers in ({}, {"Idempotency-Key": "the-same"}):
        answer = attack.send(route, data=body, headers=headers)
        assert answer.status_code in REFUSED
        assert len(answer.data) < 20_000


def test_r9_bombs_cost_little(attack):
    """Say so in seconds of the processor and in memory, where a run is long enough to tell."""
    attack.send("POST /interactions", data=b"{}")
    for bomb, (route, body) in BOMBS.items():
        began = time.thread_time()
        attack.send(route, data=body)
        spent = time.thread_time() - began
        assert size(0, 1) == 0 or spent <= MOST_SECONDS, (bomb, spent)
    tracemalloc.start()
    try:
        for bomb, (route, body) in BOMBS.items():
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            attack.send(route, data=body)
            peak = tracemalloc.get_traced_memory()[1] - before
            gc.collect()
            after = tracemalloc.get_traced_memory()[0] - before
            # The parser takes a dozen bytes a byte while it reads, and gives them back.
            assert (after < 2**20, peak < 2**25 + 16 * len(body)) == (True, True), (
                bomb,
                after,
                peak,
            )
    finally:
        tracemalloc.stop()


def test_r9_a_body_of_the_largest_size_is_read(attack):
    body = b'{"model_id":"a"%s}' % (b" " * (LIMIT - 16))
    assert len(body) == LIMIT
    assert attack.send("POST /interactions", data=body).status_code == 201


def test_r9_queries_and_paths_are_bounded(attack):
    many = "&".join(f"k{number}=1" for number in range(10_000))
    for query in (many, "limit=1&" * 10_000, "limit=" + "9" * 100_000, "cursor=" + "a" * 100_000):
        answer = attack.send("GET /interactions", query_string=query)
        assert answer.status_code == 422
        assert len(answer.data) < 20_000
    for path in (
        "/interactions/" + "a" * 100_000,
        "/" * 100_000 + "a",
        "/dimensions/model/a" + "/a" * 50_000,
    ):
        answer = attack.send("GET /interactions", path=path)
        assert answer.status_code in {404, 422}
        assert len(answer.data) < 20_000
