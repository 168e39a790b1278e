"""The credential through which a caller acts: events name it beside the actor."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class CredentialKind(StrEnum):
    """What kind of credential it is."""

    TOKEN = "token"  # noqa: S105 - the name of a kind
    """Of a member of staff."""
    SESSION = "session"
    """Of a member of staff who signed in."""
    PASSKEY = "passkey"
    """Of a member of staff who signs in with it."""
    ACCOUNT = "account"
    """Of a member of staff at the organisation's provider."""
    INVITATION = "invitation"
    """Of a member of staff who fetches a credential with it."""
    SUBJECT_TOKEN = "subject-token"  # noqa: S105 - the name of a kind
    """Of the data subject of a case."""
    SIGN_IN = "sign-in"
    """Of a data subject at `/my`; its id is that of the code."""
    LINK = "link"
    """To a package, with its password."""
    SEARCH_LINK = "search-link"
    """Of the owner of a system who has no account, to what to look for there."""


@dataclass(frozen=True)
class Credential:
    """A credential by kind and id, as events and lists name it: `token:3f2a…`."""

    kind: CredentialKind
    credential_id: UUID

    def __str__(self) -> str:
        return f"{self.kind}:{self.credential_id}"
