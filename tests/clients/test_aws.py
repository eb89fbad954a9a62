"""AWS is asked within a deadline, whoever has the credentials, and only for what is wanted."""

import json
import os
import time
from datetime import timedelta

import pytest
from botocore.exceptions import CredentialRetrievalError

from app.clients.aws import Aws, AwsPlace
from app.clients.http_answer import RemoteError
from app.domain.deadline import Deadline
from app.utils.clock import now
from tests.clients.aws_side import use_no_other_keys
from tests.clients.loopback import always, reply
from tests.waiting import eventually

MARGIN = 5.0


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    use_no_other_keys(monkeypatch, tmp_path)


@pytest.fixture
def key_server(serve, monkeypatch):
    """Have the credentials at a server, as containers do."""

    def start(handler):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        far = serve(handler)
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{far.url}/keys")
        return far

    return start


def keys(name, *, seconds):
    """Return what such a server says."""
    end = now() + timedelta(seconds=seconds)
    return {
        "AccessKeyId": name,
        "SecretAccessKey": "secret",
        "Token": "token",
        "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def invoke(aws, *, seconds=30.0):
    asked = {"EndpointName": "e", "Body": b"{}"}
    deadline = Deadline.after(seconds)
    with aws.call("sagemaker-runtime", "invoke_endpoint", asked, deadline=deadline) as answer:
        return answer.body()


def aws_at(far):
    return Aws(AwsPlace(region="eu-west-1", url=far.url))


class TestCredentials:
    def test_that_are_not_given_cost_no_more_than_the_deadline(self, serve, key_server):
        key_server(lambda visit: visit.request() and visit.hang())
        far = serve(always({}))
        started = time.monotonic()
        with pytest.raises(RemoteError) as caught:
            invoke(aws_at(far), seconds=0.5)
        assert time.monotonic() - started < 0.5 + MARGIN
        assert (caught.value.kind, far.requests) == ("timeout", [])

    def test_that_are_refused_are_looked_for_again(self, serve, key_server):
        refusing = [True]

        def handle(visit):
            if visit.request() is not None:
                given = reply(keys("AKID2", seconds=7200))
                visit.send(reply({}, 400) if refusing else given)

        key_server(handle)
        far = serve(always({}))
        aws = aws_at(far)
        with pytest.raises(CredentialRetrievalError):
            invoke(aws)
        refusing.clear()
        assert invoke(aws) == b"{}"
        assert b"Credential=AKID2/" in far.requests[0]

    def test_that_end_soon_are_renewed_once(self, serve, key_server):
        def handle(visit):
            if visit.request() is not None:
                # Of the first ones two minutes are left, the next ones last.
                number = len(far_keys.requests)
                seconds = 120 if number == 1 else 7200
                visit.send(reply(keys(f"AKID{number}", seconds=seconds)))

        far_keys = key_server(handle)
        far = serve(always({}))
        aws = aws_at(far)
        for _ in range(3):
            invoke(aws)
        assert [b"Credential=AKID2/" in one for one in far.requests] == [True] * 3
        assert len(far_keys.requests) == 2

    def test_are_renewed_within_the_deadline(self, serve, key_server):
        def handle(visit):
            visit.request()
            if len(far_keys.requests) > 1:
                visit.hang()
            visit.send(reply(keys("AKID1", seconds=120)))

        far_keys = key_server(handle)
        aws = aws_at(serve(always({})))

        def waits_in_vain():
            with pytest.raises(RemoteError) as caught:
                invoke(aws, seconds=0.3)
            assert caught.value.kind == "timeout"
            return len(far_keys.requests) > 1

        eventually(waits_in_vain)
        assert waits_in_vain()


class TestAnOperation:
    def test_is_sent_once_whatever_comes_of_it(self, serve):
        far = serve(always({"message": "no"}, 500))
        with pytest.raises(Exception, match="InvokeEndpoint"):
            invoke(aws_at(far))
        assert len(far.requests) == 1

    def test_does_not_wait_for_leave_to_send_its_body(self, serve):
        far = serve(always())
        asked = {"Bucket": "b", "Key": "a key?&%/ü.json", "Body": json.dumps("x" * 99).encode()}
        with aws_at(far).call("s3", "put_object", asked, deadline=Deadline.after(30)):
            pass
        (request,) = far.requests
        assert b"expect" not in request.lower()
        assert request.startswith(b"PUT /b/a%20key%3F%26%25/%C3%BC.json HTTP/1.1\r\n")
        assert request.endswith(asked["Body"])

    def test_keeps_its_query(self, serve):
        far = serve(always(b"<ListBucketResult/>", Content_Type="application/xml"))
        asked = {"Bucket": "b", "Prefix": "x y"}
        with aws_at(far).call("s3", "list_objects_v2", asked, deadline=Deadline.after(30)):
            pass
        assert b"prefix=x%20y" in far.requests[0].partition(b"\r\n")[0]

    def test_works_in_a_child_process(self, serve):
        far = serve(always({}))
        aws = aws_at(far)
        invoke(aws)
        child = os.fork()
        if not child:
            try:
                os._exit(0 if invoke(aws) == b"{}" else 1)
            finally:
                os._exit(2)
        assert os.waitpid(child, 0)[1] == 0

    def test_that_cannot_be_sent_is_told(self, serve):
        far = serve(always({}))
        asked = {"EndpointName": "e", "Body": b"{}", "CustomAttributes": "\u2014"}
        with pytest.raises(ValueError, match="ascii"):
            aws_at(far).call(
                "sagemaker-runtime", "invoke_endpoint", asked, deadline=Deadline.after(30)
            )

    def test_of_settings_that_cannot_be_is_told(self):
        with pytest.raises(ValueError, match="Invalid endpoint"):
            invoke(Aws(AwsPlace(region="eu-west-1", url="http://")))
