"""Data sets: data that systems returned for an item of access or portability (GDPR Art. 15(3), 20(1))."""

from typing import Any, Final
from uuid import UUID

import msgspec
from flask import Response, request
from marshmallow import fields, post_load, validate

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.disclosures import PURPOSES, require_purpose
from dsr.api.errors import MediaTypeUnsupported
from dsr.api.fields import Body, Choice, Code, Instant, NoBody, Text, Tuple, View, WholeNumber
from dsr.api.multipart import MULTIPART, load, read_multipart
from dsr.api.operation import allow, this_call
from dsr.api.pages import page_of
from dsr.api.parsing import parse_json
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.api.views import RequestView
from dsr.desk.idempotency import Answer
from dsr.domain.request.collection import DataSetUnknown
from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.values import DisclosurePurpose, Provenance
from dsr.domain.roles import Role
from dsr.exports import DELIMITERS, JSON
from dsr.exports.data_file import MOST_RECORDS

bp = Resource("data-sets", "/requests/<uuid:request_id>/items/<item_id>/data-sets", "What systems returned.")


class FieldBody(Body):
    """Description of one field, in words for the data subject."""

    name = Text(longest=200, required=True, meaning="As the records name it.")
    description = Text(longest=2000, required=True, meaning="What it means, in words for the person.")
    provenance = Choice(Provenance, required=True)
    unit = Text(longest=40, load_default=None, meaning="Unit of its numbers: `s`, `EUR`.")
    zone = Text(longest=64, load_default=None, meaning="IANA time zone of its times, unless they name one themselves.")

    @post_load
    def described(self, given: dict[str, Any], **_: object) -> FieldDescription:
        """Convert to the value that the desk takes."""
        return FieldDescription(**given)


class DataSetBody(Body):
    """Origin and meaning of the data."""

    name = Text(longest=60, required=True, meaning="File name in the export: lower-case letters, digits, hyphens.")
    system = Code(required=True, meaning="Id of the record of processing.")
    purpose = Text(
        longest=500, required=True, meaning="Why the system processes these records, in words for the person."
    )
    provenance = Choice(Provenance, required=True, meaning="Portability leaves out inferred data.")
    fields_ = Tuple(
        fields.Nested(FieldBody),
        load_default=(),
        data_key="fields",
        meaning="The fields of the data that the data dictionary of the system does not describe, or not rightly.",
    )
    collected_at = Instant(load_default=None, meaning="When the system returned it; default: now.")
    delimiter = fields.String(load_default=",", validate=validate.OneOf(DELIMITERS), metadata={"description": "Of CSV"})


class RecordsBody(DataSetBody):
    """The same with the records in the body."""

    records = fields.List(
        fields.Dict(keys=fields.String()),
        required=True,
        metadata={"description": "The records, each an object with the fields that `fields` describes."},
    )


class DescribedFieldView(View):
    """Description of one field."""

    name = fields.String(metadata={"description": "Name of the field in the records."})
    description = fields.String(metadata={"description": "What it holds, as the person reads it."})
    provenance = Choice(Provenance)
    unit = fields.String(
        allow_none=True, metadata={"description": "Unit of its values, such as `seconds`; null: none."}
    )
    zone = fields.String(allow_none=True, metadata={"description": "IANA time zone of its times; null: none."})


class DataSetView(View):
    """A data set: its origin, never its content."""

    data_set_id = fields.UUID(metadata={"description": "Id of the data set."})
    item_id = fields.String()
    name = fields.String(metadata={"description": "Name of the data set; its file in the package is called so."})
    system = fields.String()
    controller_id = fields.String()
    purpose = fields.String()
    provenance = Choice(Provenance)
    fields_ = fields.List(
        fields.Nested(DescribedFieldView), data_key="fields", metadata={"description": "Its fields, described."}
    )
    collected_at = Instant()
    size = fields.Integer(metadata={"description": "Bytes as stored: JSON."})


RECORDS_READERS: Final = tuple(role for role in PURPOSES if role is not Role.INTAKE)
"""Who opens personal data, but for intake, who has no need of what was collected."""


class RecordsReadingBody(Body):
    """The records to read, and the purpose."""

    purpose = Choice(DisclosurePurpose, required=True)
    first = WholeNumber(
        load_default=0,
        validate=validate.Range(0, MOST_RECORDS),
        metadata={"description": "Number of the first record, counted from 0."},
    )
    most = WholeNumber(
        load_default=50, validate=validate.Range(1, 500), metadata={"description": "How many records at most."}
    )


class RecordsView(View):
    """Some records of a data set, and the version of the request afterwards."""

    version = fields.Integer(metadata={"description": "Of the request, after the opening."})
    data_set_id = fields.UUID(metadata={"description": "Id of the data set."})
    first = fields.Integer(metadata={"description": "Number of the first of them, counted from 0."})
    records = fields.List(fields.Dict(), metadata={"description": "The records, as the system returned them."})
    total = fields.Integer(metadata={"description": "Records of the whole data set."})


@bp.get("")
@allow(*READERS)
@bp.shows(page_of(DataSetView), versioned=True)
def list_data_sets(request_id: UUID, item_id: str) -> Response:
    """List the data sets of an item. Always one page."""
    case = desk().repository.request(request_id, caller())
    case.item(item_id)
    shown = []
    for data_set in case.copies.data_sets.values():
        if data_set.item_id == item_id:
            line = msgspec.to_builtins(data_set)
            line["size"] = line.pop("content")["size"]
            shown.append(line)
    return show({"items": shown, "next": None}, version=case.version)


@bp.post("")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.uploads(metadata=DataSetBody, records=RecordsBody)
@bp.command(RequestView, key_required=True)
def collect_data_set(request_id: UUID, item_id: str) -> Answer:
    """Store data from a system: a JSON or CSV file with its description, or records in a JSON body.

    `multipart/form-data` has two parts: `metadata` (JSON) and `file`, whose media type is `application/json` or
    `text/csv`, as in `curl -F metadata=@description.json -F 'file=@data.csv;type=text/csv'`.
    """
    if request.mimetype == MULTIPART:
        described, content, media_type = read_multipart(DataSetBody())
        told = b"\x00".join((msgspec.json.encode(described), media_type.encode(), content))
        call = this_call(told)
    elif request.mimetype == JSON:
        described = load(RecordsBody(), parse_json(request.get_data(cache=True)))
        content, media_type = msgspec.json.encode(described.pop("records")), JSON
        call = this_call()
    else:
        raise MediaTypeUnsupported("Send multipart/form-data with `metadata` and `file`, or JSON with `records`.")
    described["fields"] = described.pop("fields_")
    return desk().collection.collect(request_id, item_id, call, content=content, media_type=media_type, **described)


@bp.post("/<uuid:data_set_id>/records")
@allow(*RECORDS_READERS)
@bp.takes(RecordsReadingBody)
@bp.command(RecordsView)
def open_records(body: dict[str, Any], request_id: UUID, item_id: str, data_set_id: UUID) -> Response:
    """Read records of a data set; recorded before they are shown.

    To read on within half an hour, with the same credential and for the same purpose, is the same opening.
    """
    require_purpose(body["purpose"])
    call = this_call()
    _require_of_item(request_id, item_id, data_set_id)
    found = desk().disclosures.records(request_id, call, data_set_id=data_set_id, **body)
    shown = {
        "version": found.version,
        "data_set_id": data_set_id,
        "first": found.first,
        "records": found.records,
        "total": found.total,
    }
    return show(shown, version=found.version)


@bp.post("/<uuid:data_set_id>/discarding")
@allow(Role.HANDLER, Role.SYSTEM_OWNER)
@bp.takes(NoBody)
@bp.command(RequestView)
def discard_data_set(_: dict[str, Any], request_id: UUID, item_id: str, data_set_id: UUID) -> Answer:
    """Take a data set out again before it is handed over; its key is destroyed."""
    call = this_call()
    _require_of_item(request_id, item_id, data_set_id)
    return desk().collection.discard(request_id, data_set_id, call)


def _require_of_item(request_id: UUID, item_id: str, data_set_id: UUID) -> None:
    held = desk().repository.request(request_id, caller()).copies.data_sets.get(data_set_id)
    if held is not None and held.item_id != item_id:
        raise DataSetUnknown()
