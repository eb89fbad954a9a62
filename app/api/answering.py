"""Answering a stored question: whole, or as server-sent events."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from app.api import asking_context, idempotency, server_sent_events
from app.api.server_sent_events import Tokens
from app.db import transaction
from app.services import asking, streaming
from app.services.asking import Answer
from app.services.exchanges import Exchange
from app.services.questions import Asked


def given(asked: Asked, *, streams: bool, held: ExitStack, show: Callable[[Exchange], Any]) -> Any:
    """Answer in the way that was asked for; ``held`` is let go when nothing more is recorded."""
    return streamed(asked, held) if streams else whole(asked, show=show)


def whole(asked: Asked, *, show: Callable[[Exchange], Any]) -> Any:
    """Answer with what ``show`` makes of the exchange, once it is answered."""
    answer = answer_to(asked)
    headers = idempotency.replayed() if answer.replayed else {}
    return show(answer.exchange), 201, headers


def streamed(asked: Asked, held: ExitStack) -> Any:
    """Answer with the events of the answer, also where somebody else records it."""
    exchange = asked.opened.exchange
    headers = {} if asked.call else idempotency.replayed()
    return server_sent_events.stream(tokens_of(asked, held), told=exchange, headers=headers)


def answer_to(asked: Asked) -> Answer:
    """Return the answer to a stored question; raises what ``asking.answered`` does."""
    return asking.answered(
        transaction,
        providers=asking_context.providers(),
        asked=asked,
        claim=idempotency.claim(),
        storing_seconds=asking_context.limits().storing_seconds,
    )


def tokens_of(asked: Asked, held: ExitStack) -> Tokens:
    """Yield the tokens of the answer, recorded here, or followed where somebody else does.

    A listener who goes away leaves the recording to go on, or to end, as the settings say.
    """
    exchange = asked.opened.exchange
    if asked.call is None:
        return asking_context.follower().follow(exchange.response.id)
    recorded = asking_context.recorder().record(exchange, asked.call, actor=asked.opened.actor)
    recording = streaming.until_over(recorded, leave=held.pop_all().close)
    return streaming.passed_on(recording, leave=asking_context.leaver())
