"""Storage keeps files whole or not at all, in a folder and in a bucket alike."""

import fcntl

import boto3
import pytest

from app.clients.connect import storage_at
from app.clients.s3_storage import PART
from app.clients.storage import Missing, StorageError, VersionsKept
from tests.clients import moto_side
from tests.clients.aws_side import KEYS, use_no_other_keys

REGION, BUCKET = "eu-west-1", "kept"
LONG = [b"x" * 1_000_000 for _ in range(19)]


@pytest.fixture(scope="module")
def moto_url():
    with moto_side.running() as url:
        yield url


@pytest.fixture
def bucket(moto_url, monkeypatch, tmp_path):
    """Return moto's side of a bucket, by a client of boto3 itself."""
    use_no_other_keys(monkeypatch, tmp_path, {**KEYS, "AWS_DEFAULT_REGION": REGION})
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto_url)
    client = boto3.client("s3")
    if BUCKET not in [one["Name"] for one in client.list_buckets()["Buckets"]]:
        place = {"LocationConstraint": REGION}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    return client


@pytest.fixture(params=["folder", "bucket"])
def storage(request, tmp_path):
    if request.param == "folder":
        return storage_at((tmp_path / "a folder").as_uri())
    request.getfixturevalue("bucket")
    return storage_at(f"s3://{BUCKET}/{tmp_path.name}")


def whole(storage, key, **place):
    return b"".join(storage.read(key, **place))


class TestBoth:
    @pytest.mark.parametrize("content", [[], [b""], [b"a", b"bc"], LONG, [b"y" * PART]])
    def test_gives_back_what_was_put(self, storage, content):
        assert storage.put("v/1.zst", content) == sum(map(len, content))
        assert whole(storage, "v/1.zst") == b"".join(content)

    def test_reads_any_part_of_a_file(self, storage):
        storage.put("v/1.zst", [b"0123456789"])
        assert whole(storage, "v/1.zst", start=4) == b"456789"
        assert whole(storage, "v/1.zst", start=2, end=5) == b"234"
        assert whole(storage, "v/1.zst", end=1) == b"0"
        assert whole(storage, "v/1.zst", start=3, end=3) == b""

    def test_a_file_takes_the_place_of_another(self, storage):
        storage.put("v/1.zst", [b"old and long"])
        storage.put("v/1.zst", [b"new"])
        assert whole(storage, "v/1.zst") == b"new"

    def test_what_fails_half_way_leaves_what_was_there(self, storage):
        def broken():
            yield from LONG
            raise StorageError("the content ended early")

        storage.put("v/1.zst", [b"old"])
        with pytest.raises(StorageError, match="early"):
            storage.put("v/1.zst", broken())
        assert whole(storage, "v/1.zst") == b"old"

    def test_a_file_that_is_not_there_is_missing(self, storage):
        with pytest.raises(Missing, match="no such file"):
            storage.read("v/none.zst")

    def test_a_deleted_file_is_gone_and_may_be_deleted_again(self, storage):
        storage.put("v/1.zst", [b"here"])
        storage.delete("v/1.zst")
        storage.delete("v/1.zst")
        with pytest.raises(Missing):
            storage.read("v/1.zst")


class TestAFolder:
    def test_has_nothing_in_it_but_the_files(self, tmp_path):
        def broken():
            yield b"half"
            raise StorageError("the content ended early")

        storage = storage_at(tmp_path.as_uri())
        storage.put("v/1.zst", [b"whole"])
        with pytest.raises(StorageError):
            storage.put("v/2.zst", broken())
        assert [path.name for path in (tmp_path / "v").iterdir()] == ["1.zst"]

    def test_keeps_nothing_that_a_killed_process_had_begun(self, tmp_path):
        storage = storage_at(tmp_path.as_uri())
        folder = tmp_path / "v"
        folder.mkdir()
        for left in (".1.zst.killed", ".1.zst.killed-before", ".2.zst.killed"):
            (folder / left).write_bytes(b"half")
        (folder / ".2.zst.alive").write_bytes(b"half")
        with (folder / ".2.zst.alive").open("rb") as written:
            fcntl.flock(written, fcntl.LOCK_EX)
            storage.put("v/2.zst", [b"whole"])
            storage.delete("v/1.zst")
            storage.delete("v/none.zst")
            assert {path.name for path in folder.iterdir()} == {"2.zst", ".2.zst.alive"}

    def test_that_is_none_is_a_failure_that_says_so(self, tmp_path):
        (tmp_path / "in the way").write_bytes(b"")
        storage = storage_at((tmp_path / "in the way").as_uri())
        with pytest.raises(StorageError, match="cannot be written to"):
            storage.put("v/1.zst", [b"lost"])
        with pytest.raises(StorageError, match="cannot be read"):
            storage.read("v/1.zst")
        with pytest.raises(StorageError, match="cannot be written to"):
            storage.delete("v/1.zst")


class TestABucket:
    def test_keeps_its_files_under_the_prefix(self, bucket):
        storage_at(f"s3://{BUCKET}/some/where").put("v/1.zst", [b"here"])
        storage_at(f"s3://{BUCKET}").put("v/2.zst", [b"there"])
        for key in ("some/where/v/1.zst", "v/2.zst"):
            assert bucket.head_object(Bucket=BUCKET, Key=key)["ContentLength"] < 6

    def test_holds_no_parts_of_what_failed(self, bucket):
        def broken():
            yield from LONG
            raise StorageError("the content ended early")

        with pytest.raises(StorageError):
            storage_at(f"s3://{BUCKET}").put("v/3.zst", broken())
        assert not bucket.list_multipart_uploads(Bucket=BUCKET).get("Uploads")

    @pytest.mark.usefixtures("bucket")
    def test_that_is_not_there_refuses(self):
        with pytest.raises(StorageError, match="refused"):
            storage_at("s3://somebody-elses").put("v/1.zst", [b"lost"])

    @pytest.mark.usefixtures("bucket")
    def test_that_does_not_answer_is_a_failure_that_names_no_host(self, monkeypatch):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
        with pytest.raises(StorageError, match="does not answer") as raised:
            storage_at(f"s3://{BUCKET}").put("v/1.zst", [b"lost"])
        assert "127" not in raised.value.message

    @pytest.mark.usefixtures("bucket")
    def test_that_breaks_off_a_file_is_a_failure(self, monkeypatch, serve):
        def cut(visit):
            visit.request()
            visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", serve(cut).url)
        with pytest.raises(StorageError, match="does not answer"):
            whole(storage_at(f"s3://{BUCKET}"), "v/1.zst")


class TestABucketWithVersions:
    @pytest.fixture
    def versioned(self, bucket, tmp_path):
        """Return a storage in a bucket that keeps versions, and how many it has of a file."""
        name = f"versioned-{tmp_path.name.replace('_', '-')}"[:60].rstrip("-")
        place = {"LocationConstraint": REGION}
        bucket.create_bucket(Bucket=name, CreateBucketConfiguration=place)

        def versions(key):
            found = bucket.list_object_versions(Bucket=name, Prefix=f"p/{key}")
            return len(found.get("Versions", ())), len(found.get("DeleteMarkers", ()))

        def switch(status):
            bucket.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})

        switch("Enabled")
        return storage_at(f"s3://{name}/p"), versions, switch

    def test_has_no_version_left_of_what_was_deleted(self, versioned):
        storage, versions, _ = versioned
        for content in (b"first", b"second", b"third"):
            storage.put("v/1.zst", [content])
        storage.put("v/1.zst.more", [b"another file"])
        assert versions("v/1.zst") == (4, 0)
        storage.delete("v/1.zst")
        assert versions("v/1.zst") == (1, 0)
        assert whole(storage, "v/1.zst.more") == b"another file"

    def test_that_were_deleted_by_somebody_else_are_deleted_too(self, versioned):
        storage, versions, switch = versioned
        storage.put("v/1.zst", [b"first"])
        switch("Suspended")
        storage.put("v/1.zst", [b"second"])
        storage.delete("v/1.zst")
        storage.delete("v/1.zst")
        assert versions("v/1.zst") == (0, 0)

    @pytest.mark.usefixtures("bucket")
    def test_are_deleted_page_by_page(self, monkeypatch, serve):
        pages = [listed("one", more=True), listed("two")]
        said = iter([NOTHING_BUT_A_MARK, *pages, NOTHING, NOTHING])

        def answer(visit):
            while visit.request():
                visit.send(next(said))

        server = serve(answer)
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
        storage_at(f"s3://{BUCKET}").delete("v/1.zst")
        asked = [one.split(b" HTTP")[0].decode() for one in server.requests]
        assert [one.split("?")[-1] for one in asked[3:]] == ["versionId=one", "versionId=two"]
        assert "key-marker=v%2F1.zst" in asked[2]
        assert "version-id-marker=one" in asked[2]

    @pytest.mark.usefixtures("bucket")
    def test_that_may_not_be_deleted_are_a_failure_that_says_what_is_missing(
        self, monkeypatch, serve
    ):
        refused = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"

        def answer(visit):
            while asked := visit.request():
                is_first = asked.startswith(b"DELETE") and b"versionId" not in asked
                visit.send(NOTHING_BUT_A_MARK if is_first else reply(403, refused))

        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", serve(answer).url)
        with pytest.raises(VersionsKept, match="s3:ListBucketVersions") as raised:
            storage_at(f"s3://{BUCKET}").delete("v/1.zst")
        assert raised.value.reason == "storage_keeps_versions"

    @pytest.mark.usefixtures("bucket")
    def test_of_a_server_that_is_busy_are_tried_again_later(self, monkeypatch, serve):
        busy = b"<Error><Code>SlowDown</Code><Message>no</Message></Error>"

        def answer(visit):
            while asked := visit.request():
                visit.send(reply(503, busy) if b"GET" in asked else NOTHING_BUT_A_MARK)

        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", serve(answer).url)
        with pytest.raises(StorageError) as raised:
            storage_at(f"s3://{BUCKET}").delete("v/1.zst")
        assert raised.value.reason == "storage_unavailable"


NOTHING = b"HTTP/1.1 204 X\r\n\r\n"
NOTHING_BUT_A_MARK = (
    b"HTTP/1.1 204 X\r\nx-amz-delete-marker: true\r\nx-amz-version-id: mark\r\n\r\n"
)


def reply(status, body):
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


def listed(version_id, *, more=False):
    """Return a page of versions, of this file and of its neighbour."""
    versions = "".join(
        f"<Version><Key>{key}</Key><VersionId>{version_id}</VersionId></Version>"
        for key in ("v/1.zst", "v/1.zst.more")
    )
    place = (
        f"<IsTruncated>{str(more).lower()}</IsTruncated><NextKeyMarker>v/1.zst</NextKeyMarker>"
        f"<NextVersionIdMarker>{version_id}</NextVersionIdMarker>"
    )
    whole = f"<ListVersionsResult>{place}{versions}</ListVersionsResult>"
    return reply(200, whole.encode())
