variable "name" {
  description = "Name of the bucket, which no other account in the world may have"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name is 3 to 63 lower case letters, digits and -."
  }
}

variable "key_arn" {
  description = "Key that encrypts the bucket's files"
  type        = string
  nullable    = false
}

variable "former_versions_kept_days" {
  description = "Days for which files that were deleted or replaced can be restored"
  type        = number
  nullable    = false

  validation {
    condition     = var.former_versions_kept_days >= 1
    error_message = "former_versions_kept_days is at least 1."
  }
}

variable "force_destroy" {
  description = "Whether the bucket may be destroyed with files in it"
  type        = bool
  nullable    = false
}
