variable "name" {
  description = "Name of the repository: that of the image"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.name))
    error_message = "name is lower case letters and digits, with single ., _, / or - between."
  }
}

variable "key_arn" {
  description = "Key that encrypts the images"
  type        = string
  nullable    = false
}

variable "images_kept" {
  description = "How many images stay; older ones are removed"
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.images_kept >= 2
    error_message = "images_kept is at least 2: the one that runs and the one before."
  }
}

variable "force_delete" {
  description = "Whether the repository may be destroyed with images in it"
  type        = bool
  default     = false
  nullable    = false
}
