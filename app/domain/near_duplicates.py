"""Evidence that texts are copies of each other, little changed. It is evidence, no verdict.

Source: locality-sensitive hashing in bands, Leskovec, Rajaraman and Ullman, "Mining of Massive
Datasets", chapter 3. Bands only propose pairs; each pair reported was compared in full.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from app.domain.shingles import SKETCH, plain, resemblance, shingles, sketch

# 16 bands of 4: a pair that resembles by 0.8 is proposed with a chance of 0.9998.
_ROWS = 4
# Texts alike in a band and nowhere else are compared with this many others, not with all.
_MOST_IN_A_BAND = 8

_Band: TypeAlias = tuple[int, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Two texts by their keys and how far they resemble each other, 1 being equal."""

    one: str
    other: str
    resemblance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Texts by their keys, each a near duplicate of another one, as ``links`` show."""

    keys: tuple[str, ...]
    links: tuple[Copy, ...]


@dataclass(slots=True)
class _Seen:
    """The texts so far: their bands, and the cluster that each belongs to by its parents."""

    texts: dict[str, str] = field(default_factory=dict)
    bands: defaultdict[_Band, list[str]] = field(default_factory=lambda: defaultdict(list))
    parents: dict[str, str] = field(default_factory=dict)

    def root(self, key: str) -> str:
        while self.parents[key] != key:
            # Half the way up is skipped the next time.
            self.parents[key] = self.parents[self.parents[key]]
            key = self.parents[key]
        return key


def near_duplicates(
    texts: Iterable[tuple[str, str]], *, threshold: float = 0.8, at_least: int = 20
) -> list[Copies]:
    """Return the clusters among (key, text), the largest first; keys are unique.

    Texts with fewer than ``at_least`` characters are left out: people say "good answer" without
    having copied it from anybody. Time and memory grow with the number of texts.
    """
    seen = _Seen()
    links: list[Copy] = []
    for key, text in sorted(texts):
        if len(said := plain(text)) >= at_least:
            links.extend(_links(seen, key, said, threshold))
    return _clusters(seen, links)


def _links(seen: _Seen, key: str, said: str, threshold: float) -> Iterator[Copy]:
    """Take the text in; yield one link to each cluster that it belongs to."""
    seen.texts[key], seen.parents[key] = said, key
    bands = list(_bands(said))
    pieces = shingles(said)
    for other in sorted({other for band in bands for other in seen.bands[band]}):
        if seen.root(other) == seen.root(key):
            continue
        alike = resemblance(pieces, shingles(seen.texts[other]))
        if alike >= threshold:
            seen.parents[seen.root(key)] = seen.root(other)
            yield Copy(one=other, other=key, resemblance=alike)
    _remember(seen, key, bands)


def _remember(seen: _Seen, key: str, bands: list[_Band]) -> None:
    """Keep the text in those bands in which no other one speaks for its cluster."""
    for band in bands:
        there = seen.bands[band]
        known = any(seen.root(other) == seen.root(key) for other in there)
        if not known and len(there) < _MOST_IN_A_BAND:
            there.append(key)


def _bands(said: str) -> Iterator[_Band]:
    numbers = sketch(said)
    for start in range(0, SKETCH, _ROWS):
        yield start, numbers[start : start + _ROWS].tobytes()


def _clusters(seen: _Seen, links: list[Copy]) -> list[Copies]:
    found: defaultdict[str, list[Copy]] = defaultdict(list)
    for link in links:
        found[seen.root(link.one)].append(link)
    clusters = (
        Copies(
            keys=tuple(sorted({key for link in group for key in (link.one, link.other)})),
            links=tuple(group),
        )
        for group in found.values()
    )
    return sorted(clusters, key=lambda cluster: (-len(cluster.keys), cluster.keys))
