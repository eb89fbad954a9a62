"""Texts as sets of short pieces, and a sketch of such a set that tells similar ones apart.

Sources: Broder, "On the resemblance and containment of documents" (1997), for shingles,
resemblance (Jaccard) and MinHash; Vigna's splitmix64 for mixing. Own code, since the domain is
numpy at most, and datasketch would bring scipy.
"""

import unicodedata
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Hashes: TypeAlias = NDArray[np.uint64]

LENGTH = 5
SKETCH = 64
_BASE = np.uint64(0x9E3779B97F4A7C15)
_WEIGHTS = np.array([pow(int(_BASE), power, 2**64) for power in range(LENGTH)], dtype=np.uint64)


def plain(text: str) -> str:
    """Return ``text`` without what is easily varied: case, spacing, forms of a character."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def shingles(text: str) -> frozenset[str]:
    """Return each piece of ``LENGTH`` characters of ``text``; a shorter text is one piece."""
    pieces = max(1, len(text) - LENGTH + 1)
    return frozenset(text[place : place + LENGTH] for place in range(pieces))


def resemblance(one: frozenset[str], other: frozenset[str]) -> float:
    """Return Jaccard's index: the part of all pieces that both have."""
    return len(one & other) / len(one | other)


def sketch(text: str) -> Hashes:
    """Return ``SKETCH`` numbers; two texts share each with the chance of their resemblance."""
    pieces = np.unique(hashes(text))
    numbers = pieces * _FACTORS + _SUMMANDS >> np.uint64(32)
    return np.asarray(numbers.min(axis=1))


def hashes(text: str) -> Hashes:
    """Return the hash of each piece of ``LENGTH`` characters; a shorter text is one piece."""
    return hashes_of([text])[0]


def hashes_of(texts: Sequence[str]) -> tuple[Hashes, Hashes]:
    """Return the hashes of texts, one text's after the other's, and where each begins and ends.

    All at once: of a short text alone, most of the time goes into the calls.
    """
    padded = [text.ljust(LENGTH) for text in texts]
    raw = "".join(padded).encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(raw, dtype="<u4").astype(np.uint64)
    pieces = len(points) - LENGTH + 1
    terms = (points[at : at + pieces] * weight for at, weight in enumerate(_WEIGHTS))
    found = mixed(np.asarray(sum(terms, np.zeros(pieces, dtype=np.uint64))))
    lengths = np.array([len(text) for text in padded])
    # Pieces that begin in one text and end in the next are none.
    across = np.cumsum(lengths)[:-1, None] - np.arange(1, LENGTH)
    ends = np.cumsum([0, *(lengths - LENGTH + 1)])
    return np.delete(found, across.ravel()), ends.astype(np.uint64)


def mixed(numbers: Hashes) -> Hashes:
    """Return numbers whose every bit depends on every bit of the given ones."""
    numbers = (numbers ^ numbers >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ numbers >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return np.asarray(numbers ^ numbers >> np.uint64(31))


_DRAWN = mixed(np.arange(1, 2 * SKETCH + 1, dtype=np.uint64) * _BASE)
# An odd factor loses no bit of what it multiplies.
_FACTORS = (_DRAWN[:SKETCH] | np.uint64(1))[:, None]
_SUMMANDS = _DRAWN[SKETCH:, None]
