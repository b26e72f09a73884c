"""What `twdw schedule airflow` installs, on a real Airflow. run.sh prepares one, a lake and two DAGs, and says where.

The tests go on from each other: first by hand, then with the scheduler, at last what came late. Asked is Airflow's own database,
for states and events, and twdw for what the lake has. A backfill is asked for while no other process writes: Airflow reads and
writes in one transaction then, and SQLite refuses that where somebody else has written in between.
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import time
import unittest
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import psutil
from airflow.models.asset import AssetEvent, AssetModel
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.sdk import Asset
from airflow.utils.session import create_session
from sqlalchemy import select

LAKE = Path(os.environ["DAG_TEST_LAKE"])
REFUSED = Path(os.environ["DAG_TEST_REFUSED"])
TWDW = str(Path("dist/twdw").resolve())
LOGS = Path(os.environ["DAG_TEST_LOGS"])
DAGS = Path(os.environ["AIRFLOW_HOME"], "dags")


def run(*words, tries=3):
    """What a program answers. A busy SQLite is asked again."""
    told = {**os.environ, "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO"}
    done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=120, env=told)
    if done.returncode != 0 and tries > 1 and "database is locked" in done.stdout + done.stderr:
        return run(*words, tries=tries - 1)
    if done.returncode != 0:
        raise AssertionError(f"{words} ended with {done.returncode}: {done.stdout[-3000:]} {done.stderr[-3000:]}")
    return done.stdout


def dag_id_of(lake):
    return next(
        path.stem for path in DAGS.glob("*.py") if json.dumps(str(lake), ensure_ascii=False) in path.read_text()
    )


def wait_for(what, look, seconds=90):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


def consolidated(lake=LAKE):
    return sorted(path.stem for path in lake.glob("layer2/_twdw/hours/*.json"))


def captured(lake=LAKE):
    folders = lake.glob("layer1/tweets/utc_date=*/utc_hour=*")
    return sorted(f"{one.parent.name.split('=')[1]}T{one.name.split('=')[1]}" for one in folders)


def files_of_hours(lake=LAKE):
    """How many files each hour has in layer1."""
    folders = lake.glob("layer1/tweets/utc_date=*/utc_hour=*")
    return {str(one): len(list(one.glob("*.parquet"))) for one in folders}


class Run(NamedTuple):
    """A task of a run of a DAG."""

    task: str
    hour: str
    kind: str
    run_state: str
    state: str
    try_number: int
    interval: timedelta


def runs(dag_id):
    """In the order of their hours, and by the names of their tasks."""
    with create_session() as session:
        rows = session.execute(
            select(TaskInstance, DagRun)
            .join(TaskInstance.dag_run)
            .where(DagRun.dag_id == dag_id)
            .order_by(DagRun.logical_date, TaskInstance.task_id)
        )
        return [
            Run(
                task.task_id,
                one.logical_date.strftime("%Y-%m-%dT%H"),
                str(one.run_type),
                str(one.state),
                str(task.state),
                task.try_number,
                one.data_interval_end - one.data_interval_start,
            )
            for task, one in rows
        ]


def ended(dag_id, kind, count):
    """The tasks of the runs of a kind, once there are so many and all runs have come to an end."""
    found = [one for one in runs(dag_id) if one.kind == kind]
    return found if len(found) == count and all(one.run_state in ("success", "failed") for one in found) else None


def hours_told(lake=LAKE):
    """The hours of all events of a lake's asset, in the order of the events."""
    uri = Asset((lake / "layer2").as_uri()).uri
    with create_session() as session:
        events = session.scalars(
            select(AssetEvent)
            .join(AssetModel, AssetModel.id == AssetEvent.asset_id)
            .where(AssetModel.uri == uri)
            .order_by(AssetEvent.id)
        )
        return [event.extra["hours"] for event in events]


class ByHand(unittest.TestCase):
    maxDiff = None

    def test_1_is_imported_without_errors_and_has_what_it_promises(self):
        self.assertIn("No data found", run("airflow", "dags", "list-import-errors"))
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(str(DAGS))
        self.assertEqual(bag.import_errors, {})
        dag_id = dag_id_of(LAKE)
        self.assertEqual(
            sorted(bag.dags),
            sorted(
                [
                    dag_id,
                    f"{dag_id}_late",
                    "twdw" + str(REFUSED).replace("/", "_"),
                    "twdw" + str(REFUSED).replace("/", "_") + "_late",
                ]
            ),
        )
        hourly, late = bag.dags[dag_id], bag.dags[f"{dag_id}_late"]
        self.assertEqual(type(hourly.timetable).__name__, "CronDataIntervalTimetable")
        self.assertEqual((hourly.timetable.expression, str(hourly.timetable.timezone)), ("0 * * * *", "UTC"))
        self.assertEqual((hourly.catchup, late.catchup), (True, False))
        told = [(hourly, "consolidate_hour", True), (late, "consolidate_late_hours", True), (late, "compact", False)]
        self.assertEqual([len(dag.tasks) for dag in (hourly, late)], [1, 2])
        for dag, name, tells in told:
            task = dag.get_task(name)
            self.assertEqual((task.pool, task.max_active_tis_per_dag), ("default_pool", 1))
            self.assertEqual((task.retries, task.retry_delay), (8 if tells else 2, timedelta(seconds=2)))
            self.assertTrue(task.retry_exponential_backoff)
            self.assertIsNotNone(task.execution_timeout)
            self.assertEqual([outlet.uri for outlet in task.outlets], [(LAKE / "layer2").as_uri()] if tells else [])

    def test_2_does_the_hour_of_its_logical_date_when_it_is_run_by_hand(self):
        for hour in ("2024-01-01T04", "2024-01-01T05"):
            run("airflow", "dags", "test", dag_id_of(LAKE), f"{hour}:30:00Z")
        self.assertEqual(consolidated(), ["2024-01-01T04", "2024-01-01T05"])
        self.assertEqual(hours_told(), [["2024-01-01T04"], ["2024-01-01T05"]])

    def test_3_takes_a_backfill_also_before_its_start_and_is_unpaused(self):
        # from an hour in which nothing was captured yet; both ends are inside
        run("airflow", "backfill", "create", "--dag-id", dag_id_of(LAKE), "--from-date", "2024-01-01T02:00Z",
            "--to-date", "2024-01-01T03:00Z")  # fmt: skip
        pattern = "|".join(f"^{re.escape(dag_id)}$" for dag_id in [dag_id_of(LAKE), dag_id_of(REFUSED)])
        run("airflow", "dags", "unpause", "--yes", "--treat-dag-id-as-regex", pattern)
        self.assertEqual([one.hour for one in runs(dag_id_of(LAKE)) if one.kind == "backfill"], BEFORE_START)


BEFORE_START = ["2024-01-01T02", "2024-01-01T03"]


class WithScheduler(unittest.TestCase):
    maxDiff = None

    def test_1_tries_again_where_another_one_holds_the_lake_and_does_all_hours(self):
        dag_id = dag_id_of(LAKE)
        with open(LAKE / "_locks/consolidate", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            start_airflow()
            wait_for("a try in vain", lambda: any(one.state == "up_for_retry" for one in runs(dag_id)), 120)
        since_start = [hour for hour in captured() if hour > BEFORE_START[-1]]
        backfill = wait_for("the backfill", lambda: ended(dag_id, "backfill", len(BEFORE_START)))
        caught_up = wait_for("all hours", lambda: ended(dag_id, "scheduled", len(since_start)))
        self.assertEqual([one.hour for one in backfill], BEFORE_START)
        self.assertEqual([one.hour for one in caught_up], since_start)
        self.assertEqual({one.state for one in backfill + caught_up}, {"success"})
        self.assertEqual({one.interval for one in backfill + caught_up}, {timedelta(hours=1)})
        self.assertGreater(max(one.try_number for one in backfill + caught_up), 1)
        self.assertEqual(consolidated(), captured())
        self.assertEqual(sorted(hours_told()[2:]), [[hour] for hour in BEFORE_START + since_start])
        answer = run(TWDW, "query", "--lake", str(LAKE), "--batch-only", "--format", "csv",
                     "--sql", "SELECT count(*) AS tweets FROM fact_tweet")  # fmt: skip
        self.assertEqual(answer, "tweets\n800\n")

    def test_2_fails_at_once_where_no_other_try_can_help(self):
        dag_id, count = dag_id_of(REFUSED), len(captured()) - 1
        done = wait_for("failures", lambda: ended(dag_id, "scheduled", count))
        self.assertEqual([(one.state, one.try_number) for one in done], [("failed", 1)] * count)
        self.assertEqual(hours_told(REFUSED), [])
        logs = Path(os.environ["AIRFLOW_HOME"], "logs").glob(f"dag_id={dag_id}/**/attempt=*.log")
        self.assertIn("twdw ended with status 2 (usage or settings): ", "".join(path.read_text() for path in logs))

    def test_3_does_late_hours_once_a_day_says_which_they_were_and_merges_their_files(self):
        before, late = hours_told(), f"{dag_id_of(LAKE)}_late"
        run(TWDW, "listen", "--quiet", "--lake", str(LAKE), "--source", "demo", "--seed", "7", "--start",
            "2024-01-01T04:00Z", "--rate", "2000", "--speed", "43200", "--max-tweets", "200")  # fmt: skip
        # files of two runs of the generator are kept apart where it is known that they are
        shutil.rmtree(LAKE / "layer1/sessions")
        self.assertEqual(max(files_of_hours().values()), 2)
        report = run(TWDW, "consolidate", "--dry-run", "--json", "--lake", str(LAKE))
        changed = [one["hour"] for one in json.loads(report)["hours"]]
        self.assertEqual(changed[:2], ["2024-01-01T04", "2024-01-01T05"])
        run("airflow", "dags", "unpause", "--yes", late)
        both = wait_for("late hours", lambda: ended(late, "scheduled", 2))
        done = [("compact", "success"), ("consolidate_late_hours", "success")]
        self.assertEqual([(one.task, one.state) for one in both], done)
        self.assertEqual(set(files_of_hours().values()), {1})
        self.assertEqual(hours_told(), [*before, changed])

    def test_4_has_nothing_listen_beyond_this_machine(self):
        for pid in map(int, (LOGS / "pids").read_text().split()):
            process = psutil.Process(pid)
            for one in [process, *process.children(recursive=True)]:
                # a task's process may have ended by now
                with contextlib.suppress(psutil.NoSuchProcess):
                    ports = {port.laddr.ip for port in one.net_connections() if port.status == psutil.CONN_LISTEN}
                    self.assertEqual(ports - {"127.0.0.1"}, set(), one.cmdline())

    def test_5_is_taken_away_again(self):
        run(TWDW, "schedule", "airflow", "--lake", str(LAKE), "--uninstall")
        self.assertEqual([path.stem for path in DAGS.glob("*.py")], [dag_id_of(REFUSED)])


def start_airflow():
    """Its processes, each the head of a group of its own; run.sh ends them."""
    for part in (["api-server", "--workers", "1"], ["scheduler", "--skip-serve-logs"], ["dag-processor"]):
        with open(LOGS / f"{part[0]}.log", "w") as out, open(LOGS / "pids", "a") as pids:
            told = {**os.environ, "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO"}
            process = subprocess.Popen(
                ["airflow", *part], stdout=out, stderr=subprocess.STDOUT, start_new_session=True, env=told
            )
            pids.write(f"{process.pid}\n")
    wait_for("the api-server", is_up, 120)


def is_up():
    try:
        with urllib.request.urlopen(f"{os.environ['DAG_TEST_URL']}/api/v2/monitor/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main(verbosity=2)
