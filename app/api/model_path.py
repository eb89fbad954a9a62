"""Model ids in paths: plain or percent-encoded, slashes and all."""

from werkzeug.routing import PathConverter

from app.domain.model_id import model_id_fault
from app.errors import Invalid


class AnyPath(PathConverter):
    """Takes what stands in a model id's place as it is, so that it is refused by name.

    The library's own takes neither line breaks nor a leading slash, and it would be a 404.
    """

    regex = r"(?s:.+?)"
    # Derived by the library from the pattern, which has no slash in it, unless said.
    part_isolating = False


def checked_model_id(model_id: str) -> str:
    """Return the id that routing took from the path; raises Invalid for an impossible one."""
    fault = model_id_fault(model_id)
    if fault:
        raise Invalid("the model id in the path is not one", errors={"model_id": [fault]})
    return model_id
