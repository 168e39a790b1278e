"""Check of one data file of a package, record by record, against its manifest entry and schema."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.values import Provenance
from dsr.exports.described import Described
from dsr.exports.errors import DataFieldsUndescribed, DataTooLarge, DataUnreadable
from dsr.exports.package_problem import PackageProblem, violated
from dsr.exports.schemas import DataSchema, profile_problems
from dsr.exports.strict_json import Record, json_records, load_json

MOST_NAMED: Final = 20
"""Maximum number of reported violations per file."""


def read_schema(path: str, content: bytes) -> DataSchema | list[PackageProblem]:
    """The schema of a data file, or the problems that show it is not one of the service."""
    try:
        document = load_json(content.decode("utf-8"))
    except (UnicodeDecodeError, DataUnreadable, DataTooLarge):
        return [PackageProblem("schema-unreadable", path, "The schema is not JSON in UTF-8.")]
    foreign = islice(profile_problems(document), MOST_NAMED)
    problems = [
        violated("schema-foreign", path, "The schema says what the service never writes: it", each) for each in foreign
    ]
    return problems or DataSchema(document)


def data_problems(file: dict[str, Any], schema: DataSchema | None, chunks: Iterable[bytes]) -> Iterator[PackageProblem]:
    """Problems of a data file; `file` is its entry in a valid manifest.

    Holds one record at a time, and raises only errors of reading the chunks.
    """
    path, described = file["path"], _FirstUndescribed(file["fields"])
    number = named = 0
    try:
        for number, record in enumerate(json_records(chunks), 1):
            described.look_at(number, record)
            if schema is not None and named < MOST_NAMED:
                for violation in islice(schema.violations(number - 1, record), MOST_NAMED - named):
                    named += 1
                    yield violated("schema-violated", path, "The file", violation)
    except DataUnreadable as error:
        yield PackageProblem("file-unreadable", path, error.detail)
        return
    except DataTooLarge:
        yield PackageProblem(
            "record-too-large", path, f"Record {number + 1} is larger than any that the service makes."
        )
        return
    if number != file["records"]:
        yield PackageProblem("records-differ", path, "The file does not hold as many records as the manifest says.")
    if described.detail is not None:
        yield PackageProblem("fields-undescribed", path, described.detail)


class _FirstUndescribed:
    """Remembers an undescribed field, so that the file is still read to its end."""

    def __init__(self, fields: list[dict[str, Any]]) -> None:
        self.detail: str | None = None
        try:
            self._descriptions = Described(
                FieldDescription(field["name"], field["description"], Provenance(field["provenance"]))
                for field in fields
            )
        except DataFieldsUndescribed as error:
            self.detail = error.detail

    def look_at(self, number: int, record: Record) -> None:
        if self.detail is None:
            try:
                self._descriptions.require(number, record)
            except DataFieldsUndescribed as error:
                self.detail = error.detail
