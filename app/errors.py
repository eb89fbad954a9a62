"""What can go wrong, as values with a code and a message, without any HTTP in them."""

from collections.abc import Sequence
from typing import Any, ClassVar


class AppError(Exception):
    """Root of every error this service raises on purpose.

    ``code`` is stable and machine readable, ``message`` names expected and found,
    ``data`` holds identifiers that help the caller to go on.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, /, *, code: str | None = None, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.reason = code or self.code
        self.data = data


class ConfigurationError(AppError):
    """The environment is incomplete or unsafe; ``faults`` names every fault at once."""

    code = "configuration"

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("configuration refused: " + "; ".join(faults))
        self.faults = tuple(faults)


class Malformed(AppError):
    """The request cannot be read at all."""

    code = "malformed"


class Unauthenticated(AppError):
    """No valid proof of who is asking."""

    code = "unauthenticated"


class InvalidToken(Unauthenticated):
    """A token was shown, and is not a genuine one in force; the message says what is wrong."""


class Forbidden(AppError):
    """The caller is known and may not do this."""

    code = "forbidden"


class NotFound(AppError):
    """The thing does not exist, or the caller may not know that it does."""

    code = "not_found"


class Conflict(AppError):
    """The state of the thing does not allow this."""

    code = "conflict"


class Invalid(AppError):
    """Understood but not acceptable; ``errors`` maps a field path to messages."""

    code = "invalid"

    def __init__(
        self,
        message: str,
        /,
        *,
        code: str | None = None,
        errors: dict[str, Any] | None = None,
        **data: Any,
    ) -> None:
        super().__init__(message, code=code, **data)
        self.errors = errors or {}


class PreconditionFailed(AppError):
    """The version the caller has seen is not the current one."""

    code = "stale"


class PreconditionRequired(AppError):
    """The caller must say which version it has seen."""

    code = "if_match_required"


class OutOfRange(AppError):
    """The part of a file that is asked for begins after its end."""

    code = "out_of_range"


class SlowBody(AppError):
    """The body of the request did not arrive in time."""

    code = "slow_body"


class Unavailable(AppError):
    """Something this service needs does not answer; trying again later may help."""

    code = "unavailable"

    def __init__(
        self,
        message: str,
        /,
        *,
        code: str | None = None,
        retry_after: float = 1,
        **data: Any,
    ) -> None:
        super().__init__(message, code=code, **data)
        self.retry_after = retry_after


class TooMany(AppError):
    """The caller has had its share, or everything is taken; ``retry_after`` is in seconds."""

    code = "too_many_requests"

    def __init__(
        self,
        message: str,
        /,
        *,
        code: str | None = None,
        retry_after: float = 1,
        **data: Any,
    ) -> None:
        super().__init__(message, code=code, **data)
        self.retry_after = retry_after


class ModelFailed(AppError):
    """The model side answered, but not with an answer."""

    code = "model_failed"


class ModelUnavailable(Unavailable):
    """The model side cannot be reached or is not ready."""

    code = "model_unavailable"


class ModelTimeout(AppError):
    """The model side did not answer before the deadline."""

    code = "model_timeout"
