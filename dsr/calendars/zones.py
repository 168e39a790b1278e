"""The time zone of a country's capital."""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dsr.domain.errors import Invalid

_CAPITALS = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",  # Canberra
    "BR": "America/Sao_Paulo",  # Brasília
    "CA": "America/Toronto",  # Ottawa
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",  # Beijing
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",  # Quito
    "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei",  # Palikir
    "GL": "America/Nuuk",
    "ID": "Asia/Jakarta",
    "KI": "Pacific/Tarawa",
    "KZ": "Asia/Almaty",  # Astana
    "MH": "Pacific/Majuro",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",  # Wellington
    "PF": "Pacific/Tahiti",  # Papeete
    "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Hebron",  # Ramallah
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",  # Washington
    "UZ": "Asia/Tashkent",
    "XK": "Europe/Belgrade",  # Pristina; the time zone database has no row for it
}
"""Countries with several zones, and those that the time zone database leaves out."""


class CountryUnknown(Invalid):
    """No calendar or capital is known for this country. Give its ISO 3166-1 alpha-2 code, and name the time zone."""

    code = "country-unknown"


class ZoneUnknown(Invalid):
    """There is no such time zone. Give a name of the IANA database, such as Europe/Berlin."""

    code = "zone-unknown"


def capital_zone(country: str) -> str:
    """The IANA zone of the capital. Raises CountryUnknown, also for a country with several zones and no known
    capital.
    """
    if country in _CAPITALS:
        return _CAPITALS[country]
    zones = _zones_of_countries().get(country, ())
    if len(zones) != 1:
        raise CountryUnknown(country=country)
    return zones[0]


def require_zone(zone: str) -> None:
    """Raises ZoneUnknown unless the time zone database has it."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a folder of zones is an OSError
        raise ZoneUnknown(zone=zone) from error


@cache
def _zones_of_countries() -> dict[str, tuple[str, ...]]:
    """All zones of each country, from the table in `tzdata`."""
    zones: dict[str, tuple[str, ...]] = {}
    for line in (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            country, _coordinates, zone, *_comment = line.split("\t")
            zones[country] = (*zones.get(country, ()), zone)
    return zones
