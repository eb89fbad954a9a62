"""What SageMaker says of its endpoints, apart from answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from app.clients.aws import Aws
from app.clients.http_answer import RemoteError
from app.clients.inference.sagemaker_failures import DENIED, code_of, told
from app.domain.deadline import Deadline

_SERVICE = "sagemaker"
# While it is changed, the endpoint goes on serving as it was.
_SERVING = frozenset({"InService", "Updating", "SystemUpdating", "RollingBack"})
_PAGE = 100


def is_in_service(aws: Aws, endpoint_name: str, deadline: Deadline) -> bool:
    """Say whether an endpoint serves; True where we may use it, but not look at it."""
    asked = {"EndpointName": endpoint_name}
    try:
        with aws.call(_SERVICE, "describe_endpoint", asked, deadline=deadline) as answer:
            return answer.said.get("EndpointStatus") in _SERVING
    except ClientError as error:
        return bool(DENIED.search(code_of(error)))
    except (BotoCoreError, RemoteError, ValueError, OSError):
        return False


def catalogue(aws: Aws, *, deadline: Deadline) -> Iterator[str]:
    """Yield the names of the endpoints in service, in order; raises InferenceError."""
    more = True
    asked: dict[str, Any] = {
        "StatusEquals": "InService",
        "SortBy": "Name",
        "SortOrder": "Ascending",
        "MaxResults": _PAGE,
    }
    while more:
        said = _page(aws, asked, deadline)
        yield from (one["EndpointName"] for one in said.get("Endpoints", []))
        asked["NextToken"] = said.get("NextToken")
        more = bool(asked["NextToken"])


def _page(aws: Aws, asked: Mapping[str, Any], deadline: Deadline) -> Mapping[str, Any]:
    with told(None), aws.call(_SERVICE, "list_endpoints", asked, deadline=deadline) as answer:
        return answer.said
