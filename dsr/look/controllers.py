"""What an organisation and its controllers look like: a name, a logo, one colour (`DSR_LOOK`).

The file is TOML, with a table `[organisation]` for pages of no one controller and one `[controllers.ID]` for each that
differs; logos lie beside it. All of it is looked at when the service starts, so that nobody finds out from a visitor
that a colour can't be read or that a logo runs a script.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from dsr.look import colours, contrast
from dsr.look.logo import Logo, LogoRefused, read_logo
from dsr.settings import SettingsInvalid

LEAST_CONTRAST: Final = 4.5
"""Of text and of what stands on a button (WCAG 2.2, 1.4.3)."""

ORGANISATION: Final = "organisation"
"""The table for every page that is of no one controller."""

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_LONGEST_NAME: Final = 60
_FIELDS: Final = frozenset({"name", "logo", "colour"})


@dataclass(frozen=True)
class Look:
    """The look of the organisation, or of one of its controllers; what is not set is as without a setting."""

    name: str = ""
    colour: str = ""
    """`#rrggbb`, as it is used in the light; one for the dark follows from it."""
    logo: Logo | None = None

    @property
    def style(self) -> str:
        """The tokens that differ, as CSS."""
        if not self.colour:
            return ""
        dark = colours(dark=True)
        by_day = _tokens(self.colour, "#ffffff", colours()["paper"])
        by_night = _tokens(in_the_dark(self.colour), dark["on-accent"], dark["paper"])
        return f":root {{ {by_day} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {by_night} }} }}\n"


@dataclass(frozen=True)
class Looks:
    """All looks of an installation."""

    organisation: Look = Look()
    controllers: Mapping[str, Look] = field(default_factory=dict)
    """With what each takes over from the organisation."""

    def of(self, controller_id: str | None) -> Look:
        """Of a controller; of no one, or of one that does not differ: the organisation's."""
        return self.controllers.get(controller_id or "", self.organisation)


def read_looks(path: Path | None) -> Looks:
    """The looks in this file; without one, none. Raises SettingsInvalid."""
    if path is None:
        return Looks()
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsInvalid(
            [f"DSR_LOOK: {path} can't be read ({error.strerror}). Name a file that the service may read."]
        ) from None
    except ValueError as error:
        raise SettingsInvalid([f"DSR_LOOK: {path} is not TOML: {error}."]) from None
    problems: list[str] = []
    if unknown := sorted(tables.keys() - {ORGANISATION, "controllers"}):
        problems.append(f"DSR_LOOK: there is no table {unknown[0]}. Use [organisation] and [controllers.ID].")
    organisation = _look(ORGANISATION, tables.get(ORGANISATION, {}), path.parent, problems)
    given = tables.get("controllers", {})
    controllers = {
        controller_id: _over(organisation, _look(f"controllers.{controller_id}", table, path.parent, problems))
        for controller_id, table in (given.items() if isinstance(given, dict) else ())
    }
    if problems:
        raise SettingsInvalid(problems)
    return Looks(organisation, controllers)


def in_the_dark(colour: str) -> str:
    """The colour, lightened until it can be read on dark grounds, and dark words on it."""
    dark = colours(dark=True)
    grounds = (dark["paper"], dark["desk"], dark["on-accent"])
    return next(
        shade
        for shade in (_mixed(colour, "#ffffff", part / 20) for part in range(21))
        if all(contrast(shade, _mixed(ground, shade, 0.12)) >= LEAST_CONTRAST for ground in grounds)
    )


def _look(name: str, table: Any, folder: Path, problems: list[str]) -> Look:
    if not isinstance(table, dict):
        problems.append(f"DSR_LOOK: {name} must be a table, such as [{name}].")
        return Look()
    problems += [
        f"DSR_LOOK: [{name}] has no setting {each}. It takes name, logo and colour."
        for each in sorted(table.keys() - _FIELDS)
    ]
    texts = {each: table.get(each, "") for each in _FIELDS}
    if wrong := [each for each, value in sorted(texts.items()) if not isinstance(value, str)]:
        problems.append(f"DSR_LOOK: [{name}] {wrong[0]} must be text, in quotation marks.")
        return Look()
    look = Look(name=" ".join(texts["name"].split()), colour=texts["colour"].lower())
    problems += [f"DSR_LOOK: [{name}] {each}" for each in _wrong(look)]
    if texts["logo"]:
        try:
            look = replace(look, logo=read_logo(folder / texts["logo"]))
        except LogoRefused as refused:
            problems.append(f"DSR_LOOK: [{name}] logo: {refused}")
    return look


def _wrong(look: Look) -> Iterator[str]:
    if len(look.name) > _LONGEST_NAME:
        yield f"name: {len(look.name)} characters are too long for a line. Use {_LONGEST_NAME} at most."
    if not look.colour:
        return
    if not _COLOUR.fullmatch(look.colour):
        yield "colour: write it as #rrggbb, such as #0b4f9e."
        return
    found = _least(look.colour)
    if found < LEAST_CONTRAST:
        darker = next(
            shade
            for shade in (_mixed(look.colour, "#000000", part / 20) for part in range(21))
            if _least(shade) >= LEAST_CONTRAST
        )
        yield (
            f"colour: {look.colour} has a contrast of {found:.1f} to 1 with the pages, and text and buttons need "
            f"{LEAST_CONTRAST}. Take a darker one, such as {darker}."
        )


def _least(colour: str) -> float:
    """The least contrast with anything that it stands on in the light."""
    light = colours()
    return min(contrast(colour, each) for each in (light["paper"], light["desk"], _wash(colour, light["paper"])))


def _over(organisation: Look, own: Look) -> Look:
    return Look(own.name or organisation.name, own.colour or organisation.colour, own.logo or organisation.logo)


def _tokens(colour: str, on_it: str, paper: str) -> str:
    return f"--accent: {colour}; --on-accent: {on_it}; --wash: {_wash(colour, paper)};"


def _wash(colour: str, paper: str) -> str:
    return _mixed(paper, colour, 0.08)


def _mixed(one: str, other: str, part: float) -> str:
    """`part` of the other colour in the first one."""
    pairs = ((int(one[place : place + 2], 16), int(other[place : place + 2], 16)) for place in (1, 3, 5))
    return "#" + "".join(f"{round(first + (second - first) * part):02x}" for first, second in pairs)
