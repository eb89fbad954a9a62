"""Evidence that texts are copies of each other, little changed. It is evidence, no verdict.

Source: locality-sensitive hashing in bands, Leskovec, Rajaraman and Ullman, "Mining of Massive
Datasets", chapter 3. Bands only propose pairs; each pair reported was compared in full.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from app.domain.components import Components
from app.domain.shingles import SKETCH, plain, resemblance, shingles, sketch

# 16 bands of 4: a pair that resembles by 0.8 is proposed with a chance of 0.9998.
_ROWS = 4
# Texts alike in a band and nowhere else are compared with this many others, not with all.
_MOST_IN_A_BAND = 8

_Band: TypeAlias = tuple[int, bytes]
# Two texts by their numbers, and how far they resemble each other.
_Link: TypeAlias = tuple[int, int, float]


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
    """The texts so far, by number in the order of their keys, their bands and clusters."""

    keys: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    bands: defaultdict[_Band, list[int]] = field(default_factory=lambda: defaultdict(list))
    clusters: Components = field(default_factory=Components)

    def add(self, key: str, text: str) -> int:
        self.keys.append(key)
        self.texts.append(text)
        return self.clusters.add()

    def is_linked(self, one: int, other: int) -> bool:
        return self.clusters.root(one) == self.clusters.root(other)


def near_duplicates(
    texts: Iterable[tuple[str, str]], *, threshold: float = 0.8, at_least: int = 20
) -> list[Copies]:
    """Return the clusters among (key, text), the largest first; keys are unique.

    Texts with fewer than ``at_least`` characters are left out: people say "good answer" without
    having copied it from anybody. Time and memory grow with the number of texts.
    """
    seen = _Seen()
    links: list[_Link] = []
    for key, text in sorted(texts):
        if len(said := plain(text)) >= at_least:
            links.extend(_links(seen, seen.add(key, said), threshold))
    return _clusters(seen, links)


def _links(seen: _Seen, number: int, threshold: float) -> Iterator[_Link]:
    """Link the last text to each cluster that it belongs to; yield a link for each."""
    bands = list(_bands(seen.texts[number]))
    pieces = shingles(seen.texts[number])
    for other in sorted({other for band in bands for other in seen.bands[band]}):
        if seen.is_linked(other, number):
            continue
        alike = resemblance(pieces, shingles(seen.texts[other]))
        if alike >= threshold:
            seen.clusters.link(other, number)
            yield other, number, alike
    _remember(seen, number, bands)


def _remember(seen: _Seen, number: int, bands: list[_Band]) -> None:
    """Keep the text in those bands in which no other one speaks for its cluster."""
    for band in bands:
        there = seen.bands[band]
        known = any(seen.is_linked(other, number) for other in there)
        if not known and len(there) < _MOST_IN_A_BAND:
            there.append(number)


def _bands(said: str) -> Iterator[_Band]:
    numbers = sketch(said)
    for start in range(0, SKETCH, _ROWS):
        yield start, numbers[start : start + _ROWS].tobytes()


def _clusters(seen: _Seen, links: list[_Link]) -> list[Copies]:
    found: defaultdict[int, list[Copy]] = defaultdict(list)
    for one, other, alike in links:
        copy = Copy(one=seen.keys[one], other=seen.keys[other], resemblance=alike)
        found[seen.clusters.root(one)].append(copy)
    clusters = (
        Copies(
            keys=tuple(sorted({key for link in group for key in (link.one, link.other)})),
            links=tuple(group),
        )
        for group in found.values()
    )
    return sorted(clusters, key=lambda cluster: (-len(cluster.keys), cluster.keys))
