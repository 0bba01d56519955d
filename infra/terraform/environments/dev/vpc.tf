module "vpc" {
  source = "../../modules/vpc"

  name               = var.cluster_name
  cidr               = var.vpc_cidr
  availability_zones = [for letter in var.zones : "${var.region}${letter}"]
  single_nat_gateway = true
  log_key_arn        = module.key.arn
}
