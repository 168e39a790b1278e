"""A session of a member of staff: it begins, is proved once more, and ends once (GDPR Art. 32(1)(b))."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from dsr.domain.acting import Acting
from dsr.domain.staff_session import SessionEnd, SignInMethod, StaffSession, StaffSessionOver

AT = datetime(2026, 3, 5, 9, tzinfo=UTC)


def test_a_session_that_ended_is_neither_proved_nor_ended_again() -> None:
    # given
    ann = Acting("ann", AT)
    session = StaffSession.sign_in(
        ann, session_id=uuid4(), method=SignInMethod.PASSKEY, credential_id=uuid4(), ends_at=AT + timedelta(hours=12)
    )
    assert (session.member, session.end_reason) == ("ann", None)
    session.step_up(ann, credential_id=uuid4())
    # when
    session.end(ann, why=SessionEnd.SIGNED_OUT)
    # then
    assert session.end_reason is SessionEnd.SIGNED_OUT
    with pytest.raises(StaffSessionOver):
        session.end(ann, why=SessionEnd.LEFT)
    with pytest.raises(StaffSessionOver):
        session.step_up(ann, credential_id=uuid4())
