"""Frozen versions of the dataset: asked for, looked at, downloaded, compared and proven."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Response

from app.api.blueprint import Blueprint
from app.api.context import principal, remotes
from app.api.examples.dataset_versions import BEGUN, DIFFERENCE, PROOF, VERSION, VERSION_IN
from app.api.examples.story import page_example
from app.api.exports import attachment, files
from app.api.file_ranges import ranged
from app.api.model_path import checked_model_id
from app.api.pagination import page_body, page_request
from app.api.schemas.dataset_versions import (
    DifferenceOut,
    ProofOut,
    VersionBegunOut,
    VersionExportQuery,
    VersionIn,
    VersionOut,
)
from app.api.schemas.pages import PageQuery, page_of
from app.api.selecting import rules_of, selection_of
from app.db import transaction
from app.domain.access import Permission
from app.domain.selection_form import INCLUDE
from app.services import export_log, exports
from app.services.encodings import catalogue
from app.services.frozen import differences, exporting, versions
from app.services.frozen.versions import VersionView

blueprint = Blueprint("dataset_versions", __name__, description="Frozen versions of the dataset")
_FILE = "application/zstd"


@blueprint.operation(
    "POST",
    "/dataset/model/<path:model_id>/versions",
    needs=Permission.DATASET_WRITE,
    errors=(404,),
)
@blueprint.arguments(VersionIn, example=VERSION_IN)
@blueprint.response(202, VersionBegunOut, example=BEGUN)
def freeze_version(body: dict[str, Any], model_id: str) -> Any:
    """Freeze what is selected of a model's dataset at this moment.

    A job builds the version (`GET /jobs/{job_id}`). Each row's leaf is SHA-256 of its salt and
    canonical bytes; all leaves in order have the `merkle_root`. The same data, selection and
    splits give the same bytes and the same root. Near duplicates are left out, the oldest stays.
    `splits` keep together what a conversation or a person links, and are met as far as that goes.
    """
    asked = body.get("selection", {"preferences": INCLUDE})
    selection = selection_of(asked, checked_model_id(model_id))
    with transaction() as session:
        return versions.begin(
            session,
            principal=principal(),
            queue=remotes().queue,
            selection=selection,
            name=body.get("name"),
            splits=body.get("splits"),
        )


@blueprint.operation(
    "GET", "/dataset/model/<path:model_id>/versions", needs=Permission.DATASET_READ
)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(VersionOut), example=page_example(VERSION))
def list_versions(query: dict[str, Any], model_id: str) -> Any:
    """List a model's versions, newest first."""
    page = page_request(query)
    with transaction() as session:
        return page_body(versions.page(session, model_id=checked_model_id(model_id), page=page))


@blueprint.operation(
    "GET", "/dataset/versions/<uuid:version_id>", needs=Permission.DATASET_READ, errors=(404,)
)
@blueprint.response(200, VersionOut, example=VERSION)
def get_version(version_id: UUID) -> Any:
    """Show a version with its manifest."""
    with transaction() as session:
        return versions.get(session, version_id=version_id)


@blueprint.operation(
    "GET",
    "/dataset/versions/<uuid:version_id>/export",
    needs=Permission.DATASET_READ,
    errors=(404, 409, 416),
)
@blueprint.arguments(VersionExportQuery, location="query")
@files
def export_version(query: dict[str, Any], version_id: UUID) -> Response:
    """Download a frozen version in any shape and format, as the export of a model has them.

    It holds what it was frozen with: a consent taken back and a privacy policy set later change
    versions that are frozen after them. Rows that were erased are left out. All splits are in the
    file unless one is asked for; `hf` has a file for each.

    The shape `frozen` is the version's own file, zstd of JSON lines: the manifest, then a line a
    row with its leaf and salt, which `flask dataset verify` proves without this service. It has an
    `ETag`, and a download that broke off is continued by `Range`. A 409 is `version_not_frozen`.
    """
    with transaction() as session:
        version = versions.get_frozen(session, version_id=version_id)
    if query["shape"] == exporting.FROZEN:
        return _stored(version)
    return _made(version, query)


def _made(version: VersionView, query: dict[str, Any]) -> Response:
    shape, form = query["shape"], query["format"]
    content = exporting.content(
        transaction,
        version=version,
        shape=shape,
        rules=rules_of(query),
        split=query.get("split"),
    )
    file = catalogue.encode(
        content, format_=form, compress=query.get("compress"), about=exports.about(shape)
    )
    pieces = _logged(version, shape, form, file.pieces, lambda: file.tally.rows)
    stem = "-".join(filter(None, ("version", str(version.id), query.get("split"))))
    return attachment(replace(file, pieces=pieces), stem, shape)


def _stored(version: VersionView) -> Response:
    with transaction() as session:
        file = exporting.stored_file(session, version_id=version.id)
    storage, rows = remotes().storage, (version.rows or 0) - version.erased_rows
    response = ranged(
        lambda start, end: _logged(
            version,
            exporting.FROZEN,
            "jsonl",
            exporting.read(storage, file=file, start=start, end=end),
            # How many are in a part of the file nobody counts.
            lambda: rows if (start, end) == (0, file.size) else None,
        ),
        size=file.size,
        etag=file.etag,
        mimetype=_FILE,
    )
    name = f"version-{version.id}.jsonl.zst"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _logged(
    version: VersionView,
    shape: str,
    form: str,
    pieces: Iterator[bytes],
    rows: Callable[[], int | None],
) -> Iterator[bytes]:
    """Have it written down who fetches it."""
    return export_log.logged(
        transaction,
        principal=principal(),
        model_id=version.model_id,
        shape=shape,
        format_=form,
        pieces=pieces,
        rows=rows,
    )


@blueprint.operation(
    "GET",
    "/dataset/versions/<uuid:version_id>/diff/<uuid:other_id>",
    needs=Permission.DATASET_READ,
    errors=(404, 409),
)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(DifferenceOut), example=page_example(DIFFERENCE))
def compare_versions(query: dict[str, Any], version_id: UUID, other_id: UUID) -> Any:
    """List what is added, removed and changed from a version to another, each with its reason."""
    page = page_request(query)
    with transaction() as session:
        return page_body(differences.page(session, from_id=version_id, to_id=other_id, page=page))


@blueprint.operation(
    "GET",
    "/dataset/versions/<uuid:version_id>/proof/<uuid:entry_id>",
    needs=Permission.DATASET_READ,
    errors=(404, 409),
)
@blueprint.response(200, ProofOut, example=PROOF)
def prove_entry(version_id: UUID, entry_id: UUID) -> Any:
    """Prove that an entry, or a preference, is in a version, erased or not."""
    with transaction() as session:
        return versions.prove(session, version_id=version_id, entry_id=entry_id)
