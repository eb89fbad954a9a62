"""Selections: which entries are listed, exported and counted, by what is asked."""

import pytest
from sqlalchemy import text

from app.db import transaction
from app.jobs import upkeep
from tests.model_side import MODEL
from tests.story import Story, scores
from tests.world import Person, created, problem

LIST = f"/dataset/model/{MODEL}"


@pytest.fixture
def story(app, model_side):
    return Story(app, model_side)


def said(story, **query):
    """Return the questions of the entries that a selection lists, exports and counts alike."""
    items = story.vera.read(LIST, limit=100, **query)["items"]
    told = story.vera.read(f"/dataset/preview/{MODEL}", shape="raw", **query)
    exported = story.vera.read(f"{LIST}/export", **query)
    raw = story.vera.read(f"{LIST}/export", shape="raw", **query)
    ids = [item["id"] for item in items]
    assert ids == [item["id"] for item in exported]
    assert set(ids) == {item["entry_id"] for item in raw}
    assert told["records"] == told["entries"]["selected"] == len(ids)
    excluded = {one["name"] for one in told["entries"]["excluded"]}
    assert bool(excluded) == (told["entries"]["there"] > len(ids))
    return {item["prompt"] for item in items}


def test_by_scores(story):
    for question, score in (("low", 1), ("middle", 3), ("high", 5)):
        answer, *_ = story.answers(question, question)
        story.rated(answer, dimension_ratings=scores(accuracy=score, clarity=4))
    other, *_ = story.answers("unscored", "unscored")
    story.rated(other, rating="like")
    assert said(story, min_score="accuracy:0.5") == {"middle", "high"}
    assert said(story, min_score="accuracy:1") == {"high"}
    assert said(story, min_score="accuracy:0.5,clarity:0.75") == {"middle", "high"}
    assert said(story, min_score="accuracy:0.5,clarity:0.8") == set()


def test_by_scores_of_any_scale(story):
    categorical = {"type": "categorical", "categories": ["rude", "plain", "kind"]}
    for body in (
        {"name": "tone", "scale": categorical},
        {"name": "safe", "scale": {"type": "boolean"}},
    ):
        assert story.adam.post("/dimensions", body).status_code == 201
    for question, tone, safe in (("a", "rude", False), ("b", "plain", True), ("c", "kind", True)):
        answer, *_ = story.answers(question, question)
        story.rated(answer, dimension_ratings=scores(tone=tone, safe=safe))
    assert said(story, min_score="tone:0.5") == {"b", "c"}
    assert said(story, min_score="safe:1,tone:0.6") == {"c"}


def test_by_raters_and_their_agreement(story):
    for question, other in (("same", 4), ("apart", 1), ("near", 3)):
        answer, *_ = story.answers(question, question)
        story.rated(answer, rating="like", dimension_ratings=scores(accuracy=4))
        story.rated(
            answer, by=story.adam, judge=story.vera, dimension_ratings=scores(accuracy=other)
        )
    alone, *_ = story.answers("alone", "alone")
    story.rated(alone, dimension_ratings=scores(accuracy=4))
    assert said(story, min_raters="2") == {"same", "apart", "near"}
    assert said(story, min_raters="3") == set()
    assert said(story, min_agreement="0") == {"same", "apart", "near"}
    assert said(story, min_agreement="0.75") == {"same", "near"}
    assert said(story, min_agreement="1") == {"same"}


def test_by_how_far_its_rater_is_relied_upon_which_is_its_weight(story, app):
    answer, other = story.answers("trusted", "answer", "other")
    story.rated(answer, rating="like")
    story.compared(answer, other)
    unknown, *_ = story.answers("unknown", "answer")
    story.rated(unknown, by=story.adam, rating="like")
    measured = (
        "INSERT INTO reliabilities VALUES ('alice', 'rater', 'overall', 6, 2, now(), 6, '{}')"
    )
    with app.app_context(), transaction() as session:
        session.execute(text(measured))
    assert said(story, min_reliability="0.75") == {"trusted"}
    assert said(story, min_reliability="0.76") == set()
    assert said(story) == {"trusted", "unknown"}
    targets = story.vera.read(f"{LIST}/export", shape="sft")
    weights = {one["prompt"][0]["content"]: one["sample_weight"] for one in targets}
    assert weights == {"trusted": 0.75, "unknown": 1.0}
    (pair,) = story.vera.read(f"{LIST}/export", shape="preference", min_reliability="0.75")
    assert pair["sample_weight"] == 0.75
    assert story.vera.read(f"{LIST}/export", shape="preference", min_reliability="1") == []


def test_likes_are_agreed_on_or_not(story):
    for question, other in (("both", "like"), ("one", "dislike")):
        answer, *_ = story.answers(question, question)
        story.rated(answer, rating="like")
        story.rated(answer, by=story.adam, judge=story.vera, rating=other)
    assert said(story, min_agreement="0.5") == {"both"}


def test_what_counts_no_more_has_no_score_no_rater_and_no_like(story):
    answer, *_ = story.answers("asked", "answered")
    story.rated(answer, rating="like", dimension_ratings=scores(accuracy=5))
    other = story.adam.feedback(
        answer["id"], rating="dislike", dimension_ratings=scores(accuracy=1)
    )
    story.vera.verdict(other["id"])
    assert said(story, min_score="accuracy:0.5") == said(story, min_raters="2") == {"asked"}
    assert said(story, min_score="accuracy:0.6") == said(story, min_agreement="0.1") == set()
    ada = Person(story.vera.client, "ada", "admin")
    body = {"is_valid": False, "notes": "The source says so."}
    created(ada.post(f"/feedback/{other['id']}/decision", body))
    assert said(story, min_score="accuracy:1") == {"asked"}
    assert said(story, min_raters="2") == said(story, min_agreement="0") == set()


def test_a_refuted_score_is_none(story):
    answer, *_ = story.answers("asked", "answered")
    given = story.alice.feedback(answer["id"], dimension_ratings=scores(accuracy=5, clarity=5))
    refuted = [{"dimension_id": "accuracy", "is_valid": False}]
    story.vera.verdict(given["id"], dimension_verdicts=refuted)
    assert said(story, min_score="clarity:1") == {"asked"}
    assert said(story, min_score="accuracy:0") == set()


def test_by_metadata(story):
    answer, *_ = story.answers("tagged", "tagged")
    story.rated(answer, rating="like")
    story.alice.put(story.path, {"metadata": {"tags": "alone", "intent": "ask"}})
    assert said(story, tags="alone", intent="ask") == {"tagged"}
    assert said(story, tags="maths") == set()
    story.alice.put(story.path, {"metadata": {"tags": ["a", "b"]}})
    assert said(story, tags="b,a") == {"tagged"}
    assert said(story, tags="a,c") == set()
    assert said(story, intent="ask") == set()
    story.alice.put(story.path, {"metadata": {"tags": 5}})
    assert said(story, tags="a") == set()


def test_by_the_language_that_was_said_or_else_found(story, app):
    german = "Was ist eigentlich maschinelles Lernen und wozu braucht man es?"
    english = "What is machine learning, and what is it good for?"
    for question in (german, english, "?!"):
        answer, other = story.answers(question, question, f"{question}!")
        story.rated(answer, rating="like")
        story.compared(answer, other)
    story.alice.put(story.path, {"metadata": {}})
    assert said(story, language="de") == set()
    with app.app_context():
        upkeep.find_languages(timestamp=0)
        upkeep.find_languages(timestamp=0)
    assert said(story, language="de") == {german}
    assert said(story, language="en") == {english}
    assert said(story, language="und") == {"?!"}
    pairs = story.vera.read(f"{LIST}/export", shape="preference", language="de", turns="text")
    assert [pair["prompt"] for pair in pairs] == [german]
    story.alice.put(story.path, {"metadata": {"language": "nl"}})
    assert said(story, language="nl") == {german, english, "?!"}


def test_by_time_and_version(story):
    answer, *_ = story.answers("now", "now")
    story.rated(answer, rating="like")
    (entry,) = story.vera.read(LIST)["items"]
    assert said(story, since=entry["created_at"]) == {"now"}
    assert said(story, until=entry["created_at"]) == set()
    assert said(story, since="2026-01-01T00:00:00Z", until="2999-01-01T00:00:00+01:00") == {"now"}
    assert said(story, model_version="1.0") == {"now"}
    assert said(story, model_version="2.0") == set()


def test_from_feedback_answer_and_conversation_to_the_entry(story):
    answer, *_ = story.answers("here", "here")
    other, *_ = story.answers("there", "there")
    story.rated(other, rating="like")
    entry = story.vera.read(f"/dataset/entry/{story.rated(answer, rating='like')}")
    source = entry["source"]
    assert said(story, feedback_id=source["feedback_id"]) == {"here"}
    assert said(story, response_id=source["response_id"]) == {"here"}
    assert said(story, interaction_id=source["interaction_id"]) == {"here", "there"}
    assert said(story, interaction_id=source["feedback_id"]) == set()


def test_who_does_not_consent_is_not_in_it(story):
    answer, other = story.answers("private", "one", "two")
    story.rated(answer, rating="like")
    story.compared(answer, other)
    assert said(story) == {"private"}
    story.alice.put(story.path, {"training_consent": False})
    assert said(story) == set()
    assert story.vera.read(f"{LIST}/export", shape="preference") == []


def test_preferences_are_selected_as_far_as_they_can_be(story):
    answer, other = story.answers("compared", "one", "two")
    story.compared(answer, other)
    story.compared(answer, other, by=story.vera)
    preference = story.vera.read("/feedback/preferences")["items"][0]

    def pairs(**query):
        return len(story.vera.read(f"{LIST}/export", shape="preference", **query))

    assert pairs() == pairs(min_raters="2") == pairs(model_version="1.0") == 1
    assert (
        pairs(response_id=answer["id"]) == pairs(interaction_id=story.path.rsplit("/", 1)[1]) == 1
    )
    assert pairs(since=preference["created_at"], tags="maths", intent="learn") == 1
    for nothing in (
        {"min_raters": "3"},
        {"model_version": "2"},
        {"response_id": preference["id"]},
        {"feedback_id": preference["id"]},
        {"until": "2026-01-01T00:00:00Z"},
        {"min_score": "accuracy:0"},
        {"min_agreement": "0"},
        {"tags": "none"},
    ):
        assert pairs(**nothing) == 0, nothing


def test_what_was_not_selected_counts_all_the_same(story, app):
    answer, *_ = story.answers("liked once", "answer")
    story.rated(answer, rating="like")
    for by in (story.adam, story.vera):
        story.rated(answer, by=by, rating="dislike")
    with app.app_context(), transaction() as session:
        session.execute(
            text(
                "UPDATE dataset_entries SET created_at = '2020-01-01' WHERE feedback_id IN "
                "(SELECT id FROM feedback WHERE rating = 'dislike')"
            )
        )
    recent = {"since": "2025-01-01T00:00:00Z"}
    assert len(story.vera.read(f"{LIST}/export", **recent)) == 1
    assert story.vera.read(f"{LIST}/export", shape="sft", **recent) == []
    (log,) = story.vera.read(f"{LIST}/export", shape="feedback_log", **recent)
    assert log["feedback"] == "positive"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("min_score", value) for value in ("accuracy", "accuracy:2", ":1", "a:0.5,", "a b:1")),
        *(("min_agreement", value) for value in ("1.1", "-1", "x", "", "NaN", "1e-1")),
        *(("threshold", value) for value in ("2", "٣")),
        *(("min_raters", value) for value in ("0", "-1", "x", "10000", "1.5", "")),
        *(("since", value) for value in ("2026-01-01", "now", "2026-13-01T00:00:00Z", "")),
        *(("until", value) for value in ("2026-01-01T00:00:00", "2026-01-01T25:00:00Z")),
        *(("language", value) for value in ("English", "e", "en_US")),
        *(("tags", value) for value in ("a,,b", ",", "")),
        *(("intent", value) for value in ("a,b", "a\n")),
        *(("response_id", value) for value in ("1", "x")),
        ("preferences", "maybe"),
        ("model_version", "\x00"),
    ],
)
def test_what_cannot_be_asked_is_refused(vera, name, value):
    path = f"{LIST}/export" if name == "threshold" else LIST
    answer = vera.get(path, query_string={name: value})
    assert problem(answer, 422)["errors"].keys() == {name}


PLACES = ["{}/export", "{}/export?", "preview", "{}"]


@pytest.mark.parametrize("place", PLACES)
def test_a_dimension_that_is_none_is_refused_with_those_that_are_some(adam, vera, alice, place):
    alice.interaction()
    created(adam.post("/dimensions", {"name": "wit", "model_id": MODEL}))
    own = created(adam.post("/dimensions", {"name": "tone", "model_id": MODEL}))
    created(adam.post("/dimensions", {"name": "rhyme", "model_id": "acme/poet"}))
    assert adam.post(f"/dimensions/{own['id']}/archive").status_code == 200
    path = f"/dataset/preview/{MODEL}" if place == "preview" else place.format(LIST).rstrip("?")
    for name in ("acuracy", "rhyme"):
        answer = vera.get(path, query_string=query_of(place, f"{name}:0.5,wit:0"))
        told = problem(answer, 422, "invalid")
        (said_of,) = told["errors"]["min_score"]
        assert "accuracy, helpfulness" in said_of
        assert said_of.endswith(f"found {name!r}")
        assert "tone" in said_of
    assert vera.get(path, query_string=query_of(place, "tone:0")).status_code == 200


def query_of(place, min_score):
    told = {"shape": "sft", "format": "parquet"} if "?" in place else {}
    return {**told, "min_score": min_score}


def test_a_version_of_a_dimension_that_is_none_is_not_begun(adam, alice):
    alice.interaction()
    body = {"selection": {"min_score": {"acuracy": 0.5}}}
    answer = adam.post(f"{LIST}/versions", body)
    assert "accuracy" in problem(answer, 422, "invalid")["detail"]
    assert adam.read(f"{LIST}/versions")["items"] == []


def test_a_model_that_nobody_knows_is_404_and_one_without_entries_an_empty_file(adam, alice):
    for path in ("/dataset/model/acme/nothing/export", "/dataset/preview/acme/nothing"):
        problem(adam.get(path), 404, "unknown_model")
    problem(adam.post("/dataset/model/acme/nothing/versions", {}), 404, "unknown_model")
    alice.interaction(model_id="acme/nothing")
    assert adam.get("/dataset/model/acme/nothing/export").json == []
