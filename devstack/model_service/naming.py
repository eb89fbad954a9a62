"""Names of endpoints, made from model ids the way the Model Service makes them."""

from datetime import datetime

_LONGEST = 50


def endpoint_name(model_id: str, *, unique: str, made_at: datetime) -> str:
    """Return the name of a new endpoint for ``model_id``.

    ``unique`` is eight hexadecimal digits. Of a long id they fall to the second cut,
    so that the whole has no more than the 63 characters SageMaker allows.
    """
    plain = model_id.replace("/", "--").replace("_", "-").replace(".", "")
    told_apart = f"{plain[:_LONGEST]}-{unique}"[:_LONGEST]
    return f"{told_apart}-{made_at:%Y%m%d%H%M}"


def lossy_id(name: str) -> str:
    """Return what variant A takes for the model id: the name up to its first hyphen."""
    return name.split("-", 1)[0]
