"""Reasons why a letter is not written, changed or sent, each with a stable code."""

from dsr.domain.errors import Refused


class DispatchNotDraft(Refused):
    """This letter is not a draft: a letter that is queued, sent or discarded can't be changed. Prepare another one."""

    code = "dispatch-not-draft"


class DispatchNotQueued(Refused):
    """This letter is not waiting to be sent. Look at its state."""

    code = "dispatch-not-queued"


class DispatchNotApproved(Refused):
    """This letter was edited after two people had decided what it says. Let a person who did not edit it approve it."""

    code = "dispatch-not-approved"


class DispatchNeedsNoApproval(Refused):
    """This letter needs no approval. Release it."""

    code = "dispatch-needs-no-approval"


class DispatchAddressMissing(Refused):
    """This letter has no address for its channel. Enter one, or send it by post to where the person lives."""

    code = "dispatch-address-missing"


class DispatchDatesInvalid(Refused):
    """A letter leaves after its release and not in the future. State when it left."""

    code = "dispatch-dates-invalid"


class DispatchNotByPost(Refused):
    """This letter is sent by e-mail automatically; only paper letters are marked as posted."""

    code = "dispatch-not-by-post"


class DispatchAlreadyWritten(Refused):
    """A letter of this kind about the same subject exists. Complete, release or discard it. If it was sent, no second
    one is sent."""

    code = "dispatch-already-written"


class DispatchStale(Refused):
    """The case has changed since this letter was written, and the letter is out of date. Edit it (an empty edit is
    enough) to refresh it, then read it again."""

    code = "dispatch-stale"


class DispatchLeaving(Refused):
    """This letter is being sent at this moment. Look at its state again in a few minutes."""

    code = "dispatch-leaving"


class DispatchNeedsPerson(Refused):
    """A letter to this address was returned for good, so the service sends nothing there automatically. A person
    releases the letter, changes its address, or discards it."""

    code = "dispatch-needs-person"


class LetterPartFixed(Refused):
    """This part of the letter comes from the case and can't be edited. Correct the case, then prepare the letter
    again."""

    code = "letter-part-fixed"
