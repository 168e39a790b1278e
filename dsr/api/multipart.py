"""Reading `multipart/form-data`: a file and its metadata."""

from typing import Any

from flask import request
from marshmallow import ValidationError
from werkzeug.datastructures import FileStorage

from dsr.api.errors import InputInvalid
from dsr.api.fields import Body
from dsr.api.parsing import errors_of, parse_json

MULTIPART = "multipart/form-data"


def read_multipart(schema: Body) -> tuple[dict[str, Any], bytes, str]:
    """Description, content and media type of the file. Raises InputInvalid, RequestMalformed."""
    unknown = [*(set(request.form) - {"metadata"}), *(set(request.files) - {"file", "metadata"})]
    if unknown:
        raise InputInvalid([{"pointer": f"/{name}", "detail": "There is no such part."} for name in sorted(unknown)])
    file: FileStorage | None = request.files.get("file")
    described = request.files["metadata"].read() if "metadata" in request.files else request.form.get("metadata")
    if file is None or described is None:
        raise InputInvalid([{"pointer": "", "detail": "Send two parts: `metadata` (JSON) and `file`."}])
    text = described.encode() if isinstance(described, str) else described
    return load(schema, parse_json(text), "/metadata"), file.read(), file.mimetype


def load(schema: Body, value: Any, prefix: str = "") -> dict[str, Any]:
    """The value loaded by the schema; places of errors start with `prefix`. Raises InputInvalid."""
    try:
        loaded: dict[str, Any] = schema.load(value)
    except ValidationError as error:
        raise InputInvalid(list(errors_of(error.messages, "pointer", prefix))) from None
    return loaded
