"""The schema that is read from the typed packages is the providers'."""

import mirror
import pytest
import schema


@pytest.fixture(scope="module")
def aws(wheels):
    return schema.Package(wheels["aws"]).schema({"aws_eks_cluster"}, {"aws_region"})


@pytest.fixture(scope="module")
def helm(wheels):
    return schema.Package(wheels["helm"]).schema({"helm_release"}, set())


def test_says_of_which_release_it_is(aws):
    assert aws["provider_version"] == "6.69.1"


def test_knows_attributes_and_what_they_are(aws):
    attributes = aws["resource_schemas"]["aws_eks_cluster"]["block"]["attributes"]
    assert attributes["name"] == {"required": True, "type": "string"}
    assert attributes["version"] == {"computed": True, "optional": True, "type": "string"}
    assert attributes["arn"] == {"computed": True, "type": "string"}
    assert attributes["enabled_cluster_log_types"] == {"optional": True, "type": ["set", "string"]}
    assert attributes["tags"] == {"optional": True, "type": ["map", "string"]}
    assert attributes["tags_all"] == {"computed": True, "optional": True, "type": ["map", "string"]}
    assert attributes["certificate_authority"] == {
        "computed": True,
        "type": ["list", ["object", {"data": "string"}]],
    }


def test_knows_blocks_and_how_many_there_may_be(aws):
    blocks = aws["resource_schemas"]["aws_eks_cluster"]["block"]["block_types"]
    vpc = blocks["vpc_config"]
    assert (vpc["nesting_mode"], vpc["min_items"], vpc["max_items"]) == ("list", 1, 1)
    assert vpc["block"]["attributes"]["subnet_ids"] == {"required": True, "type": ["set", "string"]}
    assert "min_items" not in blocks["access_config"]
    assert blocks["timeouts"]["nesting_mode"] == "single"
    assert "max_items" not in aws["provider"]["block"]["block_types"]["default_tags"]


def test_tells_objects_from_blocks(helm):
    release = helm["resource_schemas"]["helm_release"]["block"]
    assert release["block_types"] == {}
    assert release["attributes"]["set"]["nested_type"]["nesting_mode"] == "list"
    assert (
        helm["provider"]["block"]["attributes"]["kubernetes"]["nested_type"]["nesting_mode"] == "single"
    )


def test_knows_data_sources(aws):
    assert aws["data_source_schemas"]["aws_region"]["block"]["attributes"]["region"]["computed"]


def test_refuses_a_resource_that_the_provider_lacks(wheels):
    with pytest.raises(schema.UnknownType, match="no resource aws_eks_clutser"):
        schema.Package(wheels["aws"]).schema({"aws_eks_clutser"}, set())


def test_refuses_a_provider_without_a_package(tmp_path):
    (tmp_path / "main.tf").write_text('resource "azurerm_resource_group" "this" {}\n')
    assert mirror.used_types(tmp_path) == {"azurerm": {"resource": {"azurerm_resource_group"}}}
    with pytest.raises(schema.UnknownType, match="no package for provider azurerm"):
        mirror.schemas(tmp_path, mirror.used_types(tmp_path), tmp_path)
