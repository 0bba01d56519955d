output "backend" {
  description = "Contents of an environment's backend.hcl"
  value       = <<-EOT
    bucket     = "${module.bucket.name}"
    region     = "${var.region}"
    kms_key_id = "${module.key.arn}"
  EOT
}
