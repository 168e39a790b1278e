"""Fields and schemas of the API: strict input, complete output."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from dsr.api.enumerations import ENUMERATION
from dsr.api.recurring import RECURRING
from dsr.domain.email_address import email_address
from dsr.domain.request.reference import ALPHABET, reference_in

MAX_TEXT = 100_000
"""Characters of a free text; the size of a body is limited anyway."""

WITH_ZONE = "with zone, such as 2026-03-05T10:00:00+01:00"
"""How a time is written; alone, it says of no field what it means."""

_SIGNS = f"[{ALPHABET}{ALPHABET[8:].lower()}]{{4}}"
TYPED_REFERENCE = f"^([Dd][Ss][Rr][ -]?)?{_SIGNS}[ -]?{_SIGNS}$"
"""What a reference looks like as people type it, for the specification; a little more is understood."""

_FIRST_YEAR, _LAST_YEAR = 1990, 2200
_DATE = "(199[0-9]|2[01][0-9]{2}|2200)-[0-9]{2}-[0-9]{2}"
_TIME = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})"


class Body(Schema):
    """Base of request bodies and query strings; unknown fields are refused, with a list of those that there are."""

    class Meta:
        unknown = RAISE

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        known = ", ".join(sorted(each.data_key or name for name, each in self.load_fields.items()))
        self.error_messages["unknown"] = f"Unknown field. There are: {known}." if known else "There are no fields here."

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:  # noqa: ARG002 - the library's signature
        """A missing field is told in the service's own words, with its codes if it has any."""
        codes = field_obj.metadata.get(ENUMERATION)
        known = "" if codes is None else f" It is one of: {', '.join(codes)}."
        field_obj.error_messages["required"] = f"This field is missing.{known}"


class View(Schema):
    """Base of answers; every field is always present, and there are no others."""

    class Meta:
        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """All fields are required in the specification; one that recurs may leave its meaning to `RECURRING`.

        A time says nothing of how it is written, since each answer writes it in the same way.
        """
        field_obj.required = True
        said = field_obj.meaning if isinstance(field_obj, Instant) else field_obj.metadata.get("description")
        meaning = said or RECURRING.get(field_obj.data_key or field_name)
        others = {key: value for key, value in field_obj.metadata.items() if key != "description"}
        field_obj.metadata = others if meaning is None else others | {"description": meaning}


class Whole(validate.Regexp):
    """A pattern for the whole text; `$` alone would allow a final line break."""

    def __call__(self, value: Any) -> Any:
        """Raises ValidationError."""
        if self.regex.fullmatch(value) is None:
            raise ValidationError(self._format_error(value))
        return value


class Truth(fields.Boolean):
    """Only `true` or `false` in a JSON body; other values are not converted."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class WholeNumber(fields.Integer):
    """A whole number of a JSON body, which may write 7 as 7.0 (RFC 8259 §6); text and truth are not converted."""

    def _validated(self, value: Any) -> int:
        if not isinstance(value, int | float) or (isinstance(value, float) and not value.is_integer()):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Unscanned(Truth):
    """Whether a file of a stranger is opened without asking the scanner for malware."""

    def __init__(self) -> None:
        meaning = "true: open the file even if the scanner finds malware or is away, where it can do no harm."
        super().__init__(load_default=False, metadata={"description": meaning})


class Text(fields.String):
    """Free text without NUL, which databases and letters can't hold. A rule may refuse blank text."""

    def __init__(self, *, longest: int = MAX_TEXT, meaning: str = "", **kwargs: Any) -> None:
        metadata = {"description": meaning} if meaning else {}
        super().__init__(validate=validate.Length(max=longest), metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if "\x00" in text:
            raise ValidationError("A text can't hold the character NUL.")
        return text


class Email(Text):
    """An e-mail address, converted to its canonical form; blank means none."""

    def __init__(self, *, meaning: str = "", **kwargs: Any) -> None:
        super().__init__(longest=320, meaning=meaning, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        """Raises EmailAddressInvalid."""
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        return email_address(text) if text else ""


class Code(fields.String):
    """An identifier: of a controller, a system, a member of staff, a language."""

    def __init__(self, *, meaning: str = "", **kwargs: Any) -> None:
        super().__init__(
            validate=Whole(
                r"^[A-Za-z0-9*](?:[A-Za-z0-9._:-]{0,98}[A-Za-z0-9])?$",
                error="Use 1 to 100 letters, digits, dots, hyphens, underscores or colons, with a letter or digit at "
                "both ends, such as `callcentre-de`.",
            ),
            metadata={"description": meaning} if meaning else {},
            **kwargs,
        )


class Reference(fields.String):
    """The reference of a request as somebody typed it: any case, dashes and spaces."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            validate=validate.Length(1, 60),
            metadata={
                "description": "As it was told to the person, such as DSR-7KQ4-M2XN; any case and spaces will do.",
                "pattern": TYPED_REFERENCE,
            },
            **kwargs,
        )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        reference = reference_in(super()._deserialize(value, attr, data, **kwargs))
        if reference is None:
            raise ValidationError("A reference reads like DSR-7KQ4-M2XN, without 0, 1, I, L, O and U.")
        return reference


class Language(fields.String):
    """ISO 639-1."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            validate=Whole(r"^[a-z]{2}$", error="Use two small letters (ISO 639-1)."),
            metadata={"description": "ISO 639-1"},
            **kwargs,
        )


class Instant(fields.AwareDateTime):
    """RFC 3339 time with its zone; a time without a zone is refused."""

    default_error_messages = {  # noqa: RUF012 - as the library has it
        "invalid": "Write the time with its zone, such as 2026-03-05T10:00:00+01:00; in a query string, + is %2B.",
        "invalid_awareness": "The zone is missing: add Z or an offset, as in 2026-03-05T10:00:00+01:00.",
    }

    def __init__(self, *, meaning: str = "", **kwargs: Any) -> None:
        self.meaning = meaning
        super().__init__(
            format="iso",
            metadata={
                "description": f"{meaning} ({WITH_ZONE})" if meaning else WITH_ZONE,
                "format": "date-time",
                "pattern": f"^{_DATE}T{_TIME}$",
            },
            **kwargs,
        )

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        time: datetime = super()._deserialize(value, attr, data, **kwargs)
        if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
            raise ValidationError(f"The year must lie between {_FIRST_YEAR} and {_LAST_YEAR}.")
        return time.astimezone(UTC)


class Day(fields.Date):
    """ISO 8601 date."""

    default_error_messages = {  # noqa: RUF012 - as the library has it
        "invalid": "Write the date as year, month and day, such as 2026-03-05.",
    }

    def __init__(self, *, meaning: str = "", **kwargs: Any) -> None:
        metadata = {"pattern": f"^{_DATE}$"} | ({"description": meaning} if meaning else {})
        super().__init__(format="iso", metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        day = super()._deserialize(value, attr, data, **kwargs)
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise ValidationError(f"The year must lie between {_FIRST_YEAR} and {_LAST_YEAR}.")
        return day


class Choice(fields.Enum[Any]):
    """One of the codes of an enumeration."""

    def __init__(
        self, codes: type[StrEnum], *, offered: Sequence[StrEnum] = (), meaning: str = "", **kwargs: Any
    ) -> None:
        """`offered`: the codes that a form offers, where the domain refuses the others; empty: all."""
        super().__init__(codes, by_value=True, metadata=_of(codes, meaning), **kwargs)
        self.offered = tuple(offered) or tuple(codes)


class Ground(Code):
    """A code of an enumeration; the domain refuses other values, with its own error."""

    def __init__(self, codes: type[StrEnum], *, meaning: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {**self.metadata, **_of(codes, meaning)}


def _of(codes: type[StrEnum], meaning: str) -> dict[str, Any]:
    return {ENUMERATION: codes} | ({"description": meaning} if meaning else {})


class Tuple(fields.List[Any]):
    """A list that the domain takes as a tuple."""

    def __init__(
        self, of: fields.Field[Any], *, meaning: str = "", shortest: int = 0, longest: int = 1000, **kwargs: Any
    ) -> None:
        metadata = {"description": meaning} if meaning else {}
        super().__init__(of, validate=validate.Length(shortest, longest), metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))


class NoBody(Body):
    """A command without fields: send `{}`."""
