"""Tokenizers of models out of a folder: what a text takes, counted as the model counts.

The library is optional, and so is the folder: without either every count is an estimate.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog

from app.domain.token_count import ESTIMATE, RememberedCounts, TokenCounter

_log = structlog.get_logger(__name__)
_FILE = "tokenizer.json"
# Model ids come from callers; the tokenizers of so many models are kept in memory.
_MOST_KEPT = 32
_UNSAFE = frozenset("\\\0:")

# Returns how many tokens a text has.
Count = Callable[[str], int]
# Reads a tokenizer's file; raises any Exception where it is none.
Load = Callable[[Path], Count]


def library() -> Load | None:
    """Return the loader of the library `tokenizers`, or None where it is not installed."""
    try:
        from tokenizers import Tokenizer  # noqa: PLC0415  # Optional, and slow to load.
    except ImportError:
        return None

    def load(path: Path) -> Count:
        tokenizer = Tokenizer.from_file(str(path))
        # Files of training say how long an input may be, and cut it there.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)

    return load


class _FileCounter:
    """Counts by a tokenizer's file."""

    is_estimate = False

    def __init__(self, name: str, count: Count) -> None:
        self.name = name
        self.count = count


class Tokenizers:
    """Finds the counter of a model; safe for threads.

    ``folder`` holds `<model id>/tokenizer.json`, the id as it is or with `--` for each `/`.
    Files are read when their model is first asked, and again when they have changed.
    """

    def __init__(self, folder: str, *, load: Load | None) -> None:
        self._folder = Path(folder) if folder and load else None
        self._load = load
        self._lock = threading.Lock()
        self._kept: dict[Path, tuple[float, TokenCounter]] = {}

    def counter_for(self, model_id: str) -> TokenCounter:
        """Return the model's own counter, or the estimate where there is none to use."""
        for path in self._places(model_id):
            changed = _changed(path)
            if changed is not None:
                return self._read(path, changed, model_id)
        return ESTIMATE

    def _places(self, model_id: str) -> Iterator[Path]:
        segments = model_id.split("/")
        if self._folder is None or not all(map(_is_plain, segments)):
            return
        yield self._folder / "--".join(segments) / _FILE
        yield self._folder.joinpath(*segments, _FILE)

    def _read(self, path: Path, changed: float, model_id: str) -> TokenCounter:
        kept = self._kept.get(path)
        if kept is None or kept[0] != changed:
            with self._lock:
                kept = self._kept.get(path)
                if kept is None or kept[0] != changed:
                    kept = changed, self._loaded(path, model_id)
                    self._keep(path, kept)
        return kept[1]

    def _keep(self, path: Path, kept: tuple[float, TokenCounter]) -> None:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[path] = kept

    def _loaded(self, path: Path, model_id: str) -> TokenCounter:
        assert self._load is not None
        try:
            counter = _FileCounter(model_id, self._load(path))
        except Exception as error:  # noqa: BLE001  # The library has no narrower one.
            _log.warning("tokenizer.broken", model_id=model_id, error=str(error))
            return ESTIMATE
        return RememberedCounts(counter)


def _is_plain(segment: str) -> bool:
    """Say whether a part of a model id names something within the folder."""
    return bool(segment) and not segment.startswith(".") and not _UNSAFE & set(segment)


def _changed(path: Path) -> float | None:
    """Return when the file was last written, None where there is none that can be read."""
    try:
        return path.stat().st_mtime
    except OSError:
        return None
