# The bucket that keeps the state of the environments. Its own state stays in this folder: what holds the
# others' state cannot be in it.
provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project    = "wal-cdc-platform"
      managed-by = "terraform"
      purpose    = "terraform-state"
    }
  }
}

data "aws_caller_identity" "current" {}

locals {
  bucket = coalesce(var.bucket_name, "wal-cdc-terraform-${data.aws_caller_identity.current.account_id}-${var.region}")
}

module "key" {
  source = "../modules/key"

  name                 = "wal-cdc/terraform-state"
  description          = "State of Terraform in ${local.bucket}"
  deletion_window_days = var.disposable ? 7 : 30
}

# An earlier state is what one goes back to when one was written wrongly.
module "bucket" {
  source = "../modules/bucket"

  name                      = local.bucket
  key_arn                   = module.key.arn
  former_versions_kept_days = 90
  force_destroy             = var.disposable
}
