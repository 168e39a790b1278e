"""HTML pages of a package, which explain its content in plain words in the person's language.

Each page is self-contained: inline style, no script, nothing loaded from elsewhere. Every value is escaped.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dsr.domain.export import ExportKind
from dsr.domain.request.data_set import DataSet
from dsr.exports.data_file import as_text
from dsr.exports.information import Information, quoted, told
from dsr.exports.language import PackageLanguage
from dsr.exports.redaction import is_marker
from dsr.exports.strict_json import Record
from dsr.look import TOKENS

RECORDS_SHOWN: Final = 500
"""Maximum number of records on a page, fewer if they are long, so that any browser can open it; the file has them
all.
"""
SIGNS_SHOWN: Final = 1 << 20
"""Maximum number of characters of these records in the file, counted to the end of the last one."""

_DIRECTIONS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that change the direction of what follows them: a value could show itself, or its neighbours, reversed."""


def _visible(value: Any) -> Any:
    """A value as it is shown: marks of direction are written out, as `\u27e8U+202E\u27e9`."""
    if not isinstance(value, str) or not _DIRECTIONS.search(value):
        return value
    return type(value)(_DIRECTIONS.sub(lambda mark: f"\u27e8U+{ord(mark[0]):04X}\u27e9", value))


def in_words(name: str) -> str:
    """What people read instead of the name of a data set: `customer-calls` → `Customer calls`. That of a file stays."""
    return name if "." in name else f"{name[:1].upper()}{name[1:].replace('-', ' ')}"


_TEMPLATES: Final = Environment(
    loader=PackageLoader("dsr.exports"),
    autoescape=True,
    finalize=_visible,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["in_words"] = in_words
_TEMPLATES.globals["tokens"] = Markup(TOKENS)  # noqa: S704 - our own style, not escaped


def write_page(
    manifest: dict[str, Any], information: Information, language: PackageLanguage, *, is_whole: bool
) -> bytes:
    """The page as UTF-8, for a manifest that lists its data files and attachments.

    Redactions are shown as in the manifest, times in the zone of the answering controller. `is_whole`: nothing was left
    out of the search either. Raises KeyError if the catalogue lacks a text.
    """
    zone = ZoneInfo(information.record.controller(information.controller_id).zone)
    template = _TEMPLATES.get_template("index.html")
    page = template.render(
        manifest=manifest,
        whole=is_whole,
        points=told(information, language.as_markup()),
        systems={system.id: quoted(information.record, system.name, language) for system in information.record.systems},
        controllers={one["id"]: one["name"] for one in (manifest["controller"], *manifest["joint_controllers"])},
        say=language,
        when=lambda instant: language.moment(datetime.fromisoformat(instant).astimezone(zone)),
    )
    return page.encode()


class FirstRecords:
    """The records shown on a data file's page, gathered while all records are streamed."""

    def __init__(self) -> None:
        self.shown: list[Record] = []
        self.total = 0
        """Number of records seen."""

    def gathering(self, records: Iterable[Record]) -> Iterator[Record]:
        """The same records."""
        signs = 0
        for record in records:
            self.total += 1
            if self.total <= RECORDS_SHOWN and signs < SIGNS_SHOWN:
                self.shown.append(record)
                signs += len(as_text(record))
            yield record


def write_records_page(
    data_set: DataSet, records: FirstRecords, *, path: str, kind: ExportKind, language: PackageLanguage
) -> Iterator[bytes]:
    """A page with the first records of one data file; `path` is that of the file."""
    meanings = {field.name: field.description for field in data_set.fields}
    pieces = _TEMPLATES.get_template("records.html").generate(
        name=in_words(data_set.name),
        kind=kind.value,
        path=path,
        total=records.total,
        records=records.shown,
        lines=lambda record: _lines(record, "", "", meanings, language),
        say=language,
    )
    while gathered := "".join(islice(pieces, _PIECES)):
        yield gathered.encode()


_PIECES: Final = 1000
"""Number of template pieces joined before writing."""


def _lines(
    value: Any, place: str, path: str, meanings: dict[str, str], language: PackageLanguage
) -> Iterator[tuple[str, str, str]]:
    """Place, meaning and content of each value in a record; array members are numbered from 1."""
    if is_marker(value):
        yield place, meanings.get(path, ""), language("records.hidden")
    elif isinstance(value, dict) and value:
        for key, inner in value.items():
            below = f"{path}.{key}" if path else key
            yield from _lines(inner, f"{place} › {key}" if place else key, below, meanings, language)
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value, 1):
            yield from _lines(inner, f"{place} {number}", path, meanings, language)
    else:
        yield place, meanings.get(path, ""), as_text(value)
