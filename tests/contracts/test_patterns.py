"""The patterns of the document and the checks of the service take the same strings."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from app.api.document_parts import PARAMETERS
from app.api.schemas.dimensions import Name
from app.api.schemas.fields import MODEL_ID, TEXT_PATTERN, Id, ModelId, Text
from tests.world import problem

# What regular expressions disagree on, beside what anybody may write. NUL is refused before.
_ODD = st.sampled_from(" \t\n\x1c\x1f\x7f\x85\xa0\u180e\u200b\u2028\u202e\u3000\ufeff/")
_TEXTS = st.text(_ODD | st.characters(exclude_characters="\x00"), min_size=1, max_size=6)


def takes(field, text):
    try:
        field.deserialize(text)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("field", "pattern"),
    [
        (Text(), TEXT_PATTERN),
        (ModelId(), MODEL_ID["pattern"]),
        (Name(), Name().validators[0].regex.pattern),
    ],
    ids=["text", "model id", "name of a dimension"],
)
@given(text=_TEXTS)
def test_the_pattern_takes_what_the_field_takes(field, pattern, text):
    assert takes(field, text) == bool(re.fullmatch(pattern, text))


@given(st.uuids(), st.sampled_from(["{}", "{}\n", "{{{}}}", "urn:uuid:{}"]))
def test_an_id_has_one_form(value, form):
    assert takes(Id(), form.format(value)) == (form == "{}")
    assert not takes(Id(), value.hex)


@pytest.mark.parametrize(
    "key", ["k", "k" * 255, '"k"', '"' + "k" * 255 + '"', '""', '"', "k" * 256, "a b", "é", '"a b"']
)
def test_a_key_is_taken_where_the_document_says_so(alice, key):
    is_documented = re.fullmatch(PARAMETERS["Idempotency-Key"]["schema"]["pattern"], key)
    body = {"model_id": "acme/echo-1"}
    answer = alice.post("/interactions", body, headers={"Idempotency-Key": key})
    if is_documented:
        assert answer.status_code == 201
    else:
        problem(answer, 400, "malformed")
