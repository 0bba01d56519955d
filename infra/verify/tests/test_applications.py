"""What root brings, and in which order."""

import checks
import pytest
import rendering
import yaml

DEPLOYED = (rendering.REPOSITORY / "integrations").is_dir()


def application(objects: list[dict], name: str) -> dict:
    return checks.named(objects, "Application")[name]


def test_each_comes_after_what_it_needs(applications):
    assert checks.waves(applications) == []


def test_every_application_has_needs_or_comes_first(applications):
    first = {"namespaces", "clickhouse-operator"}
    assert set(checks.named(applications, "Application")) == set(checks.NEEDS) | first


@pytest.mark.parametrize("name, needed", [(name, each) for name, all_ in checks.NEEDS.items() for each in all_])
def test_a_swapped_wave_is_refused(applications, name, needed):
    one, other = application(applications, name), application(applications, needed)
    one["metadata"]["annotations"], other["metadata"]["annotations"] = (
        other["metadata"]["annotations"],
        one["metadata"]["annotations"],
    )
    assert any(fault.startswith(f"{name} (wave ") and needed in fault for fault in checks.waves(applications))


def test_projects_allow_what_is_needed_and_no_more(applications):
    assert checks.projects(applications) == []


@pytest.mark.parametrize(
    "change, fault",
    [
        (lambda each: each["spec"].update(project="default"), "no project default"),
        (lambda each: each["spec"]["destination"].update(namespace="kube-public"), "has no namespace kube-public"),
        (lambda each: each["spec"]["sources"][0].update(repoURL="https://example.org"), "has no repository"),
        (lambda each: each["spec"]["sources"][0].update(targetRevision="5.x"), "is no exact version"),
    ],
)
def test_what_a_project_does_not_allow_is_refused(applications, change, fault):
    change(application(applications, "redpanda"))
    assert any(fault in each for each in checks.projects(applications))


def test_a_project_that_allows_everything_is_refused(applications):
    checks.named(applications, "AppProject")["pipeline"]["spec"]["sourceRepos"] = ["*"]
    assert checks.projects(applications)[0] == "project pipeline has a wildcard"


def test_pipeline_makes_nothing_of_the_clusters_own(applications):
    assert checks.named(applications, "AppProject")["pipeline"]["spec"]["clusterResourceWhitelist"] == []


def test_a_fork_is_followed_by_all(applications):
    for each in checks.named(applications, "Application").values():
        assert each["spec"]["sources"][-1]["repoURL"] == rendering.PARAMETERS["repository"]
        assert each["spec"]["sources"][-1]["targetRevision"] == rendering.PARAMETERS["revision"]


def test_root_hands_on_every_parameter():
    root = yaml.safe_load((rendering.REPOSITORY / "infra/argocd/apps/root.yaml").read_text())
    assert {each["name"] for each in root["spec"]["source"]["helm"]["parameters"]} == set(rendering.PARAMETERS)
    assert (rendering.REPOSITORY / root["spec"]["source"]["path"] / "Chart.yaml").is_file()


@pytest.mark.skipif(not DEPLOYED, reason="no manifests: integrations/ is missing")
@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_every_path_is_there(environment):
    assert checks.missing(rendering.applications(environment=environment), rendering.REPOSITORY) == []


def test_a_path_that_is_not_there_is_noticed(applications, tmp_path):
    assert "postgres: infra/kubernetes/postgres is missing" in checks.missing(applications, tmp_path)
    assert "redpanda: infra/kubernetes/redpanda/values.yaml is missing" in checks.missing(applications, tmp_path)
