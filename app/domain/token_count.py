"""How many tokens a text is to a model: counted by its tokenizer, or estimated and said so."""

import re
from typing import Protocol

# What a chat format puts around a message: five tokens in ChatML and Llama 3, less in others,
# and one more where a vocabulary has no word for the role.
MESSAGE_TOKENS = 6
# What opens the answer: in ChatML `<|im_start|>assistant\n`, three or four.
ANSWER_START_TOKENS = 4

# Each piece stands for one token. Byte pair vocabularies have short words whole, join few
# marks, and most of the newer ones keep digits apart. One space belongs to the next word.
_PIECE = re.compile(
    r"[A-Z]?[a-z]{1,5}|[A-Z]{1,3}|[0-9]|[!-/:-@\[-`{-~]|[^\S ]|(?<= ) "
    # Scripts of which vocabularies often know nothing but the bytes, Hangul among them.
    "|[\u1000-\u1fff\ua000-\ud7ff]"
)
_MOST_REMEMBERED = 16_384


class TokenCounter(Protocol):
    """Counts what a text takes of a model's context; ``is_estimate`` says how sure it is."""

    name: str
    is_estimate: bool

    def count(self, text: str) -> int:
        """Return how many tokens ``text`` has, without what a chat format puts around it."""
        ...


class EstimatedTokens:
    """Estimates by the form of words and the script, rather too many than too few.

    A letter of the Latin script is a fifth of a token and each word has one at least; a
    digit, a mark and a line end is one; a letter beyond ASCII has as many as it has bytes in
    UTF-8 less one, so Chinese and Japanese have two. Held against the tokenizer of
    SmolLM2, which has learned from English alone: English 1.3 times the true number, Chinese,
    Japanese and Korean 1.1, Russian 1.1, Hindi 1.4, program text 1.7, French 0.9, German 0.7,
    random letters 0.7. Newer vocabularies need fewer tokens for all of these. A longer text
    never has fewer.
    """

    name = "estimate"
    is_estimate = True

    def count(self, text: str) -> int:
        """Return the estimate, nought for no text alone."""
        beyond_ascii = len(text.encode("utf-8", "surrogatepass")) - len(text)
        return max(len(_PIECE.findall(text)) + beyond_ascii, min(len(text), 1))


class RememberedCounts:
    """A counter that counts no text twice: a conversation is the same with every message.

    Texts are known by their hash, under a key of this process, and their length: none is kept.
    """

    def __init__(self, counter: TokenCounter) -> None:
        self.name = counter.name
        self.is_estimate = counter.is_estimate
        self._counter = counter
        self._known: dict[tuple[int, int], int] = {}

    def count(self, text: str) -> int:
        """Return what the counter says, or has said."""
        key = (len(text), hash(text))
        known = self._known.get(key)
        if known is None:
            known = self._counter.count(text)
            if len(self._known) >= _MOST_REMEMBERED:
                self._known = {}
            self._known[key] = known
        return known


ESTIMATE: TokenCounter = RememberedCounts(EstimatedTokens())
