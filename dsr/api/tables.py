"""Tables as files for spreadsheets: CSV, and XLSX with real dates and numbers. No cell is ever a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import xlsxwriter

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""Media types."""

TYPES: Final = {"csv": CSV, "xlsx": XLSX}
"""By the ending of a file's name."""

TableCell = str | int | float | bool | date | None

_STARTS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Characters with which a spreadsheet begins a formula (CWE-1236)."""

_NEVER: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}


def table_file(media_type: str, header: Sequence[str], rows: Iterable[Sequence[TableCell]]) -> bytes:
    """The rows under their header, as a file of this type."""
    return _as_xlsx(header, rows) if media_type == XLSX else _as_csv(header, rows)


def _as_csv(header: Sequence[str], rows: Iterable[Sequence[TableCell]]) -> bytes:
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(header)
    writer.writerows([_harmless(each) for each in row] for row in rows)
    return lines.getvalue().encode()


def _harmless(cell: TableCell) -> TableCell:
    """A text that would be a formula begins with an apostrophe; true and false are as in JSON."""
    if isinstance(cell, bool):
        return str(cell).lower()
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_STARTS_FORMULA) else cell


def _as_xlsx(header: Sequence[str], rows: Iterable[Sequence[TableCell]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _NEVER) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, header, book.add_format({"bold": True}))
        widths = [len(each) for each in header]
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                sheet.write(number, place, cell)
                widths[place] = max(widths[place], len(str(cell)))
        for place, width in enumerate(widths):
            sheet.set_column(place, place, min(width, 60) + 2)
    return file.getvalue()
