"""Exports: one JSON array, JSON lines, or CSV that no spreadsheet executes."""

import csv
import io
import json
import tracemalloc

import pytest
from sqlalchemy import text

from app.db import db
from app.services import entry_lines
from tests.crowd import fill
from tests.model_side import MODEL
from tests.waiting import eventually
from tests.world import Person, created, problem

PATH = f"/dataset/model/{MODEL}/export"
COLUMNS = [
    "id",
    "model_id",
    "prompt",
    "response",
    "original_response",
    "context",
    "quality_ratings",
    "source",
    "created_at",
]


def export(person, **query):
    answer = person.get(PATH, query_string=query)
    assert answer.status_code == 200
    return answer


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True), newline="")))


@pytest.fixture
def entries(alice, vera):
    for word in ("one", "two"):
        exchange = alice.exchange(f'{word}, „quoted“\n"new line"')
        vera.verdict(alice.feedback(exchange["response"]["id"])["id"])
    return vera.read(f"/dataset/model/{MODEL}")["items"]


def parsed(entry):
    """Return an entry with its time as exports write it."""
    return {**entry, "created_at": entry["created_at"].replace("+00:00", "Z")}


@pytest.mark.parametrize("query", [{}, {"format": "json"}])
def test_json_is_one_array_and_the_default(vera, entries, query):
    answer = export(vera, **query)
    assert answer.mimetype == "application/json"
    assert json.loads(answer.data) == [parsed(entry) for entry in entries]
    assert len(entries) == 2


def test_json_lines_hold_one_entry_each(vera, entries):
    answer = export(vera, format="jsonl")
    assert answer.mimetype == "application/x-ndjson"
    lines = answer.data.split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line) for line in lines] == [parsed(entry) for entry in entries]


def test_csv_has_a_row_for_the_names_and_one_for_each_entry(vera, entries):
    answer = export(vera, format="csv")
    assert answer.mimetype == "text/csv"
    names, *rows = rows_of(answer)
    assert names == COLUMNS
    for row, entry in zip(rows, entries, strict=True):
        cells = dict(zip(names, row, strict=True))
        assert cells["prompt"] == entry["prompt"]
        assert cells["response"] == entry["response"]
        assert json.loads(cells["quality_ratings"]) == {"accuracy": 4}
        assert json.loads(cells["source"]) == entry["source"]
        assert json.loads(cells["context"]) == []


@pytest.mark.parametrize(
    ("kind", "nothing"),
    [("json", b"[]\n"), ("jsonl", b""), ("csv", None)],
)
def test_where_there_is_nothing_the_file_is_still_one(alice, vera, kind, nothing):
    alice.interaction()
    answer = export(vera, format=kind)
    if nothing is None:
        assert rows_of(answer) == [COLUMNS]
    else:
        assert answer.data == nothing


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "\n =1",
        "＝1",  # noqa: RUF001  # A spreadsheet takes the wide form for the narrow one.
        "＋1",  # noqa: RUF001
        "－1",  # noqa: RUF001
        "＠1",  # noqa: RUF001
    ],
)
def test_a_cell_that_a_spreadsheet_would_execute_is_quoted(alice, vera, text):
    exchange = alice.exchange(text)
    vera.verdict(alice.feedback(exchange["response"]["id"], correction=text)["id"])
    names, row = rows_of(export(vera, format="csv"))
    cells = dict(zip(names, row, strict=True))
    assert cells["prompt"] == cells["response"] == f"'{text}"
    assert cells["original_response"] == f"You said: {text}"


def test_other_cells_are_left_alone(alice, vera):
    exchange = alice.exchange("1 = 1, 2 - 1")
    vera.verdict(alice.feedback(exchange["response"]["id"])["id"])
    names, row = rows_of(export(vera, format="csv"))
    assert row[names.index("prompt")] == "1 = 1, 2 - 1"


@pytest.mark.parametrize("kind", ["json", "jsonl", "csv"])
def test_the_file_has_a_name_that_no_path_can_be_hidden_in(alice, vera, kind):
    for model_id in (MODEL, '../"evil"; x=é'):
        alice.interaction(model_id=model_id)
    name = f"acme--echo-1.{kind}"
    assert export(vera, format=kind).headers["Content-Disposition"] == (
        f'attachment; filename="{name}"'
    )
    hidden = vera.get('/dataset/model/..%2F"evil"; x=é/export')
    assert hidden.headers["Content-Disposition"] == 'attachment; filename="..--evil--x--.json"'


def test_an_export_of_many_batches_holds_every_entry_once(app, vera):
    fill(app, 12_000)
    pages = vera.walk(f"/dataset/model/{MODEL}", limit=100)
    listed = [item["id"] for page in pages for item in page]
    exported = [entry["id"] for entry in json.loads(export(vera).data)]
    assert exported == listed
    assert len(set(exported)) == 1200


def test_it_comes_in_pieces(app, vera):
    fill(app, 4200, every=2)
    pieces = list(vera.get(PATH, query_string={"format": "jsonl"}).response)
    first, *others = (piece.count(b"\n") for piece in pieces)
    assert (first, first + sum(others)) == (10, 2100)


def test_a_batch_of_too_many_bytes_is_asked_for_again(app, vera, monkeypatch):
    fill(app, 3000, every=2)
    whole = export(vera, format="jsonl").data
    monkeypatch.setattr(entry_lines, "_BYTES", 5_000)
    pieces = list(vera.get(PATH, query_string={"format": "jsonl"}).response)
    assert b"".join(pieces) == whole
    assert len(set(whole.splitlines())) == 1500


def test_of_long_answers_few_come_at_a_time(app, vera, sql):
    fill(app, 800, every=2)
    sql("UPDATE responses SET content = repeat('x', 100000)")
    pieces = list(vera.get(PATH, query_string={"format": "jsonl"}).response)
    lines = [piece.count(b"\n") for piece in pieces]
    assert (sum(lines), lines[0], lines[-1]) == (400, 10, 5)


def test_of_a_batch_that_comes_in_parts_one_is_kept_at_a_time(app, vera, sql, monkeypatch):
    fill(app, 4000, every=2)
    monkeypatch.setattr(entry_lines, "_BYTES", 2_000_000)
    # The newest are short, so that very many of the others make a batch.
    sql("UPDATE responses SET content = repeat('x', 50000) WHERE id NOT IN (SELECT response_id"
        " FROM dataset_entries ORDER BY id DESC LIMIT 400)")  # fmt: skip
    tracemalloc.start()
    try:
        size = sum(map(len, vera.get(PATH, query_string={"format": "jsonl"}).response))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 150_000_000
    assert peak < 60_000_000


@pytest.fixture
def held_up(app, another, background, sql):
    """Begin an export of 20 entries that waits for what somebody holds; returns its pieces."""
    fill(app, 40, every=2)
    node = another(db_statement_seconds=1.5)

    def pieces():
        person = Person(node.test_client(), "vera", "validator")
        return list(person.get(PATH, query_string={"format": "jsonl"}).response)

    with app.app_context(), db.engine.connect() as holder:
        holder.execute(text("LOCK TABLE dimension_ratings IN ACCESS EXCLUSIVE MODE"))
        yield background(pieces), holder.rollback


WAITING = "FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def test_what_takes_too_long_at_once_comes_one_by_one(held_up, sql):
    exported, let_go = held_up
    first = eventually(lambda: sql(f"SELECT query_start {WAITING}"))
    # That takes too long, and another begins.
    eventually(lambda: sql(f"SELECT query_start {WAITING}") not in ([], first))
    let_go()
    assert [piece.count(b"\n") for piece in exported.result(30)] == [1] * 20


@pytest.mark.parametrize("is_ended", [True, False])
def test_an_export_that_cannot_go_on_breaks_off_and_is_not_over(held_up, sql, is_ended):
    exported, _ = held_up
    if is_ended:
        eventually(lambda: sql(f"SELECT pg_terminate_backend(pid) {WAITING}"))
    assert exported.exception(30)
    assert sql("SELECT finished_at FROM dataset_exports") == [(None,)]


def test_scores_have_the_names_of_very_many_dimensions(alice, adam, vera):
    scores = {f"trait_{number}": number % 5 + 1 for number in range(60)}
    for name in scores:
        created(adam.post("/dimensions", {"name": name, "model_id": MODEL}))
    exchange = alice.exchange("How are you?")
    scores = {name: score for name, score in scores.items() if score != 1}
    ratings = [{"dimension_id": name, "score": score} for name, score in scores.items()]
    vera.verdict(alice.feedback(exchange["response"]["id"], dimension_ratings=ratings)["id"])
    (entry,) = json.loads(export(vera).data)
    assert entry["quality_ratings"] == scores


def test_what_is_chosen_sparsely_is_found_behind_whole_batches_that_are_not(app, vera):
    fill(app, 12_000)
    oldest = json.loads(export(vera).data)[-1]
    of = {"interaction_id": oldest["source"]["interaction_id"]}
    assert json.loads(export(vera, **of).data) == [oldest]


@pytest.mark.parametrize("query", [{"format": "xml"}, {"format": ""}, {"limit": "5"}])
def test_what_is_not_offered_is_refused(vera, query):
    answer = vera.get(PATH, query_string=query)
    assert problem(answer, 422)["errors"].keys() == query.keys()
