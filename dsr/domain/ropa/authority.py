"""Supervisory authorities (GDPR Art. 51), which receive complaints of data subjects (Art. 77)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Authority:
    """An authority as letters present it; public facts only."""

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
    """ISO 639-1: languages accepted for complaints, preferred first."""
    email: str | None = None
    complaint_url: str | None = None
    """Page or form for complaints, if any."""
    region: str | None = None
    """In a federal state, the part of the country it is competent for; empty: the whole country or its federal
    bodies.
    """
