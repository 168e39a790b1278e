"""Errors that several parts of a matter share."""

from dsr.domain.errors import Refused


class MatterClosed(Refused):
    """This matter is closed. Open a new one if something new arrived."""

    code = "matter-closed"


class MatterAnswered(Refused):
    """This matter is answered already. Close it with its outcome, or open a new one if something new arrived."""

    code = "matter-answered"


class MatterUnanswered(Refused):
    """A matter closes only once it is answered. Send the answer with `POST /matters/{matter_id}/dispatches`, or record
    one that left with `POST /matters/{matter_id}/answer`.
    """

    code = "matter-unanswered"


class MatterMessageUnexamined(Refused):
    """A message on this matter waits for a person. Examine it first with
    `POST /matters/{matter_id}/messages/{message_id}/examination`.
    """

    code = "matter-message-unexamined"


class MatterAcknowledged(Refused):
    """The sender was told already that this matter arrived: by an acknowledgement, or by the answer."""

    code = "matter-acknowledged"


class MatterDatesInvalid(Refused):
    """The dates are out of order: this happens after the matter arrived, and not in the future. State the true
    times.
    """

    code = "matter-dates-invalid"


class MatterOfOtherKind(Refused):
    """This is done for other kinds of matters: `kinds` names them, `kind` is that of this one. Look at what is due on
    this one (`GET /matters/{matter_id}`).
    """

    code = "matter-of-other-kind"


class OutcomeNotAvailable(Refused):
    """A matter of this kind can't end like that. Choose one of the outcomes in `available`."""

    code = "outcome-not-available"


class IncidentUnsettled(Refused):
    """An incident closes only once its risk is assessed, each authority is notified or the reasons against that are on
    record, people at high risk are told or an exception is named, and a controller for which we process is told.
    """

    code = "incident-unsettled"


class AuthorityNotConcerned(Refused):
    """This authority is not one of those that the incident has to be notified to. `GET /matters/{matter_id}` lists
    them.
    """

    code = "authority-not-concerned"


class LateReasonsRequired(Refused):
    """The 72 hours are over: say why the authority is notified late (GDPR Art. 33(1))."""

    code = "late-reasons-required"


class RiskNotExcluded(Refused):
    """An authority need not be notified only where a risk for people is unlikely (GDPR Art. 33(1)). Assess the risk
    first with `POST /matters/{matter_id}/risk`.
    """

    code = "risk-not-excluded"


class RiskNotHigh(Refused):
    """People have to be told, or an exception named, only where the risk is high (GDPR Art. 34). Assess the risk first
    with `POST /matters/{matter_id}/risk`.
    """

    code = "risk-not-high"


class NotProcessedForOthers(Refused):
    """The data of this incident is our own, so there is no other controller to tell. Notify the authorities."""

    code = "not-processed-for-others"


class MatterDateNotDue(Refused):
    """No date of this matter has come due, or it is recorded already."""

    code = "matter-date-not-due"


class MatterLinked(Refused):
    """The matter is linked to this request already, so nothing is left to do."""

    code = "matter-linked"
