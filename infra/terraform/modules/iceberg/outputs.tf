output "settings" {
  description = "What the pipeline has to be told, as environment variables"
  value = {
    ICEBERG_WAREHOUSE = "s3://${local.warehouse}"
    ICEBERG_S3_REGION = data.aws_region.current.region
    QUARANTINE_BUCKET = module.bucket.name
    QUARANTINE_FOLDER = var.quarantine_folder
  }
}
