# Roles of the cluster itself: control plane, nodes, and the two add-ons that change things in AWS. What
# the platform's pods may do in the lake stands in module iceberg.
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  aws_policies = "arn:${data.aws_partition.current.partition}:iam::aws:policy"
}

resource "aws_iam_role" "cluster" {
  name        = "${var.cluster_name}-control-plane"
  description = "EKS, for ${var.cluster_name}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "eks.amazonaws.com" }
      Action    = ["sts:AssumeRole"]
      Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "${local.aws_policies}/AmazonEKSClusterPolicy"
}

# Secrets are encrypted in etcd.
resource "aws_iam_role_policy" "cluster_key" {
  name_prefix = "secrets-"
  role        = aws_iam_role.cluster.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"]
      Resource = [var.key_arn]
    }]
  })
}

resource "aws_iam_role" "node" {
  name        = "${var.cluster_name}-node"
  description = "Nodes of ${var.cluster_name}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = ["sts:AssumeRole"]
    }]
  })
}

# Join the cluster and pull images, no more: the network add-on has a role of its own, and pods cannot
# reach the node's (module eks, metadata_options).
resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"])

  role       = aws_iam_role.node.name
  policy_arn = "${local.aws_policies}/${each.key}"
}

module "vpc_cni" {
  source = "../pod-role"

  cluster_name        = var.cluster_name
  name                = "vpc-cni"
  namespace           = "kube-system"
  service_account     = "aws-node"
  managed_policy_arns = { cni = "${local.aws_policies}/AmazonEKS_CNI_Policy" }
}

module "ebs_csi" {
  source = "../pod-role"

  cluster_name        = var.cluster_name
  name                = "ebs-csi"
  namespace           = "kube-system"
  service_account     = "ebs-csi-controller-sa"
  managed_policy_arns = { ebs = "${local.aws_policies}/service-role/AmazonEBSCSIDriverPolicy" }

  # Volumes are encrypted with the cluster's key: EC2 decrypts them by a grant that the driver gives it.
  statements = [
    {
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
      Resource = [var.key_arn]
    },
    {
      Effect    = "Allow"
      Action    = ["kms:CreateGrant"]
      Resource  = [var.key_arn]
      Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
    },
  ]
}
