"""What keeps a letter from leaving, each with a stable code."""

from dsr.domain.errors import Refused


class DispatchNotDraft(Refused):
    """This letter is no draft any more: what is queued, sent or discarded stays as it is. Prepare another one."""

    code = "dispatch-not-draft"


class DispatchNotQueued(Refused):
    """This letter does not wait to be sent. Look at its state."""

    code = "dispatch-not-queued"


class DispatchNotApproved(Refused):
    """What it says was changed after two people had decided: somebody else has to approve it before it leaves."""

    code = "dispatch-not-approved"


class DispatchNeedsNoApproval(Refused):
    """There is nothing to approve: release the letter."""

    code = "dispatch-needs-no-approval"


class DispatchAddressMissing(Refused):
    """No address to send it to is on file. Enter one, or send it by post to where the person lives."""

    code = "dispatch-address-missing"


class DispatchDatesInvalid(Refused):
    """A letter leaves after it was released, and not in the future. State when it left."""

    code = "dispatch-dates-invalid"


class DispatchNotByPost(Refused):
    """This letter leaves by mail, by itself: only one on paper is posted by a person."""

    code = "dispatch-not-by-post"


class DispatchAlreadyWritten(Refused):
    """A letter of this kind about this was written already. Complete or release that one, or discard it first. After
    one that left, no second one does."""

    code = "dispatch-already-written"


class DispatchStale(Refused):
    """What stands on the case has changed since this letter was written: it would say what holds no longer. Bring it up
    to date with an edition, an empty one will do, and read it again."""

    code = "dispatch-stale"


class DispatchLeaving(Refused):
    """This letter is being handed over right now. Look at its state again in a few minutes."""

    code = "dispatch-leaving"


class DispatchNeedsPerson(Refused):
    """Mail to this address came back for good, so nothing leaves for it by itself. A person decides whether the letter
    is released, sent elsewhere, or discarded."""

    code = "dispatch-needs-person"


class LetterPartFixed(Refused):
    """This part of the letter says what stands on the case, and is not edited. Correct the case, and write it anew."""

    code = "letter-part-fixed"
