"""The words by which models tell turns apart, and how a person's text is kept from using them.

All of them are looked for whatever the template: a served model may know more than its own.
"""

import re

# ChatML, Llama 3, Phi, GPT-NeoX: `<|word|>`; DeepSeek writes it with wide bars. Llama 2 and
# Mistral: `<s>`, `</s>`, `[INST]`, `<<SYS>>`, `[TOOL_CALLS]`. Gemma: `<start_of_turn>`, `<bos>`.
_CONTROL = re.compile(
    r"<\|[^|<>\[\]\s]{1,64}\|>"
    r"|<\uff5c[^\uff5c<>\[\]]{1,64}\uff5c>"
    r"|</?s>|<<(?=/?SYS>>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS|TOOL_CONTENT)\])"
    r"|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>"
)


def neutral(text: str) -> str:
    """Return ``text`` with a space after the first character of each control token.

    A person still reads what was meant; a tokenizer finds plain characters.
    """
    return _CONTROL.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
