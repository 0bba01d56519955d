mock_provider "aws" {
  source = "../../verify/mocks"
}

variables {
  cluster_name = "postgres-wal-cdc-cluster"
  key_arn      = "arn:aws:kms:us-east-1:123456789012:key/cluster"
}

run "gives_nodes_no_more_than_they_need" {
  command = apply

  assert {
    condition = toset([for attachment in aws_iam_role_policy_attachment.node : attachment.policy_arn]) == toset([
      "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
      "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    ])
    error_message = "Nodes may do other things than join and pull images."
  }
}

run "lets_the_control_plane_encrypt_secrets" {
  command = apply

  assert {
    condition     = jsondecode(aws_iam_role_policy.cluster_key.policy).Statement[0].Resource == [var.key_arn]
    error_message = "The control plane has rights over another key than that of the cluster."
  }
}

run "hands_on_every_role" {
  command = apply

  assert {
    condition     = alltrue([for arn in [output.cluster_role_arn, output.node_role_arn, output.vpc_cni_role_arn, output.ebs_csi_role_arn] : startswith(arn, "arn:aws:iam::")])
    error_message = "A role is not handed on."
  }
}
