"""A question as Polars answers it, lazily and in a process of its own: python polars_query.py QUESTION

QUESTION is JSON: its name, `files` by table, and from when (UTC, inclusive) to when (exclusive). Prints the answer as CSV.
"""

import json
import sys
from datetime import datetime

import polars as pl

question = json.loads(sys.argv[1])
TAG = pl.col("tag") == "covid19"
since, until = (datetime.fromisoformat(question[edge]) for edge in ("from", "to"))
IN_SPAN = (pl.col("hour_start") >= since) & (pl.col("hour_start") < until)


def scan(table):
    return pl.scan_parquet(question["files"][table], hive_partitioning=False)


def by(column):
    rows = scan("agg_hashtag_hour").filter(TAG & IN_SPAN)
    return rows.group_by(column).agg(pl.col("tweets").sum()).sort(column)


def authors():
    rows = scan("agg_hashtag_user_hour").filter(TAG & IN_SPAN).group_by("user_id").agg(pl.col("tweets").sum())
    most = rows.sort(["tweets", "user_id"], descending=[True, False]).head(20).collect()
    profiles = scan("dim_user_snapshot").filter(pl.col("user_id").is_in(most["user_id"].implode()))
    names = profiles.group_by("user_id").agg(pl.col("username").sort_by("observed_at").last()).collect()
    return most.join(names, on="user_id", how="left", maintain_order="left").select("user_id", "username", "tweets").lazy()


def tags_beside():
    tags = scan("bridge_tweet_hashtag")
    tweets = scan("fact_tweet").filter(pl.col("is_latest_version") & IN_SPAN).select("tweet_id")
    tagged = tweets.join(tags.filter(TAG).select("tweet_id"), on="tweet_id", how="semi")
    beside = tags.filter(~TAG).join(tagged, on="tweet_id", how="semi").group_by("tag").agg(tweets=pl.len())
    return beside.sort(["tweets", "tag"], descending=[True, False]).head(20)


def distinct_authors():
    return scan("agg_hashtag_user_hour").filter(TAG & IN_SPAN).select(authors=pl.col("user_id").n_unique())


ANSWERS = {
    "days": lambda: by("local_date"),
    "hours": lambda: by("hour_start"),
    "authors": authors,
    "beside": tags_beside,
    "distinct": distinct_authors,
}
print(ANSWERS[question["name"]]().collect().write_csv(), end="")
