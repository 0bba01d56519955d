"""Each check takes objects and returns what is wrong with them, one sentence a fault."""

import collections.abc
import json
import pathlib
import re

import rendering

WAVE = "argocd.argoproj.io/sync-wave"
# Who has to be there before whom: the operator of a kind, the source of a flow.
NEEDS = {
    "camel-k": ["namespaces"],
    "keda": ["namespaces"],
    "flink-operator": ["namespaces"],
    "sealed-secrets": ["namespaces"],
    "flink-sql": ["flink-operator"],
    "postgres": ["namespaces", "sealed-secrets"],
    "redpanda": ["namespaces", "sealed-secrets"],
    "capture-postgres": ["camel-k", "postgres", "redpanda"],
    "clickhouse": ["clickhouse-operator"],
    "trino": ["postgres", "clickhouse"],
    "dbt-runner": ["trino", "clickhouse"],
    "ingestion": ["camel-k", "keda", "redpanda", "clickhouse"],
}


def named(objects: list[dict], kind: str) -> dict[str, dict]:
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def waves(objects: list[dict]) -> list[str]:
    wave = {name: int(each["metadata"]["annotations"][WAVE]) for name, each in named(objects, "Application").items()}
    wrong = []
    for name, needed in NEEDS.items():
        for other in needed:
            if name not in wave or other not in wave:
                wrong.append(f"{name} needs {other}: no such Application")
            elif wave[other] >= wave[name] and name != other:
                wrong.append(f"{name} (wave {wave[name]}) needs {other} (wave {wave[other]}): move it behind")
    return wrong


def projects(objects: list[dict]) -> list[str]:
    """Every Application may do by its project what it wants, and no project may do anything."""
    wrong = []
    known = named(objects, "AppProject")
    for name, project in known.items():
        if "*" in json.dumps(project["spec"]):
            wrong.append(f"project {name} has a wildcard")
    for name, application in named(objects, "Application").items():
        spec = application["spec"]
        project = known.get(spec["project"])
        if project is None:
            wrong.append(f"{name}: no project {spec['project']}")
            continue
        allowed = [each["namespace"] for each in project["spec"]["destinations"]]
        if spec["destination"]["namespace"] not in allowed:
            wrong.append(f"{name}: project {spec['project']} has no namespace {spec['destination']['namespace']}")
        for source in spec["sources"]:
            if source["repoURL"] not in project["spec"]["sourceRepos"]:
                wrong.append(f"{name}: project {spec['project']} has no repository {source['repoURL']}")
            if not re.fullmatch(r"\d+\.\d+\.\d+|" + rendering.PARAMETERS["revision"], source["targetRevision"]):
                wrong.append(f"{name}: {source['targetRevision']} is no exact version")
    return wrong


def missing(objects: list[dict], repository: pathlib.Path) -> list[str]:
    return [
        f"{name}: {path} is missing"
        for name, application in named(objects, "Application").items()
        for path in rendering.paths(application)
        if not (repository / path).exists()
    ]


def pods(objects: list[dict]) -> collections.abc.Iterator[tuple[dict, dict]]:
    """Pod specs, each with the object that has it."""
    for each in objects:
        spec = each.get("spec", {})
        if each["kind"] == "Pod":
            yield each, spec
        if each["kind"] == "Integration":
            yield each, integration_pod(spec)
            continue
        if each["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec and "containers" in spec["template"].get("spec", {}):
            yield each, spec["template"]["spec"]


def integration_pod(spec: dict) -> dict:
    """The pod that Camel K's operator makes of an Integration with an image of its own, as far as checks look."""
    traits = spec["traits"]
    environment = []
    for each in traits["environment"]["vars"]:
        name, _, value = each.partition("=")
        reference = re.fullmatch(r"(configmap|secret):([a-zA-Z0-9][a-zA-Z0-9-]*)/(.+)", value)
        if reference:
            kind = {"configmap": "configMapKeyRef", "secret": "secretKeyRef"}[reference[1]]
            environment.append({"name": name, "valueFrom": {kind: {"name": reference[2], "key": reference[3]}}})
        else:
            environment.append({"name": name, "value": value})
    container = traits["container"]
    return {
        "serviceAccountName": spec["serviceAccountName"],
        "containers": [
            {
                "name": "integration",
                "image": container["image"],
                "env": environment,
                "resources": {
                    "requests": {"cpu": container["requestCPU"], "memory": container["requestMemory"]},
                    "limits": {"cpu": container["limitCPU"], "memory": container["limitMemory"]},
                },
            }
        ],
    }


def images(objects: list[dict]) -> list[str]:
    """An image has a digest, or a tag that says a version; some have versions of one number, of three digits."""
    wrong = []
    for each, pod in pods(objects):
        for container in pod.get("initContainers", []) + pod["containers"]:
            image = container["image"]
            if not re.search(r"@sha256:[0-9a-f]{64}$|:v?\d+\.\d+[\w.-]*$|:\d{3}$", image):
                wrong.append(f"{each['kind']} {each['metadata']['name']}: image {image} is not pinned")
    return wrong


def references(objects: list[dict]) -> list[str]:
    """Secrets, config maps and service accounts that pods name are there, in their namespace."""
    have = {
        ("Secret" if each["kind"] == "SealedSecret" else each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
        for each in objects
    }
    wrong = []
    for each, pod in pods(objects):
        wanted = {("ServiceAccount", pod["serviceAccountName"])} if "serviceAccountName" in pod else set()
        wanted |= set(_names(pod))
        for kind, name in sorted(wanted):
            if (kind, each["metadata"].get("namespace"), name) not in have and name != "default":
                wrong.append(f"{each['kind']} {each['metadata']['name']}: no {kind} {name} in its namespace")
    return wrong


def _names(node) -> collections.abc.Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for each in node:
            yield from _names(each)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if isinstance(value, dict) and not value.get("optional"):
            if key in ("secretKeyRef", "secretRef"):
                yield "Secret", value["name"]
            elif key in ("configMapKeyRef", "configMapRef", "configMap") and "name" in value:
                yield "ConfigMap", value["name"]
            elif key == "secret" and ("secretName" in value or "name" in value):
                yield "Secret", value.get("secretName") or value["name"]
        yield from _names(value)


def kamelet(definition: dict, file: str) -> list[str]:
    """What camel-kamelets' own validator asks of a Kamelet."""
    wrong = []
    name, spec = definition["metadata"]["name"], definition["spec"]
    if file != f"{name}.kamelet.yaml":
        wrong.append(f"{file}: is named {name}")
    kind = definition["metadata"].get("labels", {}).get("camel.apache.org/kamelet.type")
    if kind not in ("source", "sink", "action"):
        wrong.append(f"{name}: label camel.apache.org/kamelet.type is {kind}")
    elif not name.endswith(f"-{kind}"):
        wrong.append(f"{name}: a {kind} by its label, not by its name")
    for annotation in ("provider", "kamelet.group", "kamelet.support.level"):
        if not definition["metadata"].get("annotations", {}).get(f"camel.apache.org/{annotation}"):
            wrong.append(f"{name}: no annotation camel.apache.org/{annotation}")
    described = spec["definition"]
    properties = described.get("properties", {})
    for key in ("title", "description", "type"):
        if not described.get(key):
            wrong.append(f"{name}: definition has no {key}")
    for property_, each in properties.items():
        for key in ("title", "description", "type"):
            if not each.get(key):
                wrong.append(f"{name}: property {property_} has no {key}")
    for required in described.get("required", []):
        if required not in properties:
            wrong.append(f"{name}: requires {required}, which it does not define")
        elif "default" in properties[required]:
            wrong.append(f"{name}: {required} is required and has a default")
    text = json.dumps(spec["template"])
    used = set(re.findall(r"\{\{\??([A-Za-z]\w*)[}:]", text))
    own = {each["name"] for each in spec["template"].get("beans", [])}
    wrong += [f"{name}: uses {each}, which it does not define" for each in sorted(used - own - set(properties))]
    wrong += [f"{name}: property {each} is not used" for each in sorted(set(properties) - used)]
    return wrong
