locals {
  argocd = "${path.module}/../../../argocd"
}

module "argocd" {
  source = "../../modules/argocd"

  values           = file("${local.argocd}/values.yaml")
  root_application = file("${local.argocd}/apps/root.yaml")
  repository_url   = var.repository_url
  revision         = var.revision

  # What Argo CD brings needs nodes, volumes, rights in the lake and a way to the cluster: it comes last,
  # and at destruction it goes first.
  depends_on = [module.vpc, module.eks, module.iceberg, kubernetes_storage_class_v1.gp3]
}
