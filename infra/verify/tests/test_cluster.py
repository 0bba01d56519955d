"""What is deployed together."""

import copy
import subprocess

import checks
import cluster
import pytest
import rendering

CHART = rendering.REPOSITORY / "infra/kubernetes/helm/ingestion-service"
INTEGRATIONS = ("integrations/capture-postgres/overlays/prod", "integrations/all/overlays/prod")


@pytest.fixture(scope="session")
def _deployed() -> list[dict]:
    folders = {
        path
        for each in rendering.applications(environment="prod")
        if each["kind"] == "Application"
        for path in rendering.paths(each)
        if (rendering.REPOSITORY / path).is_dir()
    }
    return [each for folder in sorted(folders) for each in rendering.folder(rendering.REPOSITORY / folder)]


@pytest.fixture
def deployed(_deployed) -> list[dict]:
    """All that Argo CD makes of this repository for prod; a copy, to break."""
    return copy.deepcopy(_deployed)


def one(objects: list[dict], kind: str, name: str, namespace: str | None = None) -> dict:
    (found,) = [
        each
        for each in objects
        if each["kind"] == kind
        and each["metadata"]["name"] == name
        and namespace in (None, each["metadata"].get("namespace"))
    ]
    return found


def variables(integration: dict) -> list[str]:
    return integration["spec"]["traits"]["environment"]["vars"]


def test_settings(deployed):
    assert len(list(cluster.stages(deployed))) == 7
    assert cluster.settings(deployed) == []


def test_settings_of_made_up_changes():
    objects = rendering.folder(rendering.REPOSITORY / "integrations/all/overlays/synthetic")
    assert len(list(cluster.stages(objects))) == 6
    assert cluster.settings(objects) == []


@pytest.mark.parametrize(
    "stage, change, fault",
    [
        ("sink-iceberg", lambda vars_: vars_.append("ICEBERG_WAREHOSE=x"), "ICEBERG_WAREHOSE is read by nobody"),
        ("sink-iceberg", lambda vars_: vars_.remove("STAGES=sink-iceberg") or vars_.append("STAGES=verify"), "runs stage"),
        ("search", lambda vars_: vars_.remove("CLICKHOUSE_PASSWORD=secret:clickhouse/password"), "CLICKHOUSE_PASSWORD"),
        ("quarantine", lambda vars_: vars_.remove("ICEBERG_S3_REGION=configmap:lake/ICEBERG_S3_REGION"), "ICEBERG_S3"),
        ("verify", lambda vars_: vars_.remove("INGESTION_MODE=cdc"), "INGESTION_MODE is not set"),
    ],
)
def test_a_wrong_setting_is_noticed(deployed, stage, change, fault):
    change(variables(one(deployed, "Integration", stage)))
    assert any(fault in each for each in cluster.settings(deployed))


def test_flows(deployed):
    assert cluster.flows(deployed) == []


@pytest.mark.parametrize(
    "change, fault",
    [
        (
            lambda all_: one(all_, "Integration", "sink-iceberg")["metadata"]["labels"].pop("wal-cdc/log"),
            "sink-iceberg: no network policy lets it reach redpanda.redpanda:9093",
        ),
        (
            lambda all_: all_.remove(one(all_, "NetworkPolicy", "connections", "postgres")),
            "capture-postgres: no network policy lets it reach postgres.postgres:5432",
        ),
        (
            lambda all_: one(all_, "Integration", "search")["metadata"]["labels"].update({"wal-cdc/source": "true"}),
            "search: may reach postgres.postgres:5432, which it does not use",
        ),
        (
            lambda all_: one(all_, "Namespace", "flink")["metadata"]["labels"].pop("wal-cdc/connects"),
            "app-users: no network policy lets it reach redpanda.redpanda:9093",
        ),
        (
            lambda all_: one(all_, "Service", "trino")["spec"]["ports"][0].update(port=80),
            "dbt-trino: there is no server trino.trino:8080",
        ),
    ],
)
def test_a_wrong_flow_is_noticed(deployed, change, fault):
    change(deployed)
    assert fault in cluster.flows(deployed)


def test_quotas(deployed):
    assert cluster.quotas(deployed) == []


def test_a_quota_that_is_too_small_is_noticed(deployed):
    one(deployed, "ScaledObject", "sink-iceberg")["spec"]["maxReplicaCount"] = 40
    assert any(each.startswith("ingestion-service: pods ask for requests.cpu") for each in cluster.quotas(deployed))


def as_told(objects: list[dict]) -> dict:
    """What a stage is told and gets, however it is deployed."""
    told = {}
    for each, pod in cluster.stages(objects):
        environment = {
            name: variable.get("value") or variable["valueFrom"] for name, variable in cluster.environment(pod).items()
        }
        resources = pod["containers"][0]["resources"]
        amounts = {
            (part, name): cluster.amount(resources[part][name]) for part in resources for name in resources[part]
        }
        connections = {label for label in cluster.labels(each) if label.startswith("wal-cdc/")}
        told[each["metadata"]["name"]] = (
            environment,
            amounts,
            connections,
            pod["serviceAccountName"],
            pod["containers"][0]["image"],
            each["spec"].get("replicas"),
        )
    return told


def chart(*settings: str) -> list[dict]:
    return rendering.objects(
        rendering.tool("helm", "template", "x", CHART, "--namespace", "ingestion-service", *settings)
    )


def scaling(objects: list[dict]) -> dict:
    return {
        each["metadata"]["name"]: {key: value for key, value in each["spec"].items() if key != "scaleTargetRef"}
        for each in objects
        if each["kind"] == "ScaledObject"
    }


def test_the_chart_deploys_what_the_integrations_are():
    integrations = [each for path in INTEGRATIONS for each in rendering.folder(rendering.REPOSITORY / path)]
    assert as_told(chart()) == as_told(integrations)
    assert scaling(chart()) == scaling(integrations)
    assert as_told(chart("--set", "connections.clickhouse.CLICKHOUSE_USER=other")) != as_told(integrations)


def test_the_lake_is_the_same_for_all(deployed):
    lakes = [each["data"] for each in deployed if each["kind"] == "ConfigMap" and each["metadata"]["name"].startswith("lake")]
    assert len(lakes) == 3
    assert all(each == one(chart(), "ConfigMap", "lake")["data"] for each in lakes)


def test_made_up_changes_need_no_capture():
    names = set(checks.named(chart("--set", "mode=synthetic"), "Deployment"))
    assert "synthetic-events" in names
    assert not names & {"capture-postgres", "verify"}


@pytest.mark.parametrize(
    "setting", ["stages.capture-postgres.scale=2", "image=a:latest", "mode=both", "connections.log.brokers=x", "colour=red"]
)
def test_the_chart_refuses_wrong_values(setting):
    with pytest.raises(RuntimeError, match="values don't meet the specifications of the schema"):
        chart("--set", setting)


def set_image(repository, image: str) -> subprocess.CompletedProcess:
    return subprocess.run([repository / "integrations/set-image", image], capture_output=True, text=True)


@pytest.fixture
def repository(tmp_path):
    """A copy of what names the image."""
    for each in ("integrations", "infra/kubernetes/helm/ingestion-service"):
        subprocess.run(["cp", "-a", "--parents", each, tmp_path], cwd=rendering.REPOSITORY, check=True)
    (tmp_path / "infra/kubernetes/lake.env").write_bytes((rendering.REPOSITORY / "infra/kubernetes/lake.env").read_bytes())
    return tmp_path


def test_an_image_is_set_for_all_stages(repository):
    for digit in "12":  # A second time over the first.
        image = "registry.example.com:5000/team/pipeline@sha256:" + digit * 64
        assert set_image(repository, image).returncode == 0
        rendered = rendering.folder(repository / "integrations/all/overlays/prod")
        values = rendering.tool("helm", "template", "x", repository / "infra/kubernetes/helm/ingestion-service")
        found = {pod["containers"][0]["image"] for _, pod in checks.pods(rendered + rendering.objects(values))}
        assert found == {image}


@pytest.mark.parametrize("image", ["", "a:1.2", "a@sha256:12"])
def test_an_image_without_a_digest_is_refused(repository, image):
    done = set_image(repository, image)
    assert done.returncode == 2
    assert "no image with a digest" in done.stderr
