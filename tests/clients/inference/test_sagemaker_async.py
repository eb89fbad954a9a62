"""Asynchronous endpoints are asked through S3, which moto is here, and leave nothing there."""

import json

import boto3
import pytest

from app.clients.http import HttpClient, Remote
from app.clients.inference.base import InferenceError, InferenceRequest
from app.domain.deadline import Deadline
from tests.clients import moto_side
from tests.clients.aws_side import refusal
from tests.clients.inference.sagemaker_side import provider_at
from tests.clients.inference.streams import outcome
from tests.clients.loopback import always, reply

pytestmark = pytest.mark.usefixtures("aws_keys")
REGION, BUCKET = "eu-west-1", "questions"
ANSWER = json.dumps([{"generated_text": "Paris"}])


@pytest.fixture(scope="module")
def moto_url():
    with moto_side.running() as url:
        yield url


@pytest.fixture
def aws(moto_url):
    """Give moto's side of it: clients of boto3 itself, and what endpoints are to answer."""
    HttpClient(Remote(name="moto", url=moto_url)).request("POST", "/moto-api/reset", deadline=10)

    class Side:
        url = moto_url

        def client(self, service):
            return boto3.client(service, region_name=REGION, endpoint_url=moto_url)

        def objects(self):
            s3 = self.client("s3")
            buckets = [one["Name"] for one in s3.list_buckets()["Buckets"]]
            listed = [s3.list_objects_v2(Bucket=name).get("Contents", []) for name in buckets]
            return [one["Key"] for some in listed for one in some]

        def will_answer(self, kind, *results):
            told = {"account_id": "123456789012", "region": REGION, "results": results}
            path = f"/moto-api/static/sagemaker/{kind}"
            client = HttpClient(Remote(name="moto", url=moto_url))
            assert client.request("POST", path, json=told, deadline=10).status == 201

    side = Side()
    side.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return side


def at_once(url, **settings):
    given = {"endpoint_name": "llm-1", "region": REGION, "endpoint_url": url}
    return provider_at(given | settings)


def later(url, **settings):
    return at_once(url, async_bucket=BUCKET, async_prefix="our/questions/", **settings)


def query(provider, *, seconds=30.0):
    deadline = Deadline.after(seconds)
    return provider.complete(InferenceRequest(model_id="m", content="Capital?", deadline=deadline))


def error_of(provider, **more):
    with pytest.raises(InferenceError) as caught:
        query(provider, **more)
    return caught.value


class TestAnEndpointAtOnce:
    def test_answers(self, aws):
        result = {"Body": ANSWER, "ContentType": "application/json"}
        aws.will_answer("endpoint-results", result | {"InvokedProductionVariant": "green"})
        completion = query(at_once(aws.url))
        assert (completion.text, completion.model_version) == ("Paris", "green")


class TestAnEndpointInTheBackground:
    def test_answers_through_s3_and_leaves_nothing_there(self, aws):
        aws.will_answer("async-endpoint-results", {"data": ANSWER})
        completion = query(later(aws.url))
        assert (completion.text, completion.endpoint_name) == ("Paris", "llm-1")
        assert json.loads(completion.raw) == json.loads(ANSWER)
        assert aws.objects() == []

    def test_has_no_streams_so_answers_in_one_piece(self, aws):
        aws.will_answer("async-endpoint-results", {"data": ANSWER})
        pieces = later(aws.url, container="tgi").stream(
            InferenceRequest(model_id="m", content="?", deadline=Deadline.after(30))
        )
        assert outcome(pieces)[0] == ["Paris"]

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            ("Received server error (500) from model: CUDA", "model_failed"),
            ("Your invocation timed out while waiting", "model_timeout"),
        ],
    )
    def test_may_fail_and_say_so_elsewhere(self, aws, words, code):
        aws.will_answer("async-endpoint-results", {"data": words, "is_failure": True})
        error = error_of(later(aws.url))
        assert (error.code, error.raw, error.endpoint_name) == (code, words, "llm-1")
        assert aws.objects() == []

    def test_wants_a_bucket_that_is_there(self, aws):
        error = error_of(at_once(aws.url, async_bucket="elsewhere"))
        assert (error.code, error.message) == ("model_failed", "AWS answered with NoSuchBucket")


LOCATIONS = {
    "X_Amzn_SageMaker_OutputLocation": "s3://answers/out/1.json",
    "X_Amzn_SageMaker_FailureLocation": "s3://failures/1.json",
}
ABSENT = b"<Error><Code>NoSuchKey</Code><Message>no</Message></Error>"
DENIED = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"


def side(*answers, begun=LOCATIONS, failure=(ABSENT, 404), removed=204):
    """Return a handler that is all of AWS; ``answers`` are what the output's place holds."""
    left = list(answers)

    def answer(request):
        verb, path = request.split(b" ", 2)[:2]
        if verb == b"POST":
            return reply({}, 202, **begun)
        if verb == b"DELETE":
            return reply(b"", removed)
        if path.startswith(b"/failures/"):
            return reply(*failure)
        if verb == b"GET":
            return reply(*(left.pop(0) if len(left) > 1 else left[0]))
        return reply()

    def handle(visit):
        while (request := visit.request()) is not None:
            visit.send(answer(request))

    return handle


def said(far, verb):
    return [one.decode().split(" ")[1] for one in far.requests if one.startswith(verb)]


class TestWaiting:
    def test_goes_on_until_the_answer_is_there(self, serve):
        far = serve(side((ABSENT, 404), (ABSENT, 404), (ANSWER.encode(), 200)))
        assert query(later(far.url)).text == "Paris"
        assert said(far, b"GET") == ["/answers/out/1.json", "/failures/1.json"] * 2 + [
            "/answers/out/1.json"
        ]
        (put,) = said(far, b"PUT")
        assert put.startswith(f"/{BUCKET}/our/questions/")
        assert said(far, b"DELETE") == [put, "/answers/out/1.json"]
        (invoked,) = (one.decode() for one in far.requests if one.startswith(b"POST"))
        assert f"X-Amzn-SageMaker-InputLocation: s3:/{put}\r\n" in invoked
        assert "X-Amzn-SageMaker-InvocationTimeoutSeconds: 30\r\n" in invoked
        assert "X-Amzn-SageMaker-RequestTTLSeconds: 60\r\n" in invoked

    def test_ends_at_the_deadline(self, serve):
        far = serve(side((ANSWER.encode(), 200), (ABSENT, 404)))
        provider = later(far.url)
        # boto3 takes its time to get ready for the first one.
        query(provider)
        error = error_of(provider, seconds=0.6)
        assert error.code == "model_timeout"
        assert len(said(far, b"PUT")) == 2
        assert len(said(far, b"DELETE")) == 2

    def test_takes_a_denial_for_an_answer_in_the_end_alone(self, serve):
        far = serve(side((DENIED, 403), (ANSWER.encode(), 200), (DENIED, 403)))
        provider = later(far.url)
        assert query(provider).text == "Paris"
        error = error_of(provider, seconds=1.5)
        assert error.code == "model_failed"
        assert "refused our credentials" in error.message

    @pytest.mark.parametrize("status", [500, 503])
    def test_outlasts_what_may_pass(self, serve, status):
        body = b"<Error><Code>InternalError</Code><Message>no</Message></Error>"
        far = serve(side((body, status), (ANSWER.encode(), 200)))
        assert query(later(far.url)).text == "Paris"

    def test_ends_with_what_does_not_pass(self, serve):
        body = b"<Error><Code>NoSuchBucket</Code><Message>no</Message></Error>"
        error = error_of(later(serve(side((body, 404))).url))
        assert (error.code, error.message) == ("model_failed", "AWS answered with NoSuchBucket")

    def test_ends_though_a_look_is_not_answered(self, serve):
        whole = [True]
        usual = side((ANSWER.encode(), 200))

        class Visit:
            def __init__(self, visit):
                self.visit, self.looks = visit, False

            def request(self):
                request = self.visit.request()
                self.looks = bool(request) and request.startswith(b"GET")
                return request

            def send(self, data):
                if self.looks and not whole:
                    self.visit.hang()
                whole[:] = [] if self.looks else whole
                self.visit.send(data)

        provider = later(serve(lambda visit: usual(Visit(visit))).url)
        assert query(provider).text == "Paris"
        assert error_of(provider, seconds=0.8).code == "model_timeout"

    def test_needs_no_place_of_failures(self, serve):
        begun = {"X_Amzn_SageMaker_OutputLocation": "s3://answers/out/1.json"}
        far = serve(side((ABSENT, 404), (ANSWER.encode(), 200), begun=begun))
        assert query(later(far.url)).text == "Paris"

    @pytest.mark.parametrize("location", ["", "answers/1.json", "s3://answers"])
    def test_needs_a_place_of_answers(self, serve, location):
        begun = {"X_Amzn_SageMaker_OutputLocation": location} if location else {}
        error = error_of(later(serve(side((b"", 200), begun=begun)).url))
        assert (error.code, error.endpoint_name) == ("model_failed", "llm-1")

    def test_does_without_the_right_to_remove(self, serve):
        far = serve(side((ANSWER.encode(), 200), removed=403))
        assert query(later(far.url)).text == "Paris"

    def test_for_an_endpoint_that_is_not_ready_begins_again(self, serve):
        left = [reply(**refusal("ThrottlingException"))]
        usual = side((ANSWER.encode(), 200))

        class Visit:
            def __init__(self, visit):
                self.visit, self.verb = visit, b""

            def request(self):
                request = self.visit.request()
                self.verb = request[:4] if request else b""
                return request

            def send(self, data):
                self.visit.send(left.pop() if left and self.verb == b"POST" else data)

        far = serve(lambda visit: usual(Visit(visit)))
        assert query(later(far.url)).text == "Paris"
        assert len(said(far, b"POST")) == 2
        # What nobody took is not left lying about.
        assert set(said(far, b"PUT")) < set(said(far, b"DELETE"))


def make_endpoint(aws, name):
    sagemaker = aws.client("sagemaker")
    role = "arn:aws:iam::123456789012:role/r"
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=role)
    variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


class TestHealth:
    def test_is_being_in_service(self, aws):
        provider = at_once(aws.url)
        assert provider.health() is False
        make_endpoint(aws, "llm-1")
        assert provider.health() is True

    @pytest.mark.parametrize(
        ("answer", "healthy"),
        [
            ({"body": {"EndpointStatus": "Updating"}}, True),
            ({"body": {"EndpointStatus": "Creating"}}, False),
            (refusal("AccessDeniedException"), True),
            (refusal("UnrecognizedClientException"), False),
            ({"status": 503}, False),
            ({"body": b"<html>"}, False),
        ],
    )
    def test_is_what_aws_says(self, serve, answer, healthy):
        assert at_once(serve(always(**answer)).url).health() is healthy

    def test_of_an_aws_that_is_away_is_bad(self, serve):
        assert at_once(serve(lambda visit: visit.request()).url).health() is False
