"""Do twdw and twarc-csv mean the same tweets? python compare_csv.py LAKE CSV; prints one sentence, exits 1 where they differ.

Text, language and entities are left out: of a retweet twdw has those of the original's long form, twarc-csv those of its short one.
"""

import sys

import duckdb

lake, csv = sys.argv[1:]
connection = duckdb.connect()


def checksum(table, columns):
    whole = ", ".join(columns)
    return connection.execute(f"SELECT count(DISTINCT {columns[0]}), sum(hash({whole})) FROM {table}").fetchone()


profile = ["username", "name"]
mine = checksum(
    f"read_parquet('{lake}/layer1/tweets/*/*/*.parquet', hive_partitioning = false)",
    ["tweet_id", "created_at", "author_id", "conversation_id", *[f"user_{name}" for name in profile]],
)
theirs = checksum(
    f"read_csv('{csv}', all_varchar = true, strict_mode = false)",
    ["id", "created_at", "author_id", "conversation_id", *[f'"author.{name}"' for name in profile]],
)
if mine != theirs:
    sys.exit(f"differs: {mine}, not {theirs}")
print(f"Both have the same {mine[0]:,} tweets, by checksum of six columns that mean the same in both.")
