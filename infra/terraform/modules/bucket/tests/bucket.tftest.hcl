mock_provider "aws" {
  source = "../../verify/mocks"
}

variables {
  name                      = "wal-cdc-lake"
  key_arn                   = "arn:aws:kms:us-east-1:123456789012:key/lake"
  former_versions_kept_days = 7
  force_destroy             = false
}

run "is_private_and_encrypted" {
  command = apply

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "The bucket can be made public."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.key_arn
    error_message = "The bucket is not encrypted with the key that was given."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement :
      statement.Effect == "Deny" && statement.Condition.Bool["aws:SecureTransport"] == "false"
    ])
    error_message = "The bucket answers without TLS."
  }

  assert {
    condition     = one(one(aws_s3_bucket_lifecycle_configuration.this.rule).noncurrent_version_expiration).noncurrent_days == 7
    error_message = "Former versions do not go."
  }

  assert {
    condition     = !aws_s3_bucket.this.force_destroy
    error_message = "Files go with the bucket although nobody asked for it."
  }
}

run "refuses_a_name_that_s3_has_not" {
  command = plan

  variables {
    name = "Wal_CDC"
  }

  expect_failures = [var.name]
}

run "refuses_to_keep_nothing" {
  command = plan

  variables {
    former_versions_kept_days = 0
  }

  expect_failures = [var.former_versions_kept_days]
}
