"""Errors of uploaded data. They carry places and counts, never content."""

from dsr.domain.errors import Invalid


class DataTooLarge(Invalid):
    """The file, or one record in it, is larger than this service accepts. Split it into several data sets."""

    code = "data-too-large"


def require_size(content: bytes, max_bytes: int, *, remedy: str) -> None:
    """Raise DataTooLarge for a file of more bytes than this; `remedy` says what to do then."""
    if len(content) > max_bytes:
        raise DataTooLarge(
            f"The file is larger than {max_bytes / (1 << 20):.1f} MiB, the most that this service accepts. {remedy}",
            size=len(content),
            max_bytes=max_bytes,
        )


class DataUnreadable(Invalid):
    """The file does not match its stated format. Export it from the system again, as UTF-8."""

    code = "data-unreadable"


class DataFormatUnknown(Invalid):
    """Upload data as JSON (application/json) or CSV (text/csv), and say which as the media type of the part `file`, as
    in `curl -F 'file=@data.csv;type=text/csv'`.
    """

    code = "data-format-unknown"


class DataFieldsUndescribed(Invalid):
    """Every field of the data needs a description in words for the data subject (GDPR Art. 12(1))."""

    code = "data-fields-undescribed"


class DataSetNameInvalid(Invalid):
    """The name of a data set has 1 to 60 lower-case letters, digits or hyphens and starts with a letter or digit, as in
    `crm-contacts`. Names that Windows keeps for devices, such as `con` or `aux`, are refused.
    """

    code = "data-set-name-invalid"
