"""Random commands on one package and its links, against a model written from docs/law §6 and the promises of the links.

Each command is accepted exactly when it breaks no rule. What may never happen is judged besides by the history alone:
who redeemed what, and when bytes left.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from dsr.domain.acting import Acting
from dsr.domain.errors import DomainError
from dsr.domain.events import Event
from dsr.domain.export import (
    Export,
    ExportDownloaded,
    ExportOffered,
    ExportPurged,
    ExportRedeemed,
    ExportRenewed,
    ExportRevoked,
    ExportSecretRefused,
    ExportSent,
    PurgeReason,
    RevocationReason,
)
from dsr.eventstore.mapper import EventMapper
from tests.proving import in_ci, played

from .exports import MONTH, NOW, prepared, replayed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INSTANT = timedelta(microseconds=1)
GUESSES = 5
SIZE = 4711

RUNS = in_ci(5, proving=200)

CODES = {
    *("export-expiry-invalid", "export-not-offered", "export-purged", "export-already-redeemed", "export-locked"),
    *("export-revoked", "export-expired", "export-session-ended", "byte-range-invalid", "export-still-kept"),
    "link-still-works",
}

which = st.integers(0, 9)
addresses = st.sampled_from(["203.0.113.77", "2001:db8:1:2::3", ""])
NETWORKS = {"203.0.113.77": "203.0.113.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "": ""}


class ExportMachine(RuleBasedStateMachine):
    """Offer, open again, redeem, guess, download, revoke, purge."""

    def __init__(self, seen: Counter[tuple[str, str]]) -> None:
        super().__init__()
        self.seen, self.now, self.mapper = seen, NOW, EventMapper()
        self.links: dict[UUID, SimpleNamespace] = {}
        self.kept_until, self.purged = NOW + MONTH, False
        self.export = prepared()
        self.events = self.collected(self.export)
        self.replica = replayed(self.events)

    # how a command is sent

    def send(self, command: str, broken: dict[str, Any], actor: str = "data-subject", **given: Any) -> Any:
        """Send it; None where it was refused, as it has to be by one of the rules broken, without a trace."""
        codes = {code for code, is_broken in broken.items() if is_broken}
        version, stale = self.export.version, replayed(self.events) if command in ("redeem", "download") else None
        answer, refused = self.answer_to(command, Acting(actor, self.now), given)
        self.seen[command, refused or ""] += 1
        if refused is not None:
            assert refused in codes, f"{command}: {refused} instead of {sorted(codes) or 'acceptance'}"
            assert (self.collected(self.export), self.export.version) == ([], version)
            return None
        assert not codes, f"{command} was accepted against {sorted(codes)}"
        self.news = self.collected(self.export)
        self.events += self.news
        assert [event.originator_version for event in self.news] == list(range(version + 1, self.export.version + 1))
        assert self.news, "whatever is accepted moves the version"
        if stale is not None:  # who read the same state writes the same version, so that one of the two loses
            getattr(stale, command)(Acting(actor, self.now), **given)
            assert self.collected(stale)[0].originator_version == self.news[0].originator_version
        for event in self.news:
            self.replica = self.stored(event).mutate(self.replica)
        return answer or "accepted"

    def answer_to(self, command: str, acting: Acting, given: dict[str, Any]) -> tuple[Any, str | None]:
        """What it returned, or the code by which it was refused."""
        try:
            return getattr(self.export, command)(acting, **given), None
        except DomainError as refused:
            return None, refused.code

    def collected(self, export: Export) -> list[Event]:
        return [event for event in export.collect_events() if isinstance(event, Event)]

    def stored(self, event: Event) -> Any:
        return self.mapper.to_domain_event(self.mapper.to_stored_event(event))

    def token(self, which: int, fits: Callable[[SimpleNamespace], bool] = lambda link: True) -> UUID:
        """Mostly a link that fits, sometimes any, or one that nobody made."""
        known = list(self.links)[::-1]
        chosen = [token for token in known if fits(self.links[token])] if which < 7 else known
        return (chosen or [*known, uuid4()])[which % len(chosen or [*known, uuid4()])] if which < 9 else uuid4()

    def link_rules(self, token: UUID) -> dict[str, Any]:
        """What is broken where a link does not work."""
        link = self.links.get(token)
        if link is None:
            return {"export-not-offered": True}
        if self.purged:
            return {"export-purged": True}
        return {
            "export-already-redeemed": self.used_up(link),
            "export-locked": link.wrong >= GUESSES,
            "export-revoked": link.revoked not in (None, "secret-guessed"),
            "export-expired": link.redeemed_at is None and self.now >= link.expires_at,
        }

    def in_session(self, link: SimpleNamespace) -> bool:
        """For an hour after it was redeemed, unless it was revoked meanwhile."""
        return link.redeemed_at is not None and link.revoked is None and self.now < link.redeemed_at + HOUR

    def used_up(self, link: SimpleNamespace) -> bool:
        """By a completed download, or by its hour (docs/law §12)."""
        return link.downloaded_at is not None or (link.redeemed_at is not None and self.now >= link.redeemed_at + HOUR)

    def works(self, link: SimpleNamespace) -> bool:
        if link.redeemed_at is not None or link.revoked is not None:
            return self.in_session(link)
        return bool(self.now < link.expires_at)

    # commands

    @rule(passed=st.sampled_from([timedelta(minutes=1), timedelta(minutes=29), HOUR, HOUR - INSTANT, MONTH, DAY]))
    def time_passes(self, passed: timedelta) -> None:
        self.now += passed

    @rule(ahead=st.sampled_from([MONTH, MONTH, DAY, timedelta(minutes=20), timedelta(), -HOUR]))
    def offer(self, ahead: timedelta) -> None:
        """A new link ends the one before that nobody used, and leaves a session alone."""
        token, expires_at = uuid4(), self.now + ahead
        broken = {"export-purged": self.purged, "export-expiry-invalid": ahead <= timedelta()}
        if self.send("offer", broken, token_id=token, expires_at=expires_at, actor="ann"):
            for link in list(self.links.values())[-1:]:
                if link.redeemed_at is None and link.revoked is None:
                    link.revoked = "replaced"
            self.links[token] = link_to(expires_at)
            sessions = [link.redeemed_at + HOUR for link in self.links.values() if self.in_session(link)]
            self.kept_until = max([expires_at, *sessions])

    @rule(which=which, address=addresses)
    def redeem(self, which: int, address: str) -> None:
        """Opening a link begins its hour; opening it again neither uses it up nor begins another."""
        token = self.token(which, self.works)
        if self.send("redeem", self.link_rules(token), token_id=token, network=address):
            link = self.links[token]
            link.redeemed_at = link.redeemed_at or self.now
            self.kept_until = max(self.kept_until, link.redeemed_at + HOUR)

    @rule(ahead=st.sampled_from([MONTH, DAY, timedelta()]))
    def renew(self, ahead: timedelta) -> None:
        """The latest link works again, with its password and its wrong guesses, once it is used up or expired."""
        token = list(self.links)[-1] if self.links else None
        link, expires_at = self.links.get(token) if token else None, self.now + ahead
        broken: dict[str, Any] = {"export-purged": self.purged, "export-expiry-invalid": ahead <= timedelta()}
        broken["export-not-offered"] = link is None
        if link is not None:
            broken |= {
                "export-locked": link.revoked == "secret-guessed",
                "export-revoked": link.revoked not in (None, "secret-guessed"),
                "link-still-works": link.revoked is None and not self.used_up(link) and self.works(link),
            }
        if self.send("renew", broken, expires_at=expires_at, actor="ann") and token is not None and link is not None:
            self.links[token] = link_to(expires_at, wrong=link.wrong)
            self.kept_until = max(self.kept_until, expires_at)

    @rule(which=which, part=st.sampled_from([(0, SIZE - 1), (0, 2000), (2001, SIZE - 1), (1500, SIZE - 1), (0, 60)]))
    def record_sent(self, which: int, part: tuple[int, int]) -> None:
        """The link is used up once all bytes have left, in one part or in several."""
        token = self.token(which, self.in_session)
        link, (first, last) = self.links.get(token), part
        given: dict[str, Any] = {"token_id": token, "first_byte": first, "last_byte": last}
        if self.send("record_sent", {"export-not-offered": link is None}, **given) and link is not None:
            link.sent |= {*range(first, last + 1)}
            if len(link.sent) == SIZE:
                link.downloaded_at = self.now
            (event,) = self.news
            assert isinstance(event, ExportSent)
            assert event.completes is (len(link.sent) == SIZE)

    @rule(which=which, address=addresses, times=st.sampled_from([1, 1, 4, 5, 6]))
    def guess(self, which: int, address: str, times: int) -> None:
        """The fifth wrong secret ends the link; one that has ended does not tell right from wrong."""
        token = self.token(which, self.works)
        for _ in range(times):
            answer = self.send("record_wrong_secret", self.link_rules(token), token_id=token, network=address)
            if answer is not None:
                link = self.links[token]
                link.wrong += 1
                expected = ("secret-wrong", GUESSES - link.wrong) if link.wrong < GUESSES else ("export-locked", None)
                assert (answer.code, answer.facts.get("attempts_left")) == expected
                link.revoked = "secret-guessed" if link.wrong == GUESSES else None

    @rule(
        which=which,
        address=addresses,
        part=st.sampled_from([(0, SIZE - 1)] * 3 + [(40, 60), (60, 40), (0, SIZE), (-1, 5)]),
    )
    def download(self, which: int, address: str, part: tuple[int, int]) -> None:
        token = self.token(which, self.in_session)
        link, (first, last) = self.links.get(token), part
        if link is None or self.purged:
            broken = {"export-not-offered": link is None, "export-purged": link is not None}
        else:
            broken = {
                "export-revoked": link.revoked is not None,
                "export-session-ended": not self.in_session(link) and link.revoked is None,
                "byte-range-invalid": not 0 <= first <= last < SIZE,
            }
        if self.send("download", broken, token_id=token, first_byte=first, last_byte=last, network=address):
            (event,) = self.news
            assert isinstance(event, ExportDownloaded)
            assert (event.token_id, event.first_byte, event.last_byte) == (token, *part)
            assert (event.timestamp, event.network) == (self.now, NETWORKS[address])

    @rule(reason=st.sampled_from([RevocationReason.LINK_LOST, RevocationReason.WRONG_RECIPIENT]))
    def revoke(self, reason: RevocationReason) -> None:
        """The latest link, or the session that it began."""
        token = list(self.links)[-1] if self.links else None
        broken: dict[str, Any] = {"export-purged": self.purged, "export-not-offered": token is None}
        if token is not None and not self.works(self.links[token]):
            broken |= self.link_rules(token)
        if self.send("revoke", broken, reason=reason, actor="ann") and token is not None:
            self.links[token].revoked = reason.value

    @rule(
        reason=st.sampled_from([PurgeReason.EXPIRED] * 3 + [PurgeReason.CONTENT_WRONG]), sure=st.sampled_from([0, 0, 1])
    )
    def purge(self, reason: PurgeReason, sure: int) -> None:
        """At once where its content is wrong; else when it was kept as promised, and no link works any more."""
        broken = {
            "export-purged": self.purged,
            "export-still-kept": reason is PurgeReason.EXPIRED and self.now < self.kept_until,
        }
        if (sure or any(broken.values())) and self.send("purge", broken, reason=reason, actor="purge"):
            working = [token for token, link in self.links.items() if self.works(link)]
            assert reason is PurgeReason.CONTENT_WRONG or not working, "nobody's download is cut short"
            for token in working:
                self.links[token].revoked = "content-wrong"
            self.purged = True

    # what holds after each

    @invariant()
    def the_state_is_what_the_law_says(self) -> None:
        export = self.export
        assert {
            token: (offer.expires_at, offer.wrong_secrets, offer.redeemed_at, offer.downloaded_at, offer.revoked)
            for token, offer in export.offers.items()
        } == {
            token: (link.expires_at, link.wrong, link.redeemed_at, link.downloaded_at, link.revoked)
            for token, link in self.links.items()
        }
        assert (export.purged_at is not None, export.kept_until) == (self.purged, self.kept_until)

    @invariant()
    def only_a_session_opens_anything(self) -> None:
        for token in (*self.links, uuid4()):
            opens = token in self.links and self.in_session(self.links[token]) and not self.purged
            if opens:
                self.export.require_session(token, self.now)
            else:
                with pytest.raises(DomainError):
                    self.export.require_session(token, self.now)

    @invariant()
    def the_history_shows_no_breach(self) -> None:
        """By the events alone: nothing is opened after a purge, each link has one hour, and bytes left in it only."""
        redeemed: dict[UUID, datetime] = {}
        guesses: Counter[UUID] = Counter()
        ended: set[UUID] = set()
        used_up: set[UUID] = set()
        purged = False
        for event in self.events:
            assert not purged or isinstance(event, ExportSent), "a purge is the last word"
            match event:
                case ExportRenewed():
                    assert event.token_id not in ended
                    redeemed.pop(event.token_id, None)
                    used_up.discard(event.token_id)
                case ExportRedeemed():
                    assert event.token_id not in {*used_up, *ended}
                    begun = redeemed.setdefault(event.token_id, event.timestamp)
                    assert event.timestamp < begun + HOUR
                    assert event.session_ends_at == begun + HOUR
                case ExportSent():
                    used_up |= {event.token_id} if event.completes else set()
                case ExportDownloaded():
                    assert event.token_id not in ended
                    assert redeemed[event.token_id] <= event.timestamp < redeemed[event.token_id] + HOUR
                case ExportSecretRefused():
                    assert event.token_id not in {*used_up, *ended}
                    guesses[event.token_id] += 1
                case ExportRevoked():
                    ended.add(event.token_id)
                case ExportPurged():
                    purged = True
                case _:
                    assert isinstance(event, ExportOffered) or event is self.events[0]
            assert getattr(event, "network", "") in NETWORKS.values(), "never an address"
        assert all(count <= GUESSES for count in guesses.values())
        assert {token for token, count in guesses.items() if count == GUESSES} <= ended
        assert self.export.downloads == sum(isinstance(event, ExportDownloaded) for event in self.events)

    @invariant()
    def a_replay_gives_the_same_package(self) -> None:
        assert vars(self.replica) == vars(self.export)


def link_to(expires_at: datetime, *, wrong: int = 0) -> SimpleNamespace:
    """A link that nobody has used."""
    return SimpleNamespace(
        expires_at=expires_at, wrong=wrong, redeemed_at=None, downloaded_at=None, revoked=None, sent=set()
    )


def test_a_package_opens_in_one_hour_of_its_link_and_never_after_its_end() -> None:
    seen: Counter[tuple[str, str]] = Counter()
    few = settings(
        max_examples=25,
        stateful_step_count=30,
        deadline=None,
        derandomize=False,  # else each run would be the first one again, where that is the default
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    commands = {"offer", "renew", "redeem", "record_wrong_secret", "download", "record_sent", "revoke", "purge"}
    for runs in range(1, RUNS + 36):
        machine: Any = partial(ExportMachine, seen)
        run_state_machine_as_test(played(machine, runs), settings=few)
        accepted, refusals = {name for name, code in seen if not code}, {code for _, code in seen}
        if runs >= RUNS and accepted == commands and refusals >= CODES:
            break
    assert accepted == commands, "each is accepted now and then"
    assert refusals >= CODES, "each rule refuses now and then"
