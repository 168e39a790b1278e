"""Errors of letters: why a letter is not written, changed or sent."""

from dsr.domain.errors import Refused


class DispatchNotDraft(Refused):
    """This letter is no longer a draft. Look at its `state` (`GET /dispatches/{dispatch_id}`), which decides what can
    still be done with it.
    """

    code = "dispatch-not-draft"


class DispatchNotQueued(Refused):
    """This letter is not waiting to be sent. Check its state."""

    code = "dispatch-not-queued"


class DispatchNotApproved(Refused):
    """This letter was edited after two people had approved its text. It needs the approval of a person who did not edit
    it (`POST /dispatches/{dispatch_id}/approval`).
    """

    code = "dispatch-not-approved"


class DispatchNeedsNoApproval(Refused):
    """This letter needs no approval. Release it."""

    code = "dispatch-needs-no-approval"


class DispatchAddressMissing(Refused):
    """This letter has no address for its channel. Give both in `POST /dispatches/{dispatch_id}/edition`: `channel` is
    `email` or `post`, `address` has `email` or `postal`.
    """

    code = "dispatch-address-missing"


class DispatchDatesInvalid(Refused):
    """A letter is sent after its release and not in the future. State the true date."""

    code = "dispatch-dates-invalid"


class DispatchNotByPost(Refused):
    """This letter is sent by e-mail automatically, and only a paper letter can be marked as posted. Release the letter
    instead.
    """

    code = "dispatch-not-by-post"


class DispatchAlreadyWritten(Refused):
    """A letter of this kind about the same subject exists. Complete, release or discard that one; once it was sent, no
    second one can follow.
    """

    code = "dispatch-already-written"


class DispatchStale(Refused):
    """The case has changed since this letter was written, so the letter is out of date. Edit it (an empty edit is
    enough) to refresh it, then read it again.
    """

    code = "dispatch-stale"


class DispatchLeaving(Refused):
    """This letter is being sent at the moment. Check its state in a few minutes."""

    code = "dispatch-leaving"


class DispatchNeedsPerson(Refused):
    """Mail to this address was returned for good, so the service no longer sends there automatically. A person has to
    release the letter, change its address or discard it.
    """

    code = "dispatch-needs-person"


class LetterPartFixed(Refused):
    """This part of the letter comes from the case and can't be edited. Correct the case, then prepare the letter
    again."""

    code = "letter-part-fixed"


class PublicUrlUnset(Refused):
    """The letter needs the link to the offered package, and this service was started without DSR_PUBLIC_URL, so that no
    mail can hold a link. Set it to the address at which people reach the service, restart, and refresh the draft with
    an empty `POST /dispatches/{dispatch_id}/edition`.
    """

    code = "public-url-unset"
