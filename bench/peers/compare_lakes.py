"""Are two layer2 folders the same rows? compare_lakes.py SOME OTHER: prints the sentence, and ends badly where they differ."""
import sys

import duckdb

TABLES = [
    "dim_user_snapshot",
    "dim_place",
    "dim_hashtag",
    "bridge_tweet_hashtag",
    "bridge_tweet_rule",
    "fact_tweet",
    "agg_hashtag_hour",
    "agg_hashtag_user_hour",
]
some, other = sys.argv[1:]
rows = 0
for table in TABLES:
    files = f"{table}/**/*.parquet"
    query = "SELECT count(*), sum(hash(t)) FROM read_parquet('{}/{}', hive_partitioning = false) t"
    ours, theirs = [duckdb.sql(query.format(folder, files)).fetchall()[0] for folder in (some, other)]
    if ours != theirs:
        sys.exit(f"{table}: {ours[0]} rows here and {theirs[0]} there, which are not the same")
    rows += ours[0]
print(f"Both wrote the same {rows:,} rows into {len(TABLES)} tables, by checksum.")
