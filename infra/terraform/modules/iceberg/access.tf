# Who may do what in the lake. Each part is a service account of the cluster; EKS Pod Identity gives its
# pods the role.
locals {
  bucket_arn = module.bucket.arn
  glue_arn   = "arn:${data.aws_partition.current.partition}:glue:${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}"

  # The catalog, a database and its tables: Glue asks for the right on each of the three.
  glue_arns = {
    for schema in setunion(var.source_schemas, [var.marts_schema]) :
    schema => ["${local.glue_arn}:catalog", "${local.glue_arn}:database/${schema}", "${local.glue_arn}:table/${schema}/*"]
  }
  all_glue_arns = distinct(flatten(values(local.glue_arns)))

  # Lists all databases: Glue has no narrower right for that, and lists the names of others as well.
  list_databases = {
    Effect   = "Allow"
    Action   = ["glue:GetDatabases"]
    Resource = ["${local.glue_arn}:catalog", "${local.glue_arn}:database/*"]
  }

  read_tables = {
    Effect   = "Allow"
    Action   = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables"]
    Resource = local.all_glue_arns
  }

  read_files = [
    {
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = ["${local.bucket_arn}/${var.warehouse_folder}/*"]
    },
    {
      Effect    = "Allow"
      Action    = ["s3:ListBucket"]
      Resource  = [local.bucket_arn]
      Condition = { StringLike = { "s3:prefix" = ["${var.warehouse_folder}/*"] } }
    },
    {
      Effect   = "Allow"
      Action   = ["kms:Decrypt"]
      Resource = [module.key.arn]
    },
  ]

  read = concat([local.list_databases, local.read_tables], local.read_files)

  # Who writes the tables of some schemas reads all. Marts are models of dbt, made by way of Trino.
  write = {
    for tables, schemas in { sources = var.source_schemas, marts = toset([var.marts_schema]) } :
    tables => concat(local.read, [
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [module.key.arn]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]
        Resource = [for schema in schemas : "${local.bucket_arn}/${var.warehouse_folder}/${schema}/*"]
      },
      {
        Effect   = "Allow"
        Action   = ["glue:CreateTable", "glue:DeleteTable", "glue:UpdateTable"]
        Resource = distinct(flatten([for schema in schemas : local.glue_arns[schema]]))
      },
    ])
  }

  # Letters are put, never read or removed. The AWS SDK asks for the bucket itself, without a prefix.
  put_letters = [
    {
      Effect   = "Allow"
      Action   = ["s3:PutObject"]
      Resource = ["${local.bucket_arn}/${var.quarantine_folder}/*"]
    },
    {
      Effect    = "Allow"
      Action    = ["s3:ListBucket"]
      Resource  = [local.bucket_arn]
      Condition = { StringLikeIfExists = { "s3:prefix" = ["${var.quarantine_folder}/*"] } }
    },
    {
      Effect   = "Allow"
      Action   = ["kms:GenerateDataKey"]
      Resource = [module.key.arn]
    },
  ]

  statements = {
    sink-iceberg       = local.write.sources
    maintain-lakehouse = local.write.sources
    flink              = local.write.sources
    trino              = local.write.marts
    verify             = local.read
    quarantine         = local.put_letters
  }
}

module "role" {
  source   = "../pod-role"
  for_each = local.statements

  cluster_name    = var.cluster_name
  name            = each.key
  namespace       = var.pods[each.key].namespace
  service_account = var.pods[each.key].service_account
  statements      = each.value
}

resource "aws_eks_pod_identity_association" "this" {
  for_each = local.statements

  cluster_name    = var.cluster_name
  namespace       = var.pods[each.key].namespace
  service_account = var.pods[each.key].service_account
  role_arn        = module.role[each.key].arn
}
