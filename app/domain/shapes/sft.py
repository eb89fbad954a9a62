"""TRL's prompt-completion form for supervised fine-tuning."""

from collections.abc import Iterator

from app.domain.shapes import turns
from app.domain.shapes.lineage import LINEAGE
from app.domain.shapes.row import Row
from app.domain.shapes.shape import Column, Made, Record, Rules, Shape, records_of
from app.domain.shapes.targets import Target, targets


def _columns(rules: Rules) -> tuple[Column, ...]:
    kind = turns.kind(rules)
    return (("prompt", kind), ("completion", kind), *LINEAGE)


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    def record(found: Target) -> Record:
        prompt = turns.prompt(row, found.answer, rules)
        completion = turns.completion(found.content, rules)
        return {"prompt": prompt, "completion": completion, **found.lineage}

    return records_of(targets(row, rules), record)


SFT = Shape(
    name="sft",
    about="TRL SFT, prompt-completion: corrections, else good answers.",
    columns=_columns,
    make=_make,
)
