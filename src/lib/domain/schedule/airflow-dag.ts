/**
 * The file of DAGs that has Airflow consolidate a lake: one run an hour, and one a day for what came late.
 *
 * The words of the command stand in it as Python lists and go to no shell and through no template, so that blanks,
 * quotes and Jinja's braces in a path mean nothing. An hour is named by a range, `--from` and `--to`, because `--hour`
 * takes an hour without tweets for a mistake of its user, and in a quiet night it is none.
 */
import { type Hour, parseHour } from '../hour.ts'
import { isInStore } from '../lake-url.ts'
import { bareConsolidateWords, CONSOLIDATE_MINUTE, type Jobs, refuseControlCharacters } from './jobs.ts'

export interface DagPlan {
  jobs: Jobs
  /** the first hour that gets a run of its own */
  startHour: Hour
  /** Airflow's pool for the tasks; undefined: the one that it has from the start */
  pool: string | undefined
}

/**
 * One self-contained Python file. It reads neither clock nor network when it is imported, which Airflow does all the time.
 * @throws TwdwError E_USAGE when a path cannot stand in a line
 */
export function dagFile({ jobs, startHour, pool }: DagPlan): string {
  const [executable = '', command = '', ...place] = bareConsolidateWords(jobs)
  refuseControlCharacters([executable, ...place, pool ?? ''])
  const { compacts } = jobs
  const [id, asset] = [dagId(jobs.lake), layer2Uri(jobs.lake)]
  const head = headText({ id, executable, command, place, compacts, asset, startHour, pool })
  return `${MARK}${JSON.stringify(jobs.lake)}.\n${KEEP_OUT}\n${head}${WORK}${compacts ? COMPACT_WORK : ''}${dagsText(id, compacts)}`
}

interface DagSettings {
  id: string
  executable: string
  command: string
  place: readonly string[]
  compacts: boolean
  asset: string
  startHour: Hour
  pool: string | undefined
}

const MARK = '# Written by `twdw schedule airflow` for the lake '
const KEEP_OUT = '# Installing again replaces this file, and keeps START unless --start-date says otherwise.'

/** The lake that a file of ours was written for; undefined for a file that somebody else wrote. */
export function lakeOfDag(text: string): string | undefined {
  if (!text.startsWith(MARK)) return undefined
  const [, quoted] = /^("(?:[^"\\]|\\.)*")\.$/m.exec(text.slice(MARK.length)) ?? []
  return quoted === undefined ? undefined : (JSON.parse(quoted) as string)
}

/** The START of a file of ours; undefined where somebody has written it in a way of his own. */
export function startHourOfDag(text: string): Hour | undefined {
  const [, hour] = /^START = datetime\.fromisoformat\("(\d{4}-\d{2}-\d{2}T\d{2}):00:00\+00:00"\)$/m.exec(text) ?? []
  return hour === undefined ? undefined : parseHour(hour)
}

/** Airflow takes 250 characters; a file name also has its ending, and this one is to be read. */
const MAX_NAME = 100

/**
 * The DAG's name, and its file's without the ending: `twdw_srv_lake` for /srv/lake. Where letters get lost, a number that
 * follows from the whole path keeps two lakes apart.
 */
export function dagId(lake: string): string {
  const name = `twdw_${lake.replaceAll(/[^A-Za-z0-9.-]+/g, '_').replaceAll(/^_|_$/g, '')}`
  const isWhole = /^(s3:\/)?[A-Za-z0-9./-]+$/.test(lake) && name.length <= MAX_NAME
  return isWhole ? name : `${name.slice(0, MAX_NAME)}_${hashOf(lake)}`
}

/** FNV-1a over the text's bytes, in 32 bits. */
function hashOf(text: string): string {
  const bytes = new TextEncoder().encode(text)
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5).toString(36)
}

/** What other DAGs wait for: where layer2 lies, spelled as `Path(lake, "layer2").as_uri()` spells it in theirs. */
function layer2Uri(lake: string): string {
  const [scheme, path] = isInStore(lake) ? ['s3://', lake.slice('s3://'.length)] : ['file://', lake]
  const encoded = encodeURIComponent(`${path}/layer2`).replaceAll('%2F', '/')
  return scheme + encoded.replaceAll(/[!'()*]/g, one => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** A literal that Python reads back as it is: JSON's escapes are among Python's. */
const literal = (text: string) => JSON.stringify(text)

function headText({ id, executable, command, place, compacts, asset, startHour, pool }: DagSettings): string {
  const poolLines =
    pool === undefined
      ? ''
      : `    # tasks of a pool that Airflow has not wait for ever: airflow pools set ${pool} 1 twdw\n    "pool": ${literal(pool)},\n`
  return `"""
Consolidates a twdw lake: tweets as they came (layer1) become a star schema (layer2), hour by hour.

The tweets are captured by \`twdw listen\`, which never ends. Airflow is no keeper of such processes: have systemd, Compose
or cron run it. For Airflow 3.
"""

from __future__ import annotations

import json
import logging
import subprocess
import tempfile
import time
from datetime import datetime, timedelta, timezone

from airflow.sdk import DAG, Asset, task

try:
    from airflow.sdk import CronDataIntervalTimetable
    from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
except ImportError:  # before Airflow 3.2
    from airflow.exceptions import AirflowFailException, AirflowSkipException
    from airflow.timetables.interval import CronDataIntervalTimetable

CONSOLIDATE = [${literal(executable)}, ${literal(command)}]
${compacts ? `# in pieces of half an hour: tasks that wait for the lake meanwhile are tried again for two hours\nCOMPACT = [${literal(executable)}, "compact", "--at-most", "30m"]\n` : ''}LAKE = [${place.map(literal).join(', ')}]

# The first hour that gets a run of its own. All from then on follow, those that Airflow missed too (catchup). Earlier ones
# are done by a backfill; Airflow leaves all other runs before START without a task, and calls them a success.
#   airflow backfill create --dag-id ${id} \\
#       --from-date 2024-01-01T00:00Z --to-date 2024-01-01T23:00Z
# A run by hand names an instant inside of its hour. One at the very start of an hour that is still to be caught up with
# takes the place of that hour's own run, and Airflow 3.3 then never comes past it.
#   airflow dags test ${id} 2024-01-01T10:30Z
START = datetime.fromisoformat("${startHour}:00:00+00:00")
CATCHUP = True

# Until two minutes after its end an hour is open: tweets of it are still on their way, and twdw leaves it alone. The same
# minute as under systemd and cron leaves room for a slow disk.
CLOSED_AFTER = timedelta(minutes=${CONSOLIDATE_MINUTE})

# What other DAGs can wait for, with the same Asset in their schedule. Each event says which hours of layer2 are up to date
# now, as {"hours": ["2024-01-01T10"]} in its extra. It has no partition key: events that have one start no DAGs but those
# that ask for partitions.
LAYER2 = Asset(${literal(asset)})

DEFAULTS = {
    # for what another try helps against (below), over two hours: 1, 2, 4 … 30 minutes apart
    "retries": 8,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=30),
    # twdw locks the lake, and a second one ends with status 5. This holds over all runs of a DAG, a backfill's too, and
    # unlike a run a task that waits for its next try is not counted: an hour that cannot be done holds up no other.
    "max_active_tis_per_dag": 1,
${poolLines}}
`
}

/** The part that is the same for every lake. */
const WORK = `
# What twdw means by its exit status.
ANOTHER_TRY_HELPS = {
    4: "the source cannot be reached",
    5: "the lake cannot be reached, or another twdw consolidates it",
    130: "it was stopped",
}
NO_TRY_HELPS = {
    1: "a bug in twdw",
    2: "usage or settings",
    3: "access was refused",
    6: "data failed a check, and nothing of that hour was published",
}

log = logging.getLogger(__name__)
LEVELS = {"error": logging.ERROR, "warn": logging.WARNING, "debug": logging.DEBUG}


def run(job: list[str], *words: str) -> dict:
    """Run one of twdw's jobs with what it says in this task's log, and give its report."""
    command = [*job, *words, *LAKE, "--json"]
    log.info("running %s", command)
    complaint = ""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as answer:
        try:
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=answer, stderr=subprocess.PIPE, encoding="utf-8"
            )
        except (FileNotFoundError, PermissionError) as error:
            raise AirflowFailException(f"twdw cannot be run on this worker: {error}") from error
        try:
            for line in child.stderr:
                complaint = tell(line) or complaint
            status = child.wait()
        finally:
            # Airflow ended this task, or its time is over. Left alone twdw would go on and hold the lake; like this it ends
            # between two hours, and the next try completes them.
            if child.poll() is None:
                child.terminate()
        if status == 0:
            answer.seek(0)
            return json.load(answer)
    if status < 0:
        raise RuntimeError(f"twdw was ended by signal {-status}")
    if status in ANOTHER_TRY_HELPS:
        raise RuntimeError(f"twdw ended with status {status} ({ANOTHER_TRY_HELPS[status]}){complaint}")
    meaning = NO_TRY_HELPS.get(status, "unknown to this DAG")
    raise AirflowFailException(f"twdw ended with status {status} ({meaning}){complaint}")


def tell(line: str) -> str:
    """Log one event of twdw's. What it gives up for is given back, as the end of a sentence."""
    try:
        event = json.loads(line)
        level, sentence, hint = event["level"], event["message"], event.get("hint")
    except (ValueError, TypeError, KeyError):
        log.info(line.rstrip())
        return ""
    log.log(LEVELS.get(level, logging.INFO), f"{sentence}; try: {hint}" if hint else sentence)
    return f": {sentence}" if level == "error" else ""


def consolidate_hour(*, logical_date=None, outlet_events=None) -> dict:
    """The hour that the logical date names, whoever made the run. It may be done by then, or have no tweets: that is right, too."""
    if logical_date is None:
        raise AirflowFailException("a run without a logical date names no hour: trigger it with one")
    start = datetime.fromtimestamp(logical_date.timestamp(), timezone.utc).replace(minute=0, second=0, microsecond=0)
    hour, end = (at.strftime("%Y-%m-%dT%H") for at in (start, start + timedelta(hours=1)))
    wait = start + timedelta(hours=1) + CLOSED_AFTER - datetime.now(timezone.utc)
    if wait > 2 * CLOSED_AFTER:
        raise AirflowFailException(f"hour {hour} is not over: trigger a run with an earlier logical date")
    if wait > timedelta():
        log.info("waiting %s until hour %s is closed", wait, hour)
        time.sleep(wait.total_seconds())
    report = run(CONSOLIDATE, "--from", hour, "--to", end)
    log.info("hour %s is up to date: %s", hour, report["totals"] if report["hours"] else "there was nothing to do")
    outlet_events[LAYER2].extra = {"hours": [hour]}
    return report["totals"]


def consolidate_late_hours(*, outlet_events=None) -> dict:
    """All closed hours that changed since they were consolidated: gaps were filled, files replayed, tweets forgotten."""
    report = run(CONSOLIDATE)
    if not report["hours"]:
        raise AirflowSkipException("nothing came late")
    hours = [one["hour"] for one in report["hours"]]
    log.info("%d hours are up to date again, %s to %s: %s", len(hours), hours[0], hours[-1], report["totals"])
    outlet_events[LAYER2].extra = {"hours": hours}
    return report["totals"]

`

/** A task of its own: what came late is told by an event, which a failure here must not hold back. */
const COMPACT_WORK = `
def compact() -> dict:
    """Of the files that a listener leaves in layer1, one a minute, one an hour, once the hour ended a day ago."""
    report = run(COMPACT)
    if not report["hours"]:
        raise AirflowSkipException("no hour that may be compacted has several small files")
    log.info("%d hours are compacted, %d left: %s", len(report["hours"]), report["left"], report["totals"])
    return report["totals"]

`

function dagsText(id: string, compacts: boolean): string {
  return `
with DAG(
    dag_id="${id}",
    description="Consolidates one hour of the lake",
    doc_md=__doc__,
    tags=["twdw"],
    # the logical date is the start of the hour; a bare "0 * * * *" would give intervals without a length
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=START,
    catchup=CATCHUP,
    max_active_runs=4,
    default_args=DEFAULTS,
):
    # with the wait for the end of the hour
    task(outlets=[LAYER2], execution_timeout=timedelta(hours=1))(consolidate_hour)()

with DAG(
    dag_id="${id}_late",
    description="Consolidates hours of the lake that changed after their run${compacts ? ', and merges the small files of old ones' : ''}",
    doc_md=__doc__,
    tags=["twdw"],
    # far from minute ${CONSOLIDATE_MINUTE}, at which hours are done; one run does all, so there is nothing to catch up
    schedule="35 3 * * *",
    start_date=START,
    catchup=False,
    max_active_runs=1,
${compacts ? '    # both lock the lake: one after the other\n    max_active_tasks=1,\n' : ''}    default_args=DEFAULTS,
):
    task(outlets=[LAYER2], execution_timeout=timedelta(hours=6)${compacts ? ', priority_weight=2' : ''})(consolidate_late_hours)()
${compacts ? '    task(execution_timeout=timedelta(hours=1), retries=2)(compact)()\n' : ''}`
}
