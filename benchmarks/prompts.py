"""Proxying a model that answers in 20 ms: stored before replied, beside a bare proxy."""

import json
import sys
import urllib.request
from collections.abc import Callable

from benchmarks import load, model_stub, stack
from benchmarks.report import Line, table

_CLIENTS = (1, 8, 32)
_CONTENT = b'{"content": "What is machine learning?"}'
_QUERY = b'{"query": "What is machine learning?"}'


def main(seconds: float) -> None:
    """Measure and print."""
    stub_port = stack.free_port()
    stub_url = f"http://127.0.0.1:{stub_port}"
    path = f"/endpoint/{model_stub.ENDPOINT}/query"
    with stack.process([sys.executable, "-m", "benchmarks.model_stub", str(stub_port)], {}):
        stack.wait_for(stub_port)
        direct = load.http("POST", path, body=_QUERY)
        lines = _measured("the model alone", stub_port, lambda _: direct, 200, seconds)
        with stack.rival("benchmarks.bare_proxy", {"MODEL_URL": stub_url + path}) as port:
            bare = load.http("POST", "/prompts", body=_CONTENT)
            lines += _measured("bare Flask proxy", port, lambda _: bare, 201, seconds)
        with stack.stores() as found, stack.service(found, model_url=stub_url) as port:
            requests = _prompts(port)
            lines += _measured("this service", port, requests, 201, seconds)
    table("POST /interactions/{id}/prompts, a 20 ms model", lines, baseline="bare Flask proxy")
    _added(lines)


def _prompts(port: int) -> Callable[[int], bytes]:
    """Return prompts to as many conversations as there can be clients."""
    requests = []
    for number in range(max(_CLIENTS)):
        token = stack.token(f"user-{number}", "user")
        created = urllib.request.Request(  # Loopback.
            f"http://127.0.0.1:{port}/interactions",
            data=json.dumps({"model_id": stack.SERVED}).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(created) as answer:  # noqa: S310
            interaction_id = json.load(answer)["id"]
        path = f"/interactions/{interaction_id}/prompts"
        requests.append(load.http("POST", path, token=token, body=_CONTENT))
    return lambda number: requests[number % len(requests)]


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


def _added(lines: list[Line]) -> None:
    """Print what each adds to the model's own time; the aim is twice the bare proxy's."""
    alone = {line.clients: line.p50 for line in lines if line.name == "the model alone"}
    bare = {line.clients: line.p50 for line in lines if line.name == "bare Flask proxy"}
    for line in lines:
        if line.name == "this service":
            own = line.p50 - alone[line.clients]
            limit = bare[line.clients] - alone[line.clients]
            print(
                f"added p50 at {line.clients} clients: {own:.1f} ms, bare proxy {limit:.1f} ms, "
                f"ratio {own / limit:.2f}"
            )
