"""Personal data in texts, as far as its form gives it away, and the masks over it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address

# Not RFC 5322: what people write, with a real domain behind the @.
_EMAIL = re.compile(
    r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[a-z\d](?:[a-z\d-]{0,62}[a-z\d])?\.){1,8}[a-z]{2,24}(?![\w-])",
    re.IGNORECASE,
)
_IP = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f:]*::[\da-f:.]*|(?:[\da-f]{1,4}:){7}[\da-f]{1,4})(?![\w:]|\.\w)", re.IGNORECASE)  # fmt: skip  # noqa: E501
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,4})?(?!\w)")
_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Personal data of a kind, from ``start`` to before ``stop``, in code points."""

    start: int
    stop: int
    kind: str


def find(text: str) -> Iterator[Finding]:
    """Yield what has the form, and where there is one the check digits, of personal data.

    E-mail addresses; IP addresses; payment cards (Luhn, ISO/IEC 7812); IBANs (ISO 13616, mod
    97); social security numbers of the United States in their written form.
    """
    for match in _EMAIL.finditer(text):
        yield Finding(match.start(), match.end(), "email")
    for kind, pattern, is_one in (
        ("ip", _IP, _is_ip),
        ("card", _CARD, _is_card),
        ("iban", _IBAN, _is_iban),
        ("ssn", _SSN, bool),
    ):
        for match in pattern.finditer(text):
            if is_one(match.group()):
                yield Finding(match.start(), match.end(), kind)


def disjoint(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in their order; of two that overlap the one that begins first, or longer."""
    kept: list[Finding] = []
    for one in sorted(findings, key=lambda finding: (finding.start, -finding.stop, finding.kind)):
        if not kept or one.start >= kept[-1].stop:
            kept.append(one)
    return kept


def masked(text: str, findings: Iterable[Finding]) -> str:
    """Return the text with ``[KIND]`` in place of each of the disjoint findings."""
    pieces, behind = [], 0
    for one in findings:
        pieces += [text[behind : one.start], f"[{one.kind.upper()}]"]
        behind = one.stop
    return "".join([*pieces, text[behind:]])


def _is_ip(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return not address.is_unspecified and not address.is_loopback


def _is_card(text: str) -> bool:
    digits = [int(digit) for digit in text if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_iban(text: str) -> bool:
    code = text.replace(" ", "")
    turned = code[4:] + code[:4]
    return 15 <= len(code) <= 34 and int("".join(str(int(one, 36)) for one in turned)) % 97 == 1
