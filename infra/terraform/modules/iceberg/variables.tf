variable "cluster_name" {
  description = "Cluster whose pods use the lake"
  type        = string
  nullable    = false
}

variable "bucket_name" {
  description = "Name of the bucket, which no other account in the world may have"
  type        = string
  nullable    = false
}

variable "warehouse_folder" {
  description = "Folder of the bucket with the tables: the pipeline's iceberg.warehouse"
  type        = string
  default     = "warehouse"
  nullable    = false
}

variable "quarantine_folder" {
  description = "Folder of the bucket with records that could not be applied: the pipeline's quarantine.folder"
  type        = string
  default     = "quarantine"
  nullable    = false
}

variable "source_schemas" {
  description = "Schemas of the source whose tables come into the lake"
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.source_schemas) > 0 && alltrue([for schema in var.source_schemas : can(regex("^[a-z0-9_]+$", schema))])
    error_message = "source_schemas is at least one name of lower case letters, digits and _, as Glue has them."
  }

  validation {
    condition     = !contains(var.source_schemas, var.marts_schema)
    error_message = "source_schemas has marts_schema in it; models of dbt want a schema of their own."
  }
}

variable "marts_schema" {
  description = "Schema of the lake that dbt writes its models to"
  type        = string
  default     = "marts"
  nullable    = false
}

variable "pods" {
  description = "Namespace and service account of each part of the platform that uses the lake"
  type = object({
    sink-iceberg       = object({ namespace = string, service_account = string })
    maintain-lakehouse = object({ namespace = string, service_account = string })
    verify             = object({ namespace = string, service_account = string })
    quarantine         = object({ namespace = string, service_account = string })
    flink              = object({ namespace = string, service_account = string })
    trino              = object({ namespace = string, service_account = string })
  })
  nullable = false

  validation {
    condition     = length(distinct(values(var.pods))) == length(values(var.pods))
    error_message = "Two of pods share a service account; each has rights of its own."
  }
}

variable "deleted_files_kept_days" {
  description = "Days for which files that were deleted can be restored"
  type        = number
  default     = 7
  nullable    = false
}

variable "key_deletion_window_days" {
  description = "Days for which the lake's key can be restored after it was destroyed"
  type        = number
  default     = 30
  nullable    = false
}

variable "force_destroy" {
  description = "Whether the bucket may be destroyed with files in it"
  type        = bool
  default     = false
  nullable    = false
}
