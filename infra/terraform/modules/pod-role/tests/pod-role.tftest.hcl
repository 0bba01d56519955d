mock_provider "aws" {
  source = "../../verify/mocks"
}

variables {
  cluster_name    = "postgres-wal-cdc-cluster"
  name            = "trino"
  namespace       = "trino"
  service_account = "trino"
  statements      = [{ Effect = "Allow", Action = ["s3:GetObject"], Resource = ["arn:aws:s3:::lake/*"] }]
}

run "is_for_one_service_account_of_one_cluster" {
  command = apply

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition.StringEquals == {
      "aws:SourceAccount"                         = "123456789012"
      "aws:RequestTag/eks-cluster-name"           = "postgres-wal-cdc-cluster"
      "aws:RequestTag/kubernetes-namespace"       = "trino"
      "aws:RequestTag/kubernetes-service-account" = "trino"
    }
    error_message = "Other pods can have the role."
  }

  assert {
    condition     = jsondecode(one(aws_iam_role_policy.this).policy).Statement == var.statements
    error_message = "The role has other rights than those that were given."
  }
}

run "has_no_rights_of_its_own_without_statements" {
  command = apply

  variables {
    statements          = []
    managed_policy_arns = { cni = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy" }
  }

  assert {
    condition     = length(aws_iam_role_policy.this) == 0 && aws_iam_role_policy_attachment.this["cni"].policy_arn == "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
    error_message = "The role has rights that nobody gave, or lacks those that were given."
  }
}

run "refuses_a_name_that_iam_has_not" {
  command = plan

  variables {
    name = "a-name-of-a-part-that-is-longer-than-iam-takes"
  }

  expect_failures = [var.name]
}
