"""Insights into agreement: alpha at every level, kappas of pairs, and what most prefer."""

import pytest

from tests.model_side import ENDPOINT, MODEL
from tests.world import Person, created

LEVELS = ["nominal", "ordinal", "interval"]


@pytest.fixture
def raters(app):
    return [Person(app.test_client(), f"vera-{number}", "validator") for number in range(3)]


def score(person, response_id, value, name="accuracy"):
    return person.feedback(response_id, dimension_ratings=[{"dimension_id": name, "score": value}])


def rate(alice, raters, rows, name="accuracy"):
    """Let raters say one row a response; None says nothing."""
    for values in rows:
        response_id = alice.response()["id"]
        for person, value in zip(raters, values, strict=True):
            if value is not None:
                score(person, response_id, value, name)


# Krippendorff (2011), section C, the first three observers by unit, without those nobody met.
TEXTBOOK = [(1, 1, None), (2, 2, 3), (3, 3, 3), (3, 3, 3), (2, 2, 2), (1, 2, 3), (4, 4, 4),
            (1, 1, 2), (2, 2, 2)]  # fmt: skip


def test_alpha_is_told_at_every_level_that_a_scale_allows(alice, vera, adam, raters):
    rate(alice, raters, TEXTBOOK)
    scale = {"type": "categorical", "categories": ["rude", "fair", "kind"]}
    created(adam.post("/dimensions", {"name": "tone", "scale": scale}))
    created(adam.post("/dimensions", {"name": "safe", "scale": {"type": "boolean"}}))
    rate(alice, raters, [("rude", "kind", None), ("kind", "kind", None)], "tone")
    rate(alice, raters, [(True, True, None)], "safe")
    told = vera.read("/insights/agreement")["items"]
    found = {(one["dimension_name"], one["level"]): one for one in told}
    assert [key[1] for key in found if key[0] == "accuracy"] == LEVELS
    assert [key[1] for key in found if key[0] == "tone"] == LEVELS[:2]
    assert [key[1] for key in found if key[0] == "safe"] == LEVELS[:1]
    alphas = [found["accuracy", level]["krippendorff_alpha"] for level in LEVELS]
    assert alphas == sorted(alphas)
    one = found["accuracy", "interval"]
    assert (one["model_id"], one["items"], one["ratings"], one["raters"]) == (MODEL, 9, 26, 3)
    none = found["safe", "nominal"]
    assert (none["krippendorff_alpha"], none["reason"]) == (None, "nobody_differed")


def test_models_are_told_apart(alice, vera, raters, model_side):
    model_side.models["acme/other"] = ENDPOINT.replace("echo-1", "other")
    rate(alice, raters, [(1, 2, 3)])
    path = f"/interactions/{alice.interaction(model_id='acme/other')['id']}/prompts"
    response_id = created(alice.post(path, {"content": "?"}))["response"]["id"]
    score(raters[0], response_id, 5)
    told = vera.read("/insights/agreement")["items"]
    found = {(one["model_id"], one["level"]): one["reason"] for one in told}
    assert found[MODEL, "nominal"] is None
    assert found["acme/other", "nominal"] == "one_rater"
    told = vera.read("/insights/agreement", model_id="acme/other")
    assert {one["model_id"] for one in told["items"]} == {"acme/other"}
    assert told["pairs"] == []


def test_pairs_of_people_agree_by_kappa_quadratic_on_numbers(alice, vera, adam, raters):
    rate(alice, raters, [(1, 2, None), (5, 5, 5), (3, 3, 1), (2, 1, None)])
    told = vera.read("/insights/agreement")["pairs"]
    found = {(one["one"], one["other"]): one for one in told}
    assert found.keys() == {("vera-0", "vera-1"), ("vera-0", "vera-2"), ("vera-1", "vera-2")}
    pair = found["vera-0", "vera-1"]
    assert (pair["items"], pair["same"], pair["weights"]) == (4, 2, "quadratic")
    # By hand: squared distances 1 + 0 + 0 + 1, and by chance the mean over all 16 meetings.
    said, also = (1, 5, 3, 2), (2, 5, 3, 1)
    chance = sum((one - other) ** 2 for one in said for other in also) / 4
    assert pair["kappa"] == pytest.approx(1 - 2 / chance)


def test_where_both_always_said_the_same_word_there_is_no_kappa(alice, vera, adam, raters):
    created(adam.post("/dimensions", {"name": "safe", "scale": {"type": "boolean"}}))
    rate(alice, raters, [(True, True, None), (True, True, None)], "safe")
    (pair,) = vera.read("/insights/agreement")["pairs"]
    assert (pair["kappa"], pair["reason"], pair["weights"]) == (
        None,
        "nobody_differed",
        "unweighted",
    )


def test_scores_that_nothing_leads_from_are_in_no_pair(alice, vera, adam, raters):
    tone = created(adam.post("/dimensions", {"name": "tone"}))
    rate(alice, raters, [(1, 2, None)], "tone")
    assert len(vera.read("/insights/agreement")["pairs"]) == 1
    body = {"scale": {"type": "boolean"}}
    assert adam.put(f"/dimensions/{tone['id']}", body).status_code == 200
    told = vera.read("/insights/agreement")
    assert told["pairs"] == []
    assert (told["items"][0]["left_out"], told["items"][0]["reason"]) == (2, "nothing_counts")


def test_whoever_a_blind_policy_hides_is_in_no_pair_until_it_is_decided(alice, vera, adam, raters):
    rules = {"validators": 1, "quorum": 0.5, "blind": True, "lease_seconds": 600}
    assert adam.put(f"/validation/policies/{MODEL}", rules).status_code == 200
    response_id = alice.response()["id"]
    given = [score(person, response_id, 3)["id"] for person in raters[:2]]
    assert vera.read("/insights/agreement")["pairs"] == []
    for feedback_id in given:
        vera.verdict(feedback_id)
    (pair,) = vera.read("/insights/agreement")["pairs"]
    assert (pair["one"], pair["other"]) == ("vera-0", "vera-1")


def compared(alice, answers=2):
    """Return a prompt's id and its answers', the first one first."""
    asked = alice.exchange()
    path = f"/prompts/{asked['prompt']['id']}/responses"
    more = [created(alice.post(path, {}))["id"] for _ in range(answers - 1)]
    return asked["prompt"]["id"], [asked["response"]["id"], *more]


def prefer(person, prompt_id, chosen, rejected, verdict="better"):
    body = {"prompt_id": prompt_id, "chosen_response_id": chosen, "rejected_response_id": rejected}
    created(person.post("/feedback/preferences", {**body, "verdict": verdict}))


def rank(person, prompt_id, *groups):
    body = {"prompt_id": prompt_id, "ranking": [list(group) for group in groups]}
    created(person.post("/feedback/preferences", body))


def majorities(told):
    names = ("first", "second", "tie", "both_bad", "none")
    return {name: told[f"majority_{name}"] for name in names if told[f"majority_{name}"]}


def test_what_most_prefer_is_counted_where_several_compared(alice, vera, raters):
    ann, ben, cid = raters
    prompt_id, (first, second) = compared(alice)
    prefer(ann, prompt_id, first, second)
    prefer(ben, prompt_id, first, second)
    prefer(cid, prompt_id, second, first)
    prompt_id, (first, second) = compared(alice)
    prefer(ann, prompt_id, second, first, "both_bad")
    prefer(ben, prompt_id, first, second, "both_bad")
    prompt_id, (first, second) = compared(alice)
    prefer(ann, prompt_id, second, first, "tie")
    prefer(ben, prompt_id, second, first)
    prompt_id, (first, second) = compared(alice)
    prefer(cid, prompt_id, second, first)
    told = vera.read("/insights/agreement", model_id=MODEL)["preferences"]
    assert majorities(told) == {"first": 1, "both_bad": 1, "none": 1}
    assert (told["judgements"], told["shared"], told["unanimous"]) == (8, 3, 1)
    assert [(one["one"], one["other"], one["items"], one["same"]) for one in told["pairs"]] == [
        ("vera-0", "vera-1", 3, 2), ("vera-0", "vera-2", 1, 0), ("vera-1", "vera-2", 1, 0),
    ]  # fmt: skip
    assert vera.read("/insights/agreement", model_id="acme/none")["preferences"]["judgements"] == 0


def test_a_ranking_says_something_of_every_two_answers(alice, vera, raters):
    prompt_id, (first, second, third) = compared(alice, 3)
    rank(raters[0], prompt_id, [third], [first, second])
    rank(raters[1], prompt_id, [third, second], [first])
    told = vera.read("/insights/agreement")["preferences"]
    assert (told["judgements"], told["shared"], told["unanimous"]) == (6, 3, 1)
    assert majorities(told) == {"second": 1, "none": 2}


def test_who_said_it_twice_is_heard_the_last_time(alice, vera, raters):
    prompt_id, (first, second) = compared(alice)
    prefer(raters[0], prompt_id, first, second)
    rank(raters[0], prompt_id, [second], [first])
    rank(raters[1], prompt_id, [second], [first])
    told = vera.read("/insights/agreement")["preferences"]
    assert (told["judgements"], told["shared"], majorities(told)) == (2, 1, {"second": 1})


@pytest.mark.parametrize("part", ["items", "pairs", "preferences", "preference_pairs"])
def test_each_part_is_a_csv(alice, vera, raters, part):
    rate(alice, raters, [(1, 2, 3)])
    prompt_id, (first, second) = compared(alice)
    for person in raters:
        prefer(person, prompt_id, first, second)
    query = {"format": "csv", "part": part}
    lines = vera.get("/insights/agreement", query_string=query).text.splitlines()
    assert len(lines) == {"preferences": 2}.get(part, 4)


def test_a_scale_without_steps_is_paired_in_hundredths(alice, vera, adam, raters):
    scale = {"type": "numeric", "min": 0, "max": 1, "step": 0}
    created(adam.post("/dimensions", {"name": "tone", "scale": scale}))
    rate(alice, raters, [(0.1, 0.1001, None), (0.9, 0.9002, None)], "tone")
    told = vera.read("/insights/agreement")
    assert (told["pairs"][0]["same"], told["pairs"][0]["kappa"]) == (2, 1.0)
