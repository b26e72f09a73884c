#!/usr/bin/env bash
# Boots a real systemd in a container and runs service.test.ts against it: the executable under its own units.
#
# Needs root, Debian's packages and a kernel that lets it make namespaces; says `skipped: <reason>` and ends with 0 where it
# has not. Everything happens in a folder of its own, in mount and network namespaces that end with it: only loopback is
# there. SYSTEMD_TEST_FOLDER names a folder that is kept, so that the next run need not make the image again. Words are
# handed on to vitest: `-t token` runs the tests that have it in their names.
set -euo pipefail
cd "$(dirname "$0")/../.."
self=test/systemd/run.sh

skip() { printf 'skipped: %s; the units were not run by a systemd\n' "$1"; exit 0; }

prepare() {
  [ "$(uname -s)" = Linux ] && [ -f /etc/debian_version ] || skip 'this is no Debian'
  [ "$(id -u)" = 0 ] || skip 'this account is not root'
  [ -x dist/twdw ] || { echo 'dist/twdw is not built: run npm run build' >&2; exit 1; }
  if ! command -v mmdebstrap >/dev/null || ! command -v systemd-nspawn >/dev/null; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends systemd-container mmdebstrap; } >/dev/null 2>&1 ||
      skip 'systemd-container and mmdebstrap cannot be installed'
  fi
  unshare -m -n --propagation private true 2>/dev/null || skip 'no namespaces can be made here'
  unshare -m --propagation private sh -c 'umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup' 2>/dev/null ||
    skip 'cgroup2 cannot be mounted here'

  folder=${SYSTEMD_TEST_FOLDER:-$(mktemp -d)}
  [ -n "${SYSTEMD_TEST_FOLDER:-}" ] || trap 'rm -rf "$folder"' EXIT
  mkdir -p "$folder"
  if [ ! -d "$folder/image" ]; then
    mirror=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/debian.sources 2>/dev/null || true)
    # procps has the kill that ExecReload= runs
    mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,dbus,procps \
      bookworm "$folder/image.new" "${mirror:-http://deb.debian.org/debian}" >"$folder/image.log" 2>&1 ||
      skip "an image cannot be made: $(tail -1 "$folder/image.log")"
    mv "$folder/image.new" "$folder/image"
  fi
  unshare -m -n --propagation private bash "$self" inside "$folder" "$@"
}

# In namespaces of our own: what is mounted and what listens here ends with this process.
inside() {
  folder=$1
  shift
  ip link set lo up
  umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup
  group=/sys/fs/cgroup/twdw-test.$$
  mkdir "$group" && echo $$ >"$group/cgroup.procs"
  trap leave EXIT
  # what is written goes to memory, over an image that stays as it is
  mkdir -p "$folder/memory" "$folder/root"
  mount -t tmpfs none "$folder/memory"
  mkdir "$folder/memory/upper" "$folder/memory/work"
  mount -t overlay overlay "$folder/root" \
    -o "lowerdir=$folder/image,upperdir=$folder/memory/upper,workdir=$folder/memory/work" ||
    skip 'no overlay can be mounted here'

  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 timeout -k 5 220 systemd-nspawn --boot --directory "$folder/root" --register=no \
    --keep-unit --machine=twdw-test --console=pipe --kill-signal=SIGRTMIN+3 \
    --bind-ro="$PWD/dist/twdw:/usr/local/bin/twdw" </dev/null >"$folder/boot.log" 2>&1 &
  keeper=$!
  leader=
  for _ in $(seq 100); do
    spawned=$(pgrep -P "$keeper" -x systemd-nspawn || true)
    [ -z "$spawned" ] || leader=$(pgrep -P "$spawned" -x systemd || true)
    case $([ -z "$leader" ] || nsenter -t "$leader" -m -p systemctl is-system-running 2>/dev/null || true) in
      running | degraded) break ;;
    esac
    kill -0 "$keeper" 2>/dev/null || break
    leader=
    sleep 0.1
  done
  if [ -z "$leader" ]; then
    tail -3 "$folder/boot.log"
    skip 'no systemd boots in a container here'
  fi
  SYSTEMD_TEST_LEADER=$leader SYSTEMD_TEST_ROOT=$folder/root npm run --silent test:only -- test/systemd "$@"
}

leave() {
  [ -z "${leader:-}" ] || nsenter -t "$leader" -m -u -i -n -p -C systemctl poweroff >/dev/null 2>&1 || true
  wait "${keeper:-}" 2>/dev/null || true
  # a group that still holds this process cannot be removed
  echo $$ >/sys/fs/cgroup/cgroup.procs
  find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
}

case ${1:-} in
  inside) shift && inside "$@" ;;
  *) prepare "$@" ;;
esac
