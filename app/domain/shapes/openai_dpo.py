"""OpenAI's form for preference fine-tuning."""

from collections.abc import Iterator

from app.domain.shapes import turns
from app.domain.shapes.pairs import Pair, pairs
from app.domain.shapes.row import Row
from app.domain.shapes.shape import MESSAGES, Fields, Made, Record, Rules, Shape, records_of

_COLUMNS = (
    ("input", Fields((("messages", MESSAGES),))),
    ("preferred_output", MESSAGES),
    ("non_preferred_output", MESSAGES),
)


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    def record(found: Pair) -> Record:
        return {
            "input": {"messages": row.question(found.answer)},
            "preferred_output": [turns.said(found.chosen)],
            "non_preferred_output": [turns.said(found.rejected)],
        }

    return records_of(pairs(row, rules), record)


OPENAI_DPO = Shape(
    name="openai_dpo",
    about="OpenAI preference fine-tuning: the pairs of `preference`, and nothing else.",
    columns=lambda _: _COLUMNS,
    make=_make,
)
