mock_provider "aws" {
  source = "../verify/mocks"
}

run "names_the_bucket_after_the_account" {
  command = apply

  assert {
    condition     = strcontains(output.backend, "bucket     = \"wal-cdc-terraform-123456789012-us-east-1\"")
    error_message = "The bucket's name may be another account's."
  }

  assert {
    condition     = strcontains(output.backend, "arn:aws:kms:")
    error_message = "The state would not be encrypted with the key."
  }
}

run "takes_a_name_and_a_region" {
  command = apply

  variables {
    bucket_name = "our-states"
    region      = "eu-central-1"
  }

  assert {
    condition     = output.backend == "bucket     = \"our-states\"\nregion     = \"eu-central-1\"\nkms_key_id = \"${module.key.arn}\"\n"
    error_message = "backend.hcl would point elsewhere."
  }
}
