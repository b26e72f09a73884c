"""Does the job that twdw replaces mean the same tweets? python compare_original.py LAKE TARGET; prints one sentence, exits 1 where not.

Looked at is what both have: ids, text, language and wall clock of each tweet, and who wrote them.
"""

import sys

import duckdb

lake, target = sys.argv[1:]
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")


def checksum(files, columns):
    whole = ", ".join(columns)
    return connection.execute(f"SELECT count(*), sum(hash({whole})) FROM read_parquet('{files}', hive_partitioning = false)").fetchone()


same = ["author_id", "conversation_id", "in_reply_to_user_id", "text", "lang"]
mine = checksum(f"{lake}/layer2/fact_tweet/**/*.parquet", ["tweet_id", "epoch_ms(created_at_local)", *same])
theirs = checksum(f"{target}/fact_tweet/**/*.parquet", ["id", "epoch_ms(created)", *same])
if mine != theirs:
    sys.exit(f"differs in the tweets: {mine}, not {theirs}")
users = "SELECT count(DISTINCT {}) FROM read_parquet('{}', hive_partitioning = false)"
[mine_users], [their_users] = (
    connection.execute(users.format("author_id", f"{lake}/layer2/fact_tweet/**/*.parquet")).fetchone(),
    connection.execute(users.format("id", f"{target}/dim_user/**/*.parquet")).fetchone(),
)
if mine_users != their_users:
    sys.exit(f"differs in the users: {mine_users}, not {their_users}")
print(f"Both have the same {mine[0]:,} tweets of {mine_users:,} users, by checksum of what both have.")
