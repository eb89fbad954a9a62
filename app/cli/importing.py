"""What the commands that import files share: pieces, progress and the report at the end.

The report goes to the standard output, where scripts read it; progress to the other one.
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import BinaryIO

import click
import orjson

from app.services.imports import ImportReport

_PIECE = 65_536


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """Yield what is in a file, or comes on the standard input."""
    while piece := file.read(_PIECE):
        yield piece


def tell(report: ImportReport) -> None:
    """Show how far it is, over what was shown before."""
    click.echo(
        f"\r{report.accepted} accepted, {report.repeated} repeated, {report.refused_count} refused",
        nl=False,
        err=True,
    )


def conclude(report: ImportReport) -> None:
    """End the line of the progress, and print the report as JSON."""
    click.echo("", err=True)
    click.echo(orjson.dumps(asdict(report)))
