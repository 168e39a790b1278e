"""A controller signs with one key at a time, and keeps the public half of every key."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from dsr.domain.acting import Acting
from dsr.domain.sealed import KeyIntroduction, KeyPurpose
from dsr.domain.signing import SigningKeys

AT = datetime(2026, 3, 5, tzinfo=UTC)


def introduce(keys: SigningKeys, kid: str, at: datetime) -> None:
    key = KeyIntroduction(UUID(int=len(keys.keys)), KeyPurpose.SIGNING, "00")
    keys.introduce(Acting("olga", at), kid=kid, public_key=f"x-{kid}", key=key)


def test_a_fresh_key_retires_the_one_before_which_stays_known() -> None:
    # given
    keys = SigningKeys.open(Acting("olga", AT), controller_id="callcentre-de")
    assert keys.current is None
    introduce(keys, "one", AT)
    # when
    introduce(keys, "two", later := AT + timedelta(days=1))
    # then
    assert keys.current is not None
    assert keys.current.kid == "two"
    assert [(each.kid, each.valid_from, each.retired_at) for each in keys.keys] == [
        ("one", AT, later),
        ("two", later, None),
    ]
