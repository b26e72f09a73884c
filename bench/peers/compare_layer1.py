"""Do two programs mean the same tweets? python compare_layer1.py LAKE PARQUET; prints one sentence, exits 1 where they differ."""
import sys

import duckdb

lake, parquet = sys.argv[1:]
connection = duckdb.connect()
connection.execute(f"CREATE VIEW mine AS FROM read_parquet('{lake}/layer1/tweets/*/*/*.parquet', hive_partitioning = false)")
connection.execute(f"CREATE VIEW peers AS FROM '{parquet}'")


def columns_of(view):
    return {name for (name, *_) in connection.execute(f"DESCRIBE {view}").fetchall()} - {"captured_at"}


if columns_of("mine") != columns_of("peers"):
    sys.exit(f"differs in the columns: {sorted(columns_of('mine') ^ columns_of('peers'))}")
columns = sorted(columns_of("mine"))


def checksum(view):
    hashes = ", ".join(f"sum(hash({each}))" for each in [", ".join(columns), *columns])
    return connection.execute(f"SELECT count(*), {hashes} FROM {view}").fetchone()


mine, peers = checksum("mine"), checksum("peers")
if mine != peers:
    differing = [name for name, a, b in zip(["rows", "rows as a whole", *columns], mine, peers) if a != b]
    sys.exit(f"differs in: {', '.join(differing)}")
print(f"Both files hold the same {mine[0]:,} rows in the same {len(columns)} columns, by checksum; only `captured_at` differs.")
