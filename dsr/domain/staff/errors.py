"""Errors of staff: why a member gets no access or no work."""

from dsr.domain.errors import Denied, Invalid, Refused, Unknown


class StaffIdentifierInvalid(Invalid):
    """A staff identifier has 2 to 40 lower-case letters, digits, dots or hyphens, starts with a letter and ends with a
    letter or digit, as in `jane.doe`; `me` and `data-subject` are reserved.
    """

    code = "staff-identifier-invalid"


class StaffIdentifierTaken(Refused):
    """This identifier belongs or belonged to another person; identifiers are never reused. Choose another."""

    code = "staff-identifier-taken"


class StaffUnknown(Unknown):
    """There is no member of staff with this identifier. `GET /staff` lists them."""

    code = "staff-unknown"


class StaffHasLeft(Refused):
    """This member of staff has left; their identifier can't be used again."""

    code = "staff-left"


class AssigneeUnfit(Refused):
    """This member of staff can't be assigned: they have no role that works on cases, or the case is outside their
    scope.
    """

    code = "assignee-unfit"


class RolesRequired(Invalid):
    """Name at least one role of staff and at least one controller."""

    code = "roles-required"


class StaffTokenUnknown(Unknown):
    """This member of staff has no such token. `GET /staff/{identifier}/tokens` lists their tokens."""

    code = "token-unknown"


class TokenForAnother(Refused):
    """A token is shown to its holder alone, so nobody issues one for another. Invite them:
    `POST /staff/{identifier}/invitations`.
    """

    code = "token-for-another"


class TokenTooWide(Refused):
    """A token gives no more than its holder has now. Name only roles that you hold, and controllers in your scope."""

    code = "token-too-wide"


class PasskeyForAnother(Refused):
    """Nobody registers a passkey for another. Invite them: `POST /staff/{identifier}/invitations`."""

    code = "passkey-for-another"


class PasskeyUnknown(Unknown):
    """This member of staff has no such passkey. `GET /staff/{identifier}/passkeys` lists them."""

    code = "passkey-unknown"


class LastPasskey(Refused):
    """Without this passkey you could not sign in again. Register another one first; if it is lost, ask an operator to
    revoke it and to invite you anew.
    """

    code = "last-passkey"


class AccountUnknown(Unknown):
    """This member of staff has no such account. `GET /staff/{identifier}/accounts` lists them."""

    code = "account-unknown"


class InvitationInvalid(Denied):
    """This invitation is unknown, was used, has expired or was replaced by a later one. Ask an operator for a new
    invitation.
    """

    code = "invitation-invalid"


class StaffAlreadyConfirmed(Refused):
    """Nothing waits for confirmation: what this member of staff may do was confirmed before."""

    code = "staff-confirmed"


class ConfirmationNotYours(Refused):
    """A second person confirms: neither the member of staff nor whoever enrolled or changed them. Ask another operator,
    or the data protection officer.
    """

    code = "confirmation-not-yours"


class ConfidentialityMissing(Refused):
    """A person who may open personal data must first sign a confidentiality agreement (GDPR Art. 29, 32(4)). Record the
    day of signature, then give the role.
    """

    code = "confidentiality-missing"


class TrainingMissing(Refused):
    """A person who may open personal data must first complete training in data protection (GDPR Art. 39(1)(b)). Record
    the course and its day, then give the role.
    """

    code = "training-missing"


class StaffDatesInvalid(Refused):
    """A signature or a course can't be dated in the future, and access can't end before today. Correct the date."""

    code = "staff-dates-invalid"


class AccessEndRequired(Refused):
    """An auditor's access is limited in time: give the day on which it ends."""

    code = "access-end-required"


class AuditorReadsOnly(Refused):
    """The role auditor only reads and can't be combined with other roles. Give those to somebody else."""

    code = "auditor-reads-only"


class StaffAccessEnded(Refused):
    """The access of this member of staff has ended. Choose another member, or give this one a later end date with their
    roles.
    """

    code = "access-ended"


class StaffAddressOfMailbox(Refused):
    """This address is a mailbox for requests, so the service would read its own warnings. Give another address."""

    code = "staff-address-of-mailbox"


class StaffUnreachable(Refused):
    """No work address is known for this member of staff: they left, gave none, or mail to it was returned for good.
    Give another address.
    """

    code = "staff-unreachable"


class LastOperator(Refused):
    """This is the last operator of the service: first give somebody else the role operator without an end date."""

    code = "last-operator"
