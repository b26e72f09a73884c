#!/usr/bin/env bash
# Builds the image of the Dockerfile by a real Docker Engine, then runs compose.test.ts against it: what compose.yaml starts.
#
# Needs root, Debian's packages and a kernel that lets it make namespaces; says `skipped: <reason>` and ends with 0 where it has
# not. A Docker Engine of its own serves it, with all that it keeps in a folder of its own: first without networks, to build with the
# machine's, then in mount and network namespaces that end with it, where only loopback is there. No image is pulled: what the
# Dockerfile begins with is made here, from Debian's packages and this machine's Node.js.
#
# CONTAINER_TEST_FOLDER names a folder that is kept, so that the next run need not make that again. VERSITYGW names an executable of
# Versity's S3 gateway, such as `test/s3/run.sh versitygw` leaves in S3_TEST_FOLDER: it becomes the image of compose.yaml's store, and
# without one that service is left out. Words are handed on to vitest: `-t kill` runs the tests that have it in their names.
set -euo pipefail
cd "$(dirname "$0")/../.."
self=test/container/run.sh
docker=/usr/bin/docker

skip() { printf 'skipped: %s; no container was run\n' "$1"; exit 0; }

prepare() {
  [ "$(uname -s)" = Linux ] && [ -f /etc/debian_version ] || skip 'this is no Debian'
  [ "$(id -u)" = 0 ] || skip 'this account is not root'
  [ -x dist/twdw ] || { echo 'dist/twdw is not built: run npm run build' >&2; exit 1; }
  for program in "$docker" dockerd docker-compose mmdebstrap iptables; do
    command -v "$program" >/dev/null && continue
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io docker-compose mmdebstrap iptables; } \
      >/dev/null 2>&1 || skip 'docker.io, docker-compose, mmdebstrap and iptables cannot be installed'
    break
  done
  unshare -m -n --propagation private true 2>/dev/null || skip 'no namespaces can be made here'

  folder=${CONTAINER_TEST_FOLDER:-$(mktemp -d)}
  mkdir -p "$folder"
  trap leave EXIT
  make_base
  begin_engine --iptables=false --ip6tables=false --bridge=none --ip-forward=false --ip-masq=false
  build
  end_engine
  unshare -m -n --propagation private bash "$self" inside "$folder" "$@"
}

# What stands in for the image of Node.js: Debian as the Dockerfile has it, and the Node.js and npm that run here.
make_base() {
  [ -f "$folder/base.tar" ] && return
  mirror=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/debian.sources 2>/dev/null || true)
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,libstdc++6 bookworm "$folder/base.new.tar" \
    "${mirror:-http://deb.debian.org/debian}" >"$folder/base.log" 2>&1 || skip "no Debian can be made: $(tail -1 "$folder/base.log")"
  node=$(readlink -f "$(command -v node)")
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  tar -rf "$folder/base.new.tar" --transform "s,^$node\$,usr/local/bin/node," -P "$node"
  tar -rf "$folder/base.new.tar" --transform "s,^$npm,usr/local/lib/node_modules/npm," -P "$npm"
  ln -sfn ../lib/node_modules/npm/bin/npm-cli.js "$folder/npm"
  tar -rf "$folder/base.new.tar" --transform 's,^npm,usr/local/bin/npm,' -C "$folder" npm
  mv "$folder/base.new.tar" "$folder/base.tar"
}

begin_engine() { # flags of dockerd
  export DOCKER_HOST=unix://$folder/docker.sock
  dockerd --data-root "$folder/data" --exec-root "$folder/exec" -H "$DOCKER_HOST" -p "$folder/docker.pid" \
    --storage-driver=overlay2 --oom-score-adjust=0 "$@" >"$folder/dockerd.log" 2>&1 &
  engine=$!
  for _ in $(seq 150); do
    "$docker" info >/dev/null 2>&1 && return
    kill -0 "$engine" 2>/dev/null || break
    sleep 0.1
  done
  skip "no Docker Engine runs here: $(tail -1 "$folder/dockerd.log")"
}

end_engine() {
  [ -z "${engine:-}" ] || kill "$engine" 2>/dev/null || true
  wait "${engine:-}" 2>/dev/null || true
  engine=
}

build() {
  base=$(awk '/^FROM/ { print $2; exit }' Dockerfile)
  "$docker" image inspect "$base" >/dev/null 2>&1 ||
    "$docker" import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' "$folder/base.tar" "$base" >/dev/null
  # npm gets at its registry as it does here: neither file comes into the image
  (
    umask 077
    cat "$(npm config get userconfig)" 2>/dev/null || true
    printf '\nregistry=%s\n' "$(npm config get registry)"
  ) >"$folder/npmrc"
  began=$(date +%s)
  status=0
  DOCKER_BUILDKIT=1 timeout 600 "$docker" build --network=host --progress=plain -t "$(image_name)" \
    --secret "id=npmrc,src=$folder/npmrc" --secret "id=ca,src=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}" \
    . >"$folder/build.log" 2>&1 || status=$?
  rm -f "$folder/npmrc"
  [ "$status" = 0 ] || { tail -30 "$folder/build.log" >&2; echo 'the image cannot be built' >&2; exit 1; }
  bytes=$("$docker" image inspect -f '{{.Size}}' "$(image_name)")
  echo "image: $((bytes / 1000000)) MB, built in $(($(date +%s) - began)) s"
  if [ -x "${VERSITYGW:-}" ]; then
    build_store
  else
    echo 'left out: the store of compose.yaml; VERSITYGW names no executable to make its image of'
  fi
}

# The gateway with the wget that the health check of its own image has, in the Debian that is here already.
build_store() {
  context=$(mktemp -d)
  install -m 755 "$VERSITYGW" "$context/versitygw"
  cat >"$context/wget" <<'END'
#!/bin/sh
exec node -e 'fetch(process.argv[1]).then(a => process.exit(a.ok ? 0 : 1), () => process.exit(1))' "$3"
END
  chmod 755 "$context/wget"
  printf 'FROM %s\nCOPY versitygw wget /usr/local/bin/\nENTRYPOINT ["/usr/local/bin/versitygw"]\n' "$base" >"$context/Dockerfile"
  DOCKER_BUILDKIT=1 "$docker" build -q -t "$(awk -F'"' '/image: "versity/ { print $2; exit }' compose.yaml)" "$context" >/dev/null
  rm -rf "$context"
}

image_name() { awk -F'"' '/image: "twdw/ { print $2; exit }' compose.yaml; }

# In namespaces of our own: what is mounted and what listens here ends with this process.
inside() {
  folder=$1
  shift
  trap leave EXIT
  ip link set lo up
  begin_engine
  CONTAINER_TEST_FOLDER=$folder npm run --silent test:only -- test/container "$@"
}

leave() {
  end_engine
  [ -n "${CONTAINER_TEST_FOLDER:-}" ] || [ -z "${folder:-}" ] || rm -rf "$folder"
}

case ${1:-} in
  inside) shift && inside "$@" ;;
  *) prepare "$@" ;;
esac
