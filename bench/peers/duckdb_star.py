"""DuckDB as one would use it in place of `twdw consolidate`: python duckdb_star.py SCRIPT, which duckdb_star_sql.ts has printed"""
import os
import sys
from pathlib import Path

import duckdb

with duckdb.connect() as connection:
    connection.execute(f"SET threads = {os.environ['BENCH_THREADS']}")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(Path(sys.argv[1]).read_text())
