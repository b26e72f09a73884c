"""What `twdw schedule airflow` installs, on a real Airflow. run.sh prepares one, a lake and two DAGs, and says here where they are.

The tests go on from each other: by hand, then under the scheduler, at last what came late. Asked is Airflow's own database,
for states and events, and twdw for what the lake has.
"""

import fcntl
import json
import os
import re
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
DAGS = Path(os.environ["AIRFLOW_HOME"], "dags")


def run(*words):
    told = {**os.environ, "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO"}
    done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=120, env=told)
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


class Run(NamedTuple):
    """One run of a DAG, and its only task."""

    hour: str
    kind: str
    run_state: str
    state: str
    try_number: int
    interval: timedelta


def runs(dag_id):
    """In the order of their hours."""
    with create_session() as session:
        rows = session.execute(
            select(TaskInstance, DagRun)
            .join(TaskInstance.dag_run)
            .where(DagRun.dag_id == dag_id)
            .order_by(DagRun.logical_date)
        )
        return [
            Run(
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
    """The runs of a kind, once there are so many and all have come to an end."""
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


class TheDag(unittest.TestCase):
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
        for dag, name in [(hourly, "consolidate_hour"), (late, "consolidate_late_hours")]:
            (task,) = dag.tasks
            self.assertEqual((task.task_id, task.pool, task.max_active_tis_per_dag), (name, "default_pool", 1))
            self.assertEqual((task.retries, task.retry_delay), (8, timedelta(seconds=2)))
            self.assertTrue(task.retry_exponential_backoff)
            self.assertIsNotNone(task.execution_timeout)
            self.assertEqual([outlet.uri for outlet in task.outlets], [(LAKE / "layer2").as_uri()])

    def test_2_does_the_hour_of_its_logical_date_when_it_is_run_by_hand(self):
        for hour in ("2024-01-01T04", "2024-01-01T05"):
            run("airflow", "dags", "test", dag_id_of(LAKE), f"{hour}:30:00Z")
        self.assertEqual(consolidated(), ["2024-01-01T04", "2024-01-01T05"])
        self.assertEqual(hours_told(), [["2024-01-01T04"], ["2024-01-01T05"]])

    def test_3_catches_up_from_its_start_when_it_is_unpaused(self):
        wait_for("the api-server", is_up)
        dag_ids = [dag_id_of(LAKE), dag_id_of(REFUSED)]
        pattern = "|".join(f"^{re.escape(dag_id)}$" for dag_id in dag_ids)
        run("airflow", "dags", "unpause", "--yes", "--treat-dag-id-as-regex", pattern)
        done = wait_for("four hours", lambda: ended(dag_ids[0], "scheduled", 4))
        self.assertEqual([(one.state, one.try_number) for one in done], [("success", 1)] * 4)
        self.assertEqual([one.hour for one in done], [f"2024-01-01T{hour:02}" for hour in range(4, 8)])
        self.assertEqual({one.interval for one in done}, {timedelta(hours=1)})
        self.assertEqual(consolidated(), [one.hour for one in done])
        self.assertEqual(sorted(hours_told()[2:]), [[one.hour] for one in done])

    def test_4_fails_at_once_where_no_other_try_can_help(self):
        dag_id = dag_id_of(REFUSED)
        done = wait_for("four failures", lambda: ended(dag_id, "scheduled", 4))
        self.assertEqual([(one.state, one.try_number) for one in done], [("failed", 1)] * 4)
        self.assertEqual(hours_told(REFUSED), [])
        logs = Path(os.environ["AIRFLOW_HOME"], "logs").glob(f"dag_id={dag_id}/**/attempt=*.log")
        self.assertIn("twdw ended with status 2 (usage or settings): ", "".join(path.read_text() for path in logs))

    def test_5_backfills_also_before_its_start_and_tries_again_where_another_one_holds_the_lake(self):
        dag_id, hours = dag_id_of(LAKE), captured()
        rest = ["2024-01-01T02", "2024-01-01T03", *(hour for hour in hours if hour > "2024-01-01T07")]
        with open(LAKE / "_locks/consolidate", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # from an hour in which nothing was captured yet; both ends are inside
            run(
                "airflow",
                "backfill",
                "create",
                "--dag-id",
                dag_id,
                "--from-date",
                f"{rest[0]}:00Z",
                "--to-date",
                f"{rest[-1]}:00Z",
            )
            wait_for("a try in vain", lambda: any(one.state == "up_for_retry" for one in runs(dag_id)))
        done = wait_for("the backfill", lambda: ended(dag_id, "backfill", len(rest)))
        self.assertEqual({one.state for one in done}, {"success"})
        self.assertGreater(max(one.try_number for one in done), 1)
        self.assertEqual([one.hour for one in done], rest)
        self.assertEqual(consolidated(), hours)
        self.assertEqual(sorted(hours_told()[6:]), [[hour] for hour in rest])
        answer = run(
            TWDW,
            "query",
            "--lake",
            str(LAKE),
            "--batch-only",
            "--format",
            "csv",
            "--sql",
            "SELECT count(*) AS tweets FROM fact_tweet",
        )
        self.assertEqual(answer, "tweets\n1000\n")

    def test_6_does_late_hours_once_a_day_and_says_which_they_were(self):
        before, late = hours_told(), f"{dag_id_of(LAKE)}_late"
        run(
            TWDW,
            "listen",
            "--quiet",
            "--lake",
            str(LAKE),
            "--source",
            "demo",
            "--seed",
            "7",
            "--start",
            "2024-01-01T04:00Z",
            "--rate",
            "2000",
            "--speed",
            "43200",
            "--max-tweets",
            "200",
        )
        run("airflow", "dags", "unpause", "--yes", late)
        (one,) = wait_for("late hours", lambda: ended(late, "scheduled", 1))
        self.assertEqual(one.state, "success")
        self.assertEqual(hours_told(), [*before, ["2024-01-01T04", "2024-01-01T05"]])

    def test_7_has_nothing_listen_beyond_this_machine(self):
        for pid in map(int, os.environ["DAG_TEST_PIDS"].split()):
            process = psutil.Process(pid)
            for one in [process, *process.children(recursive=True)]:
                open_ports = [port.laddr.ip for port in one.net_connections() if port.status == psutil.CONN_LISTEN]
                self.assertEqual(set(open_ports) - {"127.0.0.1"}, set(), one.cmdline())

    def test_8_is_taken_away_again(self):
        run(TWDW, "schedule", "airflow", "--lake", str(LAKE), "--uninstall")
        self.assertEqual([path.stem for path in DAGS.glob("*.py")], [dag_id_of(REFUSED)])


def is_up():
    try:
        with urllib.request.urlopen(f"{os.environ['DAG_TEST_URL']}/api/v2/monitor/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main(verbosity=2)
