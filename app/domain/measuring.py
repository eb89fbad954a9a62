"""The words for what is measured of people."""

from enum import StrEnum

# The scope beside those of single dimensions.
OVERALL = "overall"


class Capacity(StrEnum):
    """In what somebody is relied on: in judging feedback, or in giving it."""

    VALIDATOR = "validator"
    RATER = "rater"


class Measured(StrEnum):
    """What is counted for all at once: reliability, agreement of people, and odd behaviour."""

    RELIABILITY = "reliability"
    AGREEMENT = "agreement"
    SIGNALS = "signals"


class Basis(StrEnum):
    """Where votes come from: a round of validation, or gold."""

    ROUND = "round"
    GOLD = "gold"
