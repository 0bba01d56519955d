import copy

import pytest
import rendering


@pytest.fixture(scope="session")
def _rendered() -> list[dict]:
    return rendering.applications()


@pytest.fixture
def applications(_rendered) -> list[dict]:
    """Applications and AppProjects; a copy, to break."""
    return copy.deepcopy(_rendered)
