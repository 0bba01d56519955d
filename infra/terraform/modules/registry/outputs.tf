output "url" {
  description = "Where the image is pushed to, without a tag"
  value       = aws_ecr_repository.this.repository_url
}
