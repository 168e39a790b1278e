"""Use cases of the data subject's access: a token for a program of theirs; ending all of it."""

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec

from dsr.desk.caller import Call
from dsr.desk.credential_outbox import CredentialMails, DueMail, MailKind
from dsr.desk.errors import SubjectUnreachable
from dsr.desk.idempotency import Answer
from dsr.desk.on_file import address_on_file
from dsr.desk.repository import Repository
from dsr.desk.sign_in_codes import SignInCodes
from dsr.desk.tokens import Tokens
from dsr.desk.unit_of_work import changing, use_case
from dsr.domain.request.values import DisclosurePurpose


class SubjectAccessDesk:
    """mail a token to the address on file; end every token and session."""

    def __init__(
        self,
        repository: Repository,
        tokens: Tokens,
        sign_in_codes: SignInCodes,
        mails: CredentialMails,
        token_days: int,
    ) -> None:
        self._repository = repository
        self._tokens = tokens
        self._sign_in_codes = sign_in_codes
        self._mails = mails
        self._token_days = token_days

    @use_case
    def issue_token(self, request_id: UUID, call: Call, *, days: int | None = None) -> Answer:
        """Send the data subject a token for a program of theirs, bound to this case; nobody else sees it.

        The worker makes and mails it. The caller must work for the controller of the case. Raises RequestUnknown,
        VersionStale, Forbidden, RequestIsClosed, SubjectUnreachable.
        """
        token_id = uuid4()
        with changing(self._repository, request_id, call) as work:
            at = work.acting.at
            expires_at = at + timedelta(days=days or self._token_days)
            work.case.issue_subject_token(work.acting, token_id=token_id, expires_at=expires_at)
            work.case.disclose(work.acting, purpose=DisclosurePurpose.SIGN_IN, versions=(1,))
            if not address_on_file(self._repository, work.case):
                raise SubjectUnreachable()
            mail = DueMail(MailKind.SUBJECT, str(request_id), token_id, expires_at)
            work.effect(lambda: self._mails.add(mail, at=at))
            body = msgspec.json.encode({"token_id": token_id, "request_id": request_id, "expires_at": expires_at})
            work.respond(lambda: Answer(body, work.case.version, str(token_id)))
        return work.answer

    @use_case
    def end(self, request_id: UUID, call: Call) -> Answer:
        """End every token, session and code of the data subject. Raises RequestUnknown, VersionStale, Forbidden."""
        with changing(self._repository, request_id, call) as work:
            work.case.end_subject_access(work.acting)
            work.effect(lambda: self._tokens.revoke(request_id=request_id))
            work.effect(lambda: self._sign_in_codes.end_all(request_id))
        return work.answer
