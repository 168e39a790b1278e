"""The page on OWASP ASVS 5.0 has a row for each requirement, and each row that is met names a test that there is."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = (ROOT / "docs" / "security" / "asvs.md").read_text(encoding="utf-8")

REQUIREMENTS: Final = {
    **{1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29},
    **{11: 14, 12: 9, 13: 13, 14: 9, 15: 13, 16: 16, 17: 7},
}
"""How many the standard has up to level 2, by chapter."""
LEVEL_1: Final = 70

MET, NOT_APPLICABLE, GAP = "met", "not applicable", "gap"


def rows() -> list[tuple[str, str, str, str, str]]:
    """Id, level, words, verdict, evidence."""
    found = re.findall(r"^\| (V\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| ([a-z ]+) \| (.+) \|$", PAGE, re.MULTILINE)
    return [(one, two, three, four, five) for one, two, three, four, five in found]


@cache
def names_in(file: str) -> set[str]:
    """`test` and `Class::test` in a file."""
    found = set[str]()
    for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return found


def test_every_requirement_of_both_levels_has_one_row() -> None:
    ids = [one for one, *_ in rows()]
    assert len(ids) == len(set(ids)) == 253
    assert Counter(int(one[1:].split(".")[0]) for one in ids) == REQUIREMENTS
    assert ids == sorted(ids, key=lambda one: [int(part) for part in one[1:].split(".")])
    assert sum(level == "1" for _, level, *_ in rows()) == LEVEL_1


def test_whatever_is_met_names_tests_that_there_are() -> None:
    for one, _, _, verdict, evidence in rows():
        named = re.findall(r"`(tests/[\w/]+\.py)::([\w:]+)`", evidence)
        if verdict == MET:
            assert named, f"{one} names no test"
            assert evidence.count("`tests/") == len(named), one
        assert [name for file, name in named if name not in names_in(file)] == [], one


def test_whatever_does_not_apply_has_a_reason() -> None:
    assert all(len(evidence) > 5 for *_, verdict, evidence in rows() if verdict == NOT_APPLICABLE)


def test_gaps_stand_at_the_top_and_are_counted() -> None:
    top = PAGE.partition("## Gaps\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| (V[\d.]+) \| .{10,} \|$", top, re.MULTILINE)
    verdicts = Counter(verdict for *_, verdict, _ in rows())
    assert listed == [one for one, _, _, verdict, _ in rows() if verdict == GAP]
    for verdict in (MET, NOT_APPLICABLE, GAP):
        assert f"| {verdict} | {verdicts[verdict]} |" in PAGE
    assert verdicts.total() == verdicts[MET] + verdicts[NOT_APPLICABLE] + verdicts[GAP]


def test_a_time_is_promised_for_libraries_with_a_weakness() -> None:
    promised = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    [sentence] = re.findall(r"^- A library with a known weakness is replaced .*\n(?:  .*\n)*", promised, re.MULTILINE)
    assert re.findall(r"within (\d+) days", sentence) == ["7", "30", "90"], "the worse, the sooner"
