variable "name" {
  description = "Name of the network; all that is in it begins with it"
  type        = string
  nullable    = false
}

variable "cidr" {
  description = "Addresses of the network; pods have addresses of it too"
  type        = string
  default     = "10.20.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 20
    error_message = "cidr is an IPv4 network from /16 to /20, as 10.20.0.0/16."
  }
}

variable "availability_zones" {
  description = "Zones in which there are nodes, 2 to 6: EKS wants two"
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.availability_zones)) == length(var.availability_zones) && length(var.availability_zones) >= 2 && length(var.availability_zones) <= 6
    error_message = "availability_zones names 2 to 6 different zones, as us-east-1a."
  }
}

variable "single_nat_gateway" {
  description = "One NAT gateway for all zones: cheaper, and without way out when its zone fails"
  type        = bool
  default     = false
  nullable    = false
}

variable "interface_endpoints" {
  description = "Services of AWS that have an address inside the network, by the last part of their service name"
  type        = set(string)
  default = [
    "ec2",      # volumes, by the EBS CSI driver
    "ecr.api",  # images
    "ecr.dkr",  # images
    "eks",      # nodes that join
    "eks-auth", # credentials of pods
    "glue",     # the lake's catalog
    "kms",      # keys of volumes and of the lake
    "logs",     # CloudWatch
    "sts",      # credentials
  ]
  nullable = false
}

variable "log_retention_days" {
  description = "Days for which flow logs are kept"
  type        = number
  default     = 30
  nullable    = false
}

variable "log_key_arn" {
  description = "Key that encrypts the flow logs; its policy lets CloudWatch use it for /aws/vpc/NAME/flow"
  type        = string
  nullable    = false
}
