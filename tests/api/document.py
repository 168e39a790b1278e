"""The OpenAPI document, written once for all tests of a process: to write it takes a second."""

from typing import Any

from dsr.api.app import RESOURCES
from dsr.api.docs import _document


def document() -> dict[str, Any]:
    """The one that the service shows, which nobody changes."""
    return _document(RESOURCES)
