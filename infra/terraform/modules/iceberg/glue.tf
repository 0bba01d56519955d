# A database a schema of the source, at the place where the local catalog has it too. The pipeline makes
# tables in them, and no databases.
resource "aws_glue_catalog_database" "this" {
  for_each = setunion(var.source_schemas, [var.marts_schema])

  name         = each.value
  description  = each.value == var.marts_schema ? "Models of dbt" : "Tables of the source's schema ${each.value}"
  location_uri = "s3://${local.warehouse}/${each.value}"
}
