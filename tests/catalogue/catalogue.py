"""Every command once: what tests of the domain, the desk, the read models and the API have in common.

One file for each part of the law. `test_catalogue.py` names what is missing where.
"""

from collections.abc import Mapping
from typing import Final

from tests.catalogue import (
    answers,
    copies,
    deadlines,
    fees,
    forgetting,
    holds,
    house,
    identity,
    items,
    matters,
    messages,
    other_rights,
    questions,
    reading,
    representation,
    restriction,
    retention,
    triage,
)
from tests.catalogue.act import Act
from tests.catalogue.command import AtDesk, Command, OverHttp

COMMANDS: Final[tuple[Command, ...]] = (
    *triage.COMMANDS,
    *messages.COMMANDS,
    *identity.COMMANDS,
    *questions.COMMANDS,
    *deadlines.COMMANDS,
    *fees.COMMANDS,
    *representation.COMMANDS,
    *items.COMMANDS,
    *holds.COMMANDS,
    *copies.COMMANDS,
    *other_rights.COMMANDS,
    *restriction.COMMANDS,
    *answers.COMMANDS,
    *forgetting.COMMANDS,
    *retention.COMMANDS,
    *matters.COMMANDS,
    *reading.COMMANDS,
    *house.COMMANDS,
)

ACTS: Final[Mapping[str, Act]] = {each.act.command: each.act for each in COMMANDS if each.act is not None}
"""Commands of `Request` by their names."""

AT_DESK: Final[Mapping[str, AtDesk]] = {each.name: each.desk for each in COMMANDS if each.desk is not None}
"""Use cases by the names of their commands."""

OVER_HTTP: Final[Mapping[str, OverHttp]] = {each.name: each.http for each in COMMANDS if each.http is not None}
"""Routes by the names of their commands; one route may take several commands."""
