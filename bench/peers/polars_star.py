"""Polars as one would use it in place of `twdw consolidate`: python polars_star.py LAYER1 TARGET ZONE FOLDER

Files in FOLDER below LAYER1 (`*/*` for all hours) become the eight tables of layer2 below TARGET, as Parquet by zstd level 1, sorted as
twdw has them. Left out, since made-up tweets have none of it: rows that do not cast and two captures of a tweet in one millisecond.
"""

import sys
import unicodedata
from pathlib import Path

import polars as pl

layer1, target, zone, folder = sys.argv[1:]
HOUR = ["utc_date", "utc_hour_folder"]
IDS = ["tweet_id", "author_id", "conversation_id", "referenced_id", "in_reply_to_user_id"]
AS_CAPTURED = ["kind", "lang", "place_id", "text", "text_truncated", "possibly_sensitive", "source", "captured_at"]
SUMS = {
    "retweets": "retweet_count",
    "replies": "reply_count",
    "likes": "like_count",
    "quotes": "quote_count",
    "bookmarks": "bookmark_count",
    "impressions": "impression_count",
}
PROFILE = ["username", "name", "description", "location", "verified", "verified_type", "protected"]
PROFILE += ["created_at", "followers", "following", "tweets", "listed"]
PLACE = ["full_name", "name", "type", "country", "country_code"]


def fold(spelling):
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", spelling).casefold())


def to_instant(column):
    return pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="ms").dt.replace_time_zone("UTC")


def write(table, rows, order, keys=HOUR):
    """A file for each hour, or day; made in pieces where Polars can, so that it holds less."""
    rows = rows.sort(*keys, *order).collect(engine="streaming")
    hours = rows.select(keys).unique()
    if len(hours) == 1:
        parts = {hours.row(0): rows.drop(keys)}
    else:
        parts = rows.partition_by(keys, as_dict=True, include_key=False)
    for values, part in parts.items():
        names = [f"{key.removesuffix('_folder')}={value}" for key, value in zip(keys, values)]
        path = Path(target, "layer2", table, *names)
        path.mkdir(parents=True)
        part.write_parquet(path / "part-0.parquet", compression="zstd", compression_level=1, row_group_size=131_072)


partitions = {"utc_date": pl.String, "utc_hour": pl.String}
files = pl.scan_parquet(f"{layer1}/{folder}/*.parquet", hive_partitioning=True, hive_schema=partitions)
deliveries = (
    files.drop("raw")
    .rename({"utc_hour": "utc_hour_folder"})
    .with_columns(
        pl.col(IDS).cast(pl.Int64),
        to_instant("created_at"),
        to_instant("user_created_at"),
        original_id=pl.col("edit_history_ids").list.first().fill_null(pl.col("tweet_id")).cast(pl.Int64),
        edit_version=(pl.col("edit_history_ids").list.len().cast(pl.Int32) - 1).clip(lower_bound=0),
    )
)

tweet = [*HOUR, "tweet_id"]
local = pl.col("created_at").dt.convert_time_zone(zone)
tweets = (
    deliveries.with_columns(
        first_captured_at=pl.col("captured_at").min().over(tweet),
        last_captured_at=pl.col("captured_at").max().over(tweet),
    )
    .filter(pl.col("captured_at") == pl.col("last_captured_at"))
    .with_columns(
        is_latest_version=pl.col("edit_version") == pl.col("edit_version").max().over(*HOUR, "original_id"),
        created_at_local=local.dt.replace_time_zone(None),
        local_date=local.dt.date(),
        local_hour=local.dt.hour().cast(pl.Int32),
        hour_start=local.dt.truncate("1h").dt.convert_time_zone("UTC"),
        utc_hour=pl.col("created_at").dt.truncate("1h"),
        author_followers=pl.col("user_followers"),
        longitude=pl.col("place_longitude"),
        latitude=pl.col("place_latitude"),
    )
)
times = ["created_at", "created_at_local", "local_date", "local_hour", "hour_start"]
fact = [*HOUR, "tweet_id", "original_id", "edit_version", "is_latest_version", *IDS[1:], *times, *AS_CAPTURED]
fact += [*SUMS.values(), "author_followers", "longitude", "latitude", "first_captured_at"]
write("fact_tweet", tweets.select(fact), ["tweet_id"])

counted = ["is_latest_version", "created_at", "hour_start", "local_date", "local_hour", "utc_hour", "lang", "kind"]
tagged = tweets.select(*HOUR, "tweet_id", *counted, "author_id", "author_followers", *SUMS.values(), spelling="hashtags")
tagged = tagged.explode("spelling", empty_as_null=False, keep_nulls=False).collect(engine="streaming")
spellings = tagged["spelling"].unique()
folds = pl.DataFrame({"spelling": spellings, "tag": [fold(spelling) for spelling in spellings]})
bridge = (
    tagged.lazy()
    .join(folds.lazy(), on="spelling", maintain_order="left")
    .group_by(*HOUR, "tag", "tweet_id", maintain_order=True)
    .agg(pl.col("spelling", *counted, "author_id", "author_followers", *SUMS.values()).first(), occurrences=pl.len().cast(pl.Int32))
    .collect(engine="streaming")
)
write("bridge_tweet_hashtag", bridge.lazy().select(*HOUR, "tag", "tweet_id", "spelling", "occurrences"), ["tag", "tweet_id"])

rules = deliveries.select(*HOUR, "tweet_id", rule="rules").explode("rule", empty_as_null=False, keep_nulls=False)
write("bridge_tweet_rule", rules.unique(), ["rule", "tweet_id"])


def newest(key, columns, prefix):
    """Of each described thing the row that was captured last; of one millisecond the one with the greatest id."""
    named = {name: f"{prefix}{name}" for name in columns}
    described = pl.any_horizontal(pl.col(list(named.values())).is_not_null()) & pl.col(key).is_not_null()
    rows = deliveries.filter(described).sort("captured_at", "tweet_id").unique([*HOUR, key], keep="last")
    return rows.select(*HOUR, key, **{to: pl.col(from_) for to, from_ in named.items()}, observed_at="captured_at")


users = newest("author_id", PROFILE, "user_").rename({"author_id": "user_id"})
write("dim_user_snapshot", users, ["user_id"])
places = newest("place_id", PLACE, "place_").rename({"type": "place_type"})
write("dim_place", places, ["place_id"])

of_spelling = bridge.lazy().group_by(*HOUR, "tag", "spelling").agg(
    tweets=pl.col("is_latest_version").sum().cast(pl.Int64), first_seen_at=pl.col("created_at").min()
)
write("dim_hashtag", of_spelling, ["tag", "spelling"])

latest = bridge.lazy().filter("is_latest_version")
by_hour = ["tag", "hour_start", "local_date", "local_hour", "utc_hour"]
per_hour = latest.group_by("utc_date", *by_hour, "lang", "kind").agg(
    tweets=pl.len().cast(pl.Int64), **{to: pl.col(of).fill_null(0).sum().cast(pl.Int64) for to, of in SUMS.items()}
)
write("agg_hashtag_hour", per_hour, ["tag", "hour_start", "lang", "kind", "utc_hour"], ["utc_date"])
per_user = (
    latest.filter(pl.col("author_id").is_not_null())
    .group_by("utc_date", *by_hour, user_id="author_id")
    .agg(tweets=pl.len().cast(pl.Int64), followers=pl.col("author_followers").max())
)
write("agg_hashtag_user_hour", per_user, ["tag", "hour_start", "user_id", "utc_hour"], ["utc_date"])
