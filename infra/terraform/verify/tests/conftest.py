import pathlib

import mirror
import pytest
import terraform

TOOLS = terraform.CONFIGURATIONS / ".tools"


@pytest.fixture(scope="session")
def wheels() -> dict[str, pathlib.Path]:
    """The typed packages, by provider."""
    return mirror.packages(TOOLS / "wheels")


@pytest.fixture(scope="session")
def tree(tmp_path_factory) -> terraform.Tree:
    """All configurations as they are, initialized. Not to be changed."""
    providers = mirror.build(TOOLS / "wheels", terraform.CONFIGURATIONS, TOOLS)
    return terraform.Tree.initialized(tmp_path_factory.mktemp("tree"), providers)


@pytest.fixture
def broken(tree, tmp_path) -> terraform.Tree:
    """A copy of all configurations, to break."""
    return tree.copy(tmp_path)


@pytest.fixture(scope="session")
def environment(tree) -> list[dict]:
    """Every resource of environment dev, as applied on mocks."""
    return _applied(tree, "environments/dev", "environment")


@pytest.fixture(scope="session")
def everything(tree, environment) -> list[dict]:
    """Every resource of environment dev and of bootstrap."""
    return environment + _applied(tree, "bootstrap", "names_the_bucket_after_the_account")


def _applied(tree: terraform.Tree, folder: str, run: str) -> list[dict]:
    outcome = tree.run(folder, "test", "-verbose")
    assert outcome.ok, outcome.errors()
    return outcome.state(run)
