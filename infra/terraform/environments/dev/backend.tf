# Where the state is: backend.hcl names bucket, region and key of KMS, as bootstrap writes it.
#   terraform init -backend-config=backend.hcl
terraform {
  backend "s3" {
    key          = "wal-cdc/dev/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}
