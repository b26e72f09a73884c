#!/usr/bin/env bash
# The release for this machine, made, checked, unpacked and used as somebody does who has downloaded it.
set -euo pipefail
cd "$(dirname "$0")/../.."

platform=linux-x64
if [ "$(uname -sm)" != 'Linux x86_64' ] || ldd --version 2>&1 | grep -q musl; then
  echo "skipped: the release that is tried here is for Linux x64 with glibc"
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

npm run --silent release -- --platform "$platform" --output "$folder/release"
cd "$folder/release"
sha256sum --quiet -c SHA256SUMS
name=$(basename -s .tar.gz ./*.tar.gz)
tar -xzf "$name.tar.gz" -C "$folder"
cmp "$name" "$folder/$name/bin/twdw"
node -e '
  const bill = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"))
  for (const name of ["bun", "duckdb", "yargs"]) {
    if (!bill.components.some(part => part.name === name && part.version && part.licenses)) throw new Error(`no ${name}`)
  }
' ./*.cdx.json

# as README.md says it, below a prefix of its own
cd "$folder"
mkdir usr
cp -r "$name"/{bin,share} usr/
twdw() { env -i HOME="$folder" PATH=/usr/bin:/bin "$folder/usr/bin/twdw" "$@"; }
twdw listen --source demo --start 2024-01-01T03:00Z --rate 2000 --speed 43200 --max-tweets 500
twdw consolidate >/dev/null
twdw query --sql 'SELECT count(*) AS tweets FROM fact_tweet' --format csv | tee answer
[ "$(tail -n 1 answer)" = 500 ]
# the page's script travels inside: a chart is drawn with it
twdw report covid19 --output report.html
bash -c '. "$1/share/bash-completion/completions/twdw" && complete -p twdw >/dev/null' - "$folder/usr"
grep -q '^\.TH TWDW 1' usr/share/man/man1/twdw.1
grep -q 'JavaScriptCore' "$name/THIRD-PARTY-LICENSES.txt"
echo "$name: made, checked, unpacked, used"
