module "registry" {
  source = "../../modules/registry"

  name         = "wal-cdc-pipeline"
  key_arn      = module.key.arn
  force_delete = var.disposable
}
