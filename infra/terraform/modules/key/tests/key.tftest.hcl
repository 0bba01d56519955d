mock_provider "aws" {
  source = "../../verify/mocks"
}

variables {
  name        = "platform/lake"
  description = "Files"
}

run "rotates_and_has_its_alias" {
  command = apply

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_alias.this.name == "alias/platform/lake"
    error_message = "The key does not rotate, or is not found by its name."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_kms_key.this.policy).Statement : !strcontains(join(" ", statement.Action), "*")])
    error_message = "The key's policy has actions that nobody wrote down."
  }
}

run "lets_a_service_use_it_for_what_is_named" {
  command = apply

  variables {
    services = {
      Logs = {
        service = "logs.us-east-1.amazonaws.com"
        context = "kms:EncryptionContext:aws:logs:arn"
        arns    = ["arn:aws:logs:us-east-1:123456789012:log-group:/aws/eks/x/cluster"]
      }
    }
  }

  assert {
    condition = [
      for statement in jsondecode(aws_kms_key.this.policy).Statement : statement.Condition.ArnEquals["kms:EncryptionContext:aws:logs:arn"]
      if try(statement.Principal.Service, "") == "logs.us-east-1.amazonaws.com"
    ] == [["arn:aws:logs:us-east-1:123456789012:log-group:/aws/eks/x/cluster"]]
    error_message = "CloudWatch may use the key for other groups, or not at all."
  }
}

run "refuses_a_window_that_aws_has_not" {
  command = plan

  variables {
    deletion_window_days = 1
  }

  expect_failures = [var.deletion_window_days]
}

run "refuses_a_name_of_aws" {
  command = plan

  variables {
    name = "aws/s3"
  }

  expect_failures = [var.name]
}
