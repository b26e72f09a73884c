"""What Spark reads of Parquet files: python spark_parquet.py QUESTIONS; that is a JSON file, {file, where} by name.

Prints by name the rows that the scan gave before they were filtered, and the XOR of tweet_id over those that are left, as JSON.
"""
import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.adaptive.enabled", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
answers = {}
for name, question in json.loads(Path(sys.argv[1]).read_text()).items():
    answer = spark.read.parquet(question["file"]).where(question["where"]).selectExpr("bit_xor(tweet_id)")
    [[xor]] = answer.collect()
    scan = answer._jdf.queryExecution().executedPlan().collectLeaves().head()
    answers[name] = {"rows": scan.metrics().apply("numOutputRows").value(), "xor": str(xor)}
spark.stop()
json.dump(answers, sys.stdout)
