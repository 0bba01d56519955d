"""Every folder that Argo CD renders."""

import functools
import json
import pathlib
import subprocess

import checks
import pytest
import rendering

ROOTS = ("integrations", "infra/kubernetes")


def folders() -> list[str]:
    """Overlays, kustomizations without overlays, and charts. Components are parts of others."""
    found = set()
    for root in ROOTS:
        for file in (rendering.REPOSITORY / root).rglob("*"):
            whole = file.name == "Chart.yaml" or (
                file.name == "kustomization.yaml" and "\nkind: Component\n" not in file.read_text()
            )
            if whole and file.parent.name != "base":
                found.add(str(file.parent.relative_to(rendering.REPOSITORY)))
    return sorted(found)


@functools.cache
def rendered(folder: str) -> list[dict]:
    return rendering.folder(rendering.REPOSITORY / folder)


@pytest.fixture(scope="session")
def schemas(tmp_path_factory) -> pathlib.Path:
    """Schemas of the CRDs that are at hand, as kubeconform looks them up."""
    target = tmp_path_factory.mktemp("crds")
    for file in [*(rendering.TOOLS / "crds").glob("*.yaml"), *rendering.SCHEMAS.glob("*.yaml")]:
        for crd in rendering.objects(file.read_text()):
            if crd.get("kind") != "CustomResourceDefinition":
                continue
            for version in crd["spec"]["versions"]:
                name = f"{crd['spec']['names']['kind']}-{crd['spec']['group']}-{version['name']}.json".lower()
                schema = _closed(version["schema"]["openAPIV3Schema"])
                schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
                (target / name).write_text(json.dumps(schema))
    return target


def _closed(schema, top: bool = True):
    """Unknown fields are refused, as the API server does with strict validation; metadata is its own."""
    if isinstance(schema, list):
        return [_closed(each, False) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: _closed(value, False) for key, value in schema.items()}
    open_ = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object" and not open_:
        schema["additionalProperties"] = False
    if top:
        schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
    return schema


def conform(objects: list[dict], crds: pathlib.Path) -> list[str]:
    """Faults by kubeconform. Kinds without a schema are not looked at, and reported by the caller."""
    done = subprocess.run(
        [
            rendering.TOOLS / "bin" / "kubeconform", "-strict", "-output", "json", "-ignore-missing-schemas", "-verbose",
            "-schema-location", rendering.TOOLS / "schemas" / "{{ .ResourceKind }}{{ .KindSuffix }}.json",
            "-schema-location", crds / "{{ .ResourceKind }}-{{ .Group }}-{{ .ResourceAPIVersion }}.json",
        ],
        input="\n---\n".join(map(json.dumps, objects)), capture_output=True, text=True,
    )  # fmt: skip
    results = json.loads(done.stdout)["resources"] if done.stdout else []
    assert len(results) == len(objects), done.stderr
    for each in results:
        if each["status"] == "statusSkipped":
            print(f"skipped: no schema for {each['kind']}")
    return [
        f"{each['kind']} {each['name']}: {each['msg']}"
        for each in results
        if each["status"] not in ("statusValid", "statusSkipped")
    ]


@pytest.mark.parametrize("folder", folders())
def test_it_conforms(folder, schemas):
    assert conform(rendered(folder), schemas) == []


def test_applications_conform(applications, schemas, capsys):
    assert conform(applications, schemas) == []
    assert "skipped" not in capsys.readouterr().out


@pytest.mark.parametrize("folder", folders())
def test_images_are_pinned(folder):
    assert checks.images(rendered(folder)) == []


@pytest.mark.skipif(not folders(), reason="no manifests")
def test_what_pods_name_is_there():
    assert checks.references([each for folder in folders() for each in rendered(folder)]) == []


def deployment(image: str = "a:1.2", **container) -> dict:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "n"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": image, **container}]},
            },
        },
    }


def test_an_unknown_field_is_refused(schemas):
    assert conform([deployment()], schemas) == []
    assert "imagePullpolicy" in conform([deployment(imagePullpolicy="Always")], schemas)[0]


@pytest.mark.skipif(not rendering.SCHEMAS.is_dir(), reason="no schema for Integration: CRD_SCHEMAS names no folder")
def test_an_unknown_trait_is_refused(schemas):
    def integration(**traits) -> dict:
        return {
            "apiVersion": "camel.apache.org/v1", "kind": "Integration", "metadata": {"name": "i"}, "spec": {"traits": traits}
        }  # fmt: skip

    assert conform([integration(container={"image": "a:1.2"})], schemas) == []
    assert "contaner" in conform([integration(contaner={"image": "a:1.2"})], schemas)[0]


def test_an_unknown_field_of_an_operators_kind_is_refused(schemas):
    scaled = {
        "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "s"},
        "spec": {"scaleTargetRef": {"name": "d"}, "triggers": [{"type": "kafka", "metadata": {}}]},
    }  # fmt: skip
    assert conform([scaled], schemas) == []
    scaled["spec"]["maxReplicas"] = 2
    assert "maxReplicas" in conform([scaled], schemas)[0]


@pytest.mark.parametrize("image", ["a", "a:latest", "a:1", "localhost:5000/a"])
def test_an_image_that_is_not_pinned_is_noticed(image):
    assert checks.images([deployment(image)]) == [f"Deployment d: image {image} is not pinned"]


@pytest.mark.parametrize("image", ["a:1.2", "a:v1.2.3", "a:476", "a@sha256:" + "0" * 64])
def test_a_pinned_image_is_fine(image):
    assert checks.images([deployment(image)]) == []


@pytest.mark.parametrize(
    "container, missing",
    [
        ({"env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}, "Secret s"),
        ({"envFrom": [{"configMapRef": {"name": "m"}}]}, "ConfigMap m"),
    ],
)
def test_what_is_not_there_is_noticed(container, missing):
    kind, name = missing.split()
    there = {"kind": kind, "metadata": {"name": name, "namespace": "n"}}
    elsewhere = {"kind": kind, "metadata": {"name": name, "namespace": "other"}}
    assert checks.references([deployment(**container), there]) == []
    assert checks.references([deployment(**container), elsewhere]) == [f"Deployment d: no {missing} in its namespace"]
