"""Layer1 of many busy hours, made of one: the same tweets an hour later, and an hour later again, under other ids.

scale_layer1.py BASE TARGET HOURS: BASE holds the files of the hour 2024-01-01T03, TARGET becomes layer1/tweets. `raw` stays as it
was: nothing that is measured reads it.
"""
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

FIRST = datetime(2024, 1, 1, 3)
ID_COLUMNS = ["tweet_id", "conversation_id"]


def later_id(column, hours):
    """A snowflake of so many hours later, which is as unlike the others."""
    return pc.add(column.cast(pa.int64()), hours * 3_600_000 << 22).cast(pa.string())


def shift(table, hours):
    hour = FIRST + timedelta(hours=hours)
    columns = {name: later_id(table[name], hours) for name in ID_COLUMNS}
    rest = pc.utf8_slice_codeunits(table["created_at"], 13)
    columns["created_at"] = pc.binary_join_element_wise(pa.scalar(hour.strftime("%Y-%m-%dT%H")), rest, "")
    history = table["edit_history_ids"].combine_chunks()
    columns["edit_history_ids"] = pa.ListArray.from_arrays(history.offsets, later_id(history.values, hours))
    captured = table["captured_at"]
    columns["captured_at"] = pc.add(captured, pa.scalar(hours * 3_600_000, pa.duration("ms"))).cast(captured.type)
    for name, column in columns.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), column.cast(table.schema.field(name).type))
    return table


def make(words):
    path, target, hours = words
    table = parquet.read_table(path, partitioning=None)
    lists = [field.name for field in table.schema if pa.types.is_list(field.type)]
    repeating = ["kind", "lang", "source", "user_verified_type", *[f"{name}.list.element" for name in lists]]
    for n in range(hours):
        hour = FIRST + timedelta(hours=n)
        folder = f"{target}/utc_date={hour:%Y-%m-%d}/utc_hour={hour:%H}"
        os.makedirs(folder, exist_ok=True)
        parquet.write_table(
            shift(table, n),
            f"{folder}/{os.path.basename(path)}",
            compression="zstd",
            compression_level=1,
            use_dictionary=repeating,
            row_group_size=131_072,
        )


if __name__ == "__main__":
    base, target, hours = sys.argv[1:]
    files = sorted(name for name in os.listdir(base) if name.endswith(".parquet"))
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(make, [(f"{base}/{name}", target, int(hours)) for name in files]))
