"""A report as PDF, tagged for screen readers (PDF/UA-1), in the colours of the pages."""

import json
from dataclasses import asdict
from functools import cache
from importlib.resources import files

import typst

from dsr.desk.case_reports.report import CaseReport
from dsr.letters.paper import PaperUnprintable, fonts
from dsr.look import colours


def to_pdf(report: CaseReport) -> bytes:
    """The same report gives the same bytes. Raises PaperUnprintable."""
    told = json.dumps(asdict(report) | {"made_at": None}, ensure_ascii=False)
    given = {"report": told, "look": json.dumps(dict(colours()))}
    compiler = typst.Compiler(_source(), font_paths=fonts(), ignore_system_fonts=True, sys_inputs=given)
    try:
        pdf = compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=report.made_at.replace(microsecond=0))
    except typst.TypstError:
        # `None`: its message quotes the report.
        raise PaperUnprintable() from None
    assert isinstance(pdf, bytes)  # noqa: S101 - one document, not a page each
    return pdf


@cache
def _source() -> bytes:
    return (files(__package__) / "report.typ").read_bytes()
