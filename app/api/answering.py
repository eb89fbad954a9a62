"""Answering a stored question: whole, or as server-sent events."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from app.api import asking_context, idempotency, server_sent_events
from app.db import transaction
from app.services import asking, streaming
from app.services.exchanges import Exchange
from app.services.questions import Asked


def given(asked: Asked, *, streams: bool, held: ExitStack, show: Callable[[Exchange], Any]) -> Any:
    """Answer in the way that was asked for; ``held`` is let go when nothing more is recorded."""
    return streamed(asked, held) if streams else whole(asked, show=show)


def whole(asked: Asked, *, show: Callable[[Exchange], Any]) -> Any:
    """Answer with what ``show`` makes of the exchange, once it is answered."""
    answer = asking.answered(
        transaction,
        providers=asking_context.providers(),
        asked=asked,
        claim=idempotency.claim(),
        storing_seconds=asking_context.limits().storing_seconds,
    )
    headers = idempotency.replayed() if answer.replayed else {}
    return show(answer.exchange), 201, headers


def streamed(asked: Asked, held: ExitStack) -> Any:
    """Answer with the events of the answer, also where somebody else records it."""
    exchange = asked.opened.exchange
    if asked.call is None:
        followed = asking_context.follower().follow(exchange.response.id)
        return server_sent_events.stream(followed, told=exchange, headers=idempotency.replayed())
    recorded = asking_context.recorder().record(exchange, asked.call, actor=asked.opened.actor)
    recording = streaming.until_over(recorded, leave=held.pop_all().close)
    tokens = streaming.passed_on(recording, leave=asking_context.leaver())
    return server_sent_events.stream(tokens, told=exchange)
