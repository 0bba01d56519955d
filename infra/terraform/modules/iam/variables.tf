variable "cluster_name" {
  description = "Name of the cluster; the roles' names begin with it"
  type        = string
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts the cluster's secrets and volumes"
  type        = string
  nullable    = false
}
