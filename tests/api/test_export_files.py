"""Files: packed, as Parquet or as a dataset folder, and read by the library people use (R17)."""

import csv
import gzip
import io
import json
import zipfile

import pyarrow
import pytest
import zstandard
from pyarrow import parquet

from tests.api.test_export_shapes import SHAPES
from tests.model_side import MODEL
from tests.story import Story
from tests.world import problem

PATH = f"/dataset/model/{MODEL}/export"
# What files have broken on: formulas of spreadsheets, quotes, line ends of all kinds, BOMs.
CORPUS = (
    *("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "＝1", " =HYPERLINK(1)", "'=1"),  # noqa: RUF001
    *('a"b', 'a""b', "a,b;c", "a\nb", "a\r\nb", "a\rb", "a\u2028b\u2029c", "a\u0085b"),
    *("\ufeffa", "\x1fa\x7f", "a\\nb\\", "{}", "[1]", "null", "NaN", "𝄞é́ﷺ", "a" * 5000),
)


@pytest.fixture
def story(app, model_side):
    return Story(app, model_side)


def export(story, **query):
    answer = story.vera.get(PATH, query_string=query)
    assert answer.status_code == 200
    return answer


def lines(data):
    return [json.loads(line) for line in data.split(b"\n") if line]


@pytest.fixture
def corpus(story):
    """Have every text of the corpus as question, answer, correction and comment."""
    for text in CORPUS:
        answer, *_ = story.answers(text, text)
        story.rated(answer, rating="like", correction=f"{text}!", overall_comment=text)
    return story


def test_r17_json_lines_hold_every_text_as_it_was_said(corpus):
    for shape, name in (("entries", "prompt"), ("raw", "comment"), ("feedback_log", "input")):
        found = [one[name] for one in lines(export(corpus, format="jsonl", shape=shape).data)]
        assert sorted(found) == sorted(CORPUS), shape
    whole = export(corpus, format="json", shape="raw").json
    assert whole == lines(export(corpus, format="jsonl", shape="raw").data)


def test_r17_csv_holds_every_text_and_no_formula(corpus):
    data = export(corpus, format="csv", shape="raw").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(data, newline="")))
    assert len(rows) == len(CORPUS)
    for row in rows:
        for cell in row.values():
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝")), cell  # noqa: RUF001
    assert sorted(row["prompt"].removeprefix("'") for row in rows) == sorted(
        text.removeprefix("'") for text in CORPUS
    )


def test_r17_parquet_holds_every_text_as_it_was_said(corpus):
    table = parquet.read_table(io.BytesIO(export(corpus, format="parquet", shape="raw").data))
    assert table.to_pylist() == lines(export(corpus, format="jsonl", shape="raw").data)


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_a_file_may_be_packed(story, form):
    story.tell()
    plain = export(story, format=form)
    packed = export(story, format=form, compress="gzip")
    assert packed.mimetype == "application/gzip"
    assert packed.headers["Content-Disposition"].endswith(f'.{form}.gz"')
    assert "Content-Encoding" not in packed.headers
    assert gzip.decompress(packed.data) == plain.data
    packed = export(story, format=form, compress="zstd")
    assert packed.mimetype == "application/zstd"
    assert packed.headers["Content-Disposition"].endswith(f'.{form}.zst"')
    assert zstandard.ZstdDecompressor().decompressobj().decompress(packed.data) == plain.data


@pytest.mark.parametrize(
    ("compress", "codec"), [(None, "SNAPPY"), ("gzip", "GZIP"), ("zstd", "ZSTD")]
)
def test_parquet_is_packed_inside(story, compress, codec):
    story.tell()
    query = {"compress": compress} if compress else {}
    answer = export(story, format="parquet", shape="sft", **query)
    assert answer.headers["Content-Disposition"].endswith('.sft.parquet"')
    file = parquet.ParquetFile(io.BytesIO(answer.data))
    assert file.metadata.row_group(0).column(0).compression == codec


def test_tables_have_one_schema_with_rows_and_without(story):
    empty = {shape: table_of(story, shape).schema for shape in ("entries", *SHAPES)}
    story.tell()
    for shape in ("entries", *SHAPES):
        table = table_of(story, shape)
        assert table.num_rows > 0
        assert table.schema == empty[shape], shape
        assert pyarrow.null() not in table.schema.types


def table_of(story, shape):
    return parquet.read_table(io.BytesIO(export(story, format="parquet", shape=shape).data))


def test_a_table_holds_what_the_lines_hold(story):
    story.tell()
    for shape in ("raw", "sft", "chat", "preference", "kto", "attributes", "sharegpt"):
        told = lines(export(story, format="jsonl", shape=shape).data)
        assert table_of(story, shape).to_pylist() == told, shape
    for shape, name in (("entries", "quality_ratings"), ("oasst", "prompt")):
        told = lines(export(story, format="jsonl", shape=shape).data)
        table = table_of(story, shape).to_pylist()
        assert [json.loads(row[name]) for row in table] == [one[name] for one in told]


def test_what_is_no_packing_is_refused(vera):
    answer = vera.get(PATH, query_string={"compress": "bzip2", "shape": "x", "turns": "y"})
    assert problem(answer, 422)["errors"].keys() == {"compress", "shape", "turns"}


@pytest.fixture(scope="module")
def datasets():
    """The library, which is asked for nothing from elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_DATASETS_OFFLINE", "1")
        return pytest.importorskip("datasets", reason="a development requirement")


def test_the_library_loads_every_shape_from_every_file(story, datasets, tmp_path):
    story.tell()
    for shape in ("entries", *SHAPES):
        told = lines(export(story, format="jsonl", shape=shape).data)
        for form, kind in (("jsonl", "json"), ("parquet", "parquet")):
            path = tmp_path / f"{shape}.{form}"
            path.write_bytes(export(story, format=form, shape=shape).data)
            loaded = datasets.load_dataset(
                kind, data_files=str(path), split="train", cache_dir=str(tmp_path / "cache")
            )
            assert loaded.num_rows == len(told), (shape, form)
            assert loaded.column_names == list(told[0]), (shape, form)


def test_the_library_loads_a_folder_by_its_card(story, datasets, tmp_path):
    story.tell()
    for shape in ("preference", "oasst"):
        answer = export(story, format="hf", shape=shape, compress="zstd")
        assert answer.mimetype == "application/zip"
        folder = tmp_path / shape
        with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
            assert file.testzip() is None
            file.extractall(folder)
        loaded = datasets.load_dataset(
            str(folder), shape, split="train", cache_dir=str(tmp_path / "cache")
        )
        told = lines(export(story, format="jsonl", shape=shape).data)
        assert loaded.num_rows == len(told)
        card = (folder / "README.md").read_text()
        assert f"num_examples: {len(told)}" in card
    assert list(loaded.features) == list(told[0])
