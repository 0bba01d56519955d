mock_provider "aws" {
  source = "../../verify/mocks"
}

variables {
  cluster_name   = "postgres-wal-cdc-cluster"
  bucket_name    = "wal-cdc-lake"
  source_schemas = ["app"]

  pods = {
    sink-iceberg       = { namespace = "ingestion-service", service_account = "sink-iceberg" }
    maintain-lakehouse = { namespace = "ingestion-service", service_account = "maintain-lakehouse" }
    verify             = { namespace = "ingestion-service", service_account = "verify" }
    quarantine         = { namespace = "ingestion-service", service_account = "quarantine" }
    flink              = { namespace = "flink", service_account = "flink" }
    trino              = { namespace = "trino", service_account = "trino" }
  }
}

run "has_a_database_for_each_schema_where_the_pipeline_writes" {
  command = apply

  assert {
    condition     = { for name, database in aws_glue_catalog_database.this : name => database.location_uri } == { app = "s3://wal-cdc-lake/warehouse/app", marts = "s3://wal-cdc-lake/warehouse/marts" }
    error_message = "A schema has no database, or its tables would lie elsewhere."
  }

  assert {
    condition = output.settings == {
      ICEBERG_WAREHOUSE = "s3://wal-cdc-lake/warehouse"
      ICEBERG_S3_REGION = "us-east-1"
      QUARANTINE_BUCKET = "wal-cdc-lake"
      QUARANTINE_FOLDER = "quarantine"
    }
    error_message = "The pipeline is told other places than those that there are."
  }
}

run "gives_each_part_a_role" {
  command = apply

  assert {
    condition = { for part, association in aws_eks_pod_identity_association.this : part => "${association.namespace}/${association.service_account}" } == {
      for part, pod in var.pods : part => "${pod.namespace}/${pod.service_account}"
    }
    error_message = "A part has no role, or another's."
  }
}

run "lets_dbt_write_models_and_nothing_else" {
  command = apply

  assert {
    condition = flatten([
      for statement in local.statements.trino : statement.Resource if contains(statement.Action, "s3:PutObject")
    ]) == ["arn:aws:s3:::mock/warehouse/marts/*"]
    error_message = "Trino may write elsewhere than in the models of dbt."
  }
}

run "refuses_a_schema_that_is_dbts" {
  command = plan

  variables {
    source_schemas = ["app", "marts"]
  }

  expect_failures = [var.source_schemas]
}

run "refuses_a_schema_that_glue_cannot_name" {
  command = plan

  variables {
    source_schemas = ["App"]
  }

  expect_failures = [var.source_schemas]
}

run "refuses_two_parts_with_one_service_account" {
  command = plan

  variables {
    pods = {
      sink-iceberg       = { namespace = "ingestion-service", service_account = "default" }
      maintain-lakehouse = { namespace = "ingestion-service", service_account = "default" }
      verify             = { namespace = "ingestion-service", service_account = "verify" }
      quarantine         = { namespace = "ingestion-service", service_account = "quarantine" }
      flink              = { namespace = "flink", service_account = "flink" }
      trino              = { namespace = "trino", service_account = "trino" }
    }
  }

  expect_failures = [var.pods]
}
