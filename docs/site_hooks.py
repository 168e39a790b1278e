"""Hooks of mkdocs for this repository: `make site`.

README and its neighbours are pages of the site, although they are outside `docs`. A link to a file that is not a page
(code, tests) loses its target, since the site has no such file.
"""

import posixpath
import re
from pathlib import Path
from typing import Any, Final

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).parent.parent

BESIDE: Final = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}
"""Pages from the root of the repository, by their names in the site."""

_SOURCES: Final = {page: source for source, page in BESIDE.items()}
_LINK: Final = re.compile(r"\[([^\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
_FETCHED: Final = re.compile(r'(?:\bsrc|<link[^>]*\bhref)="(?:https?:)?//')
_PICTURE: Final = re.compile(r'(<img src=")([^"]+)(")')


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that stand beside `docs`."""
    for source, page in BESIDE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Files) -> str:  # noqa: ARG001 - mkdocs' signature
    """Let links lead to pages of the site."""
    here = page.file.src_uri
    stands_in = posixpath.dirname(_SOURCES.get(here) or f"docs/{here}")

    def in_site(target: str) -> str | None:
        path = posixpath.normpath(posixpath.join(stands_in, target))
        uri = BESIDE.get(path) or (path.removeprefix("docs/") if path.startswith("docs/") else None)
        found = uri is not None and files.get_file_from_path(uri) is not None
        return posixpath.relpath(uri, posixpath.dirname(here) or ".") if uri is not None and found else None

    def link(match: re.Match[str]) -> str:
        text, target, anchor = match.groups()
        if ":" in target:
            return match[0]
        aim = in_site(target)
        return text if aim is None else f"[{text}]({aim}{anchor or ''})"

    def picture(match: re.Match[str]) -> str:
        return f"{match[1]}{in_site(match[2]) or match[2]}{match[3]}"

    return _PICTURE.sub(picture, _LINK.sub(link, markdown))


def on_post_page(output: str, *, page: Any, config: Any) -> str:  # noqa: ARG001 - mkdocs' signature
    """Let no page fetch anything from another host. Raises PluginError."""
    if _FETCHED.search(output):
        raise PluginError(f"{page.file.src_uri} would fetch something from another host")
    return output
