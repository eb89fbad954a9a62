"""Streams of a model that answers for two seconds: the first token, and five hundred at once."""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg2

from benchmarks import conversations, load, model_stub, stack

_FEW, _MANY = 32, 500
_CHAT = json.dumps({"message": "What is machine learning?", "stream": True}).encode()
_DIRECT = json.dumps({"model": stack.SERVED, "messages": [], "stream": True}).encode()
_ROUNDS = 5
# As the model says a token, and as the service does.
_TOKENS = (b'data: {"id"', b'data: {"index"')


@dataclass(frozen=True, slots=True)
class Heard:
    """What one stream brought; seconds from the request."""

    first_token: float
    tokens: int
    is_whole: bool


def main(seconds: float) -> None:
    """Measure and print; a stream takes two seconds, however long a measurement may."""
    del seconds
    stub_port = stack.free_port()
    stub_url = f"http://127.0.0.1:{stub_port}"
    with stack.process([sys.executable, "-m", "benchmarks.model_stub", str(stub_port)], {}):
        stack.wait_for(stub_port)
        with stack.stores() as found, stack.service(found, model_url=stub_url) as port:
            begun = conversations.begin(port, count=_MANY)
            requests = [
                load.http("POST", f"/interactions/{one.id}/chat", token=one.token, body=_CHAT)
                for one in begun
            ]
            direct = [load.http("POST", "/chat/completions", body=_DIRECT)] * _FEW
            asyncio.run(_together(port, requests[:_FEW]))
            _few(stub_port, direct, port, requests)
            _many(found, port, requests)


def _few(stub_port: int, direct: Sequence[bytes], port: int, requests: Sequence[bytes]) -> None:
    """Print what the service adds to the first token, beside the model alone."""
    alone = asyncio.run(_steadily(stub_port, direct))
    through = asyncio.run(_steadily(port, requests[:_FEW]))
    _check(through)
    added = 1000 * (_first(through) - _first(alone))
    print(f"\nfirst token added, p50 at {_FEW} streams: {added:.1f} ms (aim: at most 5)")


async def _steadily(port: int, requests: Sequence[bytes]) -> list[Heard]:
    """Keep as many streams going as there are requests, begun evenly over their time."""

    async def one(number: int) -> list[Heard]:
        await asyncio.sleep(number * model_stub.STREAM_SECONDS / len(requests))
        return [await _listen(port, requests[number]) for _ in range(_ROUNDS)]

    rounds = await asyncio.gather(*(one(number) for number in range(len(requests))))
    return [heard for round_ in rounds for heard in round_]


def _first(heard: Sequence[Heard]) -> float:
    return statistics.median(one.first_token for one in heard)


def _many(found: stack.Stores, port: int, requests: Sequence[bytes]) -> None:
    """Print how a crowd of streams fares, and whether all of it is on record."""
    before = _recorded(found)
    begun = time.perf_counter()
    heard = asyncio.run(_together(port, requests))
    took = time.perf_counter() - begun
    whole = sum(one.is_whole for one in heard)
    stored = _recorded(found) - before
    first = 1000 * _first(heard)
    print(
        f"{_MANY} streams of {model_stub.STREAM_SECONDS:g} s at once: {whole} whole, "
        f"{stored} recorded, all over in {took:.1f} s, first token p50 {first:.0f} ms"
    )


def _check(heard: Sequence[Heard]) -> None:
    if not all(one.is_whole for one in heard):
        message = f"expected whole streams, found {heard}"
        raise RuntimeError(message)


async def _together(port: int, requests: Sequence[bytes]) -> list[Heard]:
    return await asyncio.gather(*(_listen(port, request) for request in requests))


async def _listen(port: int, request: bytes) -> Heard:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begun = time.perf_counter()
    writer.write(request)
    first, tokens, is_whole = 0.0, 0, False
    try:
        while line := await reader.readline():
            if line.startswith(_TOKENS):
                tokens += 1
                first = first or time.perf_counter() - begun
            if line.startswith((b"data: [DONE]", b"event: response")):
                is_whole = tokens >= model_stub.TOKENS
                break
    finally:
        writer.close()
    return Heard(first, tokens, is_whole)


def _recorded(found: stack.Stores) -> int:
    connection = psycopg2.connect(found.database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM responses WHERE status = 'complete' AND content = %s",
            [model_stub.STREAMED],
        )
        (count,) = cursor.fetchone() or (0,)
    connection.close()
    return int(count)
