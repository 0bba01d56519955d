"""Terraform accepts every configuration, its tests pass, and both notice what is broken."""

import re
import subprocess

import mirror
import pytest
import terraform

FOLDERS = terraform.folders(terraform.CONFIGURATIONS)
TFLINT = terraform.CONFIGURATIONS / ".tools" / "bin" / "tflint"


def test_there_is_something_to_check():
    assert {"bootstrap", "environments/dev", "modules/eks", "modules/vpc"} <= set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_is_valid(tree, folder):
    assert tree.run(folder, "validate").errors() == ""


@pytest.mark.parametrize("folder", FOLDERS)
def test_passes_its_tests(tree, folder):
    outcome = tree.run(folder, "test")
    assert outcome.ok, outcome.errors()
    assert outcome.runs(), f"{folder} has no terraform test"
    assert set(outcome.runs().values()) == {"pass"}


# Where, what is there, what is put in its place, and what Terraform says to that.
REFUSED = {
    "an argument that aws lacks": (
        "modules/eks/main.tf",
        "endpoint_private_access = true",
        "endpoint_privat_access = true",
        "Unsupported argument",
    ),
    "a value of another type": (
        "modules/vpc/main.tf",
        "map_public_ip_on_launch = false",
        "map_public_ip_on_launch = []",
        "Incorrect attribute value type",
    ),
    "a required argument left out": (
        "modules/eks/nodes.tf",
        "node_role_arn   = var.node_role_arn",
        "",
        "Missing required argument",
    ),
    "a required block left out": (
        "modules/eks/nodes.tf",
        "scaling_config {",
        "update_config {",
        "Insufficient scaling_config blocks",
    ),
    "a block too many": (
        "modules/eks/nodes.tf",
        "launch_template {\n    id",
        "scaling_config {\n    id",
        "Too many scaling_config blocks",
    ),
    "a value that only aws sets": (
        "modules/vpc/main.tf",
        "cidr_block           = var.cidr",
        "cidr_block = var.cidr\n  arn = var.cidr",
        "arn is set by the provider",
    ),
    "an attribute that aws lacks": (
        "modules/eks/outputs.tf",
        "aws_eks_cluster.this.endpoint",
        "aws_eks_cluster.this.address",
        "Unsupported attribute",
    ),
    "an argument that helm lacks": (
        "modules/argocd/main.tf",
        "wait    = true",
        "waits   = true",
        "Unsupported argument",
    ),
    "a block where helm has an object": (
        "environments/dev/providers.tf",
        "kubernetes = {",
        "kubernetes {",
        "Unsupported block type",
    ),
    "an argument that kubernetes lacks": (
        "environments/dev/eks.tf",
        "reclaim_policy  ",
        "reclaim  ",
        "Unsupported argument",
    ),
    "an argument that a module lacks": (
        "environments/dev/eks.tf",
        "  subnet_ids  ",
        "  subnets  ",
        "Unsupported argument",
    ),
    "an argument that a module wants": (
        "environments/dev/iam.tf",
        "  key_arn      = module.key.arn\n",
        "",
        "Missing required argument",
    ),
    "an output that a module lacks": (
        "environments/dev/eks.tf",
        "module.iam.node_role_arn",
        "module.iam.nodes",
        "Unsupported attribute",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_terraform_refuses(broken, case):
    file, old, new, message = REFUSED[case]
    broken.replace(file, old, new)
    errors = broken.run(file.rsplit("/", 1)[0], "validate").errors()
    assert message in errors


def backend_errors(tree: terraform.Tree) -> str:
    """What Terraform says to the backend, before it finds that there is no S3."""
    tree.environment |= {
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1",
    }
    # In the file, for Terraform checks no names where settings come from elsewhere as well.
    backend = "environments/dev/backend.tf"
    settings = ['bucket = "states"', 'region = "us-east-1"', "max_retries = 0", "encrypt "]
    tree.replace(backend, "encrypt ", "\n".join(settings))
    outcome = tree.run("environments/dev", "init")
    return outcome.messages[0]["text"]


def test_terraform_takes_the_backend_up_to_where_it_needs_s3(broken):
    assert "127.0.0.1:1" in backend_errors(broken)


def test_a_setting_that_the_backend_lacks_is_refused(broken):
    broken.replace("environments/dev/backend.tf", "use_lockfile", "use_lock_file")
    assert "Unsupported argument" in backend_errors(broken)


# What is valid and wrong: the run of the module's own tests that notices.
NOTICED = {
    "modules/argocd": (
        "main.tf",
        "finalizers = [local.finalizer]",
        "finalizers = []",
        "takes_with_it_what_it_brought",
    ),
    "modules/bucket": (
        "main.tf",
        '"aws:SecureTransport" = "false"',
        '"aws:SecureTransport" = "true"',
        "is_private_and_encrypted",
    ),
    "modules/eks": (
        "nodes.tf",
        "http_put_response_hop_limit = 1",
        "http_put_response_hop_limit = 2",
        "keeps_pods_from_the_nodes_role",
    ),
    "modules/iam": (
        "main.tf",
        '"AmazonEC2ContainerRegistryPullOnly"',
        '"AmazonEKS_CNI_Policy"',
        "gives_nodes_no_more_than_they_need",
    ),
    "modules/iceberg": (
        "glue.tf",
        "s3://${local.warehouse}/",
        "s3://${local.warehouse}/tables/",
        "has_a_database_for_each_schema_where_the_pipeline_writes",
    ),
    "modules/key": (
        "main.tf",
        "enable_key_rotation     = true",
        "enable_key_rotation     = false",
        "rotates_and_has_its_alias",
    ),
    "modules/pod-role": (
        "main.tf",
        '"aws:RequestTag/kubernetes-namespace"       = var.namespace\n',
        "",
        "is_for_one_service_account_of_one_cluster",
    ),
    "modules/registry": ("main.tf", '"IMMUTABLE"', '"MUTABLE"', "keeps_tags_where_they_are"),
    "modules/vpc": (
        "main.tf",
        ": each.key].id",
        ": var.availability_zones[0]].id",
        "gives_each_zone_nodes_and_a_way_out",
    ),
    "bootstrap": ("outputs.tf", "kms_key_id = ", "kms_key = ", "takes_a_name_and_a_region"),
    "environments/dev": ("eks.tf", 'encrypted = "true"', 'encrypted = "false"', "environment"),
}


def test_each_configuration_has_a_fault_to_notice():
    assert set(NOTICED) == set(FOLDERS)


@pytest.mark.parametrize("folder", NOTICED)
def test_its_tests_notice(broken, folder):
    file, old, new, run = NOTICED[folder]
    broken.replace(f"{folder}/{file}", old, new)
    assert broken.run(folder, "test").runs()[run] == "fail"


def test_is_formatted(tree):
    outcome = tree.run(".", "fmt", "-recursive", "-check", "-diff")
    assert outcome.ok, outcome.messages[0]["text"]


def test_what_is_not_formatted_is_noticed(broken):
    broken.replace("modules/vpc/main.tf", "cidr_block           = var.cidr", "cidr_block = var.cidr")
    assert not broken.run(".", "fmt", "-recursive", "-check").ok


def lint(tree: terraform.Tree) -> str:
    done = subprocess.run(
        [TFLINT, "--recursive", "--format=compact", f"--config={tree.configurations / '.tflint.hcl'}"],
        cwd=tree.configurations,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 2), done.stderr
    return done.stdout


def test_tflint_has_nothing_to_say(tree):
    assert lint(tree) == ""


def test_tflint_notices(broken):
    with (broken.configurations / "modules" / "vpc" / "variables.tf").open("a") as file:
        file.write('\nvariable "forgotten" {}\n')
    said = lint(broken)
    for rule in ("unused_declarations", "documented_variables", "typed_variables"):
        assert rule in said


def unused_outputs(tree: terraform.Tree) -> set[str]:
    """Outputs of modules that nothing reads."""
    declared, read = set(), set()
    sources = {}
    for file in mirror.files(tree.configurations):
        text = file.read_text()
        if file.parent.parent.name == "modules":
            declared |= {
                f"{file.parent.name}.{name}" for name in re.findall(r'^output "([\w-]+)"', text, re.M)
            }
        for name, source in re.findall(
            r'^module "([\w-]+)" \{\n\s+source\s+= "[./a-z]*/([\w-]+)"', text, re.M
        ):
            sources.setdefault(file.parent, {})[name] = source
    for folder, modules in sources.items():
        for file in folder.glob("*.tf"):
            for name, output in re.findall(r"module\.([\w-]+)(?:\[[^]]+\])?\.(\w+)", file.read_text()):
                read.add(f"{modules[name]}.{output}" if name in modules else "")
    assert sources, "No module is used at all"
    return declared - read


def test_every_output_of_a_module_is_read(tree):
    assert unused_outputs(tree) == set()


def test_an_output_that_nobody_reads_is_noticed(broken):
    with (broken.configurations / "modules" / "vpc" / "outputs.tf").open("a") as file:
        file.write('\noutput "cidr" {\n  value = var.cidr\n}\n')
    assert "vpc.cidr" in unused_outputs(broken)


def unknown_settings(example: str, variables: str) -> set[str]:
    """What an example of settings sets, commented out or not, and no variable takes."""
    return set(re.findall(r"^(?:# )?(\w+)\s+= ", example, re.M)) - set(
        re.findall(r'^variable "(\w+)"', variables, re.M)
    )


def test_the_example_sets_what_there_is(tree):
    dev = tree.configurations / "environments" / "dev"
    example = (
        terraform.CONFIGURATIONS / "environments" / "dev" / "terraform.tfvars.example"
    ).read_text()
    variables = (dev / "variables.tf").read_text()
    assert unknown_settings(example, variables) == set()
    assert unknown_settings(example + "nodes = {}\n# zone = 1\n", variables) == {"nodes", "zone"}
