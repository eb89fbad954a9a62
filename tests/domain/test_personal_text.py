"""Personal data is found by its form and its check digits, and nothing else is."""

import pytest

from app.domain.personal_text import Finding, disjoint, find, masked

FOUND = {
    "alice.b+c@example.co.uk": "email",
    "jörg@xn--mller-kva.de": "email",
    "192.168.1.20": "ip",
    "2001:db8::8a2e:370:7334": "ip",
    "2001:0db8:85a3:0000:0000:8a2e:0370:7334": "ip",
    "4111 1111 1111 1111": "card",
    "4111-1111-1111-1111": "card",
    "378282246310005": "card",
    "DE89 3704 0044 0532 0130 00": "iban",
    "GB82WEST12345698765432": "iban",
    "123-45-6789": "ssn",
}
NOTHING = [
    "alice at example.com",
    "@example",
    "a@b",
    "1.2.3",
    "999.1.1.1",
    "127.0.0.1",
    "0.0.0.0",
    "4111 1111 1111 1112",
    "0000 0000 0000 0000",
    "GB82WEST12345698765433",
    "000-12-3456",
    "123-45-67890",
    "std::vector",
    "In 2024 there were 1234567 of them.",
]


@pytest.mark.parametrize(("text", "kind"), FOUND.items())
def test_what_has_the_form_of_personal_data_is_found_as_a_whole(text, kind):
    around = f"It is {text}, they say."
    start = around.index(text)
    found = disjoint(find(around))
    assert found == [Finding(start, start + len(text), kind)]
    assert masked(around, found) == f"It is [{kind.upper()}], they say."


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_looks_like_it_is_left_alone(text):
    assert list(find(text)) == []


def test_of_two_that_overlap_the_one_that_begins_first_counts():
    findings = [Finding(5, 9, "b"), Finding(0, 6, "a"), Finding(0, 3, "c"), Finding(9, 10, "d")]
    assert disjoint(findings) == [Finding(0, 6, "a"), Finding(9, 10, "d")]
    assert masked("0123456789", disjoint(findings)) == "[A]678[D]"
