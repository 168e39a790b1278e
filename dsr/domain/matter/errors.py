"""Errors that several parts of a matter share."""

from dsr.domain.errors import Refused


class MatterClosed(Refused):
    """This matter is closed. Open a new one if something new arrived."""

    code = "matter-closed"


class MatterAnswered(Refused):
    """This matter is answered already. Close it with its outcome, or open a new one if something new arrived."""

    code = "matter-answered"


class MatterUnanswered(Refused):
    """A matter closes only once it is answered. Record the answer with `POST /matters/{matter_id}/answer` first."""

    code = "matter-unanswered"


class MatterAcknowledged(Refused):
    """The sender was told already that this matter arrived: by an acknowledgement, or by the answer."""

    code = "matter-acknowledged"


class MatterDatesInvalid(Refused):
    """The dates are out of order: this happens after the matter arrived, and not in the future. State the true
    times.
    """

    code = "matter-dates-invalid"


class MatterDateNotDue(Refused):
    """No date of this matter has come due, or it is recorded already."""

    code = "matter-date-not-due"


class MatterLinked(Refused):
    """The matter is linked to this request already, so nothing is left to do."""

    code = "matter-linked"
