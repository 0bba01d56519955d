# The rules that come with tflint; those of AWS are a plugin that it would have to fetch.
config {
  call_module_type = "none"
}

plugin "terraform" {
  enabled = true
  preset  = "all"
}

# An environment is several files, one a concern, and no main.tf.
rule "terraform_standard_module_structure" {
  enabled = false
}
