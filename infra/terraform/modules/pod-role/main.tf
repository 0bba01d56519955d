# A role for the pods of one service account. EKS Pod Identity hands it out: the service account carries
# no annotation, so that manifests in Git name no account.
data "aws_caller_identity" "current" {}

resource "aws_iam_role" "this" {
  name        = "${var.cluster_name}-${var.name}"
  description = "Pods of ${var.namespace}/${var.service_account} in ${var.cluster_name}"

  # The conditions keep anybody who may associate roles from giving this one to other pods.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = {
          "aws:SourceAccount"                         = data.aws_caller_identity.current.account_id
          "aws:RequestTag/eks-cluster-name"           = var.cluster_name
          "aws:RequestTag/kubernetes-namespace"       = var.namespace
          "aws:RequestTag/kubernetes-service-account" = var.service_account
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  count = length(var.statements) > 0 ? 1 : 0

  name_prefix = "own-"
  role        = aws_iam_role.this.id

  policy = jsonencode({ Version = "2012-10-17", Statement = var.statements })
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = var.managed_policy_arns

  role       = aws_iam_role.this.name
  policy_arn = each.value
}
