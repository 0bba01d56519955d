mock_provider "aws" {
  source = "../../verify/mocks"
}

variables {
  name               = "platform"
  availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
  log_key_arn        = "arn:aws:kms:us-east-1:123456789012:key/logs"
}

run "gives_each_zone_nodes_and_a_way_out" {
  command = apply

  assert {
    condition     = output.private_subnet_ids == [for zone in var.availability_zones : aws_subnet.private[zone].id]
    error_message = "Subnets of nodes are missing, or in another order than the zones."
  }

  assert {
    condition     = length(distinct(concat([for subnet in aws_subnet.private : subnet.cidr_block], [for subnet in aws_subnet.public : subnet.cidr_block]))) == 6
    error_message = "Two subnets have the same addresses."
  }

  assert {
    condition     = alltrue([for zone in var.availability_zones : aws_route.nat[zone].nat_gateway_id == aws_nat_gateway.this[zone].id])
    error_message = "A zone goes out by another's gateway."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch])
    error_message = "What is started in a public subnet gets a public address."
  }
}

run "shares_one_way_out" {
  command = apply

  variables {
    single_nat_gateway = true
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["us-east-1a"] && alltrue([for route in aws_route.nat : route.nat_gateway_id == aws_nat_gateway.this["us-east-1a"].id])
    error_message = "There is not exactly one gateway, or a zone does not use it."
  }
}

run "keeps_aws_inside" {
  command = apply

  assert {
    condition     = length(setsubtract(["ecr.api", "ecr.dkr", "eks-auth", "glue", "kms", "logs", "sts"], keys(aws_vpc_endpoint.interface))) == 0
    error_message = "A service that pods need has no endpoint."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.private_dns_enabled && endpoint.security_group_ids == toset([aws_security_group.endpoints.id])])
    error_message = "An endpoint is not found by the service's name, or open to others."
  }

  assert {
    condition     = aws_vpc_endpoint.s3.route_table_ids == toset([for table in aws_route_table.private : table.id])
    error_message = "A zone reaches S3 through NAT."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.endpoints.cidr_ipv4 == var.cidr && aws_vpc_security_group_ingress_rule.endpoints.from_port == 443
    error_message = "Endpoints are open to more than HTTPS from the network."
  }
}

run "logs_what_flows" {
  command = apply

  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_cloudwatch_log_group.flow.kms_key_id == var.log_key_arn
    error_message = "Traffic is not logged, or not encrypted."
  }
}

run "refuses_one_zone" {
  command = plan

  variables {
    availability_zones = ["us-east-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "refuses_a_small_network" {
  command = plan

  variables {
    cidr = "10.0.0.0/24"
  }

  expect_failures = [var.cidr]
}
