"""Supervisory authorities (GDPR Art. 51): to whom a data subject may complain (Art. 77)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Authority:
    """What a letter says of the authority; public facts only."""

    id: str
    """Slug that starts with the country: `fr-cnil`, `de-berlin`."""
    country: str
    """ISO 3166-1 alpha-2."""
    name: str
    """In the authority's own language."""
    name_en: str
    address: tuple[str, ...]
    """Postal address, one line each, without the name; the last line is the country in English."""
    phone: str
    web: str
    languages: tuple[str, ...]
    """ISO 639-1: in which a complaint may be written, the preferred one first."""
    email: str | None = None
    complaint_url: str | None = None
    """Page or form for complaints, where there is one."""
    region: str | None = None
    """Of a federal state: the part of the country it answers for; none = the whole country or its federal bodies."""
