"""Letters of an office."""

import pytest

from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office


@pytest.fixture
def letters(office: Office) -> Letters:
    return Letters(office)
