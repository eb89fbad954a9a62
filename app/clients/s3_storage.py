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
from app.clients.storage import Missing, StorageError
from app.domain.deadline import Deadline

# S3 takes parts of 5 MiB and more, but for the last.
PART = 8_388_608
# For one request; a file is sent and read by many.
_SECONDS = 120.0
_ABSENT = frozenset({"NoSuchKey", "404"})


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
        """Delete the file; a bucket that keeps old versions of files keeps this one, too."""
        self._call("delete_object", key)

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

    def _call(self, operation: str, key: str, **arguments: Any) -> Mapping[str, Any]:
        with _told(), self._ask(operation, key, arguments) as answer:
            return answer.said

    def _ask(self, operation: str, key: str, arguments: Mapping[str, Any]) -> AwsAnswer:
        named = {"Bucket": self._bucket, "Key": self._prefix + key, **arguments}
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
        raise StorageError("the storage refused what it was asked") from error
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
