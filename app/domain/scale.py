"""Scales of dimensions: which scores they allow and where a score lies between 0 and 1."""

from dataclasses import dataclass
from typing import Any, TypeAlias

DEFAULT_SCALE: dict[str, Any] = {"type": "numeric", "min": 1, "max": 5, "step": 1}
# A step of 0.1 has no exact binary form; this is how far from a step still counts as on it.
_TOLERANCE = 1e-9
_BOUNDS = ("min", "max", "step")
# A scale of more scores than these is told in hundredths; below, all scores are told apart.
_MOST_SCORES = 100
_DIGITS, _FEW_DIGITS = 9, 2
# Finer steps cannot be told apart, and a number of steps beyond it has no exact form.
_MOST_STEPS = 2**53


@dataclass(frozen=True, slots=True)
class NumericScale:
    """Numbers from ``least`` to ``most`` in steps of ``step`` (0: any number between)."""

    least: float
    most: float
    step: float

    def fault(self, score: object) -> str | None:
        """Return why ``score`` does not fit, naming expected and found, or None."""
        if isinstance(score, bool) or not isinstance(score, int | float):
            return f"expected a number from {self.least:g} to {self.most:g}, found {_kind(score)}"
        if not self.least <= score <= self.most:
            return f"expected a number from {self.least:g} to {self.most:g}, found {score:g}"
        if self.step and not self._is_on_step(score):
            return f"expected steps of {self.step:g} from {self.least:g}, found {score:g}"
        return None

    def position(self, score: Any) -> float:
        """Return where ``score`` lies: 0 is the lowest, 1 the highest."""
        return float((score - self.least) / (self.most - self.least))

    def _is_on_step(self, score: float) -> bool:
        steps = (score - self.least) / self.step
        return abs(steps - round(steps)) <= _TOLERANCE * max(1.0, abs(steps))


@dataclass(frozen=True, slots=True)
class BooleanScale:
    """Yes or no."""

    def fault(self, score: object) -> str | None:
        """Return why ``score`` does not fit, or None."""
        if isinstance(score, bool):
            return None
        return f"expected true or false, found {_kind(score)}"

    def position(self, score: Any) -> float:
        """Return 1 for true and 0 for false."""
        return float(score)


@dataclass(frozen=True, slots=True)
class CategoricalScale:
    """One of the named categories, listed from worst to best."""

    categories: tuple[str, ...]

    def fault(self, score: object) -> str | None:
        """Return why ``score`` does not fit, or None."""
        if isinstance(score, str) and score in self.categories:
            return None
        found = repr(score[:40]) if isinstance(score, str) else _kind(score)
        return f"expected one of {', '.join(self.categories)}, found {found}"

    def position(self, score: Any) -> float:
        """Return the place of the category between the first (0) and the last (1)."""
        return self.categories.index(score) / (len(self.categories) - 1)


Scale: TypeAlias = NumericScale | BooleanScale | CategoricalScale


def parse_scale(value: dict[str, Any]) -> Scale:
    """Return the scale that ``value`` (as stored) describes."""
    if value["type"] == "boolean":
        return BooleanScale()
    if value["type"] == "categorical":
        return CategoricalScale(tuple(value["categories"]))
    return NumericScale(value["min"], value["max"], value["step"])


def is_fine(scale: Scale) -> bool:
    """Say whether a scale has more scores than anybody would count one by one."""
    return isinstance(scale, NumericScale) and (
        not scale.step or (scale.most - scale.least) / scale.step > _MOST_SCORES
    )


def place_on(scale: Scale, score: Any) -> float:
    """Return where ``score`` lies between 0 and 1, equal for equal scores.

    So that there are few places whatever the scale, those of a fine one are hundredths.
    """
    return round(scale.position(score), _FEW_DIGITS if is_fine(scale) else _DIGITS)


def scale_faults(value: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with a scale as given by an administrator, by field."""
    kind = value["type"]
    if kind == "categorical":
        return _category_faults(value)
    faults: dict[str, str] = {}
    if "categories" in value:
        faults["categories"] = f"not for a {kind} scale"
    if kind == "boolean":
        bounds = [name for name in _BOUNDS if name in value]
        return faults | dict.fromkeys(bounds, "not for a boolean scale")
    return faults | _bound_faults(value)


def normal_scale(value: dict[str, Any]) -> dict[str, Any]:
    """Return the scale with its defaults filled in."""
    if value["type"] != "numeric":
        return dict(value)
    return DEFAULT_SCALE | value


def _category_faults(value: dict[str, Any]) -> dict[str, str]:
    bounds = [name for name in _BOUNDS if name in value]
    faults = dict.fromkeys(bounds, "not for a categorical scale")
    categories = value.get("categories") or []
    if len(categories) < 2:
        return faults | {"categories": f"expected at least 2 categories, found {len(categories)}"}
    if len(set(categories)) < len(categories):
        return faults | {"categories": "expected different categories, found one twice"}
    return faults


def _bound_faults(value: dict[str, Any]) -> dict[str, str]:
    least, most, step = (normal_scale(value)[name] for name in _BOUNDS)
    if least >= most:
        return {"max": f"expected more than min ({least:g}), found {most:g}"}
    if not 0 <= step <= most - least:
        return {"step": f"expected from 0 to {most - least:g}, found {step:g}"}
    if step and most - least > step * _MOST_STEPS:
        return {"step": f"expected a step that the scale has fewer than 2**53 of, found {step:g}"}
    return {}


def _kind(value: object) -> str:
    names = {bool: "a boolean", str: "a string", int: "a number", float: "a number"}
    return names.get(type(value), "something else")
