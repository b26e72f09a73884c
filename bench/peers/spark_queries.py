"""Questions as PySpark answers them: python spark_queries.py QUESTIONS; that is a JSON file, by name {files by table, sql}.

Prints by name the seconds of each of three times, and how long Spark took to start, as JSON. A table is a view over its files.
"""

import json
import sys
import time
from pathlib import Path

began = time.monotonic()

from pyspark.sql import SparkSession

spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.memory", "6g")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "2")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
spark.sql("SELECT 1").collect()
answers = {"start": time.monotonic() - began}
for name, question in json.loads(Path(sys.argv[1]).read_text()).items():
    seconds = []
    for _ in range(question["times"]):
        asked = time.monotonic()
        for table, folders in question["files"].items():
            spark.read.option("recursiveFileLookup", "true").parquet(*folders).createOrReplaceTempView(table)
        rows = spark.sql(question["sql"]).collect()
        seconds.append(time.monotonic() - asked)
    answers[name] = {"seconds": seconds, "rows": len(rows)}
spark.stop()
json.dump(answers, sys.stdout)
