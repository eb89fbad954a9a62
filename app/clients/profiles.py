"""The User Profile Service: what people are good at, and what they contributed."""

from collections.abc import Mapping
from typing import Any, Protocol

from app.clients.http import path_segment
from app.clients.neighbour import Neighbour

_PROFILES = "/api/profiles"


class Profiles(Protocol):
    """Knows people; None where it has nothing to say."""

    def expertise(self, user_id: str) -> list[dict[str, str]] | None:
        """Return ``{name, level}`` of each area, None when nobody knows."""
        ...

    def answers(self) -> bool:
        """Say whether the service is there."""
        ...

    def tell(self, user_id: str, event: Mapping[str, Any]) -> bool:
        """Tell of a contribution and say whether it was taken.

        ``event["id"]`` goes with it as Idempotency-Key: told twice, it counts once.
        """
        ...


class NoProfiles:
    """Where no service is configured nobody is known, and telling is done with at once."""

    def expertise(self, user_id: str) -> None:  # noqa: ARG002
        """Know nothing."""
        return

    def tell(self, user_id: str, event: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Have nobody to tell, which trying again would not change."""
        return True

    def answers(self) -> bool:
        """Say that nobody is there."""
        return False


class HttpProfiles:
    """Asks the User Profile Service over HTTP."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._neighbour = neighbour

    def expertise(self, user_id: str) -> list[dict[str, str]] | None:
        """Ask for areas of expertise."""
        return self._neighbour.remembered(f"expertise:{user_id}", lambda: self._expertise(user_id))

    def tell(self, user_id: str, event: Mapping[str, Any]) -> bool:
        """POST the event; anything but 2xx is not taken."""
        path = _path(user_id, "/contributions")
        if path is None:
            return False
        key = {"Idempotency-Key": str(event["id"])}
        reply = self._neighbour.ask("POST", path, json=dict(event), headers=key)
        return reply is not None and reply.ok

    def answers(self) -> bool:
        """Ask whether the service is there."""
        return self._neighbour.answers()

    def _expertise(self, user_id: str) -> list[dict[str, str]] | None:
        path = _path(user_id, "/expertise")
        reply = self._neighbour.ask("GET", path) if path else None
        body = reply.json_object() if reply and reply.ok else {}
        # Only an answer that calls itself a success says anything.
        listed = body.get("expertise_areas") if body.get("success") is True else None
        if not isinstance(listed, list):
            return None
        return [
            {"name": area["name"], "level": area["level"]}
            for area in listed
            if isinstance(area, dict)
            and isinstance(area.get("name"), str)
            and isinstance(area.get("level"), str)
        ]


def _path(user_id: str, rest: str) -> str | None:
    """Return the path of a person, None for an id that no path can hold."""
    try:
        return f"{_PROFILES}/{path_segment(user_id)}{rest}"
    except ValueError:
        return None
