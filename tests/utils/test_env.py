"""Values out of the environment are typed, and every fault is collected."""

import pytest

from app.utils.env import EnvironmentReader


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_text("  from a file \n", encoding="utf-8")
    return path


def test_a_text_is_stripped_and_an_absent_one_is_its_default():
    reader = EnvironmentReader({"NAME": "  value ", "BLANK": "  "})
    assert reader.text("NAME") == "value"
    assert reader.text("BLANK", "default") == "default"
    assert reader.text("ABSENT", "default") == "default"
    assert reader.text("ABSENT") == ""
    assert reader.faults == []


def test_a_value_may_come_from_a_file(secret):
    reader = EnvironmentReader({"NAME_FILE": str(secret)})
    assert reader.text("NAME", "default") == "from a file"
    assert reader.faults == []


def test_an_empty_file_gives_the_default(tmp_path):
    (tmp_path / "empty").touch()
    reader = EnvironmentReader({"NAME_FILE": str(tmp_path / "empty")})
    assert reader.text("NAME", "default") == "default"


def test_a_value_and_a_file_at_once_are_a_fault(secret):
    reader = EnvironmentReader({"NAME": "value", "NAME_FILE": str(secret)})
    assert reader.text("NAME") == "value"
    assert reader.faults == ["NAME and NAME_FILE are both set"]


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "absent", tmp_path, tmp_path / "bytes"):
        reader = EnvironmentReader({"NAME_FILE": str(path)})
        assert reader.text("NAME", "default") == "default"
        assert reader.faults == ["NAME_FILE cannot be read"]


@pytest.mark.parametrize(("text", "number"), [("2", 2), ("2.5", 2.5), ("0", 0), ("1e2", 100)])
def test_numbers_are_read(text, number):
    assert EnvironmentReader({"N": text}).number("N", 7) == number


@pytest.mark.parametrize("text", ["two", "-1", "nan", "inf", "1e999", "2s"])
def test_what_is_no_number_is_a_fault_that_names_it(text):
    reader = EnvironmentReader({"N": text})
    assert reader.number("N", 7) == 7
    assert reader.faults == [f"N must be a number >= 0, found {text!r}"]


def test_a_whole_number_has_no_fraction():
    reader = EnvironmentReader({"N": "2.5", "M": "3"})
    assert (reader.whole("N", 7), reader.whole("M", 7), reader.whole("ABSENT", 9)) == (7, 3, 9)
    assert reader.faults == ["N must be a whole number, found 2.5"]


@pytest.mark.parametrize(
    ("text", "flag"),
    [("1", True), ("TRUE", True), ("yes", True), ("On", True), ("0", False), ("False", False)],
)
def test_flags_have_several_words(text, flag):
    assert EnvironmentReader({"F": text}).flag("F", default=not flag) is flag


@pytest.mark.parametrize("default", [True, False])
def test_an_absent_flag_is_its_default(default):
    assert EnvironmentReader({}).flag("F", default=default) is default


def test_another_word_is_a_fault():
    reader = EnvironmentReader({"F": "maybe"})
    assert reader.flag("F", default=True) is False
    assert reader.faults == ["F must be true or false, found 'maybe'"]
