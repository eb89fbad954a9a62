"""flask dataset: versions frozen, downloaded, proven and compared at a terminal."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import click
import orjson
import zstandard
from flask.cli import with_appcontext

from app.cli.context import clear_errors, remotes
from app.cli.model_id import ModelId
from app.db import transaction
from app.domain.access import Principal
from app.domain.frozen_file import verify as verified
from app.domain.page import PageRequest
from app.domain.selection import Selection
from app.domain.shapes.shape import Rules
from app.services import exports
from app.services.encodings import catalogue
from app.services.frozen import differences, exporting, versions

_PAGE = 500


@click.group("dataset")
def group() -> None:
    """Freeze versions of the dataset, download, prove and compare them."""


@group.command("freeze")
@click.argument("model_id", type=ModelId())
@click.option("--name", help="What people call the version.")
@click.option("--min-raters", type=click.IntRange(1, 9999), help="Only what so many people rated.")
@click.option("--language", help="Only questions in this language, as ISO 639 names it.")
@click.option("--no-preferences", is_flag=True, help="Only what was validated.")
@click.option("--train", type=click.FloatRange(min=0), help="Share of this part; 1 without any.")
@click.option("--validation", type=click.FloatRange(min=0))
@click.option("--test", type=click.FloatRange(min=0))
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@with_appcontext
def freeze(
    model_id: str, *, name: str | None, seed: int, no_preferences: bool, **asked: Any
) -> None:
    """Have a version of MODEL_ID's dataset built by the worker; print its id and its job's."""
    shares = {part: asked.pop(part) for part in ("train", "validation", "test")}
    given = {part: share for part, share in shares.items() if share is not None}
    if given and not sum(given.values()) > 0:
        raise click.BadParameter("expected a part with a share of more than 0")
    with clear_errors(), transaction() as session:
        made = versions.begin(
            session,
            principal=Principal("flask dataset freeze"),
            queue=remotes().queue,
            selection=Selection(model_id=model_id, preferences=not no_preferences, **asked),
            name=name,
            splits={**given, "seed": seed} if given else None,
        )
    click.echo(orjson.dumps({"id": made.id, "job_id": made.job_id}))


@group.command("export")
@click.argument("version_id", type=click.UUID)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--shape",
    type=click.Choice([exporting.FROZEN, *exports.SHAPE_NAMES]),
    default=exporting.FROZEN,
    show_default=True,
)
@click.option(
    "--format", "form", type=click.Choice(list(catalogue.FORMATS)), default="jsonl",
    show_default=True,
)  # fmt: skip
@click.option("--compress", type=click.Choice(catalogue.COMPRESSIONS))
@click.option("--split", help="Of this part alone.")
@with_appcontext
def export(version_id: UUID, file: Path, *, shape: str, **asked: Any) -> None:
    """Write a frozen version into FILE; the shape `frozen` is what `verify` proves.

    A `frozen` FILE that is there already is gone on with where it ends.
    """
    with clear_errors():
        written = (
            _stored(version_id, file)
            if shape == exporting.FROZEN
            else _shaped(version_id, file, shape, **asked)
        )
    click.echo(f"{written} bytes written", err=True)


@group.command("verify")
@click.argument("file", type=click.File("rb"))
@click.option("--root", help="The root that you expect, in hexadecimal.")
@click.option("--digest", help="The manifest's digest that you expect, in hexadecimal.")
def verify(file: BinaryIO, *, root: str | None, digest: str | None) -> None:
    """Prove FILE, a download of the shape `frozen`, without server and database.

    Exit code 1 names every row that is not what it was. Without --root or --digest from
    elsewhere a file is only held against what it says itself.
    """
    verdict = verified(_lines(file), root=root, digest=digest)
    click.echo(orjson.dumps(asdict(verdict), option=orjson.OPT_INDENT_2))
    if verdict.faults:
        raise SystemExit(1)


@group.command("diff")
@click.argument("from_id", type=click.UUID)
@click.argument("to_id", type=click.UUID)
@with_appcontext
def diff(from_id: UUID, to_id: UUID) -> None:
    """Print what is added, removed and changed from one version to another, a line each."""
    request: PageRequest | None = PageRequest(_PAGE)
    with clear_errors():
        while request:
            with transaction() as session:
                found = differences.page(session, from_id=from_id, to_id=to_id, page=request)
            for item in found.items:
                click.echo(orjson.dumps(item))
            request = PageRequest(_PAGE, found.next_key) if found.next_key else None


def _stored(version_id: UUID, path: Path) -> int:
    with transaction() as session:
        versions.get_frozen(session, version_id=version_id)
        stored = exporting.stored_file(session, version_id=version_id)
    start = path.stat().st_size if path.exists() else 0
    pieces = exporting.read(remotes().storage, file=stored, start=start, end=stored.size)
    with path.open("ab") as file:
        return sum(file.write(piece) for piece in pieces)


def _shaped(
    version_id: UUID, path: Path, shape: str, *, form: str, compress: str | None, split: str | None
) -> int:
    with transaction() as session:
        version = versions.get_frozen(session, version_id=version_id)
    content = exporting.content(
        transaction, version=version, shape=shape, rules=Rules(), split=split
    )
    encoded = catalogue.encode(content, format_=form, compress=compress, about=exports.about(shape))
    with path.open("wb") as file:
        return sum(file.write(piece) for piece in encoded.pieces)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file of zstd frames; what is damaged ends them."""
    reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
    held = b""
    try:
        while piece := reader.read(1_048_576):
            *whole, held = (held + piece).split(b"\n")
            yield from (line + b"\n" for line in whole)
    except zstandard.ZstdError as error:
        raise click.ClickException(f"the file is damaged: {error}") from error
    if held:
        yield held
