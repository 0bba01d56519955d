output "cluster_role_arn" {
  description = "Role of the control plane, once it has its rights"
  value       = aws_iam_role.cluster.arn

  # A cluster that outlives its rights cannot remove what it made.
  depends_on = [aws_iam_role_policy_attachment.cluster, aws_iam_role_policy.cluster_key]
}

output "node_role_arn" {
  description = "Role of the nodes, once it has its rights"
  value       = aws_iam_role.node.arn

  depends_on = [aws_iam_role_policy_attachment.node]
}

output "vpc_cni_role_arn" {
  description = "Role of the network add-on"
  value       = module.vpc_cni.arn
}

output "ebs_csi_role_arn" {
  description = "Role of the volume add-on"
  value       = module.ebs_csi.arn
}
