"""Conversations to talk in: many, so that none grows longer than people's do."""

import json
import urllib.request
from dataclasses import dataclass

from benchmarks import stack

_PEOPLE = 200


@dataclass(frozen=True, slots=True)
class Begun:
    """A conversation and the token of whose it is."""

    id: str
    token: str


def begin(port: int, *, count: int = 1500) -> list[Begun]:
    """Start ``count`` conversations of many people."""
    tokens = [stack.token(f"user-{number}", "user") for number in range(_PEOPLE)]
    return [_begin(port, tokens[number % _PEOPLE]) for number in range(count)]


def _begin(port: int, token: str) -> Begun:
    created = urllib.request.Request(  # Loopback.
        f"http://127.0.0.1:{port}/interactions",
        data=json.dumps({"model_id": stack.SERVED}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(created) as answer:  # noqa: S310
        return Begun(json.load(answer)["id"], token)
