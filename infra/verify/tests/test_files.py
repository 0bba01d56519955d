"""Files as they are: YAML, secrets, Kamelets."""

import json
import pathlib
import subprocess
import sys

import checks
import pytest
import rendering
import yaml

KAMELETS = sorted((rendering.REPOSITORY / "kamelets").glob("*.kamelet.yaml"))
FOLDERS = [rendering.REPOSITORY / each for each in ("infra", "integrations", "kamelets", "routes")]


def lint(files: list[pathlib.Path]) -> str:
    command = [sys.executable, "-m", "yamllint", "-f", "parsable", "-c", rendering.HERE / "yamllint.yaml", *files]
    return subprocess.run(command, capture_output=True, text=True).stdout


def leaks(folder: pathlib.Path, report: pathlib.Path) -> list[str]:
    command = [rendering.TOOLS / "bin" / "gitleaks", "dir", folder, "--no-banner", "--redact", "-r", report, "-f", "json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, 1) and report.is_file(), done.stderr
    return [f"{each['File']}:{each['StartLine']}: {each['RuleID']}" for each in json.loads(report.read_text())]


def test_yaml_is_clean():
    hidden = {"target", ".tools", "templates", ".terraform"}
    files = [
        file
        for folder in FOLDERS
        for file in folder.rglob("*.yaml")
        if not hidden & set(file.relative_to(rendering.REPOSITORY).parts)
    ]
    assert len(files) > 10
    assert lint(files) == ""


def test_a_key_that_is_there_twice_is_noticed(tmp_path):
    (tmp_path / "x.yaml").write_text("a: 1\na: 2\n")
    assert "duplication of key" in lint([tmp_path / "x.yaml"])


@pytest.mark.parametrize("folder", ["infra/argocd", "infra/kubernetes", "integrations", "kamelets", "routes"])
def test_no_secret_is_in_git(folder, tmp_path):
    if not (rendering.REPOSITORY / folder).is_dir():
        pytest.skip(f"{folder} is missing")
    assert leaks(rendering.REPOSITORY / folder, tmp_path / "report.json") == []


def test_a_secret_is_noticed(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "x.yaml").write_text("token: " + "ghp_" + "9fK2mQ7xZ4bT8wR1cV6nL3pS5dH0gJyEaUoB" + "\n")
    assert "github-pat" in leaks(folder, tmp_path / "report.json")[0]


def kamelet(file: pathlib.Path) -> dict:
    return yaml.safe_load(file.read_text())


@pytest.mark.parametrize("file", KAMELETS, ids=lambda file: file.name)
def test_kamelet(file):
    assert checks.kamelet(kamelet(file), file.name) == []


@pytest.mark.parametrize(
    "change, fault",
    [
        (lambda each: each["metadata"].update(labels={}), "kamelet.type is None"),
        (lambda each: each["metadata"]["labels"].update({"camel.apache.org/kamelet.type": "source"}), "not by its name"),
        (lambda each: each["metadata"]["annotations"].pop("camel.apache.org/provider"), "no annotation"),
        (lambda each: each["spec"]["definition"].pop("title"), "definition has no title"),
        (lambda each: each["spec"]["definition"]["properties"]["wideColumns"].pop("title"), "wideColumns has no title"),
        (lambda each: each["spec"]["definition"].update(required=["other"]), "requires other"),
        (lambda each: each["spec"]["definition"].update(required=["wideColumns"]), "required and has a default"),
        (lambda each: each["spec"]["definition"].pop("properties"), "uses wideColumns"),
        (lambda each: each["spec"].update(template={}), "wideColumns is not used"),
    ],
)
def test_a_broken_kamelet_is_noticed(change, fault):
    file = rendering.REPOSITORY / "kamelets" / "iceberg-change-sink.kamelet.yaml"
    broken = kamelet(file)
    change(broken)
    assert any(fault in each for each in checks.kamelet(broken, file.name))


def test_a_kamelet_in_a_file_of_another_name_is_noticed():
    assert "is named" in checks.kamelet(kamelet(KAMELETS[0]), "other.kamelet.yaml")[0]
