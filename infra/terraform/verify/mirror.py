"""A mirror of Terraform providers that know their schema and nothing else.

Terraform installs them as it would the real ones. The folder is made anew when a package, the program in
provider/ or the set of types that the configurations use has changed.
"""

import hashlib
import json
import pathlib
import platform
import re
import shutil
import subprocess

import schema

HERE = pathlib.Path(__file__).parent
USED = re.compile(r'^(resource|data) "([a-z0-9]+)(_[a-z0-9_]+)"', re.M)
PACKAGE = re.compile(r"cdktn_provider_(\w+)-.*\.whl")
MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def files(configurations: pathlib.Path) -> list[pathlib.Path]:
    """Every file of every configuration below a folder, but not what tools keep in folders with a dot."""
    return [
        file
        for file in sorted(configurations.rglob("*.tf"))
        if not any(part.startswith(".") for part in file.relative_to(configurations).parts)
    ]


def used_types(configurations: pathlib.Path) -> dict[str, dict[str, set[str]]]:
    """Resources and data sources in all configurations below a folder, by provider."""
    used: dict[str, dict[str, set[str]]] = {}
    for file in files(configurations):
        for kind, provider, rest in USED.findall(file.read_text()):
            used.setdefault(provider, {}).setdefault(kind, set()).add(provider + rest)
    return used


def build(wheels: pathlib.Path, configurations: pathlib.Path, cache: pathlib.Path) -> pathlib.Path:
    """The folder of the mirror, for the types that these configurations use."""
    used = used_types(configurations)
    program = HERE / "provider"
    sources = [HERE / "schema.py", program / "main.go", program / "go.mod", program / "go.sum"]
    digest = hashlib.sha256(
        json.dumps(
            [
                [path.read_text() for path in sources],
                [wheel.name for wheel in packages(wheels).values()],
                {
                    name: {kind: sorted(types) for kind, types in kinds.items()}
                    for name, kinds in used.items()
                },
            ]
        ).encode()
    ).hexdigest()[:16]
    mirror = cache / f"mirror-{digest}"
    if mirror.is_dir():
        return mirror
    unfinished = cache / "mirror-unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    binary = unfinished / "provider"
    subprocess.run(
        ["go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "."], cwd=program, check=True
    )
    system = f"{platform.system().lower()}_{MACHINES[platform.machine()]}"
    for name, (version, text) in schemas(unfinished, used, wheels).items():
        # Where Terraform looks for hashicorp/NAME in a mirror.
        folder = unfinished / "registry.terraform.io" / "hashicorp" / name / version / system
        folder.mkdir(parents=True)
        text.rename(folder / "schema.json")
        shutil.copy(binary, folder / f"terraform-provider-{name}_v{version}")
    binary.unlink()
    for former in cache.glob("mirror-*"):
        if former != unfinished:
            shutil.rmtree(former)
    return unfinished.rename(mirror)


def schemas(
    target: pathlib.Path, used: dict[str, dict[str, set[str]]], wheels: pathlib.Path
) -> dict[str, tuple[str, pathlib.Path]]:
    """Writes the schema of each provider, and says of which release it is and where it was written."""
    found = packages(wheels)
    written = {}
    for name, kinds in used.items():
        if name not in found:
            raise schema.UnknownType(
                f"There is no package for provider {name}: providers.txt names none"
            )
        text = target / f"{name}.json"
        version = schema.write(found[name], kinds.get("resource", set()), kinds.get("data", set()), text)
        written[name] = (version, text)
    return written


def packages(wheels: pathlib.Path) -> dict[str, pathlib.Path]:
    """The typed packages in a folder, by provider."""
    return {PACKAGE.fullmatch(wheel.name)[1]: wheel for wheel in sorted(wheels.glob("*.whl"))}
