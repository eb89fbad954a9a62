"""Frozen versions of the dataset: in and out."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from app.api.schemas.fields import (
    LONGEST_NAME,
    In,
    Items,
    ModelId,
    Number,
    Out,
    Text,
    Whole,
    words,
)
from app.api.schemas.selection import FileQuery, RulesQuery, Time
from app.domain.selection_form import EXCLUDE, INCLUDE
from app.domain.splits import People
from app.domain.states import VersionStatus
from app.services.exports import SHAPE_NAMES
from app.services.frozen.exporting import FROZEN
from app.services.frozen.splitting import NAMES

_LARGEST_SHARE = 1_000_000
_MOST_SCORES = 20


class Shares(fields.Dict):
    """Dimensions with a number from 0 to 1 each."""

    def __init__(self) -> None:
        metadata = {
            "description": "The least mean score of dimensions: 0 is the lowest score of the "
            "scale, 1 the highest.",
            "maxProperties": _MOST_SCORES,
        }
        name = Text(100, metadata={"pattern": "^[^\\u0000/]*$"})
        super().__init__(keys=name, values=Number(0, 1), metadata=metadata)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the pairs, in the order of their names."""
        if isinstance(value, dict) and len(value) > _MOST_SCORES:
            raise ValidationError(f"expected at most {_MOST_SCORES} dimensions")
        found = super().deserialize(value, *args, **kwargs)
        if not isinstance(found, dict):
            return found
        return tuple(sorted((name, float(least)) for name, least in found.items()))


class SelectionIn(In):
    """Which part of the dataset; everything that is asked has to hold."""

    model_version = Text(LONGEST_NAME)
    since = Time("Validated at that time or later.")
    until = Time("Validated before that time; the version's own time at the latest.")
    min_score = Shares()
    min_agreement = Number(0, 1)
    min_raters = Whole(1, 9999)
    language = Text(35)
    tags = Items(Text(100), most=20)
    intent = Text(100)
    preferences = fields.String(load_default=INCLUDE, validate=words((INCLUDE, EXCLUDE)))


class SplitsIn(In):
    """Shares of the parts, as any numbers: 8, 1 and 1 are 0.8, 0.1 and 0.1.

    Without them everything is in `train`.
    """

    train = Number(0, _LARGEST_SHARE)
    validation = Number(0, _LARGEST_SHARE)
    test = Number(0, _LARGEST_SHARE)
    seed = Whole(0, 2**31 - 1, load_default=0)
    people = fields.String(
        load_default=People.EVERYBODY.value,
        validate=words(People),
        metadata={
            "description": "Whose rows stay in one part: of `everybody` who asked or judged, or "
            "of `owners`, who asked. Few judges of many conversations tie everything together."
        },
    )

    @validates_schema
    def _has_a_share(self, data: dict[str, Any], **_: Any) -> None:
        if not sum(data.get(name, 0) for name in NAMES) > 0:
            raise ValidationError("expected a part with a share of more than 0")


class VersionIn(In):
    """What is frozen; all there is unless said."""

    MAY_BE_ABSENT = True

    name = Text(LONGEST_NAME)
    selection = fields.Nested(SelectionIn)
    splits = fields.Nested(SplitsIn)


class VersionBegunOut(Out):
    """A version that is going to be built, and the job that does it."""

    id = fields.UUID(required=True)
    job_id = fields.UUID(required=True)


class VersionOut(Out):
    """A frozen version, or one that is being built."""

    id = fields.UUID(required=True)
    model_id = ModelId(required=True)
    name = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=words(VersionStatus))
    selection = fields.Dict(required=True)
    splits = fields.Dict(required=True)
    rows = fields.Integer(required=True, allow_none=True)
    erased_rows = fields.Integer(
        required=True,
        metadata={"description": "Of the rows: what is gone but for the leaf, which stays."},
    )
    merkle_root = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Of all leaves in order, as RFC 6962 has it; in hexadecimal."},
    )
    digest = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "SHA-256 of the manifest's canonical JSON, the root in it."},
    )
    manifest = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "Selection, dimensions, code, counts, splits, what was dropped."},
    )
    job_id = fields.UUID(required=True)
    created_by = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    frozen_at = fields.AwareDateTime(required=True, allow_none=True)


class VersionExportQuery(RulesQuery, FileQuery):
    """In which shape and as which file; `format` and `compress` are not for `frozen`."""

    shape = fields.String(load_default=SHAPE_NAMES[0], validate=words((*SHAPE_NAMES, FROZEN)))
    split = fields.String(validate=words(NAMES), metadata={"description": "Of this part alone."})


class DifferenceOut(Out):
    """What happened to an entry or a preference from one version to the other."""

    entry_id = fields.UUID(required=True)
    change = fields.String(required=True, validate=words(("added", "removed", "changed")))
    reason = fields.String(
        required=True,
        metadata={
            "description": "Added: `new`, `selected`, `near_duplicate` (before). Removed: "
            "`withdrawn`, `erased`, `consent`, `near_duplicate`, `not_selected`. Changed: "
            "`content`, `split`."
        },
    )
    from_split = fields.String(required=True, allow_none=True)
    to_split = fields.String(required=True, allow_none=True)


class ProofOut(Out):
    """That a row is in a version: hashing up from its leaf along the path gives the root."""

    version_id = fields.UUID(required=True)
    entry_id = fields.UUID(required=True)
    position = fields.Integer(required=True)
    split = fields.String(required=True)
    rows = fields.Integer(required=True)
    leaf = fields.String(
        required=True,
        metadata={"description": "SHA-256 of the row's salt and canonical bytes."},
    )
    merkle_root = fields.String(required=True)
    path = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "The siblings on the way up, as RFC 9162, 2.1.3.2 takes them."},
    )
