"""Do two programs mean the same tweets? python compare_layer1.py LAKE PARQUET; prints one sentence, exits 1 where they differ."""
import sys

import duckdb

lake, parquet = sys.argv[1:]
connection = duckdb.connect()
connection.execute(f"CREATE VIEW mine AS FROM read_parquet('{lake}/layer1/tweets/*/*/*.parquet', hive_partitioning = false)")
connection.execute(f"CREATE VIEW peers AS FROM '{parquet}'")
columns = [name for (name, *_) in connection.execute("DESCRIBE peers").fetchall() if name != "captured_at"]


def checksum(view):
    hashes = ", ".join(f"sum(hash({column}))" for column in columns)
    return connection.execute(f"SELECT count(*), {hashes} FROM {view}").fetchone()


mine, peers = checksum("mine"), checksum("peers")
if mine != peers:
    differing = [name for name, a, b in zip(["rows", *columns], mine, peers) if a != b]
    sys.exit(f"differs in: {', '.join(differing)}")
print(f"Both files hold the same {mine[0]:,} rows in the same {len(columns)} columns, by checksum; only `captured_at` differs.")
