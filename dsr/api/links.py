"""Links between operations in the specification: which operation can follow another, with parameters from its request
or answer.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

LINKS: Final[Mapping[str, tuple[str, ...]]] = {
    "enter_request": ("show_request", "register_request", "dismiss_request", "assign_request", "open_request"),
    "receive_message": ("show_request", "register_request", "dismiss_request", "show_quarantined_message"),
    "show_quarantined_message": ("open_quarantined_message", "discard_quarantined_message"),
    "list_requests": ("show_request", "list_timeline", "show_deadline"),
    "search_requests": ("show_request",),
    "show_request": ("list_items", "list_timeline", "show_deadline", "list_rights", "suggest_duplicates"),
    "register_request": ("list_items", "list_rights", "ask_identity", "ask_clarification", "propose_extension"),
    "ask_identity": ("take_identity_evidence", "confirm_identity", "give_up_identity"),
    "take_identity_evidence": ("confirm_identity", "ask_identity_again", "give_up_identity"),
    "ask_identity_again": ("take_identity_evidence", "confirm_identity", "give_up_identity"),
    "ask_clarification": ("receive_clarification",),
    "propose_extension": ("decide_extension",),
    "decide_extension": ("send_extension_notice", "prepare_dispatch"),
    "propose_fee": ("list_fees",),
    "list_fees": ("send_fee_notice", "waive_fee"),
    "send_fee_notice": ("accept_fee", "decline_fee", "record_fee_paid", "expire_fee", "waive_fee"),
    "accept_fee": ("record_fee_paid", "waive_fee"),
    "accept_representation": ("end_representation",),
    "list_items": ("show_search_list", "grant_item", "propose_refusal"),
    "show_search_list": ("account_for_systems",),
    "account_for_systems": ("show_search_list", "prepare_export", "complete_item", "find_nothing_held"),
    "propose_refusal": ("decide_refusal",),
    "decide_refusal": ("prepare_dispatch", "record_answer"),
    "grant_item": (
        "show_search_list",
        "collect_data_set",
        "begin_upload",
        "complete_item",
        "restrict_processing",
        "rectify_data",
    ),
    "collect_data_set": ("account_for_systems", "list_data_sets", "redact_data", "prepare_export"),
    "begin_upload": ("append_upload_part", "show_upload", "discard_upload"),
    "append_upload_part": ("append_upload_part", "complete_upload"),
    "redact_data": ("list_redactions", "confirm_redaction"),
    "require_redaction": ("redact_data", "confirm_redaction"),
    "confirm_redaction": ("prepare_export",),
    "prepare_export": ("offer_export", "hand_over_export"),
    "offer_export": ("redeem_export", "revoke_export", "complete_item"),
    "redeem_export": ("download_export",),
    "assess_transfer": ("verify_transfer_target",),
    "verify_transfer_target": ("hand_over_export", "record_transmission"),
    "complete_item": ("prepare_dispatch", "record_answer", "tell_recipient"),
    "find_nothing_held": ("prepare_dispatch", "record_answer"),
    "assess_accuracy": ("rectify_data", "propose_refusal"),
    "rectify_data": ("complete_item", "tell_recipient"),
    "raise_objection": ("balance_interests", "stop_processing"),
    "balance_interests": ("grant_item", "propose_refusal"),
    "stop_processing": ("complete_item",),
    "restrict_processing": ("list_restrictions", "complete_item"),
    "list_restrictions": ("use_restricted_data", "set_restriction_review", "announce_lifting"),
    "announce_lifting": ("lift_restriction",),
    "place_hold": ("list_holds",),
    "prepare_dispatch": ("preview_dispatch", "edit_dispatch", "release_dispatch", "discard_dispatch"),
    "edit_dispatch": ("preview_dispatch", "approve_dispatch", "release_dispatch"),
    "approve_dispatch": ("release_dispatch",),
    "release_dispatch": ("show_dispatch", "print_dispatch", "post_dispatch"),
    "record_answer": ("close_request",),
    "close_request": ("reopen_request",),
    "show_retention_batch": ("propose_retention_batch",),
    "propose_retention_batch": ("decide_retention_batch",),
    "report_own_erasure": ("complete_own_erasure", "cancel_own_erasure"),
    "open_complaint": (
        "record_complaint_acknowledgement",
        "tell_progress_of_complaint",
        "record_matter_answer",
        "assign_matter",
    ),
    "open_incident": (
        "assess_risk_of_incident",
        "record_notification_of_authority",
        "tell_controller_of_incident",
        "assign_matter",
    ),
    "assess_risk_of_incident": (
        "record_notification_of_authority",
        "record_omission_of_notification",
        "tell_people_of_incident",
        "record_exception_from_telling",
    ),
    "open_authority_letter": ("set_date_of_matter", "record_matter_answer", "assign_matter"),
    "record_matter_answer": ("close_matter",),
    "record_authority_request": ("review_authority_request",),
    "review_authority_request": ("deliver_authority_disclosure",),
    "enrol_staff": ("give_address", "invite_staff", "change_roles"),
    "issue_token": ("revoke_token", "list_tokens"),
    "accept_invitation": ("revoke_token", "list_tokens"),
    "adopt_ropa": ("show_ropa_version", "show_announcement"),
    "show_announcement": ("complete_announcement",),
    "rotate_signing_key": ("show_signing_keys",),
    "rotate_log_key": ("show_log_keys",),
    "save_filter": ("show_filter", "revise_filter", "delete_filter"),
}
"""Operations by the operation they can follow. A link uses only values of the earlier request or answer."""

_IN_A_LIST: Final = "/items/0"


def add_links(document: dict[str, Any]) -> None:
    """Write the links into the answers of the operations that they start from."""
    operations = {
        operation["operationId"]: (path, item.get("parameters", []), operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }
    for source, targets in LINKS.items():
        path, _, operation = operations[source]
        for response in _good(operation):
            answered = dict(_answered(document, response))
            for target in targets:
                _, shared, following = operations[target]
                known = _known([*shared, *following.get("parameters", [])], path, answered)
                if known is None:
                    continue
                if "ETag" in response.get("headers", {}) and _shown(response) == _shown(_good(following)[0]):
                    known["header.If-Match"] = "$response.header.ETag"
                link = {"operationId": target, "parameters": known, "description": following["summary"]}
                response.setdefault("links", {})[target] = link


def _good(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [response for status, response in operation["responses"].items() if status.startswith("2")]


def _shown(response: dict[str, Any]) -> list[Any]:
    """The resource shown by an answer, which has the same versions."""
    return [content["schema"] for content in response.get("content", {}).values()]


def _known(needed: list[dict[str, Any]], path: str, answered: Mapping[str, str]) -> dict[str, str] | None:
    """An expression for each parameter of the path; None where one of them is not known."""
    found: dict[str, str] = {}
    for name in (parameter["name"] for parameter in needed if parameter["in"] == "path"):
        if f"{{{name}}}" in path:
            found[name] = f"$request.path.{name}"
        elif name in answered:
            found[name] = f"$response.body#{answered[name]}"
        else:
            return None
    return found


def _answered(document: dict[str, Any], response: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Named values of an answer, with their places: of a list, its first entry; of a request, its first item."""
    for content in response.get("content", {}).values():
        yield from _told(document, content["schema"], "")


def _told(document: dict[str, Any], schema: dict[str, Any], place: str) -> Iterator[tuple[str, str]]:
    schema = _resolved(document, schema)
    properties: dict[str, Any] = schema.get("properties", {})
    if "items" in properties and not place:
        yield from _told(document, properties["items"]["items"], _IN_A_LIST)
    yield from ((name, f"{place}/{name}") for name in properties if re.search(r"(_id|^version|^identifier)$", name))


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself; of several, the first, which is that of staff."""
    if "anyOf" in schema:
        schema = schema["anyOf"][0]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
