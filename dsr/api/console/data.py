"""The data of an item: where it is searched for, and what was collected for its copy (docs/law §11, §12)."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from flask import Response, request
from marshmallow import ValidationError
from werkzeug.datastructures import FileStorage, MultiDict

from dsr.api.collection import DataSetBody
from dsr.api.console.forms import Drawing, Options, values_of
from dsr.api.console.language import N_, _
from dsr.api.console.site import console, page, page_of, to
from dsr.api.console.words import code_as_words
from dsr.api.context import caller, desk, service
from dsr.api.errors import InputInvalid
from dsr.api.operation import this_call
from dsr.api.roles import READERS
from dsr.api.search_lists import SystemReportBody, SystemReportsBody
from dsr.api.statuses import status_of
from dsr.api.uploads import UploadBody
from dsr.desk.errors import StepUpRequired
from dsr.desk.exports.own_file import NAME as OWN_FILE
from dsr.desk.search_results import gives_own_file
from dsr.domain.errors import Broken, DomainError, Unavailable
from dsr.domain.request import Request
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.exports import CSV, JSON
from dsr.exports.errors import DataFieldsUndescribed
from dsr.projections.rows import Row
from dsr.settings import Settings

_COLLECTORS: Final = (Role.HANDLER, Role.SYSTEM_OWNER)

_BY_ENDING: Final = {"csv": CSV, "txt": CSV, "json": JSON}
"""Browsers name the media type of a CSV file in several ways; people see the ending of its name."""

_DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}

_LONGEST_NAME: Final = 60
"""Characters of the name of a file with records."""

_ENVELOPE: Final = 1_000_000
"""Bytes of a form beside its file."""


def _largest(settings: Settings) -> int:
    return settings.max_upload_bytes + _ENVELOPE


@console.get("/cases/<uuid:request_id>/data/<item_id>")
@page_of(READERS)
def show_data(request_id: UUID, item_id: str) -> Response:
    """Show where an item is searched for and what was collected, without opening any of it."""
    return show_item(request_id, item_id)


@console.post("/cases/<uuid:request_id>/data/<item_id>/search")
@page_of(_COLLECTORS, if_match=True, takes_key=True)
def report_search(request_id: UUID, item_id: str) -> Response:
    """Account for the ticked systems, all with the same words: what was searched for, or why not."""
    zone = desk().history.request(request_id, caller())["zone"]
    said = values_of(SystemReportBody(), MultiDict((name, request.form.get(name, "")) for name in _SAID), zone)
    results = {each.value for each in SearchResult}
    reports = [
        {"system": name.removeprefix("result."), "result": value}
        | {key: words for key, words in said.items() if key != "reason" or value == SearchResult.LEFT_OUT}
        for name, value in request.form.items()
        if name.startswith("result.") and value in results
    ]

    def give() -> None:
        body: dict[str, Any] = SystemReportsBody().load({"reports": reports})
        desk().search_lists.account(request_id, item_id, this_call(), **body)

    return _given(request_id, item_id, "search", give)


_SAID: Final = ("identifiers", "reason", "searched_at")


@console.post("/cases/<uuid:request_id>/data/<item_id>/records")
@page_of(_COLLECTORS, if_match=True, takes_key=True, key_required=True, largest=_largest)
def add_records(request_id: UUID, item_id: str) -> Response:
    """Collect records from a CSV or JSON file, described in words for the person."""
    zone, schema = desk().history.request(request_id, caller())["zone"], _records_schema()

    def give() -> None:
        typed = values_of(schema, request.form, zone)
        described: dict[str, Any] = schema.load(typed | {"name": name_in_package(str(typed.get("name", "")))})
        file = _file()
        content = file.read()
        described["fields"] = described.pop("fields_")
        desk().collection.collect(
            request_id,
            item_id,
            this_call(content),
            content=content,
            media_type=_BY_ENDING.get((file.filename or "").rpartition(".")[2].lower(), file.mimetype),
            delimiter=_DELIMITERS.get(request.form.get("delimiter", ""), ","),
            **described,
        )

    return _given(request_id, item_id, "records", give)


@console.post("/cases/<uuid:request_id>/data/<item_id>/files")
@page_of(_COLLECTORS, if_match=True, takes_key=True, key_required=True, largest=_largest)
def add_file(request_id: UUID, item_id: str) -> Response:
    """Collect a recording or a document as it is; larger ones come in parts, through the interface for programs."""
    zone, schema = desk().history.request(request_id, caller())["zone"], _file_schema()

    def give() -> None:
        file = _file()
        content = file.read()
        typed = values_of(schema, request.form, zone) | {"media_type": file.mimetype}
        body: dict[str, Any] = UploadBody().load(typed | {"size": len(content)})
        desk().uploads.receive(request_id, item_id, this_call(content), content=content, details=body["details"])

    return _given(request_id, item_id, "files", give)


def name_in_package(words: str) -> str:
    """What somebody calls records, as the name of their file: `Calls of 2026` → `calls-of-2026`. Words without any
    letter of that kind stay, to be refused.
    """
    plain = unicodedata.normalize("NFKD", words.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_NAME].rstrip("-") or words


def _records_schema() -> DataSetBody:
    return DataSetBody(exclude=("delimiter",))


def _file_schema() -> UploadBody:
    return UploadBody(only=("name", "system", "purpose", "provenance", "description", "collected_at"))


def _file() -> FileStorage:
    """The file of the form. Raises ValidationError where none was chosen."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise ValidationError({"file": [N_("Choose the file.")]})
    return file


def _given(request_id: UUID, item_id: str, form: str, give: Callable[[], None]) -> Response:
    """Give a command of this page; a refusal stands above its form, with all that was typed."""
    try:
        give()
    except ValidationError as error:
        return show_item(request_id, item_id, form=form, errors=error.messages_dict, status=422)
    except InputInvalid as error:
        wrong = {str(each.get("pointer", "")).strip("/").split("/")[0]: each["detail"] for each in error.errors}
        return show_item(request_id, item_id, form=form, errors=wrong, status=422)
    except (StepUpRequired, Unavailable, Broken):
        raise
    except DomainError as error:
        return show_item(request_id, item_id, form=form, refusal=error, status=status_of(type(error)))
    return to(f"/console/cases/{request_id}/data/{item_id}#{form}")


def show_item(
    request_id: UUID,
    item_id: str,
    *,
    form: str = "",
    errors: Mapping[str, Any] | None = None,
    refusal: DomainError | None = None,
    status: int = 200,
) -> Response:
    """The page of an item's data; `form` names the form that was sent, if it was refused."""
    with service().database.reading():
        who = caller()
        row = desk().history.request(request_id, who)
        case = desk().repository.request(request_id, who)
        item = case.item(item_id)
        names = names_of(case)
        search, _ = desk().search_lists.of_item(request_id, item_id, who)
        given = request.form if form else MultiDict[str, str]()
        options = [(each.system, names.get(each.system, each.system)) for each in search.systems]
        copies = _copies(case, item_id)
        has_copy = item.right in (Right.ACCESS, Right.PORTABILITY)
        return page(
            "data.html",
            status,
            case=row,
            item=item,
            has_copy=has_copy,
            search=search,
            names=names,
            copies=copies,
            per_system={system: sum(each["system"] == system for each in copies) for system, _ in options},
            may_collect=not who.roles.isdisjoint(_COLLECTORS) and item.status.is_pending,
            is_handler=Role.HANDLER in who.roles,
            may_preview=not who.roles.isdisjoint((Role.HANDLER, Role.APPROVER, Role.DPO))
            and item.status in (ItemStatus.GRANTED, ItemStatus.DONE),
            pages=_pages(copies, with_file=gives_own_file(case, item)),
            packages=_packages(request_id, item_id) if has_copy else [],
            now=service().clock.now(),
            typed=given,
            forms=_forms(options, form, _with_undescribed(given, refusal), errors or {}),
            form=form,
            errors=errors or {},
            refusal=refusal,
            most_bytes=service().settings.max_upload_bytes,
            delimiters=_DELIMITERS,
        )


def _forms(systems: Options, form: str, given: MultiDict[str, str], errors: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of both forms, by form; what was typed stands in the one that was sent."""

    def choose(name: str) -> Options:
        return systems if name == "system" else ()

    empty = MultiDict[str, str]()
    drawn = {
        name: Drawing(choose, given if form == name else empty).of_body(schema, errors if form == name else {})
        for name, schema in (("records", _records_schema()), ("files", _file_schema()))
    }
    for each in drawn["records"]:
        if each.name == "name":
            each.hint = _("What they are, such as “Calls of 2026”. The package names their file after it.")
    return drawn


def _with_undescribed(given: MultiDict[str, str], refusal: DomainError | None) -> MultiDict[str, str]:
    """What was typed, with a row for each field of the data that still needs a description."""
    if not isinstance(refusal, DataFieldsUndescribed):
        return given
    names: list[str] = list(refusal.facts.get("fields") or ())  # type: ignore[call-overload]  # a list of names
    typed = MultiDict(given)
    rows = {int(found[1]) for key in typed if (found := re.match(r"fields\.(\d{1,2})\.", key, re.ASCII))}
    used = [row for row in rows if typed.get(f"fields.{row}.name")]
    for number, name in enumerate(names, max(used, default=-1) + 1):
        typed[f"fields.{number}.name"] = name
        typed[f"fields.{number}.provenance"] = typed.get("provenance", "")
    return typed


def names_of(case: Request) -> dict[str, str]:
    """The names of systems, by id, in the record of processing of the case."""
    document = desk().repository.ropa.at_version(case.ropa_version).document
    return {each.id: each.name for each in document.systems}


def _pages(copies: list[dict[str, Any]], *, with_file: bool) -> list[tuple[str, str]]:
    """The pages of the package, by path: its first, and one for each data set that is left in."""
    names = dict.fromkeys(each["name"] for each in copies if each["is_records"] and each["is_left_in"])
    if with_file:
        names[OWN_FILE] = None
    return [("index.html", _("The first page")), *((f"pages/{name}.html", code_as_words(name)) for name in names)]


def _packages(request_id: UUID, item_id: str) -> list[Row]:
    """The packages of an item, the last first."""
    found = desk().exports.of_case(request_id, caller())
    return [each for each in reversed(found) if each["item_id"] == item_id]


def _copies(case: Request, item_id: str) -> list[dict[str, Any]]:
    """What was collected for an item, by name: where it comes from, and whether data of others is in it."""
    found = []
    for copy_id, each in sorted(case.copies.collected.items(), key=lambda pair: (pair[1].name, str(pair[0]))):
        if each.item_id != item_id:
            continue
        redactions = case.copies.redactions_of(copy_id)
        is_confirmed = copy_id in case.copies.redactions_confirmed
        found.append(
            {
                "id": copy_id,
                "name": each.name,
                "is_records": copy_id in case.copies.data_sets,
                "media_type": each.content.media_type,
                "system": each.system,
                "size": each.content.size,
                "provenance": each.provenance,
                "collected_at": each.collected_at,
                "redactions": len(redactions),
                "is_left_in": case.copies.is_left_in(copy_id),
                "waits": (bool(redactions) or copy_id in case.copies.redaction_duties) and not is_confirmed,
                "is_flagged": copy_id in case.copies.redaction_duties,
            }
        )
    return found
