"""Where the text is in an answer of a model, whatever container it came from."""

from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]

_DEEPEST_LIST = 3
# Beyond it a whole number is no score, and may not even fit a float.
_LARGEST_SCORE = 2**53


def text_of(value: Any) -> str | None:
    """Return the text in the first form that fits, or None."""
    first = first_of(value)
    if not isinstance(first, dict):
        return None
    for form in _FORMS:
        text = form(first)
        if text is not None:
            return text
    return _scores(value if isinstance(value, list) else first) or _entities(value)


def first_of(value: Any) -> Any:
    """Return the first item of a list, of a list in a list, or the value itself."""
    for _ in range(_DEEPEST_LIST):
        if not isinstance(value, list) or not value:
            break
        value = value[0]
    return value


def choice_of(value: Any) -> Json:
    """Return the first choice of an OpenAI body, or an empty one."""
    choice = first_of(value.get("choices")) if isinstance(value, dict) else None
    return choice if isinstance(choice, dict) else {}


def is_continuation(value: Any) -> bool:
    """Say whether the text may begin with the prompt; the other forms never repeat it."""
    first = first_of(value)
    return isinstance(first, dict) and isinstance(first.get("generated_text"), str)


def _message(body: Json) -> str | None:
    message = choice_of(body).get("message")
    return content_text(message.get("content")) if isinstance(message, dict) else None


def content_text(value: Any) -> str | None:
    """Return the text of a message's content, which may come in parts, or None."""
    if not isinstance(value, list):
        return value if isinstance(value, str) else None
    parts = [part.get("text") for part in value if isinstance(part, dict)]
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if texts else None


def _generated(body: Json) -> str | None:
    generated = body.get("generated_text")
    # Pipelines that were given messages return them all, with the answer at the end.
    if isinstance(generated, list) and generated:
        generated = generated[-1]
    return content_text(generated.get("content") if isinstance(generated, dict) else generated)


def _generation(body: Json) -> str | None:
    generation = body.get("generation")
    return content_text(generation.get("content") if isinstance(generation, dict) else generation)


def _string(name: str) -> Callable[[Json], str | None]:
    def read(body: Json) -> str | None:
        value = body.get(name)
        return value if isinstance(value, str) else None

    return read


def _silence(body: Json) -> str | None:
    """Return no words for a message that has something else: calls of tools, a refusal."""
    message = choice_of(body).get("message")
    if not isinstance(message, dict) or message.get("content") is not None:
        return None
    refusal = message.get("refusal")
    return refusal if isinstance(refusal, str) else ""


_FORMS: tuple[Callable[[Json], str | None], ...] = (
    _message,
    lambda body: _string("text")(choice_of(body)),
    _generated,
    _generation,
    _string("answer"),
    _string("summary_text"),
    _string("translation_text"),
    _silence,
)


def _scores(value: Any) -> str | None:
    """Return scored labels or words, the best first, a line each."""
    if isinstance(value, list):
        pairs = list(_listed_scores(value))
    else:
        pairs = list(_paired_scores(value))
        if not pairs:
            return _string("predicted_label")(value)
    pairs.sort(key=lambda pair: -pair[1])
    return "\n".join(f"{label}: {score:.4f}" for label, score in pairs) or None


def _listed_scores(items: list[Any]) -> Iterator[tuple[str, float]]:
    """Yield of ``[{label, score}]`` or ``[{token_str, sequence, score}]``."""
    while len(items) == 1 and isinstance(items[0], list):
        items = items[0]
    for item in items:
        if isinstance(item, dict) and _is_score(item.get("score")):
            label = item.get("label", item.get("sequence", item.get("token_str")))
            if isinstance(label, str):
                yield label, float(item["score"])


def _paired_scores(body: Json) -> Iterator[tuple[str, float]]:
    """Yield of ``{labels, scores}`` (zero-shot) or ``{labels, probabilities}`` (JumpStart)."""
    if "score" in body:
        yield from _listed_scores([body])
    labels, scores = body.get("labels"), body.get("scores", body.get("probabilities"))
    if isinstance(labels, list) and isinstance(scores, list):
        for label, score in zip(labels, scores, strict=False):
            if isinstance(label, str) and _is_score(score):
                yield label, float(score)


def _entities(value: Any) -> str | None:
    """Return the words that a token classification found, in their order, a line each."""
    items = value if isinstance(value, list) else [value]
    while len(items) == 1 and isinstance(items[0], list):
        items = items[0]
    lines = []
    for item in items:
        kind = item.get("entity_group", item.get("entity")) if isinstance(item, dict) else None
        if isinstance(kind, str) and isinstance(item.get("word"), str):
            score = f" ({item['score']:.4f})" if _is_score(item.get("score")) else ""
            lines.append(f"{item['word']}: {kind}{score}")
    return "\n".join(lines) or None


def _is_score(value: Any) -> bool:
    if isinstance(value, float):
        return True
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_SCORE
