mock_provider "aws" {
  source = "../../verify/mocks"
}

variables {
  name                 = "postgres-wal-cdc-cluster"
  subnet_ids           = ["subnet-a", "subnet-b"]
  api_allowed_cidrs    = ["203.0.113.7/32"]
  admin_principal_arns = ["arn:aws:iam::123456789012:role/admin"]
  cluster_role_arn     = "arn:aws:iam::123456789012:role/control-plane"
  node_role_arn        = "arn:aws:iam::123456789012:role/node"
  vpc_cni_role_arn     = "arn:aws:iam::123456789012:role/vpc-cni"
  ebs_csi_role_arn     = "arn:aws:iam::123456789012:role/ebs-csi"
  key_arn              = "arn:aws:kms:us-east-1:123456789012:key/cluster"

  node_groups = {
    state = {
      instance_types = ["m7i.xlarge"]
      size           = { min = 3, desired = 3, max = 4 }
    }
    sinks = {
      instance_types = ["m7i.large", "m7a.large"]
      spot           = true
      taints         = { interruptible = { value = "true", effect = "NO_SCHEDULE" } }
      size           = { min = 0, desired = 2, max = 6 }
    }
  }
}

run "opens_the_api_to_those_who_are_named" {
  command = apply

  assert {
    condition = (
      aws_eks_cluster.this.vpc_config[0].endpoint_private_access
      && aws_eks_cluster.this.vpc_config[0].endpoint_public_access
      && aws_eks_cluster.this.vpc_config[0].public_access_cidrs == toset(["203.0.113.7/32"])
    )
    error_message = "The API is open to others, or not from inside."
  }
}

run "closes_the_api_when_nobody_is_named" {
  command = apply

  variables {
    api_allowed_cidrs = []
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "The API is reached from outside although nobody is named."
  }
}

run "knows_admins_by_entries_alone" {
  command = apply

  assert {
    condition = (
      aws_eks_cluster.this.access_config[0].authentication_mode == "API"
      && !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions
      && keys(aws_eks_access_policy_association.admin) == ["arn:aws:iam::123456789012:role/admin"]
    )
    error_message = "Others than those named are admins."
  }
}

run "encrypts_secrets_and_keeps_logs_for_a_while" {
  command = apply

  assert {
    condition     = aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == var.key_arn && aws_eks_cluster.this.encryption_config[0].resources == toset(["secrets"])
    error_message = "Secrets are not encrypted with the key."
  }

  assert {
    condition     = aws_cloudwatch_log_group.control_plane.name == "/aws/eks/postgres-wal-cdc-cluster/cluster" && aws_cloudwatch_log_group.control_plane.retention_in_days == 30
    error_message = "The control plane's logs are for ever, or in a group that EKS does not write to."
  }
}

run "keeps_pods_from_the_nodes_role" {
  command = apply

  assert {
    condition = alltrue([
      for template in aws_launch_template.node :
      template.metadata_options[0].http_tokens == "required" && template.metadata_options[0].http_put_response_hop_limit == 1
    ])
    error_message = "Pods can ask for the credentials of their node."
  }
}

run "puts_state_on_nodes_that_stay" {
  command = apply

  assert {
    condition     = aws_eks_node_group.this["state"].capacity_type == "ON_DEMAND" && length(aws_eks_node_group.this["state"].taint) == 0
    error_message = "Nodes for state can go, or take no pods."
  }

  assert {
    condition     = aws_eks_node_group.this["sinks"].capacity_type == "SPOT" && one(aws_eks_node_group.this["sinks"].taint).key == "interruptible"
    error_message = "Spot nodes take pods that do not tolerate to be interrupted."
  }
}

run "has_exactly_the_addons_with_a_pinned_version" {
  command = apply

  assert {
    condition     = toset(concat(keys(aws_eks_addon.before_nodes), keys(aws_eks_addon.on_nodes))) == toset(keys(var.addon_versions))
    error_message = "An add-on has no version, or a version no add-on."
  }

  assert {
    condition     = alltrue([for addon in merge(aws_eks_addon.before_nodes, aws_eks_addon.on_nodes) : addon.addon_version == var.addon_versions[addon.addon_name]])
    error_message = "An add-on has another version than the pinned one."
  }

  assert {
    condition     = jsondecode(aws_eks_addon.before_nodes["vpc-cni"].configuration_values).enableNetworkPolicy == "true"
    error_message = "Network policies are not obeyed."
  }

  assert {
    condition     = one(aws_eks_addon.on_nodes["aws-ebs-csi-driver"].pod_identity_association).role_arn == var.ebs_csi_role_arn
    error_message = "The volume driver has no role of its own."
  }
}

run "refuses_the_whole_internet" {
  command = plan

  variables {
    api_allowed_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.api_allowed_cidrs]
}

run "refuses_a_session_for_a_role" {
  command = plan

  variables {
    admin_principal_arns = ["arn:aws:sts::123456789012:assumed-role/admin/me"]
  }

  expect_failures = [var.admin_principal_arns]
}

run "refuses_spot_nodes_that_databases_would_be_put_on" {
  command = plan

  variables {
    node_groups = {
      state = { instance_types = ["m7i.xlarge"], size = { min = 1, desired = 1, max = 1 } }
      sinks = { instance_types = ["m7i.large"], spot = true, size = { min = 0, desired = 0, max = 1 } }
    }
  }

  expect_failures = [var.node_groups]
}

run "refuses_sizes_out_of_order" {
  command = plan

  variables {
    node_groups = {
      state = { instance_types = ["m7i.xlarge"], size = { min = 3, desired = 2, max = 4 } }
    }
  }

  expect_failures = [var.node_groups]
}

run "refuses_a_version_that_moves" {
  command = plan

  variables {
    addon_versions = { coredns = "latest" }
  }

  expect_failures = [var.addon_versions]
}

run "refuses_a_patch_version" {
  command = plan

  variables {
    kubernetes_version = "1.35.2"
  }

  expect_failures = [var.kubernetes_version]
}
