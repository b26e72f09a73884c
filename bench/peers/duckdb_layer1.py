"""DuckDB as one would use it in place of `twdw listen --source replay`: python duckdb_layer1.py SOURCE TARGET"""
import os
import sys
from pathlib import Path

import duckdb

source, target = sys.argv[1:]
sql = Path(__file__).with_name("layer1.sql").read_text()
with duckdb.connect() as connection:
    connection.execute(f"SET threads = {os.environ['BENCH_THREADS']}")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(sql.replace("${source}", source).replace("${target}", target))
