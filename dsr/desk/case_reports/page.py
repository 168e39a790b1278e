"""A report as a page: it stands alone, without a script, and loads nothing from elsewhere."""

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dsr.desk.case_reports.report import CaseReport
from dsr.look import TOKENS

_TEMPLATES: Final = Environment(
    loader=PackageLoader("dsr.desk.case_reports", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals["tokens"] = Markup(TOKENS)  # noqa: S704 - our own style, not escaped


def to_html(report: CaseReport) -> bytes:
    """The page as UTF-8; every value is escaped."""
    return _TEMPLATES.get_template("report.html").render(report=report).encode()
