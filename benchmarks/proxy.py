"""Proxying a model that answers in 20 ms: stored before replied, beside a bare proxy."""

import json
import sys
from collections.abc import Callable, Sequence

from benchmarks import conversations, load, model_stub, stack
from benchmarks.report import Line, table

_CLIENTS = (1, 32, 128)
_CONTENT = b'{"content": "What is machine learning?"}'
_MESSAGE = b'{"message": "What is machine learning?"}'
_BARE = "bare Flask proxy"
_AIM_THROUGHPUT, _AIM_ADDED = 0.7, 2.0


def main(seconds: float) -> None:
    """Measure and print."""
    stub_port = stack.free_port()
    stub_url = f"http://127.0.0.1:{stub_port}"
    path = f"/endpoint/{model_stub.ENDPOINT}/query"
    with stack.process([sys.executable, "-m", "benchmarks.model_stub", str(stub_port)], {}):
        stack.wait_for(stub_port)
        direct = load.http("POST", path, body=b'{"query": "What is machine learning?"}')
        lines = _measured("the model alone", stub_port, lambda _: direct, 200, seconds)
        with stack.rival("benchmarks.bare_proxy", {"MODEL_URL": stub_url + path}) as port:
            bare = load.http("POST", "/prompts", body=_CONTENT)
            lines += _measured(_BARE, port, lambda _: bare, 201, seconds)
        with stack.stores() as found, stack.service(found, model_url=stub_url) as port:
            begun = conversations.begin(port)
            for kind, body in (("chat", _MESSAGE), ("prompts", _CONTENT)):
                requests = _requests(begun, kind, body)
                lines += _measured(f"this service, {kind}", port, requests, 201, seconds)
    table("A 20 ms model, every prompt and answer stored", lines, baseline=_BARE)
    _compare(lines)


def _requests(
    begun: Sequence[conversations.Begun], kind: str, body: bytes
) -> Callable[[int], bytes]:
    made = [
        load.http("POST", f"/interactions/{one.id}/{kind}", token=one.token, body=body)
        for one in begun
    ]
    return lambda number: made[number % len(made)]


def _measured(
    name: str, port: int, request: load.Request, status: int, seconds: float
) -> list[Line]:
    load.run(port, request, connections=8, seconds=1)
    lines = []
    for clients in _CLIENTS:
        run = load.run(port, request, connections=clients, seconds=seconds)
        run.check(status)
        lines.append(Line(name, clients, run.per_second, run.p50))
    return lines


def _compare(lines: list[Line]) -> None:
    """Print throughput and what is added to the model's own time, each beside its aim."""
    known = {(line.name, line.clients): line for line in lines}
    for line in lines:
        if not line.name.startswith("this service"):
            continue
        alone, bare = known["the model alone", line.clients], known[_BARE, line.clients]
        own, limit = line.p50 - alone.p50, bare.p50 - alone.p50
        print(
            json.dumps(
                {
                    "what": line.name,
                    "clients": line.clients,
                    "throughput to bare": round(line.per_second / bare.per_second, 2),
                    "aim at least": _AIM_THROUGHPUT,
                    "added p50 ms": round(own, 1),
                    "bare adds ms": round(limit, 1),
                    "ratio": round(own / limit, 2),
                    "aim at most": _AIM_ADDED,
                }
            )
        )
