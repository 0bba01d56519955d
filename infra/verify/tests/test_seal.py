"""The script that seals passwords, with a kubeseal that says what it was given."""

import os
import re
import subprocess

import pytest
import rendering

KUBESEAL = """#!/usr/bin/env bash
case "$*" in
  *--fetch-cert*) echo certificate ;;
  *) [ "$(cat "$4")" = certificate ] && echo "sealed-$(sha256sum | cut -c1-16)-${@: -1}" ;;
esac
"""


@pytest.fixture
def repository(tmp_path):
    for each in ("integrations", "infra/kubernetes"):
        subprocess.run(["cp", "-a", "--parents", each, tmp_path], cwd=rendering.REPOSITORY, check=True)
    for file in files(tmp_path):
        file.write_text(re.sub(r"(    password:) .*", r"\1 not-sealed-yet", file.read_text(), count=1))
    tool = tmp_path / "bin" / "kubeseal"
    tool.parent.mkdir()
    tool.write_text(KUBESEAL)
    tool.chmod(0o755)
    return tmp_path


def files(repository):
    return [file for file in repository.rglob("*.yaml") if "\nkind: SealedSecret\n" in file.read_text()]


def seal(repository, *names: str) -> subprocess.CompletedProcess:
    path = f"{repository}/bin:{os.environ['PATH']}"
    command = [repository / "infra/kubernetes/secrets/seal", *names]
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": path, "TMPDIR": str(repository)})


def sealed(repository) -> dict[tuple[str, str], list[str]]:
    """Hash of the password and namespace that it was sealed for, by name and namespace."""
    found = {}
    for file in files(repository):
        (each,) = rendering.objects(file.read_text())
        metadata, password = each["metadata"], each["spec"]["encryptedData"]["password"]
        assert each["spec"]["template"]["metadata"] == metadata
        found[metadata["name"], metadata["namespace"]] = password.split("-", 2)[1:]
    return found


def test_a_secret_has_one_password_in_all_its_namespaces(repository):
    done = seal(repository)
    assert (done.returncode, done.stderr) == (0, "")
    found = sealed(repository)
    assert len(found) == 10
    assert all(namespace == passed for (_, namespace), (_, passed) in found.items())
    passwords = {name: {hash_ for (each, _), (hash_, _) in found.items() if each == name} for name, _ in found}
    assert all(len(hashes) == 1 for hashes in passwords.values())
    assert len(set.union(*passwords.values())) == 5
    assert "All are sealed" in seal(repository).stdout
    assert sealed(repository) == found


def test_one_password_is_changed(repository):
    seal(repository)
    before = sealed(repository)
    assert seal(repository, "source").returncode == 0
    changed = {key for key, value in sealed(repository).items() if value != before[key]}
    assert changed == {("source", "postgres"), ("source", "ingestion-service")}


def test_a_secret_that_there_is_not_is_refused(repository):
    done = seal(repository, "sauce")
    assert done.returncode == 2
    assert "choose of clickhouse clickhouse-reader postgres source source-reader" in done.stderr


def test_without_an_answer_nothing_is_written(repository):
    (repository / "bin" / "kubeseal").write_text("#!/bin/sh\nexit 1\n")
    assert "does not answer" in seal(repository).stderr
    assert "not-sealed-yet" in files(repository)[0].read_text()
