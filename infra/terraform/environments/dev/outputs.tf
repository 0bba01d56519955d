output "kubeconfig_command" {
  description = "Lets kubectl reach the cluster"
  value       = "aws eks update-kubeconfig --region ${var.region} --name ${module.eks.name}"
}

output "argocd_password_command" {
  description = "Shows the first password of Argo CD's user admin"
  value       = "kubectl -n ${module.argocd.namespace} get secret argocd-initial-admin-secret -o jsonpath='{.data.password}' | base64 -d; echo"
}

output "image_repository" {
  description = "Where the pipeline's image is pushed to"
  value       = module.registry.url
}

output "pipeline_settings" {
  description = "What the pipeline has to be told of the lake, as environment variables"
  value       = module.iceberg.settings
}
