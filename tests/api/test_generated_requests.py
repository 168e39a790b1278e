"""Whatever the document allows is taken, whatever it does not is refused, and every answer is as it promises."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import uuid4

import pytest
from schemathesis import GenerationMode, checks

from dsr.settings import Settings
from tests.api.access import Asked, House, asked, build_house
from tests.api.examples import operations, version_of
from tests.api.generating import Generated, GeneratedRequests, is_lost, refusals_of_form
from tests.api.team import Team
from tests.desk.office import Office
from tests.proving import PROVES, in_ci
from tests.settable_clock import SettableClock

ALLOWED: Final = in_ci(1, proving=60)
"""For each operation."""

WRONG: Final = in_ci(0, proving=40)

STARTS: Final = (
    *("enter_request", "report_own_erasure", "record_authority_request", "enrol_staff", "save_filter"),
    "search_requests",
)
ENDS: Final = ("delete_filter", "discard_upload")
"""After these, what was there is not there."""

WALKS: Final = in_ci(6, proving=400)
STEPS: Final = in_ci(12, proving=25)


@pytest.fixture
def house(install: Callable[[str], Settings]) -> tuple[House, GeneratedRequests]:
    house, app = build_house(install("sqlite"), SettableClock())
    return house, GeneratedRequests(app)


def test_what_the_document_allows_is_understood(
    house: tuple[House, GeneratedRequests], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    # given
    copies, requests = house
    differ: dict[str, Any] = {}
    # when
    for name, route in operations().items():
        operation = requests.operations[name]
        with asked(route, copies, requests.app, tmp_path / "copy") as this:
            use = _as_lawful(this, requests, differ)
            requests.for_each(operation, GenerationMode.POSITIVE, use, count=ALLOWED)
    # then
    record_property("counts", requests.counted)
    assert not differ, "the document allows what is refused for its form"


def _as_lawful(this: Asked, requests: GeneratedRequests, differ: dict[str, Any]) -> Callable[[Generated], None]:
    """Sends a request about what there is, in the version that it has, in the name of somebody who may."""
    lawful, office = this.call, Office(this.team.service, SettableClock())

    def use(case: Generated) -> None:
        headers = dict(lawful.headers)
        if lawful.role is not None:
            headers["Authorization"] = f"Bearer {this.team.token(lawful.role)}"
        if "if_match" in lawful.sent:
            headers["If-Match"] = f'"{version_of(office, lawful.subject, lawful.pattern)}"'
        if "key" in lawful.sent:
            headers["Idempotency-Key"] = str(uuid4())
        case.path_parameters = dict(zip(case.path_parameters, lawful.ids, strict=True))
        if refusals := refusals_of_form(requests.send(case, headers)):
            differ[this.route] = refusals, case.query, case.body

    return use


@pytest.mark.skipif(not WRONG, reason="only in `make prove`: no request of it was ever taken")
def test_what_the_document_does_not_allow_is_refused(
    house: tuple[House, GeneratedRequests], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    copies, requests = house
    for name, route in operations().items():
        with asked(route, copies, requests.app, tmp_path / "copy") as this:
            who = {} if this.call.role is None else {"Authorization": f"Bearer {this.team.token(this.call.role)}"}
            refuses = partial(requests.send, headers=who, further=(checks.negative_data_rejection,))
            requests.for_each(requests.operations[name], GenerationMode.NEGATIVE, refuses, count=WRONG)
    record_property("counts", requests.counted)


def test_links_lead_on_from_answer_to_answer(team: Team, record_property: Callable[[str, object], None]) -> None:
    """A case, a letter, a filter or a colleague is made as its example says; links are followed from there."""
    # given
    requests, random = GeneratedRequests(team.app), Random() if PROVES else Random(1)  # noqa: S311 - it chooses what to test
    followed, lost = Counter[str](), set[str]()
    # when
    for _ in range(WALKS):
        seen = [requests.as_its_example(random.choice(STARTS), team.token)]
        for _ in range(STEPS if seen[0].links else 0):
            step = random.choice(seen)
            link = random.choice(step.links)
            answer = requests.follow(step, link, random, team.token)
            followed[link.operation_id] += 1
            if is_lost(step, link, answer):
                lost.add(f"{step.operation_id} → {link.operation_id}: {answer.answer.json()['code']}")
            if link.operation_id in ENDS:
                break
            if answer.links:
                seen.append(answer)
    # then
    record_property("counts", f"{followed.total()} links to {len(followed)} operations; {requests.counted}")
    assert not lost, "what an answer names is not there"
