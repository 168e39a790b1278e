"""Malware that was found is put on record and noted in the log: where, and its name, without content."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from dsr.desk.caller import Call, Caller
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import retrying, unit_of_work
from dsr.domain.request.malware import Scanned
from dsr.domain.scanning import MalwareFound

log = logging.getLogger("dsr.scanning")

LONGEST = 100
"""Characters of a name that a scanner gives."""


@contextmanager
def noted(where: str, record: Callable[[str], None]) -> Iterator[None]:
    """Note malware that is found meanwhile, and let it be recorded by its name; `where` names ids only."""
    try:
        yield
    except MalwareFound as error:
        signature = str(error.facts.get("signature", ""))[:LONGEST]
        log.warning("malware %s in %s", signature, where)
        record(signature)
        raise


def on_case(
    repository: Repository,
    request_id: UUID,
    caller: Caller,
    file: Scanned,
    *,
    found_in: int | None = None,
    part: int | None = None,
) -> Callable[[str], None]:
    """Records malware by its name on a case, in a transaction of its own: what it was found in is refused."""

    def record(signature: str) -> None:
        def recorded() -> None:
            with unit_of_work(repository, Call(caller)) as work:
                case = repository.request(request_id, caller)
                acting = repository.acting_on(case, work.acting)
                case.note_malware(acting, file=file, signature=signature, found_in=found_in, part=part)
                work.add(case)

        retrying(recorded)

    return record
