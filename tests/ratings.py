"""Real ratings with known answers, read from tests/data."""

import csv
from pathlib import Path

from app.domain.votes import Votes

DATA = Path(__file__).parent / "data"


def rows_of(*path):
    with DATA.joinpath(*path).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def bluebird_votes():
    rows = rows_of("bluebirds", "labels.csv")
    said = ((row["task"], row["worker"], row["label"]) for row in rows)
    return Votes.of(said, labels=("0", "1"))


def bluebird_gold():
    return {row["task"]: row["gold"] for row in rows_of("bluebirds", "gold.csv")}


def pandalm_votes():
    said = (
        (row["idx"], str(number), row[f"annotator{number}"])
        for row in rows_of("pandalm", "annotators.csv")
        for number in (1, 2, 3)
    )
    return Votes.of(said, labels=("0", "1", "2"))
