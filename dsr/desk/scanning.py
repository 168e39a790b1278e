"""Malware that was found is noted in the log: where, and its name, without content."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dsr.domain.scanning import MalwareFound

log = logging.getLogger("dsr.scanning")


@contextmanager
def logged(where: str) -> Iterator[None]:
    """Note malware that is found meanwhile; `where` names ids only."""
    try:
        yield
    except MalwareFound as error:
        log.warning("malware %s in %s", error.facts.get("signature"), where)
        raise
