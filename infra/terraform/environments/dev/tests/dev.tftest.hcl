mock_provider "aws" {
  source = "../../verify/mocks"
}

mock_provider "helm" {}

mock_provider "kubernetes" {}

variables {
  api_allowed_cidrs    = ["203.0.113.7/32"]
  admin_principal_arns = ["arn:aws:iam::123456789012:role/platform-admin"]
}

# Applied and destroyed as a whole.
run "environment" {
  command = apply

  assert {
    condition     = output.pipeline_settings.ICEBERG_WAREHOUSE == "s3://wal-cdc-lake-123456789012-us-east-1/warehouse"
    error_message = "The lake's bucket may be another account's."
  }

  assert {
    condition     = output.kubeconfig_command == "aws eks update-kubeconfig --region us-east-1 --name postgres-wal-cdc-cluster"
    error_message = "kubectl would be pointed elsewhere."
  }

  assert {
    condition     = kubernetes_storage_class_v1.gp3.parameters.encrypted == "true" && kubernetes_storage_class_v1.gp3.reclaim_policy == "Delete"
    error_message = "Volumes are not encrypted, or outlive their claims."
  }
}

run "refuses_one_zone" {
  command = plan

  variables {
    zones = ["a"]
  }

  expect_failures = [var.zones]
}

run "refuses_a_name_that_is_too_long_for_roles" {
  command = plan

  variables {
    cluster_name = "a-cluster-with-a-name-that-is-too-long-for-iam"
  }

  expect_failures = [var.cluster_name]
}

run "refuses_what_is_no_region" {
  command = plan

  variables {
    region = "Frankfurt"
  }

  expect_failures = [var.region]
}
