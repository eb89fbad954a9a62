"""OpenAI's form for fine-tuning by conversations.

Only the target is learned from: what the assistant said before it has weight 0.
"""

from collections.abc import Iterator

from app.domain.shapes import turns
from app.domain.shapes.row import Message, Row
from app.domain.shapes.shape import Fields, ListOf, Made, Plain, Record, Rules, Shape, records_of
from app.domain.shapes.targets import Target, targets

_MESSAGES = ListOf(Fields((("role", Plain.TEXT), ("content", Plain.TEXT), ("weight", Plain.WHOLE))))


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    def record(found: Target) -> Record:
        before = [_before(one) for one in row.question(found.answer)]
        return {"messages": [*before, {**turns.said(found.content), "weight": 1}]}

    return records_of(targets(row, rules), record)


def _before(message: Message) -> Record:
    return {**message, "weight": 0} if message["role"] == "assistant" else {**message}


OPENAI_CHAT = Shape(
    name="openai_chat",
    about="OpenAI fine-tuning: nothing but `messages`; earlier answers have weight 0.",
    columns=lambda _: (("messages", _MESSAGES),),
    make=_make,
)
