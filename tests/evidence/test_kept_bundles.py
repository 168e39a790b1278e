"""A bundle of each format that was ever released still verifies: authorities keep them for years."""

from pathlib import Path

import pytest

from dsr.desk.bundles.stream import FORMAT
from dsr.evidence.verifier import verify
from tests.bundles import KEPT


@pytest.mark.parametrize("kept", sorted(KEPT.glob("*.zip")), ids=lambda path: path.stem)
def test_a_bundle_of_an_earlier_format_still_verifies(kept: Path) -> None:
    with kept.open("rb") as file:
        report = verify.verify(file, [kept.with_suffix(".key").read_text(encoding="utf-8")])
    assert report.all_holds, report.in_words()


def test_one_bundle_of_each_format_is_kept() -> None:
    numbers = tuple(sorted(int(path.stem) for path in KEPT.glob("*.zip")))
    assert (numbers, max(numbers)) == (verify.FORMATS, FORMAT)
