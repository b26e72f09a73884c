#!/usr/bin/env bash
# Starts a real Spark with its Connect server and runs the tests in this folder against it.
#
#   test/spark/run.sh [words for vitest …]
#   test/spark/run.sh -- COMMAND…
#   test/spark/run.sh install        (installs Spark where it is not, and does no more)
#
# Needs Java 17 or later, Python 3.10 or later and its package registry (Spark is in the package pyspark, 450 MB); says
# `skipped: <reason>` and ends with 0 where it has not. Spark is installed outside the repository and kept for the next time: in
# SPARK_TEST_FOLDER, or in the cache of the account. It listens on loopback only and ends with this script. What runs is told by
# SPARK_TEST_REMOTE where it is, and by SPARK_TEST_HOME where it lies.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=4.3.0

skip() { printf 'skipped: %s; no question was asked of a real Spark\n' "$1"; exit 0; }

java_major() { java -version 2>&1 | sed -nE '1s/.*version "([0-9]+).*/\1/p'; }
[ "$(java_major || true)" -ge 17 ] 2>/dev/null || skip 'there is no Java 17'
python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
  skip 'there is no Python 3.10 with venv'
kept=${SPARK_TEST_FOLDER:-${XDG_CACHE_HOME:-$HOME/.cache}/twdw-test/spark-$version}
if [ ! -f "$kept/installed" ]; then
  begun=$SECONDS
  rm -rf "$kept/venv" && mkdir -p "$kept"
  python3 -m venv "$kept/venv" && timeout 900 "$kept/venv/bin/pip" install --quiet "pyspark==$version" >"$kept/pip.log" 2>&1 ||
    skip "Spark $version cannot be installed: $(tail -1 "$kept/pip.log")"
  echo "Spark $version was installed in $((SECONDS - begun)) s" | tee "$kept/installed"
fi
home=$(echo "$kept"/venv/lib/python3*/site-packages/pyspark)
[ -x "$home/bin/spark-submit" ] || skip "there is no Spark in $kept"
[ "${1:-}" != install ] || exit 0

begun=$SECONDS
folder=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
token=$(head -c 18 /dev/urandom | base64 -w 0 | tr '+/' '-_')
# what Spark writes into its working directory is gone with it
here=$PWD
cd "$folder"
# compiling what a statement does takes longer than doing it with a few tweets; presets at random are compiled all the same
timeout -k 5 900 bash "$here/test/spark/serve.sh" "$home" "$port" "$token" --conf spark.sql.codegen.wholeStage=false \
  --conf spark.sql.codegen.factoryMode=NO_CODEGEN >"$folder/server.log" 2>&1 &
keeper=$!
cd "$here"
leave() {
  kill "$keeper" 2>/dev/null || true
  wait "$keeper" 2>/dev/null || true
  rm -rf "$folder"
}
trap leave EXIT
for _ in $(seq 180); do
  kill -0 "$keeper" 2>/dev/null || break
  ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  sleep 0.5
done
if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
  tail -5 "$folder/server.log"
  skip "Spark $version does not start here"
fi
echo "Spark $version was there after $((SECONDS - begun)) s"

export SPARK_TEST_REMOTE="sc://127.0.0.1:$port/;token=$token" SPARK_TEST_HOME=$home
if [ "${1:-}" = -- ]; then
  shift
  "$@"
else
  npm run --silent test:only -- test/spark/ "$@"
fi
