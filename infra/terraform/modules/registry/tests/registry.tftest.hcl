mock_provider "aws" {
  source = "../../verify/mocks"
}

variables {
  name    = "wal-cdc-pipeline"
  key_arn = "arn:aws:kms:us-east-1:123456789012:key/cluster"
}

run "keeps_tags_where_they_are" {
  command = apply

  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "A tag can be moved to another image, or images are not looked at."
  }

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.this.policy).rules[0].selection.countNumber == 20
    error_message = "Images are kept for ever."
  }
}

run "refuses_to_keep_only_the_one_that_runs" {
  command = plan

  variables {
    images_kept = 1
  }

  expect_failures = [var.images_kept]
}

run "refuses_a_name_that_ecr_has_not" {
  command = plan

  variables {
    name = "Pipeline"
  }

  expect_failures = [var.name]
}
