"""Masking: personal data is found in texts and covered."""

import phonenumbers

from app.domain.personal_text import Finding, disjoint, find, masked

# Numbers without a country code are read as these countries write them.
_REGIONS = ("US", "GB", "DE")
# The fewest digits worth asking about.
_LEAST_DIGITS = 7


def mask(text: str) -> tuple[str, list[Finding]]:
    """Return the text with its personal data covered, and where that was.

    Phone numbers are found by Google's metadata of all countries, and have to be valid ones.
    """
    found = list(find(text))
    if sum(character.isdigit() for character in text) >= _LEAST_DIGITS:
        found += _phones(text)
    findings = disjoint(found)
    return (masked(text, findings), findings) if findings else (text, [])


def _phones(text: str) -> list[Finding]:
    return [
        Finding(match.start, match.end, "phone")
        for region in _REGIONS
        for match in phonenumbers.PhoneNumberMatcher(
            text, region, leniency=phonenumbers.Leniency.STRICT_GROUPING
        )
    ]
