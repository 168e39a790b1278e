"""References in paths: a request's reference, in any case, may replace its id."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from flask import Flask, g, request
from werkzeug.routing.converters import UUIDConverter

from dsr.api.context import service
from dsr.api.errors import PathUnknown

NAMED: Final = "request_id"
"""The parameter of a path that takes a reference too."""

_TYPED: Final = "[Dd][Ss][Rr][ 0-9A-Za-z-]{1,40}"

REFERENCE: Final = f"^{_TYPED}$"
"""What a reference in a path looks like, for the specification."""

MEANINGS: Final[Mapping[str, str]] = {
    NAMED: "Id of the request, or its reference, such as DSR-7KQ4-M2XN.",
    "account_id": "Id of the linked account, from `list_accounts`.",
    "attachment_id": "Id of the file, from `list_attachments`.",
    "authority_disclosure_id": "Id of the disclosure to an authority.",
    "bundle_id": "Id of the audit bundle, from `Location` of `prepare_bundle`.",
    "controller_id": "Id of the controller in the record of processing, such as `callcentre-de`.",
    "policy": "Name of the policy, such as `acknowledge-receipt`.",
    "position": "Position of the event in the log, from 1.",
    "data_set_id": "Id of the data set, from `list_data_sets`.",
    "dispatch_id": "Id of the letter, from `list_dispatches_of_request`.",
    "batch_id": "Id of the retention batch, from `list_retention_batches`.",
    "export_id": "Id of the package, from `prepare_export` or `list_exports`.",
    "fact": "Number of the earlier fact, from `list_earlier_facts`.",
    "fee_id": "Id of the fee, from `list_fees`.",
    "filter_id": "Id of the saved filter.",
    "hold_id": "Id of the hold, from `list_holds`.",
    "identifier": "Identifier of the member of staff, such as `carla`.",
    "item_id": "Id of the item in its request, from `list_items`: the right, such as `access`.",
    "letter_id": "Id of the letter.",
    "matter_id": "Id of the matter.",
    "message_id": "Id of the message on a matter, from `list_matter_messages`.",
    "notice_id": "Id of the notice, from `list_notices`.",
    "own_erasure_id": "Id of the erasure without a request.",
    "passkey_id": "Id of the passkey, from `list_passkeys`.",
    "quarantine_id": "Id of the message in quarantine.",
    "question_id": "Id of the question, from `list_questions`.",
    "redaction_id": "Id of the redaction, from `list_redactions`.",
    "restriction_id": "Id of the restriction, from `list_restrictions`.",
    "session_id": "Id of the session, from `list_sessions`; not its secret.",
    "token_id": "Id of the token, from `list_tokens`; not the token itself.",
    "upload_id": "Id of the upload, from `begin_upload`.",
    "version": "Version of the record of processing, counted from 1.",
}
"""What each parameter of a path means, for the specification."""


class TypedReference(str):
    """A reference in a path, as it was typed."""


class IdConverter(UUIDConverter):
    """An id, or what begins like a reference."""

    regex = rf"(?:{UUIDConverter.regex}|{_TYPED})"

    def to_python(self, value: str) -> UUID | TypedReference:  # type: ignore[override]  # the library knows ids only
        """The guard resolves a reference once it knows who asks."""
        return TypedReference(value) if value[:3].upper() == "DSR" else super().to_python(value)


def take_references(app: Flask) -> None:
    """Let the paths of the application take references; before its routes are added."""
    app.url_map.converters["uuid"] = IdConverter


def resolve_references() -> None:
    """Replace a reference in the path by the id of the request, for a caller who is known by now.

    Raises RequestUnknown outside the caller's scope, PathUnknown where a path takes the id of something else.
    """
    given = request.view_args or {}
    for name, value in given.items():
        if isinstance(value, TypedReference):
            if name != NAMED or "caller" not in g:
                raise PathUnknown()
            given[name] = service().desk.search.by_reference(g.caller, value)["request_id"]
