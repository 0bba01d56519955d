# The lake on AWS: a bucket, databases of Glue over it, and for each part of the platform that touches it
# a role with the rights that it needs.
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  warehouse = "${module.bucket.name}/${var.warehouse_folder}"
}

module "key" {
  source = "../key"

  name                 = "${var.cluster_name}/lake"
  description          = "Files of the lake ${var.bucket_name}"
  deletion_window_days = var.key_deletion_window_days
}
