"""The embedded model's tokens are counted by its own tokenizer."""

from app.clients.tokenizers import Tokenizers, library
from devstack.model_service.deployment import MODEL_ID
from devstack.tokenizer import tokenizers_folder


def test_tokens_of_the_embedded_model_are_counted(tmp_path):
    folder = tokenizers_folder(tmp_path)
    counter = Tokenizers(str(folder), load=library()).counter_for(MODEL_ID)
    assert not counter.is_estimate
    assert counter.count("The quick brown fox jumps over the lazy dog, and nobody minds.") == 14
    assert counter.count("2026-11-21") == 10
    assert counter.count("") == 0


def test_the_file_is_made_once(tmp_path):
    (path,) = tokenizers_folder(tmp_path).glob("*/tokenizer.json")
    made = path.stat().st_ino
    tokenizers_folder(tmp_path)
    assert path.stat().st_ino == made
