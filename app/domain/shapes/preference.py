"""TRL's preference form (DPO, reward models)."""

from collections.abc import Iterator

from app.domain.shapes import turns
from app.domain.shapes.lineage import LINEAGE, rounded
from app.domain.shapes.pairs import Pair, pairs
from app.domain.shapes.row import Row
from app.domain.shapes.shape import Column, Made, Plain, Record, Rules, Shape, records_of


def _columns(rules: Rules) -> tuple[Column, ...]:
    kind = turns.kind(rules)
    names = ("prompt", "chosen", "rejected")
    return (*((name, kind) for name in names), ("margin", Plain.NUMBER), *LINEAGE)


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    def record(found: Pair) -> Record:
        return {
            "prompt": turns.prompt(row, found.answer, rules),
            "chosen": turns.completion(found.chosen, rules),
            "rejected": turns.completion(found.rejected, rules),
            "margin": rounded(found.margin),
            **found.lineage,
        }

    return records_of(pairs(row, rules), record)


PREFERENCE = Shape(
    name="preference",
    about="TRL DPO and reward models: pairs out of corrections, preferences and scores.",
    columns=_columns,
    make=_make,
)
