"""TRL's own checks and conversions, which its trainers begin with, take what is exported.

Trainers need torch, which would be gigabytes; what they do to a data set before does not.
"""

import json
import math
from itertools import product
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from tests.story import Story

PAIRED = ("prompt", "chosen", "rejected")
LABELLED = ("prompt", "completion", "label")
# The columns that TRL documents for its trainers, of each shape that is made for them.
COLUMNS = {
    "sft": ("prompt", "completion"),
    "chat": ("messages",),
    "preference": PAIRED,
    "kto": LABELLED,
}
FORMS = {"jsonl": "json", "parquet": "parquet"}
TEXTS = ("sft", "preference", "kto")
TURNS = ("messages", "text")
# How models of three families are spoken to, as TRL ships it.
TEMPLATES = ("llama3", "phi3", "qwen2_5")


@pytest.fixture(scope="module")
def library():
    """The libraries, which are asked for nothing from elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE"):
            patch.setenv(name, "1")
        patch.setenv("TRANSFORMERS_VERBOSITY", "error")
        yield pytest.importorskip("trl.data_utils", reason="a development requirement")


@pytest.fixture
def load(app, model_side, library, tmp_path):
    """Load the export of a story in a shape, from a file of a form, as people would."""
    datasets = pytest.importorskip("datasets", reason="a development requirement")
    story = Story(app, model_side)
    story.tell()
    # Texts with nothing at their ends that would keep them apart.
    answer, *_ = story.answers("Name a prime number", "Nine")
    story.rated(answer, correction="Seven")

    def loaded(shape, form="jsonl", **query):
        path = tmp_path / f"{shape}.{query.get('turns')}.{form}"
        path.write_bytes(story.export(shape, format=form, **query))
        cache = str(tmp_path / "cache")
        return datasets.load_dataset(
            FORMS[form], data_files=str(path), split="train", cache_dir=cache
        )

    return loaded


@pytest.fixture
def tokenizer_of(library):
    """Make a tokenizer out of texts, as byte pairs, that speaks in a template TRL ships."""
    transformers = pytest.importorskip("transformers", reason="a development requirement")
    templates = Path(library.__file__).parent / "chat_templates"

    def made(texts, template=TEMPLATES[0]):
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(initial_alphabet=alphabet, show_progress=False)
        tokenizer.train_from_iterator(texts, trainer)
        return transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            bos_token="<s>",
            eos_token="</s>",
            chat_template=(templates / f"{template}.jinja").read_text(encoding="utf-8"),
        )

    return made


def of_trl(row):
    """Return the columns that trainers read."""
    return {name: row[name] for name in ("messages", *PAIRED, *LABELLED) if name in row}


def test_messages_are_conversations_and_texts_are_none_to_trl(load, library):
    for form, (shape, columns) in product(FORMS, COLUMNS.items()):
        told = load(shape, form)
        assert set(columns) <= set(told.column_names), shape
        for row in told:
            # TRL looks at any one of them, so all have to say the same.
            said = [library.is_conversational({name: row[name]}) for name in columns[:2]]
            assert all(said), shape
            assert library.is_conversational(row)
    for form, shape in product(FORMS, TEXTS):
        assert not any(library.is_conversational(row) for row in load(shape, form, turns="text"))


def test_a_conversation_of_sharegpt_is_known_and_turned_into_messages(load, library):
    chats = [row["messages"] for row in load("chat")]
    rows = list(load("sharegpt"))
    assert all(library.is_conversational_from_value(row) for row in rows)
    turned = [library.maybe_convert_to_chatml(row)["messages"] for row in rows]
    # It renames keys and leaves the roles, which are ShareGPT's own.
    roles = {"human": "user", "gpt": "assistant"}
    assert chats == [
        [{**one, "role": roles.get(one["role"], one["role"])} for one in messages]
        for messages in turned
    ]


def test_chat_templates_take_every_record(load, library, tokenizer_of):
    exports = {shape: load(shape) for shape in COLUMNS}
    for template, (shape, columns) in product(TEMPLATES, COLUMNS.items()):
        tokenizer = tokenizer_of([], template)
        for row in exports[shape]:
            text = library.maybe_apply_chat_template(row, tokenizer)
            assert set(text) == ({"text"} if shape == "chat" else set(columns)), shape
            for name in {"completion", "chosen", "rejected"} & set(columns):
                # What is learnt is the answer and its end, and nothing of the question.
                assert text[name].startswith(row[name][0]["content"].strip()), (shape, name)
            assert text.get("label") == row.get("label")


def test_a_conversation_is_the_same_text_as_its_question_and_answer(load, library, tokenizer_of):
    tokenizer = tokenizer_of([])
    whole = [library.apply_chat_template(row, tokenizer)["text"] for row in load("chat")]
    parts = [library.apply_chat_template(row, tokenizer) for row in load("sft")]
    assert whole == [one["prompt"] + one["completion"] for one in parts]


def test_a_pairs_prompt_is_all_that_its_answers_share(load, library):
    for row in map(of_trl, load("preference")):
        assert library.maybe_extract_prompt(row) == row
        joined = {name: row["prompt"] + row[name] for name in PAIRED[1:]}
        assert library.extract_prompt(joined) == row


def test_pairs_come_apart_into_what_is_liked_and_what_is_not(load, library):
    for turns in TURNS:
        paired, labelled = load("preference", turns=turns), load("kto", turns=turns)
        apart = library.maybe_unpair_preference_dataset(paired)
        assert apart["label"][:] == [True] * len(paired) + [False] * len(paired)
        assert apart["prompt"][:] == paired["prompt"][:] * 2
        assert apart["completion"][:] == paired["chosen"][:] + paired["rejected"][:]
        for name in LABELLED:
            assert apart.features[name] == labelled.features[name]
        assert library.maybe_unpair_preference_dataset(labelled) is labelled


def test_labels_are_flags_of_both_kinds_and_margins_are_numbers(load):
    for form in FORMS:
        labels = load("kto", form)["label"][:]
        assert {type(label) for label in labels} == {bool}
        assert set(labels) == {True, False}
        told = load("preference", form)
        # The reward trainer makes one tensor of all margins, and subtracts them.
        assert {type(margin) for margin in told["margin"]} == {float}
        assert all(math.isfinite(margin) and margin >= 0 for margin in told["margin"])
        unknown = {row["source"] for row in told if row["margin"] == 0}
        assert unknown == {"correction"}


def test_no_token_is_part_question_and_part_answer(load, library, tokenizer_of):
    for shape, turns in product(TEXTS, TURNS):
        pairs = [
            (row["prompt"], row[name])
            for row in load(shape, turns=turns)
            for name in ("completion", "chosen", "rejected")
            if name in row
        ]
        # To it, whatever is written without a gap is one word.
        tokenizer = tokenizer_of(written(question + answer) for question, answer in pairs)
        for question, answer in pairs:
            asked = tokens(tokenizer, question, add_generation_prompt=True)
            whole = tokens(tokenizer, question + answer)
            assert library.common_prefix_length(asked, whole) == len(asked)
            assert len(whole) > len(asked)


def written(said):
    return said if isinstance(said, str) else json.dumps(said)


def tokens(tokenizer, said, **more):
    """Return the tokens as trainers have them: of messages through the template."""
    if isinstance(said, str):
        return tokenizer(text=said)["input_ids"]
    return tokenizer.apply_chat_template(said, return_dict=True, **more)["input_ids"]
