"""Audit bundles made in tests."""

from dsr.desk.bundles import parse_scope
from dsr.desk.caller import Call, service
from tests.desk.office import Office


def bundle_of(office: Office, *scope: str) -> bytes:
    """The bundle of a scope, as a file."""
    prepared = office.desk.bundles.prepare(parse_scope(scope), Call(service("audit")))
    return b"".join(prepared.chunks(lambda _what, _number: None))


def log_key(office: Office) -> str:
    """The public key that an authority gets by another way than the bundle."""
    return office.desk.evidence.log_keys()[0].verifier
