"""Why somebody gets no access, or no work."""

from dsr.domain.errors import Invalid, Refused, Unknown


class StaffIdentifierInvalid(Invalid):
    """A staff identifier has 2 to 40 lower-case letters, digits, dots or hyphens and starts with a letter; `me` and
    `data-subject` mean somebody else."""

    code = "staff-identifier-invalid"


class StaffIdentifierTaken(Refused):
    """This identifier was given to somebody before; it is never given to anyone else. Choose another."""

    code = "staff-identifier-taken"


class StaffUnknown(Unknown):
    """There is no member of staff with this identifier."""

    code = "staff-unknown"


class StaffHasLeft(Refused):
    """This member of staff has left; the identifier stays theirs and can't be used again."""

    code = "staff-left"


class AssigneeUnfit(Refused):
    """This member of staff has no role that works on cases, or a scope that this case lies outside of."""

    code = "assignee-unfit"


class RolesRequired(Invalid):
    """Name at least one role of staff, and the controllers it holds for."""

    code = "roles-required"


class StaffTokenUnknown(Unknown):
    """This member of staff has no such token."""

    code = "token-unknown"


class ConfidentialityMissing(Refused):
    """Whoever may open personal data signs a confidentiality agreement first (GDPR Art. 29, 32(4)). Record the day on
    which it was signed, then give the role."""

    code = "confidentiality-missing"


class TrainingMissing(Refused):
    """Whoever may open personal data completes training in data protection first (GDPR Art. 39(1)(b)). Record the
    course and its day, then give the role."""

    code = "training-missing"


class StaffDatesInvalid(Refused):
    """A signature or a course lies in the past or is of today, and access ends today or later."""

    code = "staff-dates-invalid"


class AccessEndRequired(Refused):
    """Access of an auditor is limited in time: say on which day it ends."""

    code = "access-end-required"


class AuditorReadsOnly(Refused):
    """An auditor changes nothing and so holds no other role. Give the other roles to somebody else."""

    code = "auditor-reads-only"


class StaffAccessEnded(Refused):
    """The access of this member of staff has ended. Choose somebody else, or set a later end with their roles."""

    code = "access-ended"


class StaffAddressOfMailbox(Refused):
    """This is a mailbox that requests come to: the service reads it, and would read its own warnings. Give another."""

    code = "staff-address-of-mailbox"


class StaffUnreachable(Refused):
    """Nobody knows where to write to this member of staff at work: they left, gave no address, or mail to it came back
    for good. Give another."""

    code = "staff-unreachable"


class LastOperator(Refused):
    """Nobody else runs this service: give the role operator, without an end date, to somebody else first."""

    code = "last-operator"
