variable "cluster_name" {
  description = "Cluster in which the pods run"
  type        = string
  nullable    = false
}

variable "name" {
  description = "Last part of the role's name: what the pods do"
  type        = string
  nullable    = false

  validation {
    condition     = length("${var.cluster_name}-${var.name}") <= 64
    error_message = "The role's name, cluster_name-name, has at most 64 characters."
  }
}

variable "namespace" {
  description = "Namespace of the service account"
  type        = string
  nullable    = false
}

variable "service_account" {
  description = "Service account of the pods"
  type        = string
  nullable    = false
}

variable "statements" {
  description = "What the role may do, as statements of an IAM policy"
  # Statements differ in their keys (Condition), so that no one type describes a list of them.
  type     = any
  default  = []
  nullable = false
}

variable "managed_policy_arns" {
  description = "Policies of AWS that say what the role may do, by a name of one's own"
  type        = map(string)
  default     = {}
  nullable    = false
}
