"""How a record of processing gets in: read from YAML, checked against its schema, with the line of every problem."""

from dsr.ropa.authorities import AUTHORITIES, AuthorityUnknown, authorities_of, authority
from dsr.ropa.loader import LoadedRopa, load
from dsr.ropa.schema import SCHEMA

__all__ = [
    "AUTHORITIES",
    "SCHEMA",
    "AuthorityUnknown",
    "LoadedRopa",
    "authorities_of",
    "authority",
    "load",
]
