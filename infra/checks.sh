# For scripts named `run` that check a part of infra/: they set `tools`, the folder where tools stay.

need() {
  command -v "$1" >/dev/null || { echo "$1 is missing: $2" >&2; exit 2; }
}

# Runs a command unless a former run of the same came to its end.
once() {
  local name="$1" key
  shift
  key="$(printf '%s\n' "$*" | cat - ./*.txt | sha256sum | cut -c1-16)"
  [[ -e "$tools/$name.$key" ]] && return
  echo "Getting $name (once)" >&2
  rm -f "$tools/$name."*
  "$@"
  touch "$tools/$name.$key"
}

python_packages() {
  rm -rf "$tools/python"
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
}
