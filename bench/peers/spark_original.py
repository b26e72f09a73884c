"""The job that twdw replaces, as PySpark runs it: python spark_original.py LAYER1 TARGET

Casts, a fixed shift of the zone, tags as one text, users without a key, both tables appended by year, month, day and hour.
Prints the seconds of the job itself; starting Spark comes on top.
"""
import os
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

layer1, target = sys.argv[1:]
spark = (
    SparkSession.builder.master(f"local[{os.environ['BENCH_THREADS']}]")
    .appName("the original")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.memory", "4g")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "2")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
began = time.monotonic()
tweets = spark.read.parquet(layer1).withColumn(
    "created", F.to_timestamp("created_at") - F.expr("INTERVAL 3 HOURS")
)
moment = [
    F.year("created").alias("year"),
    F.month("created").alias("month"),
    F.dayofmonth("created").alias("day"),
    F.hour("created").alias("hour"),
]
folders = ["year", "month", "day", "hour"]
counts = ["retweet_count", "reply_count", "like_count", "quote_count"]
fact = tweets.select(
    F.col("tweet_id").cast("bigint").alias("id"),
    F.col("author_id").cast("bigint"),
    F.col("conversation_id").cast("bigint"),
    F.col("in_reply_to_user_id").cast("bigint"),
    "created",
    "text",
    "lang",
    "source",
    "possibly_sensitive",
    *[F.col(name).cast("int") for name in counts],
    F.concat_ws(", ", "hashtags").alias("hashtags"),
    *moment,
)
users = tweets.select(
    F.col("author_id").cast("bigint").alias("id"),
    F.col("user_username").alias("username"),
    F.col("user_name").alias("name"),
    F.col("user_location").alias("location"),
    F.to_timestamp("user_created_at").alias("created_at"),
    *moment,
).distinct()
fact.write.mode("append").partitionBy(*folders).parquet(f"{target}/fact_tweet")
users.write.mode("append").partitionBy(*folders).parquet(f"{target}/dim_user")
print(time.monotonic() - began)
spark.stop()
