# Argo CD, and the Application that brings all others. From then on Git says what runs.
locals {
  root = yamldecode(var.root_application)

  # Deleting it deletes what it brought: volumes and load balancers of AWS as well.
  finalizer = "resources-finalizer.argocd.argoproj.io"

  root_source = merge(local.root.spec.source, {
    repoURL        = coalesce(var.repository_url, local.root.spec.source.repoURL)
    targetRevision = coalesce(var.revision, local.root.spec.source.targetRevision)
  })
}

resource "helm_release" "argocd" {
  name             = "argocd"
  namespace        = var.namespace
  create_namespace = true

  repository = var.chart_repository
  chart      = "argo-cd"
  version    = var.chart_versions.argo-cd

  values  = [var.values]
  atomic  = true
  timeout = 900
}

# A release of its own, for its kind is only known once Argo CD is there. When it is destroyed, Helm waits
# until the Application is gone, and with it all that it brought.
resource "helm_release" "root" {
  name      = "root"
  namespace = helm_release.argocd.namespace

  repository = var.chart_repository
  chart      = "argocd-apps"
  version    = var.chart_versions.argocd-apps

  wait    = true
  timeout = 1800

  values = [yamlencode({
    applications = {
      (local.root.metadata.name) = merge(local.root.spec, {
        namespace  = helm_release.argocd.namespace
        finalizers = [local.finalizer]
        source     = local.root_source
      })
    }
  })]
}
