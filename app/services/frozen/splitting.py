"""What is asked of splits, as a version keeps it."""

from typing import Any

from app.domain.splits import People, Splits

NAMES = ("train", "validation", "test")


def as_asked(asked: dict[str, Any] | None) -> dict[str, Any]:
    """Return what is kept of what a caller asked for; shares in the order of their names."""
    given = asked or {"train": 1.0}
    return {
        "shares": [[name, float(given[name])] for name in NAMES if name in given],
        "seed": given.get("seed", 0),
        "people": given.get("people", People.EVERYBODY),
    }


def splits_of(kept: dict[str, Any]) -> Splits:
    """Return the splits that ``as_asked`` told."""
    shares = tuple((name, float(share)) for name, share in kept["shares"])
    return Splits(shares=shares, seed=kept["seed"], people=People(kept["people"]))
