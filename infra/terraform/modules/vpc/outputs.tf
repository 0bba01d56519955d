output "private_subnet_ids" {
  description = "Subnets for nodes and pods, one a zone"
  value       = [for zone in var.availability_zones : aws_subnet.private[zone].id]
}
