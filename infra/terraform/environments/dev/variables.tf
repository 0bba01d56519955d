variable "region" {
  description = "Region of AWS in which everything is"
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region is one of AWS, as us-east-1."
  }
}

variable "cluster_name" {
  description = "Name of the cluster, and first part of the names of what is around it"
  type        = string
  default     = "postgres-wal-cdc-cluster"
  nullable    = false

  validation {
    # The longest name of a role: NAME-maintain-lakehouse.
    condition     = length(var.cluster_name) <= 45
    error_message = "cluster_name has at most 45 characters, for names of roles begin with it."
  }
}

variable "vpc_cidr" {
  description = "Addresses of the network"
  type        = string
  default     = "10.20.0.0/16"
  nullable    = false
}

variable "zones" {
  description = "Availability zones that have nodes, by the last letter of their names; named, for a list of AWS changes"
  type        = list(string)
  default     = ["a", "b"]
  nullable    = false

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 3 && alltrue([for zone in var.zones : can(regex("^[a-z]$", zone))])
    error_message = "zones are two or three letters, as [\"a\", \"b\"]."
  }
}

variable "api_allowed_cidrs" {
  description = "Networks from which kubectl and Terraform reach the cluster; with none, only from inside the VPC"
  type        = list(string)
  nullable    = false
}

variable "admin_principal_arns" {
  description = "IAM roles and users that may do everything in the cluster; the one that runs Terraform is among them"
  type        = set(string)
  nullable    = false
}

variable "node_groups" {
  description = "Nodes of the cluster, by name of their group"
  type = map(object({
    instance_types = list(string)
    spot           = optional(bool, false)
    disk_gib       = optional(number, 50)
    labels         = optional(map(string), {})
    taints         = optional(map(object({ value = string, effect = string })), {})
    size           = object({ min = number, desired = number, max = number })
  }))
  default = {
    state = {
      instance_types = ["m7i.xlarge"]
      size           = { min = 3, desired = 3, max = 4 }
    }
  }
  nullable = false
}

variable "lake_bucket" {
  description = "Name of the lake's bucket, which no other account in the world may have; without one, wal-cdc-lake-ACCOUNT-REGION"
  type        = string
  default     = null
}

variable "source_schemas" {
  description = "Schemas of the source whose tables come into the lake, and flink_app, where the Flink jobs write theirs"
  type        = set(string)
  default     = ["app", "flink_app"]
  nullable    = false
}

variable "repository_url" {
  description = "Git repository that Argo CD follows: your fork; without one, that which apps/root.yaml names"
  type        = string
  default     = null
}

variable "revision" {
  description = "Branch, tag or commit that Argo CD follows; without one, that which apps/root.yaml names"
  type        = string
  default     = null
}

variable "disposable" {
  description = "Whether terraform destroy also takes what holds data: cluster, files of the lake, images, and keys after a week"
  type        = bool
  default     = true
  nullable    = false
}
