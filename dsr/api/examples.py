"""Examples in the specification: one call of each operation and its answer, as the tests saw them happen.

`examples.json` is written by `tests/api/test_examples.py`, which fails where an operation does something else by now.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

EXAMPLE: Final = "x-example"
"""In an operation: who asked, at which path, and with which status it was answered."""

WITHOUT: Final = frozenset({"hand_over_export", "show_session"})
"""They need the interface of another controller, and the cookie of a session."""


@cache
def examples() -> Mapping[str, Mapping[str, Any]]:
    """By operation: `role`, `path`, `request`, `status`, `answer`; what there is none of is left out."""
    content = files(__package__).joinpath("examples.json").read_bytes()
    return msgspec.json.decode(content, type=dict[str, dict[str, Any]])


def add_examples(document: dict[str, Any]) -> None:
    """Write each example to the body and to the answer that it is one of."""
    for item in document["paths"].values():
        for operation in (each for method, each in item.items() if method != "parameters"):
            example = examples().get(operation["operationId"])
            if example is not None:
                _add(operation, example)


def _add(operation: dict[str, Any], example: Mapping[str, Any]) -> None:
    operation[EXAMPLE] = {name: example[name] for name in ("role", "path", "status") if name in example}
    response = operation["responses"][str(example["status"])]
    for said, part in ((operation.get("requestBody", {}), "request"), (response, "answer")):
        if part not in example:
            continue
        for media_type, content in said.get("content", {}).items():
            if (media_type == "application/json") != isinstance(example[part], str):
                content["example"] = example[part]
