"""checkov finds nothing that was not decided."""

import json
import pathlib
import subprocess
import sys

import terraform

SETTINGS = terraform.HERE / "checkov.yaml"


def scan(tree: terraform.Tree) -> dict:
    done = subprocess.run(
        [
            pathlib.Path(sys.executable).with_name("checkov"),
            "--directory",
            tree.configurations,
            "--config-file",
            SETTINGS,
            "--output",
            "json",
        ],
        env=tree.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def findings(report: dict) -> set[str]:
    return {check["check_id"] for check in report["results"]["failed_checks"]}


def test_checkov_finds_nothing(tree):
    report = scan(tree)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 100
    assert findings(report) == set()


def test_checkov_notices(broken):
    broken.replace(
        "modules/bucket/main.tf", "block_public_policy     = true", "block_public_policy     = false"
    )
    broken.replace("modules/eks/nodes.tf", '"required"', '"optional"')
    assert {"CKV_AWS_54", "CKV_AWS_79"} <= findings(scan(broken))
