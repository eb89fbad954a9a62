"""flask receipt: a receipt is genuine for whoever has the key, and for the person it is about."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest

from app.clients.receipts import Signer
from app.domain.forgotten import mark_of


@pytest.fixture
def receipt(app, tmp_path):
    """Store a receipt as people get it, and return the file."""
    job_id = uuid4()
    content = {"job_id": str(job_id), "person": mark_of("alice", job_id), "erased": {"prompts": 1}}
    signed = Signer(app.extensions["settings"]).sign(content)
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps({**content, "signed": signed}), encoding="utf-8")
    return file


def test_a_receipt_of_ours_is_genuine(flask, receipt):
    told = flask("receipt", "verify", str(receipt))
    assert told.exit_code == 0
    assert json.loads(told.stdout)["erased"] == {"prompts": 1}


def test_the_public_key_alone_is_enough(flask, app, receipt, monkeypatch, tmp_path):
    key = tmp_path / "key.json"
    shown = flask("receipt", "key").stdout
    assert json.loads(shown).keys() == {"kty", "crv", "x"}
    key.write_text(shown, encoding="utf-8")
    elsewhere = replace(app.extensions["settings"], receipt_key="another-key")
    monkeypatch.setitem(app.extensions, "settings", elsewhere)
    refused = flask("receipt", "verify", str(receipt))
    assert (refused.exit_code, "no receipt" in refused.stderr) == (1, True)
    assert flask("receipt", "verify", str(receipt), "--key", str(key)).exit_code == 0


def test_the_person_recognises_it(flask, receipt):
    assert flask("receipt", "verify", str(receipt), "--person", "alice").exit_code == 0
    other = flask("receipt", "verify", str(receipt), "--person", "bob")
    assert (other.exit_code, "somebody else" in other.stderr) == (1, True)


@pytest.mark.parametrize("text", ["", "nothing", "a.b.c"])
def test_anything_else_is_none(flask, tmp_path, text):
    file = tmp_path / "file"
    file.write_text(text, encoding="utf-8")
    assert flask("receipt", "verify", str(file)).exit_code == 1


def test_a_changed_one_is_none(flask, receipt):
    said = json.loads(receipt.read_text(encoding="utf-8"))
    head, _, seal = said["signed"].split(".")
    receipt.write_text(f"{head}.eyJqb2JfaWQiOiIxIn0.{seal}", encoding="utf-8")
    assert flask("receipt", "verify", str(receipt)).exit_code == 1


def test_without_a_secret_there_is_no_key(flask, app, receipt, monkeypatch):
    bare = replace(app.extensions["settings"], jwt_secret_key="", receipt_key="")
    monkeypatch.setitem(app.extensions, "settings", bare)
    assert Signer(bare).sign({}) is None
    for command in (("key",), ("verify", str(receipt))):
        told = flask("receipt", *command)
        assert (told.exit_code, "RECEIPT_KEY" in told.stderr) == (1, True)
