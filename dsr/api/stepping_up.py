"""What a person in a session does only shortly after they proved who they are, so that a browser left open, or taken
over, does not do it.

A token is a machine's: there is nobody to ask.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from dsr.api.context import service
from dsr.desk.caller import Caller
from dsr.desk.errors import StepUpRequired

FRESH_FOR: Final = timedelta(minutes=5)

CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""Of several machines."""

PAGE: Final = "/account/step-up"
"""Where a person proves it."""


class StepUpReason(StrEnum):
    """Why a command asks for a fresh proof."""

    DATA_LEAVES = "data-leaves"
    """All data of a person is put together, or leaves the house."""
    DECISION = "decision"
    """It decides as a second person, or for a controller."""
    KEYS = "keys"
    """It changes keys, or the rules by which cases are answered."""
    STAFF = "staff"
    """It changes who may do what, or with which credential."""
    GONE = "gone"
    """It cannot be taken back."""


STEP_UP: Final[Mapping[str, StepUpReason]] = {
    **dict.fromkeys(
        (
            "prepare_export",
            "offer_export",
            "renew_link",
            "hand_over_export",
            "deliver_authority_disclosure",
            "prepare_bundle",
            "order_bundle",
            "finish_item",
        ),
        StepUpReason.DATA_LEAVES,
    ),
    **dict.fromkeys(
        (
            *("decide_refusal", "decide_extension", "decide_exception", "decide_end", "decide_discarding"),
            "decide_forgetting",
            "decide_many_forgettings",
            "decide_matter_forgetting",
            "decide_retention_batch",
            *("approve_dispatch", "confirm_earlier_fact", "review_authority_request"),
        ),
        StepUpReason.DECISION,
    ),
    **dict.fromkeys(("rotate_signing_key", "rotate_log_key", "adopt_ropa", "adopt_record"), StepUpReason.KEYS),
    **dict.fromkeys(
        (
            *("enrol_staff", "confirm_staff", "sign_confidentiality", "complete_training", "change_roles"),
            *("give_address", "record_leaving", "invite_staff", "issue_token", "link_account"),
            "make_calendar_address",
            *("new_passkey", "register_own_passkey", "revoke_own_passkey"),
        ),
        StepUpReason.STAFF,
    ),
    **dict.fromkeys(
        ("complete_own_erasure", "discard_data_set", "discard_attachment", "retry_policy"), StepUpReason.GONE
    ),
}
"""Every operation, and view of a page, that asks for a fresh proof. Ending sessions and credentials never does: a
member who was robbed has to be fast.
"""


def is_fresh(caller: Caller) -> bool:
    """Whether a person proved who they are just now; a token always.

    A proof of a later moment is none: the clock was put back, and would keep it fresh for as long.
    """
    at, proved_at = service().clock.now(), caller.proved_at
    return proved_at is None or at - FRESH_FOR < proved_at <= at + CLOCKS_DIFFER


def require_fresh(caller: Caller, operation: str) -> None:
    """Raise StepUpRequired for a person who has to prove who they are before this operation."""
    if operation in STEP_UP and not is_fresh(caller):
        raise StepUpRequired(route=PAGE)
