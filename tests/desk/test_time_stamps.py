"""A time-stamp authority says when a checkpoint was there; signing never waits for it (RFC 3161)."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from dsr.bootstrap import Service, build
from dsr.cli import main
from dsr.desk.caller import Call, service
from dsr.doctor import Health, diagnose
from dsr.domain.rights import Right
from dsr.evidence.time_stamps import TimeStampAuthority, TimeStampAway
from dsr.evidence.verifier import verify
from dsr.scheduler import Scheduler
from tests.bundles import bundle_of, log_key
from tests.desk.office import Office
from tests.settable_clock import SettableClock
from tests.time_stamp_authority import Authority, time_stamp_authority

CALL = Call(service("evidence"))


@pytest.fixture
def authority() -> Iterator[Authority]:
    with time_stamp_authority() as running:
        yield running


@pytest.fixture
def stamping(install: Callable[[str], Any], clock: SettableClock, authority: Authority) -> Iterator[Service]:
    """A service that asks the authority."""
    settings = replace(install("sqlite"), timestamp_url=authority.url)
    made = build(settings, clock=clock)
    yield made
    made.close()


@pytest.fixture
def office(stamping: Service, open_office: Callable[..., Office], clock: SettableClock) -> Office:
    return open_office(stamping, clock)


def with_entry(made: bytes, path: str, content: bytes | None) -> bytes:
    """The bundle with one entry replaced, or taken away; its signature is not made anew."""
    archive, whole = zipfile.ZipFile(io.BytesIO(made)), io.BytesIO()
    with zipfile.ZipFile(whole, "w") as changed:
        for name in archive.namelist():
            if name != path:
                changed.writestr(name, archive.read(name))
            elif content is not None:
                changed.writestr(name, content)
    return whole.getvalue()


def test_the_checkpoint_of_a_bundle_is_stamped_and_its_verifier_believes_it(
    office: Office, authority: Authority
) -> None:
    # given
    office.registered(Right.ACCESS)
    # when
    made = bundle_of(office, "all")
    # then
    named = verify.verify(io.BytesIO(made), [log_key(office)], authorities=[authority.root.read_bytes()])
    assert named.all_holds, named.in_words()
    assert any(each.startswith("CN=TSA confirms that the log was signed by 20") for each in named.holds)
    unnamed = verify.verify(io.BytesIO(made), [log_key(office)])
    assert unnamed.all_holds
    assert any(each.startswith("Whether you trust CN=TSA") for each in unnamed.unknown)


def test_a_time_stamp_of_another_checkpoint_or_by_somebody_else_is_found(office: Office, authority: Authority) -> None:
    # given
    office.registered(Right.ACCESS)
    made, root = bundle_of(office, "all"), authority.root.read_bytes()
    office.registered(Right.ERASURE)
    later = zipfile.ZipFile(io.BytesIO(bundle_of(office, "all"))).read("time-stamp.der")
    with time_stamp_authority() as other:
        foreign = other.root.read_bytes()

    def codes(changed: bytes, authorities: list[bytes]) -> set[str]:
        return verify.verify(io.BytesIO(changed), [log_key(office)], authorities=authorities).codes

    # then
    assert "time-stamp-differs" in codes(with_entry(made, "time-stamp.der", later), [root])
    assert "time-stamp-missing" in codes(with_entry(made, "time-stamp.der", None), [root])
    assert codes(made, [foreign]) == {"time-stamp-untrusted"}


def test_a_bit_flipped_in_what_was_signed_breaks_the_signature(authority: Authority) -> None:
    # given
    token = TimeStampAuthority(authority.url).stamp("a checkpoint")
    honest = verify.TimeStamp.parse(token)
    signer = honest.signer()
    assert signer is not None
    assert honest.is_over("a checkpoint")
    for place in range(token.index(honest.info), token.index(honest.info) + len(honest.info)):
        # when
        flipped = bytearray(token)
        flipped[place] ^= 1
        # then
        try:
            stamp = verify.TimeStamp.parse(bytes(flipped))
            assert not stamp.is_over("a checkpoint") or stamp.signer() is None, place
        except verify.UNREADABLE:
            continue
    broken = replace(honest, signature=honest.signature[:-1] + bytes([honest.signature[-1] ^ 1]))
    assert broken.signer() is None


def test_an_event_that_claims_to_be_later_than_the_time_stamp_is_found(
    office: Office, clock: SettableClock, authority: Authority
) -> None:
    # given: the clock of the service was put ahead
    clock.advance(days=1_800)
    office.registered(Right.ACCESS)
    # when
    report = verify.verify(io.BytesIO(bundle_of(office, "all")), [log_key(office)])
    # then
    assert "clock-ahead" in report.codes


def test_the_scheduler_asks_in_turns_and_again_once_an_authority_is_back(
    stamping: Service, clock: SettableClock, authority: Authority
) -> None:
    # given
    scheduler, evidence = Scheduler(stamping), stamping.desk.evidence
    scheduler.sign_log()
    assert (authority.asked, evidence.latest().time_stamp is not None) == (1, True)
    # when: within the hour
    clock.advance(minutes=20)
    stamping.desk.evidence.rotate(CALL)
    scheduler.sign_log()
    # then
    assert (authority.asked, evidence.latest().time_stamp) == (1, None)
    # when: it is away after the hour
    authority.is_away = True
    clock.advance(minutes=60)
    stamping.desk.evidence.rotate(CALL)
    with pytest.raises(TimeStampAway):
        scheduler.sign_log()
    # then: the log is signed all the same
    assert evidence.signed_at() == clock.now()
    # when
    authority.is_away = False
    scheduler.sign_log()
    # then
    assert evidence.stamped_at() == clock.now()


def test_doctor_says_since_when_no_time_stamp_came(
    stamping: Service, clock: SettableClock, authority: Authority
) -> None:
    def seen() -> tuple[Health, str]:
        [found] = [each for each in diagnose(stamping.settings, stamping) if each.name == "time-stamps"]
        return found.health, found.says

    assert seen() == (Health.OK, "The log was not signed yet.")
    Scheduler(stamping).sign_log()
    assert seen()[0] is Health.OK
    authority.is_away = True
    clock.advance(hours=8)
    stamping.desk.evidence.rotate(CALL)
    with pytest.raises(TimeStampAway):
        Scheduler(stamping).sign_log()
    assert seen()[0] is Health.WARNING
    assert "no checkpoint since" in seen()[1]


def test_an_answer_to_another_question_is_refused(authority: Authority) -> None:
    asked = TimeStampAuthority(authority.url)
    assert asked.stamp("a checkpoint")
    for answer in (authority.last_answer, authority.last_answer[:-1], b"no DER", b"\x30\x05\x30\x03\x02\x01\x02"):
        authority.answers = answer
        with pytest.raises(TimeStampAway):
            asked.stamp("a checkpoint")


def test_the_command_line_says_what_the_authority_failed_by(
    stamping: Service, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    authority.is_away = True
    monkeypatch.setenv("DSR_HOME", str(stamping.settings.home))
    monkeypatch.setenv("DSR_TIMESTAMP_URL", authority.url)
    # when
    ran = CliRunner().invoke(main, ["evidence", "checkpoint"])
    # then
    assert (ran.exit_code, "time stamp: time-stamp-away" in ran.stderr) == (1, True)
    assert json.dumps(ran.stdout).startswith('"dsr/')
