"""ETags: a resource's version, the same for every viewer, honoured when it is sent."""

import pytest

from tests.world import problem


@pytest.fixture
def path(alice):
    return f"/interactions/{alice.interaction()['id']}"


def change(person, path, title, tag):
    return person.put(path, {"title": title}, headers={"If-Match": tag})


def test_the_tag_is_the_version_for_every_viewer(alice, vera, adam, path):
    alice.put(path, {"title": "Two"})
    tags = {person.get(path).headers["ETag"] for person in (alice, vera, adam)}
    assert tags == {'"2"'}


def test_making_and_changing_one_tells_its_tag(alice, path):
    interaction = alice.post("/interactions", {"model_id": "a/b"})
    assert interaction.headers["ETag"] == '"1"'
    assert alice.put(path, {"title": "Two"}).headers["ETag"] == '"2"'


def test_feedback_has_a_tag_too(alice, vera):
    body = {"response_id": alice.response()["id"], "rating": "like"}
    answer = alice.post("/feedback", body)
    given = f"/feedback/{answer.json['id']}"
    assert answer.headers["ETag"] == alice.get(given).headers["ETag"] == '"1"'
    vera.verdict(answer.json["id"])
    assert alice.get(given).headers["ETag"] == vera.get(given).headers["ETag"] == '"2"'


def test_the_current_tag_lets_a_change_through(alice, path):
    assert change(alice, path, "Two", '"1"').json["title"] == "Two"
    assert change(alice, path, "Three", '"2"').json["version"] == 3


def test_a_stale_tag_does_not_and_tells_the_current_version(alice, path):
    change(alice, path, "Two", '"1"')
    told = problem(change(alice, path, "Lost", '"1"'), 412, "stale")
    assert told["version"] == 2
    assert alice.read(path)["title"] == "Two"


def test_a_tag_from_the_future_does_not_either(alice, path):
    problem(change(alice, path, "Lost", '"9"'), 412, "stale")


@pytest.mark.parametrize(
    "tag", ["", 'W/"1"', "1", '"one"', '""', '"1', '"' + "9" * 10 + '"', '"\u0661"', '"-1"']
)
def test_a_tag_that_can_be_none_of_ours_matches_nothing(alice, path, tag):
    problem(change(alice, path, "Lost", tag), 412, "stale")
    assert alice.read(path)["version"] == 1


def test_a_star_matches_whatever_is_there(alice, path):
    change(alice, path, "Two", "*")
    assert change(alice, path, "Three", " * ").json["version"] == 3


def test_without_a_tag_the_last_one_wins(alice, path):
    for title in ("Two", "Three"):
        alice.put(path, {"title": title})
    assert alice.read(path)["title"] == "Three"
