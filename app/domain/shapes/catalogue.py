"""The catalogue of shapes, by name."""

from collections.abc import Iterable, Iterator

from app.domain.shapes.attributes import ATTRIBUTES
from app.domain.shapes.chat import CHAT
from app.domain.shapes.feedback_log import FEEDBACK_LOG
from app.domain.shapes.kto import KTO
from app.domain.shapes.oasst import OASST
from app.domain.shapes.openai_chat import OPENAI_CHAT
from app.domain.shapes.openai_dpo import OPENAI_DPO
from app.domain.shapes.preference import PREFERENCE
from app.domain.shapes.raw import RAW
from app.domain.shapes.row import Row
from app.domain.shapes.sft import SFT
from app.domain.shapes.shape import Drop, Record, Rules, Shape
from app.domain.shapes.sharegpt import SHAREGPT

_ALL = (
    *(RAW, SFT, CHAT, PREFERENCE, KTO, ATTRIBUTES),
    *(OPENAI_CHAT, OPENAI_DPO, SHAREGPT, OASST, FEEDBACK_LOG),
)
SHAPES = {shape.name: shape for shape in _ALL}


def records(rows: Iterable[Row], *, shape: Shape, rules: Rules) -> Iterator[Record]:
    """Yield the records that rows become in a shape, without what is dropped."""
    for row in rows:
        for made in shape.make(row, rules):
            if not isinstance(made, Drop):
                yield made
