"""What policies of IAM allow, as they are after Terraform made them."""

import dataclasses
import fnmatch
import json
from collections.abc import Iterator


@dataclasses.dataclass(frozen=True)
class Statement:
    """A statement of a policy that allows something."""

    where: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: dict = dataclasses.field(compare=False)

    def allows(self, action: str, resource: str) -> bool:
        """Whether it covers this, whatever its condition says."""
        return any(fnmatch.fnmatchcase(action, each) for each in self.actions) and any(
            fnmatch.fnmatchcase(resource, each) for each in self.resources
        )


def _tuple(value) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def statements(resources: list[dict]) -> Iterator[Statement]:
    """Every statement that allows something, in every policy of these resources of a state."""
    for resource in resources:
        for attribute, text in resource["values"].items():
            if attribute not in ("policy", "assume_role_policy") or not text:
                continue
            for each in json.loads(text).get("Statement", []):
                where = f"{resource['address']}.{attribute}"
                if each["Effect"] != "Allow":
                    continue
                unread = {"NotAction", "NotResource", "NotPrincipal"} & set(each)
                if unread:
                    raise ValueError(
                        f"{where} allows everything but something: {', '.join(sorted(unread))}"
                    )
                # A trust policy is about its own role.
                found = _tuple(each.get("Resource", "this role"))
                yield Statement(where, _tuple(each["Action"]), found, each.get("Condition", {}))


def wildcards(resources: list[dict]) -> set[tuple[str, str]]:
    """Where a policy allows actions that are not written out, or all resources there are."""
    found = set()
    for statement in statements(resources):
        found |= {(statement.where, action) for action in statement.actions if "*" in action}
        # An ARN says at least of which service, and of which bucket, database or group of ours.
        found |= {
            (statement.where, resource)
            for resource in statement.resources
            if resource == "*" or resource.split(":", 5)[-1] in ("*", "*/*")
        }
    return found
