"""Do two programs make the same layer2? python compare_star.py LAKE TARGET; prints one sentence, exits 1 where they differ."""
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
lake, target = sys.argv[1:]
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")


def checksum(folder, table):
    files = f"read_parquet('{folder}/layer2/{table}/**/*.parquet', hive_partitioning = false)"
    columns = sorted(name for (name, *_) in connection.execute(f"DESCRIBE FROM {files}").fetchall())
    return columns, connection.execute(f"SELECT count(*), sum(hash({', '.join(columns)})) FROM {files}").fetchone()


sums = {table: (checksum(lake, table), checksum(target, table)) for table in TABLES}
differing = [table for table, (mine, peers) in sums.items() if mine != peers]
if differing:
    sys.exit(f"differs in: {', '.join(differing)}")
rows = sum(mine[1][0] for mine, _ in sums.values())
print(f"Both made the same {rows:,} rows in {len(TABLES)} tables, by checksum.")
