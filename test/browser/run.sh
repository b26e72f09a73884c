#!/usr/bin/env bash
# Opens pages that the executable made in a headless Chromium and runs pages.test.ts against them.
#
# Needs Debian's chromium, or one that CHROMIUM_TEST_BINARY names; says `skipped: <reason>` and ends with 0 where there is none.
# No network is used: pages are files, and whatever a page asks for is a fault. PAGES_TEST_FOLDER names a folder in which
# screenshots are kept for somebody to look at. Words are handed on to vitest.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { printf 'skipped: %s; no page was opened in a browser\n' "$1"; exit 0; }

[ -x dist/twdw ] || { echo 'dist/twdw is not built: run npm run build' >&2; exit 1; }
binary=${CHROMIUM_TEST_BINARY:-$(command -v chromium || true)}
if [ -z "$binary" ]; then
  [ -f /etc/debian_version ] || skip 'this is no Debian'
  [ "$(id -u)" = 0 ] || skip 'this account is not root, and there is no chromium'
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1 ||
    skip 'chromium cannot be installed'
  binary=$(command -v chromium)
fi
CHROMIUM_TEST_BINARY=$binary npm run --silent test:only -- test/browser "$@"
