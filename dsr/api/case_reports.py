"""The report of one case for a person at an authority, as a page and as PDF (GDPR Art. 31, 58(1))."""

from typing import Final
from uuid import UUID

from flask import Response

from dsr.api.context import caller, desk
from dsr.api.operation import allow
from dsr.api.resource import Resource
from dsr.api.roles import READERS
from dsr.desk.case_reports import to_html, to_pdf

_POLICY: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'"
"""The page has its style in itself."""

bp = Resource("case-reports", "/requests/<uuid:request_id>", "What an authority reads about one request.")


@bp.get("/report.html")
@allow(*READERS)
@bp.hands_out(("text/html",), "A page that stands alone.", attached=False)
def show_case_report(request_id: UUID) -> Response:
    """Report a request from its events: dates with their steps, decisions, searches, letters, openings, and what was
    destroyed. Sealed parts are named, not opened.
    """
    response = Response(to_html(desk().case_reports.report(request_id, caller())), mimetype="text/html")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@bp.get("/report.pdf")
@allow(*READERS)
@bp.hands_out(("application/pdf",), "The same on paper, tagged for screen readers (PDF/UA).")
def print_case_report(request_id: UUID) -> Response:
    """Report a request from its events, as PDF."""
    report = desk().case_reports.report(request_id, caller())
    response = Response(to_pdf(report), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{report.reference}.pdf"'
    return response
