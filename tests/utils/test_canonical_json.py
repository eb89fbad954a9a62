"""Equal JSON values have equal bytes."""

from hypothesis import given
from hypothesis import strategies as st

from app.utils.canonical_json import canonical_bytes

values = st.dictionaries(st.text("abé"), st.integers(-9, 9) | st.text("xé") | st.none())


def test_keys_are_sorted_without_spaces_in_utf_8():
    value = {"b": [1, {"z": None, "a": True}], "a": "é"}
    assert canonical_bytes(value) == '{"a":"é","b":[1,{"a":true,"z":null}]}'.encode()


@given(values)
def test_the_order_of_keys_makes_no_difference(value):
    turned = dict(reversed(value.items()))
    assert canonical_bytes(turned) == canonical_bytes(value)


@given(values, values)
def test_different_values_have_different_bytes(one, other):
    assert (canonical_bytes(one) == canonical_bytes(other)) == (one == other)
