"""Bands: a few numbers by which texts that are much alike find each other in an index.

Source: locality-sensitive hashing in bands, Leskovec, Rajaraman and Ullman, "Mining of Massive
Datasets", chapter 3. Two texts that resemble each other by 0.9 share one of the three bands with
a chance of 0.96, by 0.8 of 0.80, by 0.5 of 0.18 and by 0.3 of 0.02.
"""

from app.domain.shingles import plain, sketch

BANDS = 3
_ROWS = 4
# What comes after it is not looked at: the sketch of a text takes memory by its length.
_LONGEST = 2_000
# People say "good answer" without having copied it from anybody.
_SHORTEST = 20
_FACTOR = 0x9E3779B97F4A7C15
_SIGNED = 2**63


def bands(text: str) -> list[int]:
    """Return the bands of a text, 64-bit numbers; none for one too short to resemble another."""
    said = plain(text[:_LONGEST])
    if len(said) < _SHORTEST:
        return []
    numbers = sketch(said)[: BANDS * _ROWS].tolist()
    return [_mixed(band, numbers[band * _ROWS :][:_ROWS]) for band in range(BANDS)]


def _mixed(band: int, numbers: list[int]) -> int:
    mixed = band
    for number in numbers:
        mixed = (mixed * _FACTOR + number + 1) % (2 * _SIGNED)
        mixed ^= mixed >> 29
    return mixed - _SIGNED
