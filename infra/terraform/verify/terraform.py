"""Terraform itself, on a copy of the configurations and with providers that only know their schema."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess

import mirror

HERE = pathlib.Path(__file__).parent
CONFIGURATIONS = HERE.parent
ARGOCD = CONFIGURATIONS.parent / "argocd"

# What the copy has to have of Argo CD's files; a checkout without them gets stand-ins.
ARGOCD_FILES = ("values.yaml", "apps/root.yaml")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a command of Terraform ended: what it said, one object a message."""

    code: int
    messages: list[dict]

    @property
    def ok(self) -> bool:
        return self.code == 0

    def errors(self) -> str:
        """Every error as text: summary and detail."""
        found = [message.get("diagnostic", message) for message in self.messages]
        return "\n".join(
            f"{each['summary']}: {each.get('detail', '')}"
            for each in found
            if each.get("severity") == "error"
        )

    def runs(self) -> dict[str, str]:
        """The runs of `terraform test` and how each ended."""
        return {
            message["test_run"]["run"]: message["test_run"]["status"]
            for message in self.messages
            if message.get("type") == "test_run" and message["test_run"].get("progress") == "complete"
        }

    def state(self, run: str) -> list[dict]:
        """Every resource that a run of `terraform test` applied."""
        module = next(
            message["test_state"]["root_module"]
            for message in self.messages
            if message.get("type") == "test_state" and message["@testrun"] == run
        )
        resources, modules = [], [module]
        while modules:
            module = modules.pop()
            resources += module.get("resources", [])
            modules += module.get("child_modules", [])
        return [resource for resource in resources if resource["mode"] == "managed"]


class Tree:
    """A copy of infra/terraform, initialized, that a test may change."""

    def __init__(self, root: pathlib.Path, environment: dict[str, str]):
        self.root = root
        self.configurations = root / "infra" / "terraform"
        self.environment = environment

    @classmethod
    def initialized(cls, root: pathlib.Path, mirror: pathlib.Path) -> "Tree":
        """Copies the configurations to a new folder and initializes each."""
        settings = root / "terraform.tfrc"
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TF_", "AWS_", "KUBE"))
        }
        environment |= {"TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1"}
        tree = cls(root, environment)
        shutil.copytree(
            CONFIGURATIONS,
            tree.configurations,
            ignore=shutil.ignore_patterns(
                ".terraform*", ".tools", "*.tfstate*", "*.tfvars", "__pycache__", "provider"
            ),
        )
        for name in ARGOCD_FILES:
            source, target = ARGOCD / name, root / "infra" / "argocd" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source if source.is_file() else HERE / "fixtures" / "argocd" / name, target)
        settings.write_text(
            f"disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n"
            f'    path = "{mirror}"\n  }}\n}}\n'
        )
        for folder in tree.folders():
            tree.run(folder, "init", "-backend=false", check=True)
        return tree

    def copy(self, root: pathlib.Path) -> "Tree":
        """Another, for a test to break."""
        shutil.copytree(self.root, root, symlinks=True, dirs_exist_ok=True)
        return Tree(root, dict(self.environment))

    def folders(self) -> list[str]:
        """Every configuration: modules, environments and bootstrap."""
        return folders(self.configurations)

    def replace(self, file: str, old: str, new: str) -> None:
        """Breaks something. What is to be broken has to be there."""
        path = self.configurations / file
        text = path.read_text()
        assert old in text, f"{file} has no {old!r} to break"
        path.write_text(text.replace(old, new))

    def run(self, folder: str, *command: str, check: bool = False) -> Outcome:
        """A command of Terraform in one of the configurations."""
        machine_readable = command[0] in ("validate", "test")
        done = subprocess.run(
            ["terraform", *command, *(["-json"] if machine_readable else ["-no-color"])],
            cwd=self.configurations / folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(
                f"terraform {' '.join(command)} in {folder}:\n{done.stdout}{done.stderr}"
            )
        if command[0] == "validate":
            return Outcome(done.returncode, json.loads(done.stdout)["diagnostics"])
        if command[0] == "test":
            return Outcome(done.returncode, [json.loads(line) for line in done.stdout.splitlines()])
        return Outcome(done.returncode, [{"text": done.stdout + done.stderr}])


def folders(configurations: pathlib.Path) -> list[str]:
    """Folders with a configuration, relative to that of all."""
    return sorted(
        str(file.parent.relative_to(configurations))
        for file in mirror.files(configurations)
        if file.name == "versions.tf"
    )
