"""The feedback log that a service once appended to: question, answer, and what one said."""

from collections.abc import Iterator

from app.domain.shapes.row import Row
from app.domain.shapes.shape import Drop, Made, Plain, Reason, Rules, Shape
from app.domain.shapes.standing import combined

_COLUMNS = (("input", Plain.TEXT), ("response", Plain.TEXT), ("feedback", Plain.TEXT))


def _make(row: Row, rules: Rules) -> Iterator[Made]:
    """Yield a line for every feedback, since a log keeps them all."""
    for answer in row.answers:
        for judgement in (one for one in answer.judgements if one.selected):
            standing = combined([judgement], content=answer.content)
            if not standing.is_bad and not standing.is_good(rules.threshold):
                yield Drop(Reason.UNDECIDED, judgement.feedback_id)
                continue
            said = "negative" if standing.is_bad else "positive"
            yield {"input": row.prompt, "response": answer.content, "feedback": said}


FEEDBACK_LOG = Shape(
    name="feedback_log",
    about="`{input, response, feedback}`, a line a feedback: positive or negative.",
    columns=lambda _: _COLUMNS,
    make=_make,
)
