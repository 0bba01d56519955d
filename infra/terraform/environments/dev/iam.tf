data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  key_deletion_window_days = var.disposable ? 7 : 30
}

# One key for what the cluster keeps: secrets, volumes, logs and images. The lake has its own.
module "key" {
  source = "../../modules/key"

  name                 = "${var.cluster_name}/cluster"
  description          = "Secrets, volumes, logs and images of ${var.cluster_name}"
  deletion_window_days = local.key_deletion_window_days

  services = {
    Logs = {
      service = "logs.${var.region}.amazonaws.com"
      context = "kms:EncryptionContext:aws:logs:arn"
      arns    = ["arn:${data.aws_partition.current.partition}:logs:${var.region}:${data.aws_caller_identity.current.account_id}:log-group:/aws/*/${var.cluster_name}/*"]
    }
  }
}

module "iam" {
  source = "../../modules/iam"

  cluster_name = var.cluster_name
  key_arn      = module.key.arn
}
