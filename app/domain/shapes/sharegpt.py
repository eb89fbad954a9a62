"""ShareGPT's form of conversations."""

from collections.abc import Iterator

from app.domain.shapes import turns
from app.domain.shapes.lineage import LINEAGE
from app.domain.shapes.row import Message, Row
from app.domain.shapes.shape import Fields, ListOf, Made, Plain, Record, Rules, Shape, records_of
from app.domain.shapes.targets import Target, targets

_TURNS = ListOf(Fields((("from", Plain.TEXT), ("value", Plain.TEXT))))
_NAMES = {"user": "human", "assistant": "gpt"}


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    def record(found: Target) -> Record:
        messages = [*row.question(found.answer), turns.said(found.content)]
        return {
            "id": found.answer.response_id,
            "conversations": [_turn(one) for one in messages],
            **found.lineage,
        }

    return records_of(targets(row, rules), record)


def _turn(message: Message) -> dict[str, str]:
    return {"from": _NAMES.get(message["role"], message["role"]), "value": message["content"]}


SHAREGPT = Shape(
    name="sharegpt",
    about="ShareGPT: `conversations` of `{from, value}`, the target last.",
    columns=lambda _: (("id", Plain.TEXT), ("conversations", _TURNS), *LINEAGE),
    make=_make,
)
