"""Storage in a bucket: boto3 signs and reads, our own HTTP client sends within a deadline.

Files of more than a part are sent in parts and put together at the end, so that nobody ever
sees half a file. Servers other than AWS are named by AWS_ENDPOINT_URL_S3, as boto3 reads it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from app.clients.aws import Aws, AwsAnswer
from app.clients.http_answer import RemoteError
from app.clients.storage import Missing, StorageError, VersionsKept
from app.domain.deadline import Deadline

# S3 takes parts of 5 MiB and more, but for the last.
PART = 8_388_608
# For one request; a file is sent and read by many.
_SECONDS = 120.0
_ABSENT = frozenset({"NoSuchKey", "404"})
# Servers that know no versions say 501.
_REFUSALS = frozenset({400, 401, 403, 405, 409, 501})
_KEPT = (
    "the bucket keeps old versions of files, and they could not be deleted:"
    " expected s3:ListBucketVersions and s3:DeleteObjectVersion"
)


class Refused(StorageError):
    """The bucket does not let its files be treated so."""


class S3Storage:
    """Keeps files under a prefix of a bucket."""

    def __init__(self, aws: Aws, *, bucket: str, prefix: str) -> None:
        self._aws = aws
        self._bucket = bucket
        self._prefix = prefix

    def put(self, key: str, content: Iterable[bytes]) -> int:
        """Send a short file at once and a longer one in parts."""
        parts = _parts(content)
        first = next(parts, b"")
        second = next(parts, None)
        if second is None:
            self._call("put_object", key, Body=first)
            return len(first)
        return self._put_in_parts(key, [first, second], parts)

    def read(self, key: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Ask for the range; the answer's headers are there before the first byte is wanted."""
        if end is not None and end <= start:
            return iter(())
        asked = {"Range": f"bytes={start}-{'' if end is None else end - 1}"} if start or end else {}
        with _told(), ExitStack() as stack:
            answer = stack.enter_context(self._ask("get_object", key, asked))
            stack.pop_all()
        return _read(answer)

    def delete(self, key: str) -> None:
        """Delete the file, and where the bucket keeps old versions each of them.

        A bucket without versions says so in its answer, and is asked nothing more.
        """
        said = self._call("delete_object", key)
        if "VersionId" not in said and not said.get("DeleteMarker"):
            return
        try:
            for version_id in list(self._versions(key)):
                self._call("delete_object", key, VersionId=version_id)
        except Refused as error:
            raise VersionsKept(_KEPT) from error

    def _versions(self, key: str) -> Iterator[str]:
        """Yield the ids of what there was under a key, and of the marks that it was deleted."""
        name, place = self._prefix + key, dict[str, str]()
        while True:
            said = self._call("list_object_versions", None, Prefix=name, **place)
            for one in (*said.get("Versions", ()), *said.get("DeleteMarkers", ())):
                if one["Key"] == name:
                    yield one["VersionId"]
            if not said.get("IsTruncated"):
                return
            names = {"KeyMarker": "NextKeyMarker", "VersionIdMarker": "NextVersionIdMarker"}
            place = {mark: said[following] for mark, following in names.items()}

    def _put_in_parts(self, key: str, begun: list[bytes], rest: Iterator[bytes]) -> int:
        upload = {"UploadId": self._call("create_multipart_upload", key)["UploadId"]}
        try:
            length, sent = 0, []
            for number, part in enumerate(_chained(begun, rest), start=1):
                said = self._call("upload_part", key, **upload, PartNumber=number, Body=part)
                sent.append({"PartNumber": number, "ETag": said["ETag"]})
                length += len(part)
            parts = {"Parts": sent}
            self._call("complete_multipart_upload", key, **upload, MultipartUpload=parts)
        except BaseException:
            # Parts that nobody puts together would be kept, and paid for.
            with suppress(StorageError):
                self._call("abort_multipart_upload", key, **upload)
            raise
        return length

    def _call(self, operation: str, key: str | None, **arguments: Any) -> Mapping[str, Any]:
        with _told(), self._ask(operation, key, arguments) as answer:
            return answer.said

    def _ask(self, operation: str, key: str | None, arguments: Mapping[str, Any]) -> AwsAnswer:
        """Ask about a file, or about the bucket."""
        file = {} if key is None else {"Key": self._prefix + key}
        named = {"Bucket": self._bucket, **file, **arguments}
        return self._aws.call("s3", operation, named, deadline=Deadline.after(_SECONDS))


@contextmanager
def _told() -> Iterator[None]:
    """Make every failure in the block one of the storage's, without names of the outside."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _ABSENT:
            raise Missing("the storage has no such file") from error
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        kind = Refused if status in _REFUSALS else StorageError
        raise kind("the storage refused what it was asked") from error
    except (BotoCoreError, RemoteError, ValueError, OSError) as error:
        raise StorageError("the storage does not answer") from error


def _read(answer: AwsAnswer) -> Iterator[bytes]:
    with answer, _told(), closing(answer.http):
        yield from answer.http


def _parts(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield content in parts of one length, but for the last."""
    held = bytearray()
    for piece in content:
        held += piece
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
    if held:
        yield bytes(held)


def _chained(begun: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the parts that were taken already, then the others, and keep none."""
    while begun:
        yield begun.pop(0)
    yield from rest
