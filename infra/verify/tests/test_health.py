"""Health of Applications and Integrations: the Lua of infra/argocd/values.yaml, as Argo CD runs it."""

import lupa.lua51
import pytest
import rendering
import yaml

CHECKS = yaml.safe_load((rendering.REPOSITORY / "infra/argocd/values.yaml").read_text())["configs"]["cm"]


def health(kind: str, status: dict | None, generation: int = 2) -> str:
    lua = lupa.lua51.LuaRuntime(unpack_returned_tuples=True)
    # Argo CD opens no other libraries.
    lua.execute("string, math, io, os, debug, coroutine = nil")
    lua.globals().obj = lua.table_from(
        {"metadata": {"generation": generation}, "status": status} if status is not None else {"metadata": {}},
        recursive=True,
    )
    return lua.execute(CHECKS[f"resource.customizations.health.{kind}"])["status"]


@pytest.mark.parametrize(
    "status, expected",
    [
        (None, "Progressing"),
        # Never synced: nothing is there that could be ill.
        ({"health": {"status": "Healthy"}}, "Progressing"),
        # Its hooks still run.
        ({"health": {"status": "Healthy"}, "operationState": {"phase": "Running"}}, "Progressing"),
        ({"health": {"status": "Degraded"}, "operationState": {"phase": "Running"}}, "Progressing"),
        ({"health": {"status": "Healthy"}, "operationState": {"phase": "Failed"}}, "Degraded"),
        ({"health": {"status": "Healthy"}, "operationState": {"phase": "Error"}}, "Degraded"),
        ({"health": {"status": "Missing"}, "operationState": {"phase": "Succeeded"}}, "Progressing"),
        ({"operationState": {"phase": "Succeeded"}}, "Progressing"),
        ({"health": {"status": "Degraded"}, "operationState": {"phase": "Succeeded"}}, "Degraded"),
        ({"health": {"status": "Healthy"}, "operationState": {"phase": "Succeeded"}}, "Healthy"),
    ],
)
def test_application(status, expected):
    assert health("argoproj.io_Application", status) == expected


def ready(value: str) -> list[dict]:
    return [{"type": "Other", "status": "False"}, {"type": "Ready", "status": value, "message": "1/1"}]


@pytest.mark.parametrize(
    "status, expected",
    [
        (None, "Progressing"),
        ({}, "Progressing"),
        ({"phase": "Initialization"}, "Progressing"),
        ({"phase": "Deploying", "conditions": ready("True")}, "Progressing"),
        ({"phase": "Running"}, "Progressing"),
        ({"phase": "Running", "conditions": ready("False")}, "Progressing"),
        ({"phase": "Running", "conditions": ready("True")}, "Healthy"),
        # What it says is about an older specification.
        ({"phase": "Running", "conditions": ready("True"), "observedGeneration": 1}, "Progressing"),
        ({"phase": "Running", "conditions": ready("True"), "observedGeneration": 2}, "Healthy"),
        ({"phase": "Error"}, "Degraded"),
    ],
)
def test_integration(status, expected):
    assert health("camel.apache.org_Integration", status) == expected
