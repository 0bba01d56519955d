provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

# Both ask AWS for a token at each run: none is kept in the state.
provider "helm" {
  kubernetes = {
    host                   = module.eks.endpoint
    cluster_ca_certificate = module.eks.certificate_authority

    exec = {
      api_version = "client.authentication.k8s.io/v1beta1"
      command     = "aws"
      args        = local.token_command
    }
  }
}

provider "kubernetes" {
  host                   = module.eks.endpoint
  cluster_ca_certificate = module.eks.certificate_authority

  exec {
    api_version = "client.authentication.k8s.io/v1beta1"
    command     = "aws"
    args        = local.token_command
  }
}

locals {
  tags = {
    project     = "wal-cdc-platform"
    environment = "dev"
    managed-by  = "terraform"
  }

  token_command = ["eks", "get-token", "--cluster-name", var.cluster_name, "--region", var.region]
}
