"""What is measured of people, out."""

from marshmallow import fields

from app.api.schemas.fields import LONGEST_NAME, LONGEST_NOTE, In, Out, QueryText, Text, words
from app.api.schemas.pages import PageQuery
from app.domain.measuring import OVERALL, Basis, Capacity
from app.domain.signals import SignalKind, SignalStatus
from app.domain.states import VerdictWord

_UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_SCOPE = rf"^(?:{OVERALL}|{_UUID})$"


class ScopeQuery(PageQuery):
    """On which dimension."""

    dimension = QueryText(_SCOPE, "the id of a dimension, or overall")


class ReliabilityQuery(ScopeQuery):
    """Of whom, and on which dimension."""

    user_id = QueryText(rf"^[^\u0000-\u001f\u007f]{{1,{LONGEST_NAME}}}$", "the id of a person")


class OwnReliabilityOut(Out):
    """How far one is relied on: the expected part of right answers, and between which two."""

    capacity = fields.String(required=True, validate=words(Capacity))
    dimension = fields.String(
        required=True,
        attribute="scope",
        metadata={"description": "The id of a dimension, or `overall`."},
    )
    dimension_name = fields.String(required=True, allow_none=True)
    mean = fields.Float(required=True)
    low = fields.Float(required=True, metadata={"description": "95 of 100 lie above this and"})
    high = fields.Float(required=True, metadata={"description": "below this."})
    answers = fields.Integer(required=True)
    as_of = fields.AwareDateTime(required=True)


class RightWrongOut(Out):
    """How many answers were right, and wrong."""

    right = fields.Integer(required=True)
    wrong = fields.Integer(required=True)


class ReliabilityOut(OwnReliabilityOut):
    """The same of anybody, with what it rests on."""

    user_id = fields.String(required=True)
    reasons = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(RightWrongOut),
        required=True,
        metadata={
            "description": "By what answers were compared with: `gold`, `rounds` of several,"
            " `decisions` of administrators; `outcomes` of one's own feedback for raters."
        },
    )


class ContradictionOut(Out):
    """Most said one thing; who usually errs how makes another likely."""

    feedback_id = fields.UUID(required=True)
    round = fields.Integer(required=True)
    basis = fields.String(required=True, validate=words(Basis))
    votes = fields.Integer(required=True)
    majority = fields.String(required=True, validate=words(VerdictWord))
    share = fields.Float(required=True, metadata={"description": "Of the votes, for the majority."})
    estimate = fields.String(required=True, validate=words(VerdictWord))
    posterior = fields.Float(required=True, metadata={"description": "Of the estimate."})
    is_known = fields.Boolean(
        required=True,
        metadata={"description": "It is gold or an admin decided; the estimate is bound to that."},
    )
    computed_at = fields.AwareDateTime(required=True)


class KappaOut(Out):
    """How far two people agree beyond chance, over what both judged."""

    one = fields.String(required=True)
    other = fields.String(required=True)
    dimension = fields.String(required=True, attribute="scope")
    weights = fields.String(
        required=True,
        metadata={"description": "`quadratic` for numbers, `unweighted` for all else."},
    )
    kappa = fields.Float(required=True, allow_none=True)
    undefined = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why there is no kappa: `nobody_differed`."},
    )
    items = fields.Integer(required=True)
    computed_at = fields.AwareDateTime(required=True)


class SignalsQuery(PageQuery):
    """Which signals."""

    status = fields.String(validate=words(SignalStatus))
    kind = fields.String(validate=words(SignalKind))


class DismissalIn(In):
    """Why there is nothing to it."""

    note = Text(longest=LONGEST_NOTE, required=True)


class SignalOut(Out):
    """Something odd, with its evidence. Nothing follows from it by itself."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=words(SignalKind))
    people = fields.List(fields.String(), required=True)
    evidence = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "additionalProperties": True,
            "description": "The numbers, the `threshold` they exceed, and the ids of the latest"
            " feedback or verdicts they come from.",
        },
    )
    first_seen = fields.AwareDateTime(required=True)
    last_seen = fields.AwareDateTime(required=True)
    status = fields.String(required=True, validate=words(SignalStatus))
    dismissed_by = fields.String(required=True, allow_none=True)
    dismissed_at = fields.AwareDateTime(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
