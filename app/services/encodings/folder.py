"""A Hugging Face dataset folder with its card, as a zip that is read while it is written.

The card comes last, since only then it is known how many rows there are.
"""

import zipfile
from collections.abc import Iterator

from app.services.encodings.content import Content, Tally, tallied
from app.services.encodings.sink import Sink
from app.services.encodings.tables import table

_PATH = "data/train-00000-of-00001.parquet"
# The same content gives the same bytes.
_TIME = (1980, 1, 1, 0, 0, 0)
_CARD = """---
license: unknown
task_categories:
- text-generation
configs:
- config_name: {name}
  data_files:
  - split: train
    path: data/train-*
dataset_info:
- config_name: {name}
  splits:
  - name: train
    num_examples: {rows}
---

# {title}

{about}

* Rows: {rows}
* Columns: {columns}

Made of feedback that people gave and others validated. `sample_weight` says how far its raters
can be relied upon (1.0: nothing is known against them); `validated` is false where a record rests
on preferences, which nobody validates. Split it by `interaction_id`, so that no conversation is
on both sides.

```python
from datasets import load_dataset

rows = load_dataset("path/to/this/folder", "{name}", split="train")
```
"""


def folder(content: Content, *, codec: str = "snappy", about: str = "") -> Iterator[bytes]:
    """Yield a zip of the folder; ``about`` says in the card what a record is."""
    sink, tally = Sink(), Tally()
    with zipfile.ZipFile(sink, mode="w") as file:
        with file.open(zipfile.ZipInfo(_PATH, _TIME), mode="w", force_zip64=True) as data:
            for piece in table(tallied(content, tally=tally), codec=codec):
                data.write(piece)
                yield sink.taken()
        card = _CARD.format(
            name=content.name,
            rows=tally.rows,
            title=f"Training data, shape {content.name}",
            about=about,
            columns=", ".join(f"`{name}`" for name, _ in content.columns),
        )
        file.writestr(zipfile.ZipInfo("README.md", _TIME), card)
    yield sink.taken()
