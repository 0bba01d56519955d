locals {
  # Nodes need these to become ready; the others need nodes.
  before_nodes = {
    kube-proxy             = {}
    eks-pod-identity-agent = {}
    vpc-cni = {
      role            = var.vpc_cni_role_arn
      service_account = "aws-node"
      # Network policies are obeyed.
      configuration = { enableNetworkPolicy = "true" }
    }
  }
  on_nodes = {
    coredns = {}
    aws-ebs-csi-driver = {
      role            = var.ebs_csi_role_arn
      service_account = "ebs-csi-controller-sa"
      # A volume says whose it is, so that one that was left behind can be found.
      configuration = { controller = { extraVolumeTags = merge(var.tags, { cluster = var.name }) } }
    }
  }
}

resource "aws_eks_addon" "before_nodes" {
  for_each = local.before_nodes

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = var.addon_versions[each.key]
  configuration_values        = try(jsonencode(each.value.configuration), null)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = can(each.value.role) ? [each.value] : []

    content {
      role_arn        = pod_identity_association.value.role
      service_account = pod_identity_association.value.service_account
    }
  }
}

resource "aws_eks_addon" "on_nodes" {
  for_each = local.on_nodes

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = var.addon_versions[each.key]
  configuration_values        = try(jsonencode(each.value.configuration), null)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = can(each.value.role) ? [each.value] : []

    content {
      role_arn        = pod_identity_association.value.role
      service_account = pod_identity_association.value.service_account
    }
  }

  depends_on = [aws_eks_node_group.this]
}
