"""DuckDB as one would use it in place of `twdw consolidate`: python duckdb_star.py SCRIPT, which star.ts has printed"""
import sys
from pathlib import Path

import duckdb

with duckdb.connect() as connection:
    connection.execute("SET threads = 2")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(Path(sys.argv[1]).read_text())
