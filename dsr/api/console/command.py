"""One form for each command, drawn from its body, with the rule beside it; nothing that was typed is lost."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from flask import Response, request
from markupsafe import Markup, escape
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from dsr.api.console.choices import with_every_controller
from dsr.api.console.command_words import command_in_words
from dsr.api.console.forms import Drawing, Field, values_of
from dsr.api.console.interface_words import refused
from dsr.api.console.language import _
from dsr.api.console.meanwhile import since_form, unless_harmless
from dsr.api.console.offers import OUR_PAGES
from dsr.api.console.operations import Command, command_named, operation_named
from dsr.api.console.site import console, page, to
from dsr.api.console.targets import CommandTarget, target_of
from dsr.api.context import caller, desk
from dsr.api.errors import InputInvalid, PathUnknown
from dsr.api.operation import mark, rehearsing
from dsr.api.staff import RolesBody
from dsr.api.statuses import status_of
from dsr.desk.errors import StepUpRequired, VersionStale
from dsr.desk.idempotency import Answer
from dsr.desk.next_steps import commands
from dsr.desk.rehearsal import MOVE_DATES, Rehearsal, rehearse
from dsr.domain.errors import Broken, DomainError, Unavailable
from dsr.domain.matter.values import MATTER_LETTERS, MatterLetterKind
from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind
from dsr.domain.request.reference import reference_in
from dsr.domain.rights import Right

_FEW: Final = 3
"""Up to so many fields that may be left empty stand there at once."""
_DATES: Final = "dates"
"""What the button sends that shows the dates that would follow."""
_LEADS_TO: Final[Mapping[str, str]] = {
    "change_tellings": "/console/me",
    "enrol_staff": "/console/team",
    "rotate_log_key": "/console/service",
}
"""Where commands lead that change neither a case nor anything else that has a page of its own."""
_OF_DATA: Final = frozenset(
    {
        *(
            "account_for_systems",
            "issue_search_link",
            "collect_data_set",
            "discard_data_set",
            "discard_attachment",
            "prepare_export",
        ),
        *("require_redaction", "redact_data", "withdraw_redaction", "confirm_redaction"),
    }
)
"""Commands on the data of an item."""
_OF_ERASURE: Final = frozenset({"erasure_ground", "provision", "activities"})
"""Fields of a grant that an erasure alone has."""
_LEADS_TO_NEW: Final[Mapping[str, tuple[str, str]]] = {
    "enter_request": ("request_id", "/console/cases/"),
    "open_authority_letter": ("matter_id", "/console/matters/"),
    "open_complaint": ("matter_id", "/console/matters/"),
    "open_incident": ("matter_id", "/console/matters/"),
    "prepare_dispatch": ("dispatch_id", "/console/letters/"),
}
"""Commands that begin something, which is shown next: the part of the answer with its id, and where its page is."""
_STANDS_THERE: Final[Mapping[str, frozenset[str]]] = {
    "ask_identity": frozenset({"questions"}),
    "ask_identity_again": frozenset({"questions"}),
    "prepare_dispatch": frozenset({"item_ids"}),
    "propose_refusal": frozenset({"facts", "intent", "claims", "previous_request_on"}),
}
"""Optional fields that are needed so often that they stand beside those that always are."""
_LETTERS_OF: Final[Mapping[str, LetterKind]] = {
    "announce_lifting": LetterKind.LIFTING,
    "send_extension_notice": LetterKind.EXTENSION,
    "send_fee_notice": LetterKind.FEE,
}
"""Commands that record a letter of one kind."""
_LETTER_KINDS: Final = frozenset(LetterKind)
_TOWARDS_ERASURE: Final = frozenset({"grant_item", "complete_item", "finish_item"})


@console.get("/cases/<uuid:request_id>/do/<name>")
@console.get("/letters/<uuid:dispatch_id>/do/<name>")
@console.get("/matters/<uuid:matter_id>/do/<name>")
@console.get("/batches/<uuid:batch_id>/do/<name>")
@console.get("/quarantine/<uuid:quarantine_id>/do/<name>")
@console.get("/staff/<identifier>/do/<name>")
@console.get("/controllers/<controller_id>/do/<name>")
@console.get("/packages/<uuid:export_id>/do/<name>")
@console.get("/policies/<policy>/do/<name>")
@console.get("/do/<name>")
def ask_command(name: str, **about: Any) -> Response:
    """Show the form of a command."""
    return _form(target_of(about), command_named(name, "".join(about)), MultiDict(request.args.items(multi=True)))


@console.post("/cases/<uuid:request_id>/do/<name>")
@console.post("/letters/<uuid:dispatch_id>/do/<name>")
@console.post("/matters/<uuid:matter_id>/do/<name>")
@console.post("/batches/<uuid:batch_id>/do/<name>")
@console.post("/quarantine/<uuid:quarantine_id>/do/<name>")
@console.post("/staff/<identifier>/do/<name>")
@console.post("/controllers/<controller_id>/do/<name>")
@console.post("/packages/<uuid:export_id>/do/<name>")
@console.post("/policies/<policy>/do/<name>")
@console.post("/do/<name>")
def give_command(name: str, **about: Any) -> Response:
    """Give the command, and go back to its target; a refusal stands above the form, with all that was typed."""
    command, target = command_named(name, "".join(about)), target_of(about)
    schema = command.body()
    try:
        body = schema.load(_by_id(values_of(schema, request.form, target.zone)))
        parameters = {each: request.form.get(f"of.{each}", "") for each in command.parameters[1:]}
        give = partial(command.perform, body, **about, **_typed(command, parameters))
        if target.stream_id is not None:
            give = partial(unless_harmless, target.stream_id, give)
        if request.form.get("then") == _DATES and target.case is not None and name in MOVE_DATES:
            with rehearsing():
                shown = rehearse(desk().repository, target.case["request_id"], caller(), give)
            return _form(target, command, request.form, rehearsal=shown)
        answer = give()
    except ValidationError as error:
        return _form(target, command, request.form, errors=error.messages_dict, status=422)
    except (StepUpRequired, Unavailable, Broken):
        raise
    except DomainError as error:
        return _form(target_of(about), command, request.form, refusal=error, status=status_of(type(error)))
    after = _page_of_new(name, answer) or _page_after(name, target, parameters)
    if isinstance(answer, Response):
        return _answered(command, target, answer, after)
    return to(f"{after}?done={name}")


def _answered(command: Command, target: CommandTarget, answer: Response, after: str) -> Response:
    """The answer of a command that has no page: a file, or a secret that is shown only here, such as a password."""
    if not answer.is_json:
        return answer
    shown = answer.get_json()
    return page("answer.html", title=command_in_words(command.name), target=target, answer=shown, after=after)


for _view in (ask_command, give_command):
    mark(_view, page=True, stands_for=operation_named)


def _form(
    target: CommandTarget,
    command: Command,
    given: MultiDict[str, str],
    *,
    errors: Mapping[str, Any] | None = None,
    refusal: DomainError | None = None,
    rehearsal: Rehearsal | None = None,
    status: int = 200,
) -> Response:
    if isinstance(refusal, InputInvalid):
        errors = {str(each.get("pointer", "")).strip("/").split("/")[0]: each["detail"] for each in refusal.errors}
    choosing = with_every_controller(target.choosing) if issubclass(command.body, RolesBody) else target.choosing
    is_stale = isinstance(refusal, VersionStale)
    drawing = Drawing(choosing, given, target.narrowed, _statements_of(command, given))
    needless = _needless(target, command, given)
    fields = [each for each in drawing.of_body(command.body(), errors or {}) if each.name not in needless]
    for each in fields:
        each.required = each.required or each.name in _needed_too(target, command)
    return page(
        "command.html",
        status,
        target=target,
        command=command,
        law=_law_of(command),
        title=command_in_words(command.name),
        fields=fields,
        parameters={each: given.get(f"of.{each}", given.get(each, "")) for each in command.parameters[1:]},
        choices={each: target.choosing(each) for each in command.parameters[1:]},
        refusal=refusal,
        refusal_said=_in_labels(refusal, fields),
        errors=errors or {},
        is_stale=is_stale,
        changes=since_form(target.stream_id) if is_stale and target.stream_id is not None else (),
        fields_shown=partial(_fields_shown, _STANDS_THERE.get(command.name, frozenset())),
        moves_dates=command.name in MOVE_DATES,
        rehearsal=rehearsal,
        reads_messages=command.name in ("examine_messages", "confirm_identity"),
        copies_in_doubt=_copies_in_doubt(target, command, given),
    )


def _statements_of(command: Command, given: MultiDict[str, str]) -> Collection[str]:
    """The statements of the letter that the command records, where its kind is known."""
    kind = _LETTERS_OF.get(command.name, given.get("kind", "") if command.name == "record_answer" else "")
    return REQUIRED_STATEMENTS[LetterKind(kind)] if kind in _LETTER_KINDS else ()


def _needless(target: CommandTarget, command: Command, given: MultiDict[str, str]) -> Collection[str]:
    """Fields that make no sense for what the form is about."""
    if command.name == "grant_item" and not _is_about_erasure(target, given):
        return _OF_ERASURE
    if command.name == "write_matter_letter":
        return _TEXTS_OF_LETTERS - _texts_of(target.narrowed["kind"])
    return ()


def _needed_too(target: CommandTarget, command: Command) -> Collection[str]:
    """Fields that are needed for what the form is about, though the interface can do without them elsewhere."""
    if command.name != "write_matter_letter" or len(target.narrowed["kind"]) != 1:
        return ()
    [kind] = target.narrowed["kind"]
    return MATTER_LETTERS[MatterLetterKind(kind)].texts


def _texts_of(kinds: Collection[str]) -> frozenset[str]:
    """The texts that the team writes in such letters of matters."""
    return frozenset(
        name
        for kind in kinds
        for name in (
            *MATTER_LETTERS[MatterLetterKind(kind)].texts,
            *(("file_number",) if kind == MatterLetterKind.AUTHORITY_REPLY else ()),
        )
    )


_TEXTS_OF_LETTERS: Final = _texts_of(tuple(MatterLetterKind))


def _copies_in_doubt(target: CommandTarget, command: Command, given: MultiDict[str, str]) -> Sequence[UUID]:
    """Requests to look at first, where the command is on the way to an erasure."""
    if target.case is None or command.name not in _TOWARDS_ERASURE or not _is_about_erasure(target, given):
        return ()
    return desk().next_steps.copies_in_doubt(target.case["request_id"], caller())


def _is_about_erasure(target: CommandTarget, given: MultiDict[str, str]) -> bool:
    """Whether the item is, or may be, an erasure."""
    item_id = given.get("of.item_id", given.get("item_id", ""))
    items = () if target.case is None else target.case["items"]
    return any(each["right"] == Right.ERASURE.value for each in items if item_id in ("", each["item_id"]))


def _page_after(name: str, target: CommandTarget, parameters: Mapping[str, str]) -> str:
    """The page after the command: a command on data leads back to the data of its item, a decision to the next one."""
    if request.form.get("then") == "approvals":
        return "/console/approvals"
    if name in _LEADS_TO:
        return _LEADS_TO[name]
    return f"{target.page}/data/{parameters['item_id']}" if name in _OF_DATA else target.page


def _page_of_new(name: str, answer: Answer | Response) -> str | None:
    """The page of what the command began."""
    if name not in _LEADS_TO_NEW or isinstance(answer, Response):
        return None
    part, place = _LEADS_TO_NEW[name]
    return f"{place}{msgspec.json.decode(answer.body)[part]}"


def _by_id(values: dict[str, Any]) -> dict[str, Any]:
    """The values with the id of each case that was typed by its reference. Raises RequestUnknown."""
    found = dict(values)
    if isinstance(typed := values.get("request_id"), str):
        found["request_id"] = _id_of(typed)
    if "request_ids" in values:
        found["request_ids"] = [_id_of(each) for each in values["request_ids"]]
    return found


def _id_of(typed: str) -> str:
    return typed if reference_in(typed) is None else str(desk().search.by_reference(caller(), typed)["request_id"])


def _in_labels(refusal: DomainError | None, fields: Sequence[Field]) -> Markup:
    """A refusal, in which each field of the form is called as the form calls it; `missing` are the fields it lacks."""
    if refusal is None:
        return Markup()
    said = refused(refusal)
    labels = {each.name: _("“%(label)s”", label=each.label) for each in fields}
    missing = refusal.facts.get("missing")
    lacking = [labels[each] for each in missing if each in labels] if isinstance(missing, list) else []
    for name, label in (labels | ({"missing": ", ".join(lacking)} if lacking else {})).items():
        said = Markup(said.replace(f"<code>{name}</code>", str(escape(label))))  # noqa: S704 - escaped
    return said


def _law_of(command: Command) -> list[str]:
    """Where the law for the command stands."""
    found = next((each.law for each in commands().values() if each.operation == command.name), ())
    return [each for each in found if not each.startswith(OUR_PAGES)]


def _fields_shown(there: frozenset[str], fields: list[Field]) -> tuple[list[Field], list[Field]]:
    """The fields that stand there at once, and those that seldom matter, where they are many."""
    needed = [each for each in fields if each.required or each.name in there or any(each.values)]
    others = [each for each in fields if each not in needed]
    return (fields, []) if len(others) <= _FEW else (needed, others)


def _typed(command: Command, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Parameters of the path as the route reads them. Raises PathUnknown for a value that the route would not take."""
    found: dict[str, Any] = {}
    for name, value in parameters.items():
        kind = command.converters[name]
        if kind == "int" and not re.fullmatch(r"\d{1,9}", value, re.ASCII):
            raise PathUnknown()
        try:
            found[name] = UUID(value) if kind == "uuid" else int(value) if kind == "int" else value
        except ValueError:
            raise PathUnknown() from None
    return found
