"""TRL's conversational form for supervised fine-tuning."""

from collections.abc import Iterator

from app.domain.shapes import turns
from app.domain.shapes.lineage import LINEAGE
from app.domain.shapes.row import Row
from app.domain.shapes.shape import MESSAGES, Made, Record, Rules, Shape, records_of
from app.domain.shapes.targets import Target, targets


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    def record(found: Target) -> Record:
        messages = [*row.question(found.answer), turns.said(found.content)]
        return {"messages": messages, **found.lineage}

    return records_of(targets(row, rules), record)


CHAT = Shape(
    name="chat",
    about="TRL SFT, conversational: the whole conversation, the target last.",
    columns=lambda _: (("messages", MESSAGES), *LINEAGE),
    make=_make,
)
