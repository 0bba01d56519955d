output "namespace" {
  description = "Namespace of Argo CD, once it runs"
  value       = helm_release.argocd.namespace
}
