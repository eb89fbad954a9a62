"""TRL's conversational form for supervised fine-tuning."""

from collections.abc import Iterator

from app.domain.shapes import turns
from app.domain.shapes.lineage import LINEAGE
from app.domain.shapes.row import Row
from app.domain.shapes.shape import MESSAGES, Drop, Made, Rules, Shape
from app.domain.shapes.targets import targets


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    for found in targets(row, rules):
        if isinstance(found, Drop):
            yield found
        else:
            messages = [*row.question(found.answer), turns.said(found.content)]
            yield {"messages": messages, **found.lineage}


CHAT = Shape(
    name="chat",
    about="TRL SFT, conversational: the whole conversation, the target last.",
    columns=lambda _: (("messages", MESSAGES), *LINEAGE),
    make=_make,
)
