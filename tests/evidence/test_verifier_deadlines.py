"""The verifier's own rules on time agree with those of the service, although neither knows the other."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from dsr.calendars import resolve
from dsr.domain.deadlines import ExtensionTooLate, Suspension, SuspensionKind, compute
from dsr.domain.deadlines.calendar import JointCalendar, WorkingCalendar
from dsr.domain.deadlines.regime import _VERSIONS, regime
from dsr.evidence.verifier import verify
from tests.proving import in_ci

HISTORIES = in_ci(400, proving=20_000)

PLACES = (("DE", "Europe/Berlin"), ("GB", "Europe/London"), ("FI", "Europe/Helsinki"))


def theirs(calendar: WorkingCalendar) -> verify.Calendar:
    return verify.Calendar(
        calendar.country, calendar.zone, calendar.first_year, calendar.last_year, frozenset(calendar.holidays)
    )


def test_the_verifier_knows_every_regime() -> None:
    for known in _VERSIONS:
        rules = verify.REGIMES[known.id, known.version]
        assert (rules.promise_days, rules.ask_within, rules.acknowledge_within, rules.warnings) == (
            known.promise_days,
            known.suspend_within_working_days,
            known.acknowledge_within_working_days,
            known.warn_working_days,
        )
    assert len(verify.REGIMES) == len(_VERSIONS)


def test_both_reckon_the_same_dates() -> None:
    # given
    calendars = [resolve(country, zone, 2024, 2030) for country, zone in PLACES]
    for seed in range(HISTORIES):
        chance = random.Random(seed)  # noqa: S311 - it has to be repeated
        first, *others = chance.sample(calendars, chance.randrange(1, 3))
        received_on = date(2025, 1, 1) + timedelta(days=chance.randrange(900))
        suspensions = []
        for kind in chance.sample(list(SuspensionKind), chance.randrange(3)):
            asked = received_on + timedelta(days=chance.randrange(12))
            answered = asked + timedelta(days=chance.randrange(50)) if chance.random() < 0.7 else None
            suspensions.append(Suspension(kind, asked, answered))
        extended_at = None
        if chance.random() < 0.4:
            hours = chance.randrange(24 * 45)
            extended_at = datetime.combine(received_on, datetime.min.time(), UTC) + timedelta(hours=12 + hours)
        as_of = received_on + timedelta(days=chance.randrange(120))
        name = chance.choice(["eu-gdpr", "uk-gdpr"])
        # when
        facts = verify.Facts(
            verify.REGIMES[name, 1],
            theirs(first),
            received_on,
            tuple(verify.Span(each.kind.value, each.asked, each.sufficient) for each in suspensions),
            extended_at,
        )
        try:
            ours = compute(
                regime=regime(name, 1),
                calendar=JointCalendar.joining(first, others),
                received_on=received_on,
                suspensions=suspensions,
                extended_at=extended_at,
                as_of=as_of,
            )
        except ExtensionTooLate:
            with pytest.raises(verify.TooLate):
                verify.deadline(facts, as_of, [theirs(first), *map(theirs, others)])
            continue
        # then
        found = verify.deadline(facts, as_of, [theirs(first), *map(theirs, others)])
        for field, value in found.items():
            said = [each.begins_at for each in ours.warnings] if field == "warnings" else getattr(ours, field)
            assert value == said, (seed, field)
