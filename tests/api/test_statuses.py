"""Each error has one status: that of its category, or an exception."""

import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import dsr
from dsr.api.statuses import status_of, statuses
from dsr.domain.errors import DomainError, all_errors, categories_of_errors

PUBLISHED: Final = Path(__file__).with_name("published_statuses.json")
"""The status of each code when errors got their categories. Codes and their statuses are public: they stay."""


@pytest.fixture(scope="module", autouse=True)
def _the_whole_package() -> None:
    for module in pkgutil.walk_packages(dsr.__path__, "dsr."):
        if not module.name.startswith("dsr._alembic") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def test_every_published_code_keeps_its_status() -> None:
    published: dict[str, int] = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    now = {error.code: status for error, status in statuses().items()}
    assert {code: now.get(code) for code in published} == published


def test_every_error_of_the_package_has_one_category_and_a_status() -> None:
    ours = {error for error in all_errors() if error.__module__.startswith("dsr.")}
    assert set(statuses()) == ours
    assert {error.__name__ for error in ours if len(categories_of_errors() & set(error.__mro__)) != 1} == set()


def test_every_category_has_a_status_of_its_own() -> None:
    of_category = {category: status_of(category) for category in categories_of_errors()}
    assert len(set(of_category.values())) == len(of_category)


def test_codes_are_unique_and_kebab_case() -> None:
    codes = [error.code for error in statuses()]
    assert len(codes) == len(set(codes))
    assert all(code == code.lower() and " " not in code and "_" not in code for code in codes)


def test_an_error_without_a_category_cannot_be_defined() -> None:
    with pytest.raises(TypeError, match=r"^ExtensionOfWithdrawal has no category: derive it from one of .*Refused.*"):
        type("ExtensionOfWithdrawal", (DomainError,), {"code": "extension-of-withdrawal"})


def test_a_server_lists_every_error_whatever_else_its_process_imports() -> None:
    program = "import dsr.api.wsgi\nfrom dsr.api.statuses import statuses\nfor error in statuses(): print(error.code)"
    server = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert sorted(server.stdout.splitlines()) == sorted(error.code for error in statuses())
