#!/usr/bin/env bash
# Installs a real Airflow and runs dag_test.py against it: what `twdw schedule airflow` writes, with the executable and a lake.
#
# Needs Python 3.10 or later and its package registry; says `skipped: <reason>` and ends with 0 where it has not. Airflow is
# installed outside the repository and kept for the next time: in AIRFLOW_TEST_FOLDER, or in the cache of the account. All else is
# in a folder of its own that ends with this script, as do Airflow's processes. They listen on loopback only.
# `test/airflow/run.sh install` installs it and does no more.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=3.3.2

skip() { printf 'skipped: %s; the DAG was not run by an Airflow\n' "$1"; exit 0; }

[ -x dist/twdw ] || { echo 'dist/twdw is not built: run npm run build' >&2; exit 1; }
python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
  skip 'there is no Python 3.10 with venv'
kept=${AIRFLOW_TEST_FOLDER:-${XDG_CACHE_HOME:-$HOME/.cache}/twdw-test/airflow-$version}
if [ ! -f "$kept/installed" ]; then
  begun=$SECONDS
  { rm -rf "$kept/venv" && mkdir -p "$kept"; } 2>/dev/null || skip "nothing can be written to $kept"
  # Airflow's own list of constraints is in no registry; what pip finds for one exact version has to do
  python3 -m venv "$kept/venv" && timeout 600 "$kept/venv/bin/pip" install --quiet "apache-airflow==$version" >"$kept/pip.log" 2>&1 ||
    skip "Airflow $version cannot be installed: $(tail -1 "$kept/pip.log")"
  "$kept/venv/bin/python" -W ignore -c 'import airflow.sdk' >>"$kept/pip.log" 2>&1 ||
    skip "Airflow $version is installed and cannot be imported: $(tail -1 "$kept/pip.log")"
  echo "Airflow $version was installed in $((SECONDS - begun)) s" | tee "$kept/installed"
fi
[ "${1:-}" != install ] || exit 0

begun=$SECONDS
folder=$(mktemp -d)
leave() {
  # Airflow's processes, as the test has started them
  mapfile -t pids < <(cat "$folder/pids" 2>/dev/null)
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  for _ in $(seq 20); do
    kill -0 "${pids[@]}" 2>/dev/null || break
    sleep 0.5
  done
  # each leads a group of its own, with the processes that it has started
  for pid in "${pids[@]}"; do kill -KILL -- "-$pid" 2>/dev/null || true; done
  [ "$status" = 0 ] || tail -n 25 "$folder"/*.log
  rm -rf "$folder"
}
status=1
trap leave EXIT

# blanks, quotes, a template's braces and more than ASCII: all of that has to come through Airflow as it is
lake="$folder/la'ke {{ ds }} ü"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export AIRFLOW_HOME=$folder/airflow AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__CORE__PARALLELISM=4
# several processes write to one SQLite, on a machine that may be busy: none gives up after the usual 5 s
export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$folder/airflow.db?timeout=60"
export AIRFLOW__API__HOST=127.0.0.1 AIRFLOW__API__PORT=$port AIRFLOW__API__BASE_URL=http://127.0.0.1:$port
export AIRFLOW__CORE__EXECUTION_API_SERVER_URL=http://127.0.0.1:$port/execution/
AIRFLOW__API_AUTH__JWT_SECRET=$(head -c 48 /dev/urandom | base64 -w 0)
AIRFLOW__API__SECRET_KEY=$(head -c 24 /dev/urandom | base64 -w 0)
export AIRFLOW__API_AUTH__JWT_SECRET AIRFLOW__API__SECRET_KEY
export AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL=5 AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL=5
export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False TZ=Asia/Kathmandu
export PATH=$kept/venv/bin:$PATH PYTHONWARNINGS=ignore PYTHONDONTWRITEBYTECODE=1
mkdir "$AIRFLOW_HOME"

dist/twdw listen --quiet --lake "$lake" --source demo --start 2024-01-01T03:00Z --rate 2000 --speed 43200 --max-tweets 800
last=$(ls "$lake/layer1/tweets/utc_date=2024-01-01" | tail -1)
for place in "$lake" "$folder/refused"; do
  dist/twdw schedule airflow --lake "$place" --start-date 2024-01-01T04 --install >/dev/null
done
# in the second DAG somebody's hand has slipped: twdw refuses its words with status 2
sed -i 's/^LAKE = \["--lake"/LAKE = ["--lakes"/' "$AIRFLOW_HOME"/dags/*_refused.py
# what is changed in both: nobody waits for minutes here, or for all hours since 2024
sed -i -e 's/"retry_delay": timedelta(minutes=1)/"retry_delay": timedelta(seconds=2)/' \
  -e '0,/start_date=START,/s//start_date=START, end_date=datetime(2024, 1, 1, '$((10#${last#utc_hour=}))', tzinfo=timezone.utc),/' \
  "$AIRFLOW_HOME"/dags/*.py

airflow db migrate >"$folder/migrate.log" 2>&1
status=0
AIRFLOW__LOGGING__LOGGING_LEVEL=WARNING DAG_TEST_LAKE=$lake DAG_TEST_REFUSED=$folder/refused DAG_TEST_LOGS=$folder \
  DAG_TEST_URL=http://127.0.0.1:$port timeout 400 python test/airflow/dag_test.py --failfast || status=$?
[ "$status" != 0 ] || echo "the DAG on Airflow $version: $((SECONDS - begun)) s"
exit "$status"
