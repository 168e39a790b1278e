"""The report of one case for a person at an authority: what happened, who decided, why each date is what it is
(GDPR Art. 5(2), 31, 58(1)).

`report.py` says it in sections of plain text; `page.py` shows them as HTML, `paper.py` as PDF.
"""

from dsr.desk.case_reports.page import to_html
from dsr.desk.case_reports.paper import to_pdf
from dsr.desk.case_reports.report import CaseReport, CaseReportDesk, ReportSection

__all__ = ["CaseReport", "CaseReportDesk", "ReportSection", "to_html", "to_pdf"]
