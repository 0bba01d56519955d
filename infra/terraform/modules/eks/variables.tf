variable "name" {
  description = "Name of the cluster"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9_-]{0,99}$", var.name))
    error_message = "name is letters, digits, - and _, 100 at most."
  }
}

variable "kubernetes_version" {
  description = "Version of Kubernetes, without a patch: one step up at a time, and never down"
  type        = string
  default     = "1.35"
  nullable    = false

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "kubernetes_version is a minor version, as 1.35."
  }
}

variable "addon_versions" {
  description = "Versions of the add-ons, of those that EKS has for the version of Kubernetes: aws eks describe-addon-versions"
  type        = map(string)
  default = {
    "aws-ebs-csi-driver"     = "v1.66.0-eksbuild.1"
    "coredns"                = "v1.13.2-eksbuild.21"
    "eks-pod-identity-agent" = "v1.3.10-eksbuild.3"
    "kube-proxy"             = "v1.35.3-eksbuild.21"
    "vpc-cni"                = "v1.22.4-eksbuild.3"
  }
  nullable = false

  validation {
    condition     = alltrue([for version in values(var.addon_versions) : can(regex("^v[0-9]+\\.[0-9]+\\.[0-9]+-eksbuild\\.[0-9]+$", version))])
    error_message = "addon_versions are exact, as v1.22.4-eksbuild.3."
  }
}

variable "subnet_ids" {
  description = "Private subnets, in two zones at least"
  type        = list(string)
  nullable    = false
}

variable "api_allowed_cidrs" {
  description = "Networks from which the API of the cluster is reached from outside; with none, only from inside the VPC"
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.api_allowed_cidrs : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")])
    error_message = "api_allowed_cidrs are networks, as 203.0.113.7/32; the whole Internet is none."
  }
}

variable "admin_principal_arns" {
  description = "Roles and users that may do everything in the cluster; whoever runs Terraform has to be one"
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.admin_principal_arns) > 0 && alltrue([for arn in var.admin_principal_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/", arn))])
    error_message = "admin_principal_arns is at least one ARN of an IAM role or user; of a session (arn:...:sts::...:assumed-role/NAME/...), the role: arn:aws:iam::ACCOUNT:role/NAME."
  }
}

variable "node_groups" {
  description = "Nodes, by name of their group; spot nodes can go at any moment, so they want a taint that keeps state away"
  type = map(object({
    instance_types = list(string)
    spot           = optional(bool, false)
    disk_gib       = optional(number, 50)
    labels         = optional(map(string), {})
    taints         = optional(map(object({ value = string, effect = string })), {})
    size           = object({ min = number, desired = number, max = number })
  }))
  nullable = false

  validation {
    condition     = anytrue([for group in values(var.node_groups) : !group.spot && length(group.taints) == 0 && group.size.min >= 1])
    error_message = "node_groups has no group of at least one on-demand node without taints; CoreDNS and the operators need one."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : !group.spot || length(group.taints) > 0])
    error_message = "A group of spot nodes has a taint, as interruptible = { value = \"true\", effect = \"NO_SCHEDULE\" }: or databases would be put there."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : group.size.min <= group.size.desired && group.size.desired <= group.size.max])
    error_message = "The sizes of a node group are min <= desired <= max."
  }
}

variable "cluster_role_arn" {
  description = "Role of the control plane"
  type        = string
  nullable    = false
}

variable "node_role_arn" {
  description = "Role of the nodes"
  type        = string
  nullable    = false
}

variable "vpc_cni_role_arn" {
  description = "Role of the network add-on"
  type        = string
  nullable    = false
}

variable "ebs_csi_role_arn" {
  description = "Role of the volume add-on"
  type        = string
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts secrets and the control plane's logs; its policy lets CloudWatch use it for /aws/eks/NAME/cluster"
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days for which the control plane's logs are kept"
  type        = number
  default     = 30
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether EKS refuses to delete the cluster"
  type        = bool
  default     = true
  nullable    = false
}

variable "tags" {
  description = "Tags for what EC2 and the volume driver make by themselves; the provider's default tags do not reach it"
  type        = map(string)
  default     = {}
  nullable    = false
}
