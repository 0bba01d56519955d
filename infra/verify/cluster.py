"""Checks of what is deployed together: settings, servers, who reaches whom, what fits. One sentence a fault."""

import collections.abc
import dataclasses
import re

import checks
import rendering

ROUTES = rendering.REPOSITORY / "routes"
# Read by the program or the JVM, not by a route.
OF_THE_PROCESS = {"STAGES", "JAVA_TOOL_OPTIONS", "CAMEL_MAIN_PROFILE"}
# What is used through a component that is configured in application.properties, by what a route says.
LAKE = ("iceberg", "letter-archive-sink")
HOST = re.compile(r"(?:https?://)?([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.cluster\.local(?::(\d+))?")


def variable(property_: str) -> str:
    return re.sub(r"[.\-]", "_", property_).upper()


def properties() -> dict[str, str]:
    lines = (ROUTES / "application.properties").read_text().splitlines()
    pairs = (each.lstrip("#").split("=", 1) for each in lines if re.match(r"#?[a-z][\w.]*=", each))
    return dict(pairs)


def required(stage: str) -> set[str]:
    """Variables without which a stage would look for its servers on its own host, or log in without a password."""
    known = properties()
    route = (ROUTES / f"{stage}.camel.yaml").read_text()
    used = set(re.findall(r"\{\{([a-z][\w.]*)\}\}", route))
    wanted = {
        variable(each)
        for each in used & set(known)
        if "localhost" in known[each] or each.endswith((".password", "topic.prefix"))
    }
    wanted = {each for each in wanted if each != "TOPIC_PREFIX"}
    if any(each in route for each in LAKE):
        wanted |= {"ICEBERG_S3_REGION"}
    return wanted | {"STAGES", "MANAGEMENT_HOST", "INGESTION_MODE"}


def environment(pod: dict) -> dict[str, dict]:
    return {each["name"]: each for each in pod["containers"][0].get("env", [])}


def stages(objects: list[dict]) -> collections.abc.Iterator[tuple[dict, dict]]:
    """Integrations and Deployments that run a stage, each with its pod."""
    for each, pod in checks.pods(objects):
        if "STAGES" in environment(pod):
            yield each, pod


def settings(objects: list[dict]) -> list[str]:
    known = {variable(each) for each in properties()} | OF_THE_PROCESS
    wrong = []
    for each, pod in stages(objects):
        name, have = each["metadata"]["name"], environment(pod)
        wrong += [f"{name}: {unknown} is read by nobody" for unknown in sorted(set(have) - known)]
        stage = have["STAGES"]["value"]
        if stage != name:
            wrong.append(f"{name}: runs stage {stage}")
        elif not (ROUTES / f"{stage}.camel.yaml").is_file():
            wrong.append(f"{name}: there is no such stage")
        else:
            wrong += [f"{name}: {missing} is not set" for missing in sorted(required(stage) - set(have))]
    return wrong


@dataclasses.dataclass(frozen=True)
class Pod:
    name: str
    namespace: str
    labels: dict
    hosts: frozenset = frozenset()


# Made by charts and operators, with the labels that these give.
SERVERS = {
    ("redpanda", "redpanda", 9093): Pod("redpanda", "redpanda", {"app.kubernetes.io/name": "redpanda"}),
    ("clickhouse", "clickhouse", 8123): Pod(
        "clickhouse", "clickhouse", {"clickhouse.altinity.com/chi": "clickhouse"}
    ),
}


def labels(each: dict) -> dict:
    """Those of the pods."""
    if each["kind"] == "Integration":
        passed = each["spec"]["traits"]["owner"]["targetLabels"]
        own = each["metadata"].get("labels", {})
        return {name: own[name] for name in passed if name in own}
    if each["kind"] == "FlinkDeployment":
        return each["spec"]["podTemplate"]["metadata"]["labels"]
    if each["kind"] == "CronJob":
        return each["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    return each["spec"]["template"]["metadata"]["labels"]


def workloads(objects: list[dict]) -> list[Pod]:
    found = []
    flink = [(each, each["spec"]["podTemplate"]["spec"]) for each in objects if each["kind"] == "FlinkDeployment"]
    for each, pod in [*checks.pods(objects), *flink]:
        text = repr([container.get("env", []) for container in pod["containers"]])
        hosts = frozenset((host, space, int(port or 5432)) for host, space, port in HOST.findall(text))
        found.append(Pod(each["metadata"]["name"], each["metadata"]["namespace"], labels(each), hosts))
    return found


def servers(objects: list[dict]) -> dict[tuple, Pod]:
    """What can be reached by name, and the pod behind it."""
    found = dict(SERVERS)
    pods = workloads(objects)
    for each in objects:
        if each["kind"] != "Service":
            continue
        namespace, selector = each["metadata"]["namespace"], each["spec"]["selector"].items()
        for pod in pods:
            if pod.namespace == namespace and selector <= pod.labels.items():
                for port in each["spec"]["ports"]:
                    found[each["metadata"]["name"], namespace, port["port"]] = pod
    return found


def selects(selector: dict | None, labels_: dict) -> bool:
    return selector is None or selector.get("matchLabels", {}).items() <= labels_.items()


def allowed(objects: list[dict], source: Pod, target: Pod, port: int) -> bool:
    """As Kubernetes decides: both ends have to allow it, where a policy is about them at all."""
    namespaces = {
        each["metadata"]["name"]: {"kubernetes.io/metadata.name": each["metadata"]["name"]} | each["metadata"].get("labels", {})
        for each in objects
        if each["kind"] == "Namespace"
    }

    def one(direction: str, rule_end: str, here: Pod, there: Pod) -> bool:
        about = [
            each["spec"]
            for each in objects
            if each["kind"] == "NetworkPolicy"
            and each["metadata"]["namespace"] == here.namespace
            and direction in each["spec"]["policyTypes"]
            and selects(each["spec"]["podSelector"], here.labels)
        ]
        return not about or any(
            matches(rule, rule_end, here, there)
            for spec in about
            for rule in spec.get(direction.lower(), [])
        )

    def matches(rule: dict, end: str, here: Pod, there: Pod) -> bool:
        if not any(each["port"] == port for each in rule.get("ports", [{"port": port}])):
            return False
        peers = rule.get(end)
        return not peers or any(
            "ipBlock" not in peer
            and selects(peer.get("podSelector"), there.labels)
            and (
                selects(peer["namespaceSelector"], namespaces.get(there.namespace, {}))
                if "namespaceSelector" in peer
                else here.namespace == there.namespace
            )
            for peer in peers
        )

    return one("Egress", "to", source, target) and one("Ingress", "from", target, source)


def flows(objects: list[dict]) -> list[str]:
    """Every pod reaches the servers that it is told of, and no other."""
    known, wrong = servers(objects), []
    for pod in workloads(objects):
        for host in sorted(pod.hosts - set(known)):
            wrong.append(f"{pod.name}: there is no server {host[0]}.{host[1]}:{host[2]}")
        for (name, namespace, port), server in known.items():
            if server == pod or (namespace == pod.namespace and name not in {each[0] for each in pod.hosts}):
                continue
            wanted, may = (name, namespace, port) in pod.hosts, allowed(objects, pod, server, port)
            if wanted and not may:
                wrong.append(f"{pod.name}: no network policy lets it reach {name}.{namespace}:{port}")
            if may and not wanted:
                wrong.append(f"{pod.name}: may reach {name}.{namespace}:{port}, which it does not use")
    return wrong


def amount(quantity: str | float) -> float:
    number, unit = re.fullmatch(r"([\d.]+)([a-zA-Z]*)", str(quantity)).groups()
    return float(number) * {"": 1, "m": 0.001, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}[unit]


def quotas(objects: list[dict]) -> list[str]:
    """What pods ask for at their most fits into the quota of their namespace."""
    wrong = []
    most = {
        (each["metadata"]["namespace"], each["spec"]["scaleTargetRef"]["name"]): each["spec"]["maxReplicaCount"]
        for each in objects
        if each["kind"] == "ScaledObject"
    }
    for quota in (each for each in objects if each["kind"] == "ResourceQuota"):
        namespace, hard = quota["metadata"]["namespace"], quota["spec"]["hard"]
        for key in ("requests.cpu", "requests.memory", "limits.memory"):
            part, resource = key.split(".")
            sum_ = 0.0
            for each, pod in checks.pods(objects):
                if each["metadata"]["namespace"] == namespace:
                    replicas = most.get((namespace, each["metadata"]["name"]), each["spec"].get("replicas", 1))
                    for container in pod["containers"]:
                        sum_ += replicas * amount(container["resources"][part].get(resource, 0))
            if sum_ > amount(hard[key]):
                wrong.append(f"{namespace}: pods ask for {key} {sum_:g}, the quota is {hard[key]}")
    return wrong
