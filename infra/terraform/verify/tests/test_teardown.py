"""Everything can be destroyed, in an order that leaves nothing behind."""

import os
import pathlib
import re
import subprocess

import pytest
import terraform

# What would refuse to go, and what lets it.
GOES = {
    "aws_eks_cluster": ("deletion_protection", False),
    "aws_s3_bucket": ("force_destroy", True),
    "aws_ecr_repository": ("force_delete", True),
    "aws_kms_key": ("deletion_window_in_days", 7),
}
# Attributes by which a resource stays behind when Terraform forgets it.
STAYS = ("skip_destroy", "prevent_destroy")


def stays(resources: list[dict]) -> set[str]:
    found = set()
    for resource in resources:
        attribute, wanted = GOES.get(resource["type"], (None, None))
        if attribute and resource["values"][attribute] != wanted:
            found.add(f"{resource['address']}.{attribute}")
        found |= {
            f"{resource['address']}.{name}" for name in STAYS if resource["values"].get(name) is True
        }
    return found


def test_everything_in_dev_goes(environment):
    assert set(GOES) <= {resource["type"] for resource in environment}
    assert stays(environment) == set()


def test_what_would_stay_is_noticed(broken):
    broken.replace("environments/dev/iceberg.tf", "= var.disposable", "= false")
    state = broken.run("environments/dev", "test", "-verbose").state("environment")
    assert stays(state) == {"module.iceberg.module.bucket.aws_s3_bucket.this.force_destroy"}


# Terraform destroys in the reverse of the order in which things need each other.
ROOT = "module.argocd.helm_release.root"
NEEDED = {
    "module.argocd.helm_release.argocd",
    "module.eks.aws_eks_node_group.this",
    "module.eks.aws_eks_addon.on_nodes",
    "module.eks.aws_eks_addon.before_nodes",
    "module.eks.aws_eks_access_policy_association.admin",
    "module.iam.module.ebs_csi.aws_iam_role_policy.this",
    "module.iceberg.aws_eks_pod_identity_association.this",
    "module.vpc.aws_route.nat",
    "module.vpc.aws_nat_gateway.this",
    "kubernetes_storage_class_v1.gp3",
}


def needs(tree: terraform.Tree, resource: str) -> set[str]:
    """All that a resource needs, over however many steps."""
    local = tree.configurations / "environments" / "dev" / "backend_override.tf"
    local.write_text('terraform {\n  backend "local" {}\n}\n')
    tree.run("environments/dev", "init", check=True)
    text = tree.run("environments/dev", "graph", check=True).messages[0]["text"]
    edges: dict[str, set[str]] = {}
    for one, other in re.findall(r'"([^"]+)" -> "([^"]+)"', text):
        edges.setdefault(one, set()).add(other)
    found, open_ = set(), [resource]
    while open_:
        for each in edges.get(open_.pop(), set()) - found:
            found.add(each)
            open_.append(each)
    return found


def test_what_argo_cd_brought_goes_while_the_cluster_can_remove_it(broken):
    assert NEEDED - needs(broken, ROOT) == set()


def test_a_cluster_that_goes_too_early_is_noticed(broken):
    broken.replace("environments/dev/argocd.tf", "module.eks, module.iceberg, ", "")
    assert "module.iceberg.aws_eks_pod_identity_association.this" in NEEDED - needs(broken, ROOT)


SERVICE = '[[ "$1 $2" != "get services" ]] || echo "trino trino-ui"\n'
VOLUME = '[[ "$1 $2" != "get persistentvolumes" ]] || echo persistentvolume/pvc-1\n'


@pytest.fixture
def teardown(tmp_path):
    """Runs the script on commands that only write down how they were called."""
    calls, commands = tmp_path / "calls", tmp_path / "bin"
    commands.mkdir()

    def script(name: str, body: str = "") -> None:
        file = commands / name
        file.write_text(f'#!/bin/bash\necho "{name} $*" >> {calls}\n{body}\n')
        file.chmod(0o755)

    script("terraform", '[[ "$1" != output ]] || echo "aws eks update-kubeconfig --name c"')
    script("kubectl", SERVICE + VOLUME)
    script("aws", '[[ "$1" != resourcegroupstaggingapi ]] || printf "arn:aws:kms:::key/1\\n"')

    def run() -> tuple[int, list[str], str]:
        done = subprocess.run(
            [terraform.CONFIGURATIONS / "teardown", "dev"],
            env={**os.environ, "PATH": f"{commands}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        # Where the configuration of kubectl lies is new each time.
        lines = re.sub(r" --kubeconfig \S+", "", calls.read_text()).splitlines()
        return done.returncode, lines, done.stderr

    run.script, run.left = script, lambda: list(tmp_path.glob("tmp.*"))
    return run


def test_teardown_removes_in_order(teardown):
    code, calls, _ = teardown()
    assert code == 0
    names = [re.split(r" -(?!target)| --| 'Key", call)[0] for call in calls]
    assert names == [
        "terraform output",
        "aws eks update-kubeconfig",
        "terraform destroy",
        "kubectl get services",
        "kubectl delete service",
        "kubectl delete persistentvolumeclaims",
        "kubectl get persistentvolumes",
        "kubectl wait",
        "terraform destroy",
        "aws resourcegroupstaggingapi get-resources",
    ]
    assert "-target=module.argocd.helm_release.root" in calls[2]
    assert "--namespace trino trino-ui" in calls[4]
    assert "-target" not in calls[8]
    assert teardown.left() == []


def test_teardown_stops_when_volumes_stay(teardown):
    teardown.script("kubectl", VOLUME + '[[ "$1" != wait ]] || exit 1')
    code, calls, _ = teardown()
    assert code != 0
    assert calls[-2].startswith("kubectl wait")
    assert calls[-1].startswith("kubectl get persistentvolumes")


def test_teardown_waits_for_no_volumes_where_there_are_none(teardown):
    teardown.script("kubectl", '[[ "$1" != wait ]] || exit 1')
    code, calls, _ = teardown()
    assert code == 0
    assert not any(call.startswith("kubectl wait") for call in calls)


def test_teardown_does_not_say_that_nothing_is_left_when_aws_did_not_answer(teardown):
    teardown.script("aws", '[[ "$1" != resourcegroupstaggingapi ]] || exit 255')
    assert teardown()[0] == 255


def test_teardown_names_what_is_left(teardown):
    teardown.script(
        "aws",
        '[[ "$1" != resourcegroupstaggingapi ]] || printf "arn:aws:ec2:::volume/vol-1\\tarn:aws:kms:::key/1\\n"',
    )
    code, _, errors = teardown()
    assert code == 1
    assert "arn:aws:ec2:::volume/vol-1" in errors
    assert "kms" not in errors
