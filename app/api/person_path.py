"""Ids of people in paths: whatever the tokens call them, slashes and all."""

from typing import Any

from app.api.model_path import AnyPath
from app.errors import Invalid

_LONGEST = 255
USER_ID: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": _LONGEST,
    "pattern": r"^[^\u0000]+$",
    "description": "The `sub` of their tokens; `me` is who asks.",
    "example": "me",
}


class PersonPath(AnyPath):
    """Takes what stands in the place of somebody's id as it is."""


def checked_user_id(user_id: str) -> str:
    """Return the id that routing took from the path; raises Invalid for an impossible one."""
    if "\0" in user_id or len(user_id) > _LONGEST:
        message = f"expected 1 to {_LONGEST} characters, none of them NUL"
        raise Invalid("the id in the path is not one", errors={"user_id": [message]})
    return user_id
