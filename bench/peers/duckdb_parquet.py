"""Questions to Parquet files: python duckdb_parquet.py QUESTIONS TIMES; QUESTIONS is a JSON file, SQL by name.

Each question in turn, TIMES over; prints by name the milliseconds of the best run and the rows of the answer, as JSON.
"""
import json
import os
import sys
import time
from pathlib import Path

import duckdb

path, times = sys.argv[1:]
questions = json.loads(Path(path).read_text())
answers = {}
with duckdb.connect() as connection:
    connection.execute(f"SET threads = {os.environ['BENCH_THREADS']}")
    for _ in range(int(times)):
        for name, sql in questions.items():
            began = time.perf_counter()
            rows = connection.execute(sql).fetchall()
            ms = (time.perf_counter() - began) * 1000
            best = min(ms, answers[name]["ms"]) if name in answers else ms
            answers[name] = {"ms": best, "rows": [[str(cell) for cell in row] for row in rows]}
json.dump(answers, sys.stdout)
