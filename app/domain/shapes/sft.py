"""TRL's prompt-completion form for supervised fine-tuning."""

from collections.abc import Iterator

from app.domain.shapes import turns
from app.domain.shapes.lineage import LINEAGE
from app.domain.shapes.row import Row
from app.domain.shapes.shape import Column, Drop, Made, Rules, Shape
from app.domain.shapes.targets import targets


def _columns(rules: Rules) -> tuple[Column, ...]:
    kind = turns.kind(rules)
    return (("prompt", kind), ("completion", kind), *LINEAGE)


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    for found in targets(row, rules):
        if isinstance(found, Drop):
            yield found
            continue
        prompt = turns.prompt(row, found.answer, rules)
        completion = turns.completion(found.content, rules)
        yield {"prompt": prompt, "completion": completion, **found.lineage}


SFT = Shape(
    name="sft",
    about="TRL SFT, prompt-completion: corrections, else good answers.",
    columns=_columns,
    make=_make,
)
