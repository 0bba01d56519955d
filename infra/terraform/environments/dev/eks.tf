module "eks" {
  source = "../../modules/eks"

  name                 = var.cluster_name
  subnet_ids           = module.vpc.private_subnet_ids
  api_allowed_cidrs    = var.api_allowed_cidrs
  admin_principal_arns = var.admin_principal_arns
  node_groups          = var.node_groups
  cluster_role_arn     = module.iam.cluster_role_arn
  node_role_arn        = module.iam.node_role_arn
  vpc_cni_role_arn     = module.iam.vpc_cni_role_arn
  ebs_csi_role_arn     = module.iam.ebs_csi_role_arn
  key_arn              = module.key.arn
  deletion_protection  = !var.disposable
  tags                 = local.tags
}

# What a volume is unless a claim says otherwise.
resource "kubernetes_storage_class_v1" "gp3" {
  metadata {
    name = "gp3"
    annotations = {
      "storageclass.kubernetes.io/is-default-class" = "true"
    }
  }

  storage_provisioner    = "ebs.csi.aws.com"
  volume_binding_mode    = "WaitForFirstConsumer" # a volume is in the zone of its pod
  reclaim_policy         = "Delete"
  allow_volume_expansion = true

  parameters = {
    type      = "gp3"
    encrypted = "true"
    kmsKeyId  = module.key.arn
  }

  depends_on = [module.eks]
}
