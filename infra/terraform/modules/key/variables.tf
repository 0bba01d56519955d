variable "name" {
  description = "Alias of the key, without alias/"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9/_-]{1,200}$", var.name)) && !startswith(var.name, "aws/")
    error_message = "name is letters, digits, /, _ and -, and does not begin with aws/."
  }
}

variable "description" {
  description = "What the key encrypts"
  type        = string
  nullable    = false
}

variable "deletion_window_days" {
  description = "Days for which a destroyed key can still be restored, 7 to 30; it costs nothing meanwhile"
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.deletion_window_days >= 7 && var.deletion_window_days <= 30
    error_message = "deletion_window_days is 7 to 30; AWS deletes no key sooner."
  }
}

variable "services" {
  description = "Services of AWS that use the key by themselves: the service, the encryption context that says for what, and its ARNs"
  type = map(object({
    service = string
    context = string
    arns    = list(string)
  }))
  default  = {}
  nullable = false
}
