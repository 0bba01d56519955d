data "aws_availability_zones" "available" {
  state = "available"

  # Local zones have no EKS.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

module "vpc" {
  source = "../../modules/vpc"

  name               = var.cluster_name
  cidr               = var.vpc_cidr
  availability_zones = slice(sort(data.aws_availability_zones.available.names), 0, var.zone_count)
  single_nat_gateway = true
  log_key_arn        = module.key.arn
}
