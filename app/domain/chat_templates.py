"""Chat templates: how each family of models was taught to read a conversation.

Written after what the makers publish of their models' formats; `chat_text` takes control
tokens out of what people wrote before it comes here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """Who speaks (``system``, ``user``, ``assistant`` or another word), and the text."""

    role: str
    text: str


Turns = Sequence[ChatTurn]


class ChatTemplate(Protocol):
    """Makes one text of a conversation; an answer ends where one of ``stops`` begins."""

    @property
    def stops(self) -> tuple[str, ...]:
        """Texts with which a model goes on after its turn."""
        ...

    def render(self, turns: Turns) -> str:
        """Return the text, open for the assistant's turn; raises Invalid where it cannot."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedTemplate:
    """A template of ours."""

    renderer: Callable[[Turns], str]
    stops: tuple[str, ...]

    def render(self, turns: Turns) -> str:
        """Return the text, open for the assistant's turn."""
        return self.renderer(turns)


_NAMES = {"user": "User", "assistant": "Assistant"}
# A line of a message that looks like a turn: it is moved in by a space.
_LIKE_A_TURN = re.compile(r"(?<=[\n\r])(?=(?:User|Assistant):)")
_LIKE_A_HEADING = re.compile(r"^(?=###)", re.MULTILINE)
_ALPACA_TASK = (
    "Below is an instruction that describes a task. "
    "Write a response that appropriately completes the request."
)


def _plain(turns: Turns) -> str:
    """System messages stand without a name, as instructions do at the top of a script."""
    lines = []
    for turn in turns:
        name = _NAMES.get(turn.role)
        line = _LIKE_A_TURN.sub(" ", f"\n{turn.text}" if not name else f"{name}: {turn.text}")
        lines.append(line if name else line[1:])
    return "\n".join([*lines, "Assistant:"])


def _each(form: Callable[[str, str], str], opening: str) -> Callable[[Turns], str]:
    """Return a renderer that writes every turn alike; other roles speak as the user."""

    def render(turns: Turns) -> str:
        return "".join(form(_known(turn.role), turn.text) for turn in turns) + opening

    return render


def _known(role: str) -> str:
    return role if role in {"system", "assistant"} else "user"


def _llama3(role: str, text: str) -> str:
    return f"<|start_header_id|>{role}<|end_header_id|>\n\n{text.strip()}<|eot_id|>"


def _gemma(turns: Turns) -> str:
    """A model that knows no system prompt reads it at the top of the first message."""
    system, rest = _apart(turns)
    lines: list[str] = []
    for turn in rest:
        name = "model" if turn.role == "assistant" else "user"
        text = f"{system}\n\n{turn.text.strip()}" if system and not lines else turn.text.strip()
        lines.append(f"<start_of_turn>{name}\n{text}<end_of_turn>\n")
    return "".join([*lines, "<start_of_turn>model\n"])


def _mistral(turns: Turns) -> str:
    system, rest = _apart(turns)
    text = f"{system}\n\n" if system else ""
    return _instructions(rest, first=text, answer=" {}</s>")


def _llama2(turns: Turns) -> str:
    system, rest = _apart(turns)
    text = f"<<SYS>>\n{system}\n<</SYS>>\n\n" if system else ""
    return _instructions(rest, first=text, answer=" {} </s><s>")


def _instructions(turns: Turns, *, first: str, answer: str) -> str:
    """Write ``[INST] question [/INST]`` and answers, ``first`` before the first question."""
    text = ""
    for turn in turns:
        if turn.role == "assistant":
            text += answer.format(turn.text.strip())
        else:
            text += f"[INST] {first}{turn.text.strip()} [/INST]"
            first = ""
    return text


def _alpaca(turns: Turns) -> str:
    system, rest = _apart(turns)
    parts = [system or _ALPACA_TASK]
    for turn in rest:
        title = "Response" if turn.role == "assistant" else "Instruction"
        parts.append(f"### {title}:\n{_LIKE_A_HEADING.sub(' ', turn.text.strip())}")
    return "\n\n".join([*parts, "### Response:\n"])


def _apart(turns: Turns) -> tuple[str, Turns]:
    """Return the system messages as one text, and the other turns."""
    system = [turn.text.strip() for turn in turns if turn.role == "system"]
    return "\n\n".join(system), [turn for turn in turns if turn.role != "system"]


TEMPLATES: Mapping[str, ChatTemplate] = {
    "plain": FixedTemplate(renderer=_plain, stops=("\nUser:",)),
    "chatml": FixedTemplate(
        renderer=_each("<|im_start|>{}\n{}<|im_end|>\n".format, "<|im_start|>assistant\n"),
        stops=("<|im_end|>", "<|im_start|>", "<|endoftext|>"),
    ),
    "llama3": FixedTemplate(
        renderer=_each(_llama3, "<|start_header_id|>assistant<|end_header_id|>\n\n"),
        stops=("<|eot_id|>", "<|end_of_text|>", "<|start_header_id|>"),
    ),
    "llama2": FixedTemplate(renderer=_llama2, stops=("</s>", "[INST]")),
    "mistral": FixedTemplate(renderer=_mistral, stops=("</s>", "[INST]")),
    "zephyr": FixedTemplate(
        renderer=_each("<|{}|>\n{}</s>\n".format, "<|assistant|>\n"),
        stops=("</s>", "<|user|>", "<|system|>"),
    ),
    "phi3": FixedTemplate(
        renderer=_each("<|{}|>\n{}<|end|>\n".format, "<|assistant|>\n"),
        stops=("<|end|>", "<|endoftext|>", "<|user|>"),
    ),
    "gemma": FixedTemplate(renderer=_gemma, stops=("<end_of_turn>", "<start_of_turn>", "<eos>")),
    "alpaca": FixedTemplate(renderer=_alpaca, stops=("\n### Instruction:", "</s>")),
}
