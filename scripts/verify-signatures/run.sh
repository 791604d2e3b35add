#!/usr/bin/env bash
# Other people's verifiers in Go, Rust and Java accept what we sign and refuse what they must: run by hand, for a release.
# `run.sh` runs all three, `run.sh go java` those named; they need go, cargo and mvn.
# Each is built before its vectors are made, because verifiers look at the clock.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

fresh_vectors() {
  "$here/../../node_modules/node/bin/node" "$here/vectors.ts" "$work/vectors.json"
}

in_go() {
  go build -o verify .
  fresh_vectors
  ./verify "$work/vectors.json"
}

in_rust() {
  cargo build --quiet
  fresh_vectors
  target/debug/verify-signatures "$work/vectors.json"
}

in_java() {
  mvn --quiet --batch-mode compile
  fresh_vectors
  mvn --quiet --batch-mode exec:java -Dexec.mainClass=VerifySignatures -Dexec.args="$work/vectors.json"
}

if [ $# -eq 0 ]; then set -- go rust java; fi
for language in "$@"; do
  # Built outside the tree, so that nothing is left in it.
  cp -r "$here/$language" "$work/"
  cd "$work/$language"
  "in_$language"
done
