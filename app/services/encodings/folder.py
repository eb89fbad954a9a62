"""A Hugging Face dataset folder with its card, as a zip that is read while it is written.

The card comes last, since only then it is known how many rows there are.
"""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.services.encodings.content import Content, Tally, tallied
from app.services.encodings.sink import Sink
from app.services.encodings.tables import table

# The same content gives the same bytes.
_TIME = (1980, 1, 1, 0, 0, 0)
_CARD = """---
license: unknown
task_categories:
- text-generation
configs:
- config_name: {name}
  data_files:
{files}
dataset_info:
- config_name: {name}
  splits:
{splits}
---

# {title}

{about}

* Rows: {rows}
* Columns: {columns}

Made of feedback that people gave and others validated. `sample_weight` says how far its raters
can be relied upon (1.0: nothing is known against them); `validated` is false where a record rests
on preferences, which nobody validates. {advice}

```python
from datasets import load_dataset

rows = load_dataset("path/to/this/folder", "{name}", split="{split}")
```
"""


# What there is of a live model, which nobody has split.
_WHOLE = "train"
_SPLIT_IT = "Split it by `interaction_id`, so that no\nconversation is on both sides."
_IS_SPLIT = "No conversation is in two of its splits."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A split as it was written."""

    split: str
    rows: int
    size: int


def folder(content: Content, *, codec: str = "snappy", about: str = "") -> Iterator[bytes]:
    """Yield a zip of the folder, a file a split; ``about`` says in the card what a record is."""
    sink, parts = Sink(), []
    with zipfile.ZipFile(sink, mode="w") as file:
        for split, one in content.splits or ((_WHOLE, content),):
            tally, path = Tally(), zipfile.ZipInfo(f"data/{split}-00000-of-00001.parquet", _TIME)
            size = 0
            with file.open(path, mode="w", force_zip64=True) as data:
                for piece in table(tallied(one, tally=tally), codec=codec):
                    size += data.write(piece)
                    yield sink.taken()
            parts.append(_Part(split=split, rows=tally.rows, size=size))
        file.writestr(zipfile.ZipInfo("README.md", _TIME), _card(content, parts, about))
    yield sink.taken()


def _card(content: Content, parts: Sequence[_Part], about: str) -> str:
    return _CARD.format(
        name=content.name,
        files="\n".join(f"  - split: {one.split}\n    path: data/{one.split}-*" for one in parts),
        splits="\n".join(
            f"  - name: {one.split}\n    num_bytes: {one.size}\n    num_examples: {one.rows}"
            for one in parts
        ),
        rows=sum(one.rows for one in parts),
        split=parts[0].split,
        advice=_IS_SPLIT if content.splits else _SPLIT_IT,
        title=f"Training data, shape {content.name}",
        about=about,
        columns=", ".join(f"`{name}`" for name, _ in content.columns),
    )
