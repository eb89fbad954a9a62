"""Seen versions: nobody changes what they have not seen as it is now."""

from app.errors import PreconditionFailed


def expect_seen(seen: int | None, *, present: int) -> None:
    """Raise PreconditionFailed for another version than the present one; None says nothing."""
    if seen not in {None, present}:
        raise stale(seen, present=present)


def stale(seen: int | None, *, present: int) -> PreconditionFailed:
    """Return the error for a version that is not the present one."""
    return PreconditionFailed(f"expected version {present}, found If-Match {seen}", version=present)
