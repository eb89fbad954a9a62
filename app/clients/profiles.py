"""The User Profile Service: who people are, what they are good at, what they contributed."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from app.clients.http import path_segment
from app.clients.neighbour import Neighbour

Profile = dict[str, Any]
_PROFILES = "/api/profiles"


class Profiles(Protocol):
    """Knows people; None where it has nothing to say."""

    def profile(self, user_id: str) -> Profile | None:
        """Return a person's profile, None when nobody knows."""
        ...

    def expertise(self, user_id: str) -> list[dict[str, str]] | None:
        """Return ``{name, level}`` of each area, None when nobody knows."""
        ...

    def bulk(self, user_ids: Iterable[str]) -> dict[str, Profile] | None:
        """Return the profiles of those who are known, by id; None when nobody knows."""
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

    def profile(self, user_id: str) -> None:  # noqa: ARG002
        """Know nothing."""
        return

    def expertise(self, user_id: str) -> None:  # noqa: ARG002
        """Know nothing."""
        return

    def bulk(self, user_ids: Iterable[str]) -> None:  # noqa: ARG002
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

    def profile(self, user_id: str) -> Profile | None:
        """Ask for a profile."""
        return self._neighbour.remembered(f"profile:{user_id}", lambda: self._profile(user_id))

    def expertise(self, user_id: str) -> list[dict[str, str]] | None:
        """Ask for areas of expertise."""
        return self._neighbour.remembered(f"expertise:{user_id}", lambda: self._expertise(user_id))

    def bulk(self, user_ids: Iterable[str]) -> dict[str, Profile] | None:
        """Ask for many profiles at once; not remembered, the sets differ each time."""
        asked = sorted(set(user_ids))
        if not asked:
            return {}
        body = self._success("POST", f"{_PROFILES}/bulk", json={"user_ids": asked})
        listed = body.get("profiles") if body else None
        return None if listed is None else _by_id(listed)

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

    def _profile(self, user_id: str) -> Profile | None:
        body = self._success("GET", _path(user_id))
        profile = body.get("profile") if body else None
        return profile if isinstance(profile, dict) else None

    def _expertise(self, user_id: str) -> list[dict[str, str]] | None:
        body = self._success("GET", _path(user_id, "/expertise"))
        listed = body.get("expertise_areas") if body else None
        if not isinstance(listed, list):
            return None
        return [
            {"name": area["name"], "level": area["level"]}
            for area in listed
            if isinstance(area, dict)
            and isinstance(area.get("name"), str)
            and isinstance(area.get("level"), str)
        ]

    def _success(self, method: str, path: str | None, json: Any = None) -> Profile | None:
        """Return the body of an answer that calls itself a success."""
        reply = self._neighbour.ask(method, path, json=json) if path else None
        body = reply.json_object() if reply and reply.ok else {}
        return body if body.get("success") is True else None


def _path(user_id: str, rest: str = "") -> str | None:
    """Return the path of a person, None for an id that no path can hold."""
    try:
        return f"{_PROFILES}/{path_segment(user_id)}{rest}"
    except ValueError:
        return None


def _by_id(listed: Any) -> dict[str, Profile]:
    """Return profiles by id, out of a list of them or an object that is keyed already."""
    if isinstance(listed, dict):
        return {key: value for key, value in listed.items() if isinstance(value, dict)}
    items = listed if isinstance(listed, list) else []
    profiles = [item for item in items if isinstance(item, dict)]
    return {str(item.get("user_id", item.get("id"))): item for item in profiles}
