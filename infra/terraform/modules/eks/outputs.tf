output "name" {
  description = "Name of the cluster, once pods run in it"
  value       = aws_eks_cluster.this.name

  # What is put into the cluster goes before the right to do so, and before the nodes.
  depends_on = [aws_eks_addon.on_nodes, aws_eks_access_policy_association.admin]
}

output "endpoint" {
  description = "Address of the cluster's API"
  value       = aws_eks_cluster.this.endpoint
}

output "certificate_authority" {
  description = "Certificate of the API's authority, PEM"
  value       = base64decode(aws_eks_cluster.this.certificate_authority[0].data)
}
