"""Mappings from an old scale of a dimension to its new one, so that old scores stay comparable."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.scale import NumericScale, is_fine, parse_scale


def mapping_faults(
    mapping: dict[str, Any], *, old: dict[str, Any], new: dict[str, Any]
) -> dict[str, Any]:
    """Return what is wrong with a mapping as given by an administrator, by field."""
    if mapping["type"] == "linear":
        if new["type"] == "numeric":
            return {}
        return {"type": f"expected a table where the new scale is {new['type']}"}
    faults: dict[int, dict[str, str]] = {}
    seen: list[Any] = []
    for place, row in enumerate(mapping["table"]):
        fault = parse_scale(old).fault(row["from"])
        if fault is None and row["from"] in seen:
            fault = "expected different scores, found one twice"
        to_fault = parse_scale(new).fault(row["to"])
        found = {"from": fault, "to": to_fault}
        if fault or to_fault:
            faults[place] = {name: said for name, said in found.items() if said}
        seen.append(row["from"])
    return {"table": faults} if faults else {}


def carried(
    score: Any, *, mapping: dict[str, Any] | None, old: dict[str, Any], new: dict[str, Any]
) -> Any:
    """Return what ``score`` on the old scale is on the new one, or None where nobody said.

    A linear mapping keeps where a score lies between the lowest and the highest; it may come
    to lie between two steps.
    """
    if mapping is None:
        return None
    if mapping["type"] == "table":
        found = (row["to"] for row in mapping["table"] if row["from"] == score)
        return next(found, None)
    scale = parse_scale(new)
    if not isinstance(scale, NumericScale):
        return None
    return scale.least + parse_scale(old).position(score) * (scale.most - scale.least)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleVersion:
    """A scale as it was, and how scores of the version before carry over (None: unsaid)."""

    version: int
    scale: dict[str, Any]
    mapping: dict[str, Any] | None


class Carrier:
    """Carries scores of every version of a dimension's scale to the current one."""

    def __init__(self, versions: Sequence[ScaleVersion]) -> None:
        """Take all versions, the oldest first."""
        self._versions = {one.version: one for one in versions}
        self.current = versions[-1]
        self.scale = parse_scale(self.current.scale)
        self.is_fine = any(is_fine(parse_scale(one.scale)) for one in versions)
        broken = [place for place, one in enumerate(versions) if place and one.mapping is None]
        # Versions from which no mappings lead to the current one.
        self.mute = tuple(one.version for one in versions[: broken[-1] if broken else 0])

    def carry(self, score: Any, *, version: int) -> Any:
        """Return what ``score`` is on the current scale, or None where nobody said."""
        while version < self.current.version and score is not None:
            old, new = self._versions[version], self._versions[version + 1]
            score = carried(score, mapping=new.mapping, old=old.scale, new=new.scale)
            version += 1
        return score
