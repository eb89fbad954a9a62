"""ShareGPT's form of conversations."""

from collections.abc import Iterator

from app.domain.shapes import turns
from app.domain.shapes.lineage import LINEAGE
from app.domain.shapes.row import Message, Row
from app.domain.shapes.shape import Drop, Fields, ListOf, Made, Plain, Rules, Shape
from app.domain.shapes.targets import targets

_TURNS = ListOf(Fields((("from", Plain.TEXT), ("value", Plain.TEXT))))
_NAMES = {"user": "human", "assistant": "gpt"}


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    for found in targets(row, rules):
        if isinstance(found, Drop):
            yield found
            continue
        messages = [*row.question(found.answer), turns.said(found.content)]
        yield {
            "id": found.answer.response_id,
            "conversations": [_turn(one) for one in messages],
            **found.lineage,
        }


def _turn(message: Message) -> dict[str, str]:
    return {"from": _NAMES.get(message["role"], message["role"]), "value": message["content"]}


SHAREGPT = Shape(
    name="sharegpt",
    about="ShareGPT: `conversations` of `{from, value}`, the target last.",
    columns=lambda _: (("id", Plain.TEXT), ("conversations", _TURNS), *LINEAGE),
    make=_make,
)
