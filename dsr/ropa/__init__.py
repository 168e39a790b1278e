"""Loading a record of processing: read from YAML and checked against its schema, with the line of every problem."""

from pathlib import Path
from typing import Final

from dsr.ropa.authorities import AUTHORITIES, AuthorityUnknown, authorities_of, authority
from dsr.ropa.loader import LoadedRopa, load
from dsr.ropa.schema import SCHEMA

__all__ = [
    "AUTHORITIES",
    "EXAMPLE",
    "SCHEMA",
    "AuthorityUnknown",
    "LoadedRopa",
    "authorities_of",
    "authority",
    "load",
]

EXAMPLE: Final = Path(__file__).with_name("example.yaml")
"""A record of processing to start from: a group of nineteen joint controllers. `example.py` adds languages to it."""
