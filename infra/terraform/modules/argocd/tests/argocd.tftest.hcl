mock_provider "helm" {}

variables {
  values = "configs: {}"

  root_application = <<-YAML
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata:
      name: root
    spec:
      project: wal-cdc
      source:
        repoURL: https://example.com/platform.git
        targetRevision: main
        path: infra/argocd/apps
  YAML
}

run "brings_the_root_application_as_git_has_it" {
  command = apply

  assert {
    condition     = yamldecode(helm_release.root.values[0]).applications.root.source == yamldecode(var.root_application).spec.source
    error_message = "The root application differs from that in Git."
  }

  assert {
    condition     = helm_release.argocd.values == tolist([var.values])
    error_message = "Argo CD has other values than those that were given."
  }
}

run "follows_a_fork" {
  command = apply

  variables {
    repository_url = "https://example.com/fork.git"
    revision       = "v2"
  }

  assert {
    condition = yamldecode(helm_release.root.values[0]).applications.root.source == {
      repoURL        = "https://example.com/fork.git"
      targetRevision = "v2"
      path           = "infra/argocd/apps"
    }
    error_message = "Argo CD follows another repository than the one named."
  }
}

run "takes_with_it_what_it_brought" {
  command = apply

  assert {
    condition     = yamldecode(helm_release.root.values[0]).applications.root.finalizers == ["resources-finalizer.argocd.argoproj.io"] && helm_release.root.wait
    error_message = "The root application goes without what it brought: volumes stay behind."
  }
}

run "refuses_charts_that_move" {
  command = plan

  variables {
    chart_versions = { argo-cd = "10.x", argocd-apps = "2.0.5" }
  }

  expect_failures = [var.chart_versions]
}

run "refuses_what_is_no_application" {
  command = plan

  variables {
    root_application = "kind: Application"
  }

  expect_failures = [var.root_application]
}

run "refuses_values_that_are_no_yaml" {
  command = plan

  variables {
    values = "a: b: c"
  }

  expect_failures = [var.values]
}
