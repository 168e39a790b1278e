"""A controller's own templates, which replace built-in ones: `<controller_id>/<kind>.html.j2` below one folder.

Each is rendered before the service starts: every variant of its letter, in every language, with sample fields. A
template that fails or omits a required statement prevents the start; the error names it.
"""

from pathlib import Path
from typing import Final

from dsr.domain.request.errors import LetterIncomplete
from dsr.domain.request.letters import LetterKind
from dsr.letters.errors import LetterTemplateInvalid
from dsr.letters.render import render
from dsr.letters.samples import sample_letters
from dsr.letters.templating import SUFFIX, Templates
from dsr.letters.words import LANGUAGES

_DEPTH: Final = 2
"""Path segments: a folder for the controller, a file for the kind."""


def load_templates(folder: Path | None, *, english_if_untranslated: bool = False) -> Templates:
    """The templates in force; None: the program's own. `english_if_untranslated`: see `Templates`.

    Raises LetterTemplateInvalid, which names the first invalid file, the language in which it fails, and the statements
    it omits.
    """
    if folder is None:
        return Templates(english_if_untranslated=english_if_untranslated)
    if not folder.is_dir():
        raise LetterTemplateInvalid(f"{folder}: there is no such folder.", file=str(folder))
    found = {path: _name(path, folder) for path in sorted(folder.rglob("*")) if _is_ours(path, folder)}
    sources = {name: _read(path) for path, name in found.items()}
    templates = Templates(sources, english_if_untranslated=english_if_untranslated)
    for path, name in found.items():
        _try(templates, path, *name.split("/"))
    return templates


def _is_ours(path: Path, folder: Path) -> bool:
    """Whether a file is a template; files that start with a dot, of editors or version control, are not."""
    return path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)


def _name(path: Path, folder: Path) -> str:
    """`<controller_id>/<kind>`. Raises LetterTemplateInvalid for any other path, since an ignored file would be a
    mistake.
    """
    parts = path.relative_to(folder).parts
    kind = parts[-1].removesuffix(SUFFIX)
    if len(parts) != _DEPTH or not parts[-1].endswith(SUFFIX) or kind not in set(LetterKind):
        known = ", ".join(sorted(LetterKind))
        raise LetterTemplateInvalid(
            f"{path}: a template is named <controller id>/<kind>{SUFFIX}; kinds: {known}.", file=str(path)
        )
    return f"{parts[0]}/{kind}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LetterTemplateInvalid(f"{path}: it can't be read as UTF-8.", file=str(path)) from error


def _try(templates: Templates, path: Path, controller_id: str, kind: str) -> None:
    for language in LANGUAGES:
        for fields in sample_letters(LetterKind(kind), language):
            try:
                render(fields, templates, controller_id=controller_id)
            except LetterIncomplete as error:
                missing = error.facts["missing"]
                raise LetterTemplateInvalid(
                    f"{path}: in '{language}' it does not state: {', '.join(map(str, missing))}.",  # type: ignore[call-overload]
                    file=str(path),
                    language=language,
                    missing=missing,
                ) from None
            except LetterTemplateInvalid as error:
                raise LetterTemplateInvalid(
                    f"{path}: in '{language}': {error.detail}", file=str(path), language=language
                ) from error
