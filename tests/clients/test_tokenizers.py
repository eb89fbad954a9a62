"""Tokens are counted by the model's own tokenizer where its file is there."""

import builtins
import json
import os
import threading

import pytest
from structlog.testing import capture_logs
from tokenizers import Tokenizer, models, pre_tokenizers

from app.clients import tokenizers
from app.clients.tokenizers import Tokenizers, library

MODEL = "acme/echo-1"
TEXT = "one two three"


def words():
    """Return a tokenizer to which each word is a token, with a limit as training leaves it."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "one": 1}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=16)
    return tokenizer


def put(folder, name, text=None):
    path = folder / name / "tokenizer.json"
    path.parent.mkdir(parents=True)
    path.write_text(words().to_str() if text is None else text)
    return path


def counter_in(folder, model_id=MODEL):
    return Tokenizers(str(folder), load=library()).counter_for(model_id)


@pytest.mark.parametrize("name", ["acme--echo-1", "acme/echo-1"])
def test_the_models_own_tokenizer_counts_every_token(tmp_path, name):
    put(tmp_path, name)
    counter = counter_in(tmp_path)
    assert counter.count(TEXT) == 3
    assert counter.count("") == 0
    assert (counter.name, counter.is_estimate) == (MODEL, False)


def test_a_model_without_a_file_is_estimated(tmp_path):
    put(tmp_path, "acme--echo-1")
    assert counter_in(tmp_path, "acme/other").is_estimate


def test_without_a_folder_everything_is_estimated():
    assert counter_in("").is_estimate


def test_without_the_library_everything_is_estimated(tmp_path, monkeypatch):
    put(tmp_path, "acme--echo-1")
    real = builtins.__import__

    def absent(name, *rest):
        if name == "tokenizers":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    assert library() is None
    assert counter_in(tmp_path).is_estimate


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model": 5}', json.dumps({"version": "9"})])
def test_a_broken_file_is_estimated_and_told_of_once(tmp_path, text):
    put(tmp_path, "acme--echo-1", text)
    found = Tokenizers(str(tmp_path), load=library())
    with capture_logs() as logs:
        assert found.counter_for(MODEL).is_estimate
        assert found.counter_for(MODEL).is_estimate
    assert [entry["event"] for entry in logs] == ["tokenizer.broken"]


def test_a_mended_file_is_read_again(tmp_path):
    path = put(tmp_path, "acme--echo-1", "{")
    found = Tokenizers(str(tmp_path), load=library())
    assert found.counter_for(MODEL).is_estimate
    path.write_text(words().to_str())
    os.utime(path, (1, 1))
    assert found.counter_for(MODEL).count(TEXT) == 3


@pytest.mark.parametrize(
    "model_id",
    [
        *("../secret", "acme/../../secret", "..", ".", "/etc", "acme//echo-1", ""),
        *("..\\secret", "C:secret", "acme/.hidden", "nul\0", "x" * 300, "é" * 200),
    ],
)
def test_no_model_id_leads_out_of_the_folder(tmp_path, model_id):
    inside = tmp_path / "inside"
    inside.mkdir()
    put(tmp_path, "secret")
    put(inside, ".hidden")
    assert counter_in(inside, model_id).is_estimate


def test_a_file_is_read_once_however_many_ask_at_once(tmp_path):
    put(tmp_path, "acme--echo-1")
    read, together = [], threading.Barrier(8)

    def load(path):
        read.append(path)
        return len

    found = Tokenizers(str(tmp_path), load=load)

    def ask():
        together.wait(10)
        found.counter_for(MODEL)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 1


def test_few_tokenizers_stay_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(tokenizers, "_MOST_KEPT", 2)
    for name in "abc":
        put(tmp_path, name)
    read = []
    found = Tokenizers(str(tmp_path), load=lambda path: read.append(path.parent.name) or len)
    for name in "abcca":
        found.counter_for(name)
    assert read == ["a", "b", "c", "a"]
