"""Cells that a spreadsheet shows and does not execute."""

import csv
import io

import pytest

from app.utils.spreadsheet import csv_rows


def read_back(*cells):
    (row,) = csv.reader(io.StringIO(csv_rows([cells]).decode(), newline=""))
    return row


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "＝1"])  # noqa: RUF001
def test_what_begins_like_a_formula_is_a_text(text):
    assert read_back(text) == ["'" + text]


def test_numbers_are_numbers_whatever_their_sign():
    assert read_back(*(-1.5, 3, True)) == ["-1.5", "3", "true"]


def test_null_is_empty_and_what_is_nested_is_json():
    assert read_back(None, [{"score": "=1"}]) == ["", '[{"score":"=1"}]']


def test_commas_quotes_and_line_breaks_stay_in_their_cell():
    assert read_back('a,"b"\nc', "d") == ['a,"b"\nc', "d"]
