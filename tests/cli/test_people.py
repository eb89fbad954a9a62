"""flask people measure: what is counted hourly, at once, and when it was."""

from datetime import datetime

from app.utils import clock
from tests.crowd import fill
from tests.world import Person

MEASURED = (
    "/validation/reliability",
    "/users/me/reliability",
    "/validation/contradictions",
    "/validation/kappas",
    "/validation/signals",
)


def counted(adam):
    """Return when each list was counted, with whether there is anything in it."""
    found = {path: adam.read(path) for path in MEASURED}
    return {path: (one["as_of"], bool(one["items"])) for path, one in found.items()}


def test_what_was_never_counted_says_so(adam):
    assert counted(adam) == dict.fromkeys(MEASURED, (None, False))


def test_it_counts_at_once_and_the_lists_say_when(flask, app, adam, vera, alice):
    adam.put("/validation/policies/all", {"validators": 2})
    vic = Person(app.test_client(), "vic", "validator")
    for _ in range(5):
        given = alice.feedback()["id"]
        vera.verdict(given)
        vic.verdict(given)
    before = clock.now()
    result = flask("people", "measure")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "reliability: 3 validators and raters",
        "agreement: verdicts, and scores on 5 dimensions",
        "signals: 0 found",
    ]
    assert "\r3 people" in result.stderr
    assert "\r5 dimensions" in result.stderr
    assert "\r5 looks" in result.stderr
    found = counted(adam)
    assert all(datetime.fromisoformat(as_of) >= before for as_of, _ in found.values())
    assert {path for path, (_, is_there) in found.items() if is_there} == {
        "/validation/reliability",
        "/validation/kappas",
    }
    assert vera.read("/users/me/reliability")["items"]


def test_counted_again_it_is_the_same_but_for_the_moment(flask, app, adam):
    fill(app, 7)
    first, second = ((flask("people", "measure").stdout, counted(adam)) for _ in range(2))
    assert first[0] == second[0]
    assert all(second[1][path][0] > first[1][path][0] for path in MEASURED)


def test_a_database_that_does_not_answer_is_one_line(flask_with):
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    result = flask_with("people", "measure", database_url=nowhere)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the database does not answer")
