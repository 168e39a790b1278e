"""What commands and needs are called on pages."""

from collections.abc import Mapping
from typing import Final

from dsr.api.console.words import code_as_words
from dsr.domain.request.awaited import Need, Party

_WORDS: Final[Mapping[str, str]] = {
    "accept_fee": "Record that the person accepts the fee",
    "accept_representation": "Accept a representative",
    "account_for_systems": "Say what the systems hold",
    "add_note": "Add a note",
    "add_recipient": "Add a recipient who must be told",
    "announce_lifting": "Tell the person that the restriction ends",
    "approve_dispatch": "Approve the letter",
    "ask_clarification": "Ask which data is meant",
    "ask_identity": "Ask who they are",
    "ask_identity_again": "Ask for better proof",
    "ask_question": "Ask a question",
    "assess_accuracy": "Say whether the data is right",
    "assess_transfer": "Say whether a direct transfer is possible",
    "assign_request": "Give the case to somebody",
    "balance_interests": "Weigh the interests",
    "close_request": "Close the case",
    "collect_data_set": "Add data",
    "complete_item": "Record that it is done",
    "confirm_earlier_fact": "Confirm what happened earlier",
    "confirm_identity": "Confirm who they are",
    "confirm_redaction": "Confirm the redactions",
    "confirm_sender": "Confirm the sender",
    "correct_arrival": "Correct the day of arrival",
    "correct_calendar": "Correct the holidays of the case",
    "correct_information": "Correct what the answer says",
    "correct_language": "Correct the language",
    "decide_end": "Decide on the early end",
    "decide_exception": "Decide on the exception",
    "decide_extension": "Decide on the extension",
    "decide_forgetting": "Decide on forgetting",
    "decide_refusal": "Decide on the refusal",
    "decline_fee": "Record that the person declines the fee",
    "discard_attachment": "Discard a file",
    "discard_data_set": "Discard data",
    "dismiss_request": "Not a request",
    "end_representation": "End a representation",
    "end_subject_access": "End the person's access",
    "enter_message": "Enter a message",
    "examine_messages": "Say what the messages are",
    "excuse_recipient": "Say why a recipient is not told",
    "expire_fee": "Let the offer end",
    "find_nothing_held": "Nothing is held",
    "forward_request": "Pass the request on",
    "give_dpo_opinion": "Give the opinion of the DPO",
    "give_up_identity": "Give up asking who they are",
    "grant_item": "Grant",
    "hand_over_export": "Hand the data over",
    "issue_subject_token": "Give the person a token",
    "join_request": "Join it to another case",
    "lift_restriction": "Lift the restriction",
    "link_duplicate": "Close as a duplicate",
    "offer_export": "Offer the package",
    "open_items": "Add a right",
    "place_hold": "Place a hold",
    "prepare_dispatch": "Write a letter",
    "prepare_export": "Prepare the package",
    "propose_end": "Propose an early end",
    "propose_exception": "Propose an exception from a hold",
    "propose_extension": "Propose an extension",
    "propose_fee": "Propose a fee",
    "propose_forgetting": "Propose to forget the file",
    "propose_refusal": "Propose a refusal",
    "raise_objection": "Record the objection",
    "reassign_request": "Pass it to a joint controller",
    "receive_clarification": "Record which data is meant",
    "record_answer": "Record an answer sent elsewhere",
    "record_fee_paid": "Record that the fee is paid",
    "record_misdelivery": "Record that data went to the wrong person",
    "record_returned_letter": "Record a letter that came back",
    "record_transmission": "Record a transfer",
    "rectify_data": "Record what was corrected",
    "redact_data": "Redact",
    "register_request": "Register the request",
    "release_hold": "Release the hold",
    "reopen_request": "Open the case again",
    "require_redaction": "Ask for a redaction",
    "restrict_processing": "Restrict the processing",
    "review_decision": "Review the automated decision",
    "revoke_export": "Take the package back",
    "send_copy": "Send a copy of a text",
    "send_extension_notice": "Record that the notice left",
    "send_fee_notice": "Record that the notice left",
    "set_restriction_review": "Set the day of review",
    "split_request": "Split it by person",
    "stop_processing": "Record that processing stopped",
    "suggest_rights": "Let the reader read it again",
    "take_identity_evidence": "Add a proof of identity",
    "take_question_answer": "Record the answer to a question",
    "tell_password": "Pass the password on",
    "tell_recipient": "Record that a recipient was told",
    "treat_item_as_withdrawal": "Treat it as a withdrawal of consent",
    "use_restricted_data": "Record a use of restricted data",
    "verify_transfer_target": "Verify where the data goes",
    "waive_fee": "Waive the fee",
    "withdraw_consent": "Record a withdrawal of consent",
    "withdraw_correction": "Take the correction back",
    "withdraw_redaction": "Take the redaction back",
    "withdraw_request": "Record that the person withdraws",
}
"""By operation; others are called as they are named."""

_PARTIES: Final[Mapping[Party, str]] = {
    Party.PERSON: "the person",
    Party.HANDLER: "a handler",
    Party.APPROVER: "a second person",
    Party.SYSTEM_OWNER: "the owner of a system",
    Party.ANOTHER_BODY: "another organisation",
}

_NEEDS: Final[Mapping[Need, str]] = {
    Need.TRIAGE: "to say what the letter asks for",
    Need.EXAMINATION: "to say what a message is",
    Need.SENDER: "to confirm the sender",
    Need.LETTER: "to send the letter",
    Need.PROOF: "to prove who they are",
    Need.PROOF_DECISION: "to decide on the proof",
    Need.UNIDENTIFIED: "to tell them that they stay unidentified, or to ask anew",
    Need.CLARIFICATION: "to say which data is meant",
    Need.ANSWER_TO_QUESTION: "to answer a question",
    Need.FEE: "to answer about the fee",
    Need.APPROVAL: "to decide on a proposal",
    Need.DECISION: "to grant it, to propose a refusal, or to find nothing",
    Need.SEARCH: "to say what the systems hold",
    Need.COMPLETION: "to carry it out",
    Need.HAND_OVER: "to take the data over",
    Need.ANSWER: "to send the answer",
    Need.REPLY: "to reply to the message that opened the case again",
    Need.RETURNED: "to send again what came back",
    Need.PASSWORD: "to pass the password on",
    Need.LINK: "to send the new link",
    Need.RECIPIENT: "to tell a recipient of the data",
    Need.CLOSING: "to close the case",
}


def command_in_words(operation: str) -> str:
    """What the page calls an operation: `propose_extension` → `Propose an extension`."""
    return _WORDS.get(operation) or code_as_words(operation)


def party_in_words(party: Party) -> str:
    """As in `waits for a handler`."""
    return _PARTIES[party]


def need_in_words(need: Need) -> str:
    """As in `a handler to send the answer`."""
    return _NEEDS[need]
