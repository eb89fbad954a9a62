"""Whether endpoints of SageMaker are there, which it says apart from answers."""

from botocore.exceptions import BotoCoreError, ClientError

from app.clients.aws import Aws
from app.clients.http_answer import RemoteError
from app.clients.inference.sagemaker_failures import DENIED, code_of
from app.domain.deadline import Deadline

_SERVICE = "sagemaker"
# While it is changed, the endpoint goes on serving as it was.
_SERVING = frozenset({"InService", "Updating", "SystemUpdating", "RollingBack"})


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
