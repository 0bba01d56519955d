variable "namespace" {
  description = "Namespace of Argo CD"
  type        = string
  default     = "wal-cdc-argocd"
  nullable    = false
}

variable "chart_repository" {
  description = "Where the charts argo-cd and argocd-apps are"
  type        = string
  default     = "https://argoproj.github.io/argo-helm"
  nullable    = false
}

variable "chart_versions" {
  description = "Versions of the charts; argo-cd 10.1.1 is Argo CD 3.4.4"
  type        = object({ argo-cd = string, argocd-apps = string })
  default     = { argo-cd = "10.1.1", argocd-apps = "2.0.5" }
  nullable    = false

  validation {
    condition     = alltrue([for version in values(var.chart_versions) : can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+$", version))])
    error_message = "chart_versions are exact, as 10.1.1."
  }
}

variable "values" {
  description = "Values of the chart argo-cd, YAML"
  type        = string
  nullable    = false

  validation {
    condition     = can(yamldecode(var.values))
    error_message = "values is no YAML."
  }
}

variable "root_application" {
  description = "The Application that brings all others, YAML"
  type        = string
  nullable    = false

  validation {
    condition = can([
      yamldecode(var.root_application).metadata.name,
      yamldecode(var.root_application).spec.source.repoURL,
      yamldecode(var.root_application).spec.source.targetRevision,
    ])
    error_message = "root_application is no Application with metadata.name, spec.source.repoURL and spec.source.targetRevision."
  }
}

variable "repository_url" {
  description = "Git repository that Argo CD follows, if it is not the one that root_application names"
  type        = string
  default     = null
}

variable "revision" {
  description = "Branch, tag or commit that Argo CD follows, if it is not the one that root_application names"
  type        = string
  default     = null
}
