"""The words for the states that things can be in."""

from enum import StrEnum


class InteractionStatus(StrEnum):
    """Where a conversation stands; only ``active`` ones take prompts."""

    ACTIVE = "active"
    COMPLETED = "completed"
    ABANDONED = "abandoned"


class ResponseStatus(StrEnum):
    """Where a response stands; ``pending`` and ``streaming`` are not final."""

    PENDING = "pending"
    STREAMING = "streaming"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    FAILED = "failed"


class FeedbackStatus(StrEnum):
    """Where feedback stands in its validation."""

    PENDING = "pending"
    VALIDATED = "validated"
    REJECTED = "rejected"
    RETURNED = "returned"
    TIED = "tied"
    WITHDRAWN = "withdrawn"


class VerdictWord(StrEnum):
    """What a validator may say; ``returned`` sends the feedback back to its author."""

    VALID = "valid"
    INVALID = "invalid"
    RETURNED = "returned"

    @classmethod
    def of(cls, *, is_valid: bool | None) -> "VerdictWord":
        """Return the word for what is stored; None is neither for nor against."""
        if is_valid is None:
            return cls.RETURNED
        return cls.VALID if is_valid else cls.INVALID

    @property
    def is_valid(self) -> bool | None:
        """What is stored for the word."""
        return None if self is VerdictWord.RETURNED else self is VerdictWord.VALID


class HandoutWay(StrEnum):
    """How work for a validator was chosen: the most worth first, or by lot."""

    PRIORITY = "priority"
    RANDOM = "random"


class GainWord(StrEnum):
    """What can be said of one way of handing out work against another."""

    NOT_ENOUGH_YET = "not_enough_yet"
    BETTER = "better"
    NO_DIFFERENCE_SEEN = "no_difference_seen"
    WORSE = "worse"


class JobStatus(StrEnum):
    """Where background work stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class VersionStatus(StrEnum):
    """Where a version of the dataset stands."""

    BUILDING = "building"
    FROZEN = "frozen"
    FAILED = "failed"


class Rating(StrEnum):
    """A thumb up or down."""

    LIKE = "like"
    DISLIKE = "dislike"


# Feedback that nobody has decided on: who wrote it may be hidden.
UNDECIDED = frozenset({FeedbackStatus.PENDING, FeedbackStatus.RETURNED, FeedbackStatus.TIED})
OPEN_RESPONSES = frozenset({ResponseStatus.PENDING, ResponseStatus.STREAMING})
ALL_MODELS = "all"
