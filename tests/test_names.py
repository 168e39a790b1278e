"""A name means one thing: no two public classes of the program share one."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent


def classes(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and file of each public class that stands in a module itself, not in a function or in another class."""
    for path in sorted(folder.rglob("*.py")):
        for each in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(each, ast.ClassDef) and not each.name.startswith("_"):
                yield each.name, path.relative_to(folder.parent).as_posix()


def shared(named: Iterator[tuple[str, str]]) -> Mapping[str, list[str]]:
    """The names that stand in more than one file, with the files."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, path in named:
        places[name].append(path)
    return {name: paths for name, paths in places.items() if len(paths) > 1}


def test_no_two_public_classes_share_a_name() -> None:
    assert shared(classes(ROOT / "dsr")) == {}, "give each the noun of its own field"


def test_a_name_that_two_files_use_is_found(tmp_path: Path) -> None:
    # given
    for name, text in {
        "one.py": "class Day: ...\nclass _Reader: ...",
        "two.py": "class Day: ...\nclass _Reader: ...",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    # then
    assert shared(classes(tmp_path)) == {"Day": [f"{tmp_path.name}/one.py", f"{tmp_path.name}/two.py"]}
