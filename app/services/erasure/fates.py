"""Fates: what may become of a column, and of a table's rows, when somebody is forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Keep:
    """The column stays as it is, for a reason."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The column takes the value ``to`` (SQL), where it has not done so yet: ``when`` (SQL)."""

    to: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The column names somebody: the pseudonym takes the place of the id.

    With ``owns`` the row is that person's own, and its texts go, too. With ``root`` it changes
    when nothing else is left to be done of that root: by it the work that is left is found.
    """

    owns: bool = False
    root: str | None = None


Fate = Keep | Turn | Person

# What rows hang on, and are found by: the kinds of roots, in the order of the work.
CONVERSATION, FEEDBACK, VERDICT = "conversation", "feedback", "verdict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What becomes of the rows of one table.

    ``reach`` has the condition (SQL) by which rows belong to the roots ``:ids`` of a kind;
    their texts go, whoever wrote them. ``vanishes`` deletes such rows, and a person's own.
    ``unless`` (SQL) spares some. ``nobodys`` says why no row is anybody's.
    """

    columns: Mapping[str, Fate] = field(default_factory=dict)
    reach: Mapping[str, str] = field(default_factory=dict)
    vanishes: bool = False
    unless: str | None = None
    nobodys: str | None = None


def keep(why: str, *names: str) -> dict[str, Fate]:
    """Let columns stay."""
    return dict.fromkeys(names, Keep(why))


def blank(*names: str, to: str = "NULL") -> dict[str, Fate]:
    """Let columns turn into ``to``, where there is something in them."""
    changed = " AND {name} <> {to}" if to != "NULL" else ""
    return {
        name: Turn(to=to, when=f"{name} IS NOT NULL{changed}".format(name=name, to=to))
        for name in names
    }


def nobodys(why: str) -> Rule:
    """Leave a table alone, for a reason."""
    return Rule(nobodys=why)
