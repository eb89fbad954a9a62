"""R8: scores are what the scale says, and every answer is JSON to a strict reader."""

import json

import orjson
import pytest

from tests.hostile import values
from tests.world import created

SCALES = {
    "whole": {"type": "numeric", "min": 1, "max": 5, "step": 1},
    "halves": {"type": "numeric", "min": 0, "max": 1, "step": 0.5},
    "any": {"type": "numeric", "min": -1, "max": 1, "step": 0},
    "yes": {"type": "boolean"},
    "words": {"type": "categorical", "categories": ["bad", "good", "5", "true"]},
}
SOUND = {
    "whole": ["1", "5", "3.0", "5e0"],
    "halves": ["0", "0.5", "1.0", "-0.0"],
    "any": ["0.1", "-1", "1e-300", "5e-324"],
    "yes": ["true", "false"],
    "words": ['"bad"', '"good"', '"5"'],
}
MALFORMED = [*values.BAD_NUMBERS, '"\\ud800"', ""]
NEVER = [
    *values.HUGE_NUMBERS,
    *(str(sign * 2**power) for power in (31, 32, 63, 64) for sign in (1, -1)),
    "1e308",
    "-1e308",
    "null",
    "[]",
    "[4]",
    "{}",
    '{"score":4}',
    '""',
    '" "',
    '"NaN"',
    '"Infinity"',
    '"4 "',
    '"bad\\u0000"',
    '"٤"',
    '"' + "g" * 201 + '"',
]
UNFIT = {
    "whole": ["0", "6", "1.5", "2.0000001", "true", "false", '"5"', '"4"', "0.9999999999999999"],
    "halves": ["0.25", "-0.5", "1.5", "true", '"1"', "1e-9"],
    "any": ["1.0000000000000002", "-1.1", "true", '"0"'],
    "yes": ["0", "1", "1.0", '"true"', '"yes"', "2"],
    "words": ["0", "5", "true", '"BAD"', '"bad "', '"g\\u006fodd"'],
}


@pytest.fixture
def rate(attack, adam):
    """Rate Alice's next response with a score as JSON text; return the answer."""
    for name, scale in SCALES.items():
        created(adam.post("/dimensions", {"name": name, "scale": scale}))

    def give(dimension, score):
        text = '{"response_id":"%s","dimension_ratings":[{"dimension_id":"%s","score":%s}]}'
        body = text % (attack.scene.unrated_id, dimension, score)
        return attack.send("POST /feedback", data=body.encode("utf-8", "surrogatepass"))

    return give


@pytest.mark.parametrize("dimension", SCALES)
def test_r8_what_is_no_number_is_malformed(rate, dimension):
    found = {score[:40]: rate(dimension, score).status_code for score in MALFORMED}
    assert {score: status for score, status in found.items() if status != 400} == {}


@pytest.mark.parametrize("dimension", SCALES)
def test_r8_what_does_not_fit_is_refused(rate, dimension):
    found = {score[:40]: rate(dimension, score).status_code for score in NEVER + UNFIT[dimension]}
    assert {score: status for score, status in found.items() if status != 422} == {}


@pytest.mark.parametrize("dimension", SCALES)
def test_r8_what_fits_is_kept_as_it_is(rate, alice, vera, dimension):
    for score in SOUND[dimension]:
        given = created(rate(dimension, score))
        read = orjson.loads(alice.get(f"/feedback/{given['id']}").data)
        assert read["dimension_ratings"][0]["score"] == json.loads(score)
        entry_id = vera.verdict(given["id"])["dataset_entry_id"]
        entry = orjson.loads(vera.get(f"/dataset/entry/{entry_id}").data)
        assert entry["quality_ratings"] == {dimension: json.loads(score)}


def test_r8_statistics_and_exports_stay_json(rate, vera, adam):
    for dimension, scores in SOUND.items():
        for score in scores:
            vera.verdict(created(rate(dimension, score))["id"])
    for path in ("/validation/stats", "/dataset/stats", "/feedback/pending"):
        orjson.loads(vera.get(path).data)
    page = vera.read("/dataset/model/acme/echo-1", limit=100)["items"]
    export = vera.get("/dataset/model/acme/echo-1/export?format=json")
    assert [item["id"] for item in orjson.loads(export.data)] == [item["id"] for item in page]
    orjson.loads(adam.get("/events?limit=1000").data)


@pytest.mark.parametrize(
    "scale",
    [
        {"min": 0, "max": 1e15, "step": 1e-300},
        {"min": 0, "max": 1, "step": 5e-324},
        {"min": -(2**53), "max": 2**53, "step": 1},
        {"min": 5e-324, "max": 1e-323, "step": 0},
        {"min": 0, "max": 1e-320, "step": 1e-322},
        {"min": -1e-300, "max": 1e15, "step": 0.1},
    ],
)
def test_r8_no_scale_can_be_made_that_a_score_falls_over(rate, attack, adam, scale):
    body = {"name": "odd", "scale": {"type": "numeric", **scale}}
    made = adam.post("/dimensions", body)
    assert made.status_code in {201, 422}
    if made.status_code == 201:
        for score in (scale["min"], scale["max"], (scale["min"] + scale["max"]) / 3, 1, 0.1, -1):
            assert rate("odd", json.dumps(score)).status_code in {201, 422}
        orjson.loads(adam.get("/feedback/pending").data)
