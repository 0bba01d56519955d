# Namespaces and service accounts are those of the manifests: a stage's service account has the stage's name.
module "iceberg" {
  source = "../../modules/iceberg"

  cluster_name             = module.eks.name
  bucket_name              = coalesce(var.lake_bucket, "wal-cdc-lake-${data.aws_caller_identity.current.account_id}-${var.region}")
  source_schemas           = var.source_schemas
  key_deletion_window_days = local.key_deletion_window_days
  force_destroy            = var.disposable

  pods = {
    sink-iceberg       = { namespace = "ingestion-service", service_account = "sink-iceberg" }
    maintain-lakehouse = { namespace = "ingestion-service", service_account = "maintain-lakehouse" }
    verify             = { namespace = "ingestion-service", service_account = "verify" }
    quarantine         = { namespace = "ingestion-service", service_account = "quarantine" }
    flink              = { namespace = "flink", service_account = "flink" }
    trino              = { namespace = "trino", service_account = "trino" }
  }
}
