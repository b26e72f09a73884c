"""Questions as PySpark answers them: python spark_queries.py QUESTIONS; that is a JSON file, by name {files by table, sql, times}.

Prints by name the seconds of each time, the view over the files made anew each time, and the answer as CSV; and how long Spark took
to start. All as JSON.
"""

import csv
import io
import json
import os
import sys
import time
from pathlib import Path

began = time.monotonic()
# instants come as those of the machine's zone
os.environ["TZ"] = "UTC"
time.tzset()

from pyspark.sql import SparkSession

spark = (
    SparkSession.builder.master(f"local[{os.environ['BENCH_THREADS']}]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.memory", "6g")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "2")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
spark.sql("SELECT 1").collect()
start = time.monotonic() - began


def to_csv(rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0].asDict().keys() if rows else [])
    writer.writerows(rows)
    return text.getvalue()


answers = {}
for name, question in json.loads(Path(sys.argv[1]).read_text()).items():
    seconds = []
    for _ in range(question["times"]):
        asked = time.monotonic()
        for table, files in question["files"].items():
            spark.read.parquet(*files).createOrReplaceTempView(table)
        rows = spark.sql(question["sql"]).collect()
        seconds.append(time.monotonic() - asked)
    answers[name] = {"seconds": seconds, "csv": to_csv(rows)}
spark.stop()
json.dump({"start": start, "answers": answers}, sys.stdout)
