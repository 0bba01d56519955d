variable "region" {
  description = "Region of the bucket"
  type        = string
  default     = "us-east-1"
  nullable    = false
}

variable "bucket_name" {
  description = "Name of the bucket, which no other account in the world may have; without one, wal-cdc-terraform-ACCOUNT-REGION"
  type        = string
  default     = null
}

variable "disposable" {
  description = "Whether terraform destroy also takes a bucket with states in it; set it when all environments are destroyed"
  type        = bool
  default     = false
  nullable    = false
}
