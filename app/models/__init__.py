"""Tables, one file a noun; importing this package registers them all on the metadata."""

from app.models.api_key import ApiKey
from app.models.dataset import DatasetEntry
from app.models.dataset_export import DatasetExport
from app.models.dataset_version import (
    DatasetVersion,
    FrozenContent,
    FrozenDrop,
    FrozenFile,
    FrozenRow,
    FrozenSplit,
)
from app.models.dimension import Dimension, DimensionVersion
from app.models.event import Event
from app.models.feedback import DimensionRating, Feedback
from app.models.gold import GoldAnswer, GoldItem, GoldLease
from app.models.handout import Handout
from app.models.idempotency import IdempotencyKey
from app.models.imported_conversation import ImportedConversation
from app.models.imported_feedback import ImportedFeedback
from app.models.interaction import Interaction
from app.models.job import Job
from app.models.measurement import Measurement
from app.models.people import Contradiction, RaterKappa, Reliability
from app.models.points import Contributor, ContributorDay, ContributorPeriod, PointsEntry
from app.models.preference import Preference, PreferenceRank
from app.models.privacy import Erasure, PrivacyPolicy
from app.models.prompt import Prompt
from app.models.response import Response
from app.models.response_chunk import ResponseChunk
from app.models.revision import FeedbackRevision
from app.models.served_model import ServedModel
from app.models.signal import Signal
from app.models.sketch import FeedbackSketch
from app.models.span import FeedbackSpan
from app.models.summary import Summary
from app.models.token_usage import TokenUsage
from app.models.validation import (
    Decision,
    Validation,
    ValidationDimension,
    ValidationPlace,
    ValidationPolicy,
)

__all__ = [
    "ApiKey",
    "Contradiction",
    "Contributor",
    "ContributorDay",
    "ContributorPeriod",
    "DatasetEntry",
    "DatasetExport",
    "DatasetVersion",
    "Decision",
    "Dimension",
    "DimensionRating",
    "DimensionVersion",
    "Erasure",
    "Event",
    "Feedback",
    "FeedbackRevision",
    "FeedbackSketch",
    "FeedbackSpan",
    "FrozenContent",
    "FrozenDrop",
    "FrozenFile",
    "FrozenRow",
    "FrozenSplit",
    "GoldAnswer",
    "GoldItem",
    "GoldLease",
    "Handout",
    "IdempotencyKey",
    "ImportedConversation",
    "ImportedFeedback",
    "Interaction",
    "Job",
    "Measurement",
    "PointsEntry",
    "Preference",
    "PreferenceRank",
    "PrivacyPolicy",
    "Prompt",
    "RaterKappa",
    "Reliability",
    "Response",
    "ResponseChunk",
    "ServedModel",
    "Signal",
    "Summary",
    "TokenUsage",
    "Validation",
    "ValidationDimension",
    "ValidationPlace",
    "ValidationPolicy",
]
