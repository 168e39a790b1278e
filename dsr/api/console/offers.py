"""The commands that a page of a case offers, in the order in which a case goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from dsr.api.console.operations import command_named
from dsr.api.console.words import code_as_words
from dsr.api.context import caller
from dsr.projections.rows import Row


@dataclass(frozen=True)
class CommandLink:
    """One command, as a link to its form."""

    words: str
    href: str
    may: bool
    """Whether a role of whoever looks allows it."""


@dataclass(frozen=True)
class CommandGroup:
    """Commands that belong together."""

    heading: str
    offers: Sequence[CommandLink]


_OF_THE_CASE: Final = (
    ("Who works on it", ("assign_request", "add_note", "correct_language", "reassign_request", "forward_request")),
    (
        "Who asks",
        (
            "ask_identity",
            "ask_identity_again",
            "confirm_identity",
            "give_up_identity",
            "accept_representation",
            "end_representation",
            "confirm_sender",
        ),
    ),
    (
        "Time",
        (
            "propose_extension",
            "decide_extension",
            "send_extension_notice",
            "ask_clarification",
            "receive_clarification",
            "correct_arrival",
        ),
    ),
    ("Letters and questions", ("prepare_dispatch", "record_answer", "ask_question", "examine_messages")),
    ("Rights", ("open_items", "withdraw_request", "link_duplicate", "join_request", "propose_fee")),
    ("The end", ("close_request", "propose_end", "decide_end", "reopen_request", "dismiss_request")),
)
"""Commands on the whole case, grouped as people look for them."""

_OF_AN_ITEM: Final = (
    "grant_item",
    "account_for_systems",
    "complete_item",
    "prepare_export",
    "propose_refusal",
    "decide_refusal",
    "find_nothing_held",
)


def offers_for(request_id: UUID, row: Row) -> list[CommandGroup]:
    """All groups; a command that the roles do not allow is shown as such."""
    groups = [
        CommandGroup(
            f"{code_as_words(item['item_id'])}",
            [_offer(name, request_id, item_id=item["item_id"]) for name in _OF_AN_ITEM],
        )
        for item in row["items"]
    ]
    return groups + [CommandGroup(words, [_offer(name, request_id) for name in names]) for words, names in _OF_THE_CASE]


def _offer(name: str, request_id: UUID, **parameters: str) -> CommandLink:
    command = command_named(name, "request_id")
    query = f"?{urlencode(parameters)}" if parameters else ""
    roles = command.operation.roles or frozenset()
    return CommandLink(
        code_as_words(name), f"/console/cases/{request_id}/do/{name}{query}", not caller().roles.isdisjoint(roles)
    )
