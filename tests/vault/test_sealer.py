"""A sealed value opens in its place, with its key, unaltered, or not at all."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.domain.sealed import DataKey, KeyDestroyed, KeyPurpose, KeyUnknown, SealBroken, Sealed
from dsr.vault import Sealer, SqlKeyStore
from dsr.vault.associated_data import associated_data

CANARY = b"Jana Nov\xc3\xa1kov\xc3\xa1, Dlouh\xc3\xa1 14"
CASE = uuid4()


@pytest.fixture
def key(keystore: SqlKeyStore) -> DataKey:
    return keystore.create(CASE, KeyPurpose.CASE_FILE)[0]


@pytest.fixture
def sealer(keystore: SqlKeyStore) -> Sealer:
    return Sealer(keystore)


@pytest.fixture
def sealed(sealer: Sealer, key: DataKey) -> Sealed:
    return sealer.seal(CANARY, key=key, stream_id=CASE, field="subject")


def test_a_sealed_value_opens_in_its_place(sealer: Sealer, sealed: Sealed) -> None:
    assert sealer.open(sealed, stream_id=CASE, field="subject") == CANARY


def test_nothing_of_the_plaintext_shows(sealed: Sealed) -> None:
    assert CANARY not in sealed.ciphertext
    assert "Jana" not in repr(sealed)


def test_the_same_value_sealed_twice_shares_nothing(sealer: Sealer, sealed: Sealed, key: DataKey) -> None:
    again = sealer.seal(CANARY, key=key, stream_id=CASE, field="subject")
    assert again.seal_id != sealed.seal_id
    assert again.nonce != sealed.nonce
    assert again.ciphertext != sealed.ciphertext


def test_a_value_moved_to_another_case_field_or_log_does_not_open(
    sealer: Sealer, keystore: SqlKeyStore, sealed: Sealed
) -> None:
    for reader, stream_id, field in [
        (sealer, uuid4(), "subject"),
        (sealer, CASE, "text"),
        (sealer, CASE, "subject "),
        (sealer, CASE, ""),
        (Sealer(keystore, log="other"), CASE, "subject"),
    ]:
        with pytest.raises(SealBroken) as refusal:
            reader.open(sealed, stream_id=stream_id, field=field)
        assert "Jana" not in repr(refusal.value.facts)


def test_a_value_under_another_key_does_not_open(sealer: Sealer, keystore: SqlKeyStore, sealed: Sealed) -> None:
    (other,) = keystore.create(CASE, KeyPurpose.CASE_FILE)
    with pytest.raises(SealBroken):
        sealer.open(replace(sealed, key_id=other.key_id), stream_id=CASE, field="subject")


def test_a_value_under_the_seal_id_of_another_does_not_open(sealer: Sealer, sealed: Sealed, key: DataKey) -> None:
    other = sealer.seal(b"other", key=key, stream_id=CASE, field="subject")
    with pytest.raises(SealBroken):
        sealer.open(replace(sealed, seal_id=other.seal_id), stream_id=CASE, field="subject")


def with_part(sealed: Sealed, part: str, value: bytes) -> Sealed:
    """The same but for one part."""
    changed: dict[str, Any] = {part: value}
    return replace(sealed, **changed)


def test_every_flipped_bit_is_noticed(sealer: Sealer, sealed: Sealed) -> None:
    for part in ("nonce", "ciphertext"):
        value: bytes = getattr(sealed, part)
        for place in range(len(value)):
            flipped = value[:place] + bytes([value[place] ^ 1 << place % 8]) + value[place + 1 :]
            with pytest.raises(SealBroken):
                sealer.open(with_part(sealed, part, flipped), stream_id=CASE, field="subject")
    seal_id = UUID(int=sealed.seal_id.int ^ 1)
    with pytest.raises(SealBroken):
        sealer.open(replace(sealed, seal_id=seal_id), stream_id=CASE, field="subject")


def test_every_cut_or_lengthened_part_is_noticed(sealer: Sealer, sealed: Sealed) -> None:
    for part in ("nonce", "ciphertext"):
        value: bytes = getattr(sealed, part)
        for changed in [value[:length] for length in range(len(value))] + [value + b"\0", value * 200]:
            with pytest.raises(SealBroken):
                sealer.open(with_part(sealed, part, changed), stream_id=CASE, field="subject")


def test_forgotten_never_made_and_broken_differ(sealer: Sealer, keystore: SqlKeyStore, sealed: Sealed) -> None:
    with pytest.raises(KeyUnknown):
        sealer.open(replace(sealed, key_id=uuid4()), stream_id=CASE, field="subject")
    keystore.destroy([sealed.key_id])
    with pytest.raises(KeyDestroyed):
        sealer.open(sealed, stream_id=CASE, field="subject")


class KeysInMemory:
    """A key store of one key."""

    def __init__(self, key: DataKey) -> None:
        self.key = key

    def open(self, key_id: UUID) -> DataKey:
        assert key_id == self.key.key_id
        return self.key


MEMORY_KEY = DataKey(uuid4(), KeyPurpose.CASE_FILE, bytes(range(32)))
IN_MEMORY = Sealer(KeysInMemory(MEMORY_KEY))  # type: ignore[arg-type]  # only `open` is asked
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(data=st.binary(max_size=5000), stream_id=st.uuids(), field=st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_was_sealed_is_what_opens(data: bytes, stream_id: UUID, field: str) -> None:
    sealed = IN_MEMORY.seal(data, key=MEMORY_KEY, stream_id=stream_id, field=field)
    assert IN_MEMORY.open(sealed, stream_id=stream_id, field=field) == data


@given(value=PLAIN)
@settings(deadline=None)
def test_json_values_come_back_as_they_were(value: object) -> None:
    sealed = IN_MEMORY.seal_json(value, key=MEMORY_KEY, stream_id=CASE, field="answer")
    assert IN_MEMORY.open_json(sealed, stream_id=CASE, field="answer") == value


@given(one=st.lists(st.binary(max_size=6), max_size=5), two=st.lists(st.binary(max_size=6), max_size=5))
def test_two_places_are_never_written_alike(one: list[bytes], two: list[bytes]) -> None:
    assert (associated_data(*one) == associated_data(*two)) == (one == two)
