# The lake has a past of its own in its snapshots. The bucket's is for one case only: that somebody deletes
# files past Iceberg.
module "bucket" {
  source = "../bucket"

  name                      = var.bucket_name
  key_arn                   = module.key.arn
  former_versions_kept_days = var.deleted_files_kept_days
  force_destroy             = var.force_destroy
}
