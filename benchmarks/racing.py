"""A thousand links to packages, each opened by thirty-two at once over HTTP, two processes answering.

All of a link get the same session and hour, and each opening is recorded. The run fails where one is not.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from threading import Barrier
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from benchmarks.places import CALL, Place, installed
from benchmarks.results import Result
from benchmarks.serving import PROCESSES, service
from benchmarks.watching import Watching
from dsr.bootstrap import Service
from dsr.desk.exports import Link
from dsr.desk.new_case import Person
from dsr.desk.search_lists import SystemReport
from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.values import Channel, Provenance
from dsr.domain.rights import Right

LINKS: Final = 1_000
RACERS: Final = 32
_PATIENCE: Final = 60
"""Seconds that a racer waits for the others, who may have failed."""


def run(place: Place, watching: Watching) -> list[Result]:
    """Let all race, link after link."""
    environment = place.environment("racing") | {"DSR_TRUSTED_PROXIES": "127.0.0.0/8"}
    with installed(environment) as made:
        links = offered_links(made, watching.steps(f"packages to race for, {place.kind}", LINKS))
        with service(environment, threads=RACERS // PROCESSES) as url:
            step = watching.steps(f"{RACERS} racers a link, {place.kind}", LINKS)
            started = time.perf_counter()
            rounds = _raced(url, links, step)
            seconds = time.perf_counter() - started
        for number, answers in enumerate(rounds):
            if {status for status, _ in answers} != {200} or len(set(answers)) != 1:
                raise RuntimeError(f"link {number} was answered with {Counter(status for status, _ in answers)}")
        recorded = sum(each.name == "dsr.export.redeemed" for each in made.log.read())
        if recorded != LINKS * RACERS:
            raise RuntimeError(f"the log has {recorded} redemptions by {LINKS * RACERS} racers")
    return [
        Result(
            f"{len(rounds):,} links × {RACERS} racers: {recorded:,} openings in {seconds:.0f} s",
            place.kind,
            f"{LINKS * RACERS / seconds:,.0f}/s",
            "–",
            None,
            "one session each",
            met=True,
        )
    ]


def offered_links(made: Service, step: Callable[[], None]) -> list[Link]:
    """Each to a package of its own; all of one case."""
    desk = made.desk
    entered = desk.entry.enter_request(
        CALL,
        controller_id="callcentre-de",
        channel=Channel.TELEPHONE,
        received_at=datetime.now(UTC) - timedelta(days=1),
        person=Person(name="Robin Example", email="robin@mail.example"),
        text="Please send me a copy of my data.",
        language="en",
    )
    case = UUID(entered.resource_id)
    desk.triage.register(case, CALL, rights=(Right.ACCESS,), direct_marketing=False)
    desk.items.grant(case, "access", CALL)
    desk.collection.collect(
        case,
        "access",
        CALL,
        content=b'[{"number": "0301234567"}]',
        media_type="application/json",
        name="calls",
        system="crm",
        purpose="Customer relations",
        provenance=Provenance.OBSERVED,
        fields=(FieldDescription("number", "The number that called", Provenance.OBSERVED),),
        collected_at=None,
    )
    listed, _ = desk.search_lists.of_item(case, "access", CALL.caller)
    reports = [
        SystemReport("crm", SearchResult.FOUND)
        if system == "crm"
        else SystemReport(system, SearchResult.NOTHING, identifiers="robin@mail.example")
        for system in listed.open
    ]
    desk.search_lists.account(case, "access", CALL, reports=reports)
    links = []
    for _ in range(LINKS):
        export = UUID(desk.exports.prepare(case, "access", CALL).resource_id)
        links.append(desk.exports.link(desk.exports.offer(export, CALL)))
        step()
    return links


def _raced(url: str, links: Sequence[Link], step: Callable[[], None]) -> list[tuple[tuple[int, bytes], ...]]:
    """What each link was answered with: status and body."""
    start = Barrier(RACERS, action=step)  # which all pass together

    def race(racer: int) -> list[tuple[int, bytes]]:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=_PATIENCE)
        answers = []
        for number, link in enumerate(links):
            # Each comes from a network of its own, which has twenty attempts a minute.
            headers = {"Content-Type": "application/json", "X-Forwarded-For": f"10.{number % 250}.{racer}.1"}
            body = json.dumps({"token": link.token, "password": link.password})
            start.wait(_PATIENCE)
            connection.request("POST", "/api/v1/exports/redemption", body, headers)
            answer = connection.getresponse()
            answers.append((answer.status, answer.read()))
        connection.close()
        return answers

    with ThreadPoolExecutor(RACERS) as threads:
        return list(zip(*threads.map(race, range(RACERS)), strict=True))
