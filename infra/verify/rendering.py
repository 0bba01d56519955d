"""Renders what each Application deploys, as Argo CD would."""

import os
import pathlib
import subprocess

import yaml

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
TOOLS = HERE / ".tools"
SCHEMAS = pathlib.Path(os.environ.get("CRD_SCHEMAS", REPOSITORY.parent / "shared" / "crds"))
PARAMETERS = {"repository": "https://example.com/fork.git", "revision": "abc", "namespace": "wal-cdc-argocd"}


def tool(name: str, *arguments, text: str | None = None) -> str:
    command = [str(TOOLS / "bin" / name), *map(str, arguments)]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stdout}{done.stderr}")
    return done.stdout


def objects(text: str) -> list[dict]:
    return [each for each in yaml.load_all(text, yaml.CSafeLoader) if each]


def folder(path: pathlib.Path) -> list[dict]:
    if (path / "Chart.yaml").is_file():
        return objects(tool("helm", "template", path.name, path, "--namespace", namespace(path)))
    return objects(tool("kubectl", "kustomize", "--load-restrictor", "LoadRestrictionsNone", path))


def namespace(chart: pathlib.Path) -> str:
    """Where an Application deploys a chart of this repository; one that none deploys names its namespace itself."""
    for each in applications():
        if each["kind"] == "Application" and str(chart.relative_to(REPOSITORY)) in paths(each):
            return each["spec"]["destination"]["namespace"]
    return chart.name


def applications(repository: pathlib.Path = REPOSITORY, environment: str = "dev") -> list[dict]:
    """The root's children: Applications and AppProjects."""
    values = [f"--set={name}={value}" for name, value in (PARAMETERS | {"environment": environment}).items()]
    return objects(tool("helm", "template", "root", repository / "infra" / "argocd" / "apps", *values))


def paths(application: dict) -> list[str]:
    """What an Application wants of the repository: folders to render and files of values."""
    found = []
    for source in application["spec"]["sources"]:
        found += [source["path"]] if "path" in source else []
        found += [each.removeprefix("$values/") for each in source.get("helm", {}).get("valueFiles", [])]
    return found
