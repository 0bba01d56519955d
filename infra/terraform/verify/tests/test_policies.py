"""Policies allow what is needed and no more."""

import json
import pathlib
import re

import policies
import pytest
import terraform

# A policy of a key is about that key, and AWS takes no other word for it.
ALLOWED = {
    ("module.key.aws_kms_key.this.policy", "*"),
    ("module.iceberg.module.key.aws_kms_key.this.policy", "*"),
}


def policy(**statement) -> list[dict]:
    text = json.dumps({"Statement": [{"Effect": "Allow", **statement}]})
    return [{"address": "aws_iam_role_policy.x", "values": {"policy": text}}]


def test_there_are_policies_to_check(everything):
    assert len(list(policies.statements(everything))) > 30


def test_nothing_is_allowed_that_is_not_written_out(everything):
    assert policies.wildcards(everything) == ALLOWED


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "*", "Resource": "arn:aws:s3:::lake"},
        {"Action": ["s3:GetObject", "s3:Put*"], "Resource": "arn:aws:s3:::lake"},
        {"Action": "s3:GetObject", "Resource": "*"},
        {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"},
        {"Action": "s3:GetObject", "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::*/*"]},
    ],
)
def test_a_wildcard_is_noticed(statement):
    assert policies.wildcards(policy(**statement))


def test_everything_but_something_is_refused():
    with pytest.raises(ValueError, match="NotAction"):
        policies.wildcards(policy(NotAction="iam:*", Resource="*"))


def test_a_wildcard_in_a_module_is_noticed(broken):
    broken.replace("modules/iceberg/access.tf", '["s3:GetObject"]', '["s3:*"]')
    state = broken.run("environments/dev", "test", "-verbose").state("environment")
    assert any(action == "s3:*" for _, action in policies.wildcards(state))


BUCKET = "arn:aws:s3:::mock"  # as mocks/aws.tfmock.hcl has it
GLUE = "arn:aws:glue:us-east-1:123456789012"
SOURCE = [f"{BUCKET}/warehouse/app/users/data/1.parquet", f"{GLUE}:table/app/users"]
MARTS = [f"{BUCKET}/warehouse/marts/fct_orders/data/1.parquet", f"{GLUE}:table/marts/fct_orders"]
LETTER = f"{BUCKET}/quarantine/letter.json"
READ, WRITE = ["s3:GetObject", "glue:GetTable"], ["s3:PutObject", "glue:UpdateTable"]
DELETE = ["s3:DeleteObject", "glue:DeleteTable"]

# What each part does: read, write and delete, in tables of the source and in models of dbt.
PARTS = {
    "sink-iceberg": ("rwd", "r"),
    "maintain-lakehouse": ("rwd", "r"),
    "flink": ("rwd", "r"),
    "trino": ("r", "rwd"),
    "verify": ("r", "r"),
    "quarantine": ("", ""),
}


def allows(state: list[dict], part: str, action: str, resource: str) -> bool:
    role = f'module.iceberg.module.role["{part}"].'
    return any(
        each.where.startswith(role) and each.allows(action, resource)
        for each in policies.statements(state)
    )


@pytest.mark.parametrize("part", PARTS)
def test_each_part_may_do_in_the_lake_what_it_does(environment, part):
    for rights, place in zip(PARTS[part], (SOURCE, MARTS)):
        for letter, actions in (("r", READ), ("w", WRITE), ("d", DELETE)):
            for action, resource in zip(actions, place):
                assert allows(environment, part, action, resource) == (letter in rights), (
                    action,
                    resource,
                )


def test_letters_are_only_put_and_only_by_quarantine(environment):
    for part in PARTS:
        assert allows(environment, part, "s3:PutObject", LETTER) == (part == "quarantine")
        assert not allows(environment, part, "s3:GetObject", LETTER)
        assert not allows(environment, part, "s3:DeleteObject", LETTER)


def test_nobody_reaches_other_buckets_or_databases(environment):
    for part in PARTS:
        for action in READ + WRITE + DELETE:
            assert not allows(environment, part, action, "arn:aws:s3:::other/warehouse/app/x")
            assert not allows(environment, part, action, f"{GLUE}:table/payroll/salaries")
            assert not allows(environment, part, action, f"{GLUE}:database/payroll")


REPOSITORY = terraform.CONFIGURATIONS.parent.parent
MANIFESTS = [REPOSITORY / "integrations", REPOSITORY / "infra" / "kubernetes"]


def nameless(associations: list[dict], folders: list[pathlib.Path]) -> set[str]:
    """Service accounts that have a role, and that no manifest gives to a pod."""
    text = "\n".join(
        file.read_text()
        for folder in folders
        for pattern in ("*.yaml", "*.yml")
        for file in folder.rglob(pattern)
    )
    named = set(re.findall(r"^[\s-]*serviceAccount(?:Name)?:\s*[\"']?([\w-]+)", text, re.M))
    return {each["values"]["service_account"] for each in associations} - named


@pytest.fixture
def associations(environment) -> list[dict]:
    return [each for each in environment if each["type"] == "aws_eks_pod_identity_association"]


def test_roles_are_for_service_accounts_that_pods_have(associations):
    if not MANIFESTS[0].is_dir():
        pytest.skip("no manifests: integrations/ is missing")
    assert nameless(associations, MANIFESTS) == set()


def test_a_role_that_no_pod_has_is_noticed(associations, tmp_path):
    names = [each["values"]["service_account"] for each in associations]
    (tmp_path / "pods.yaml").write_text(
        "".join(f"---\nspec:\n  serviceAccountName: {name}\n" for name in names[1:])
    )
    assert nameless(associations, [tmp_path]) == {names[0]}
