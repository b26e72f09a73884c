"""Layer1 of made-up tweets, a file an hour: python year_layer1.py FOLDER FIRST_DAY DAYS TWEETS_A_DAY

A hash of its number decides everything about a tweet, so that the same words give the same lake. One of three tracked tags is
in every tweet; others come from 50,000, of which the first are used most (Zipf), and authors from 2,000,000, of whom a few
write most.
"""

import os
import sys
from bisect import bisect_left
from datetime import date, timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet

folder, first_day, days, tweets_a_day = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")

DRAWN = """
CREATE OR REPLACE MACRO u(i, salt) AS (hash(i * 64 + salt) % 1000000007) / 1000000007.0;
CREATE OR REPLACE MACRO other_tag(i, salt) AS 'tag_' || CAST(floor(exp(u(i, salt) * ln(50000))) AS INT);
"""

LAYER1 = """
  WITH made AS (
    SELECT i, epoch_ms(DATE '{day}') + CAST(floor((i - {first}) * 86400000.0 / {count}) AS BIGINT) AS ms,
      CAST(floor(pow(u(i, 1), 3) * 2000000) AS BIGINT) + 1000000 AS author
    FROM range({first}, {first} + {count}) numbers(i)
  ), described AS (
    SELECT *, (((ms - 1288834974657) << 22) | (i % 4096)) AS id, make_timestamptz(ms * 1000) AS made_at,
      CASE WHEN u(i, 2) < 0.6 THEN 'covid19' WHEN u(i, 2) < 0.9 THEN 'vacina' ELSE 'eleições2024' END AS tracked,
      CASE WHEN u(i, 3) < 0.5 THEN 'retweet' WHEN u(i, 3) < 0.8 THEN 'original' WHEN u(i, 3) < 0.95 THEN 'reply'
        ELSE 'quote' END AS kind,
      CASE WHEN u(i, 4) < 0.5 THEN 'pt' WHEN u(i, 4) < 0.75 THEN 'en' WHEN u(i, 4) < 0.9 THEN 'es'
        WHEN u(i, 4) < 0.97 THEN 'und' ELSE 'fr' END AS lang,
      CAST(floor(u(i, 5) * 4) AS INT) AS others,
      CAST(floor(exp(hash(author) % 1000 / 1000.0 * 14)) AS BIGINT) AS followers
    FROM made
  )
  SELECT CAST(id AS VARCHAR) AS tweet_id, strftime(made_at, '%Y-%m-%dT%H:%M:%S.%gZ') AS created_at,
    'made-up tweet ' || i || ' about #' || tracked AS text, false AS text_truncated, lang,
    CAST(author AS VARCHAR) AS author_id, CAST(id AS VARCHAR) AS conversation_id, kind,
    CASE WHEN kind <> 'original' THEN CAST(id - (hash(i) % 1000 << 22) - 1 AS VARCHAR) END AS referenced_id,
    CAST(NULL AS VARCHAR) AS in_reply_to_user_id, [CAST(id AS VARCHAR)] AS edit_history_ids,
    list_concat([tracked], list_slice([other_tag(i, 6), other_tag(i, 7), other_tag(i, 8)], 1, others)) AS hashtags,
    CAST([] AS VARCHAR[]) AS mentions, CAST([] AS VARCHAR[]) AS urls, CAST([] AS VARCHAR[]) AS cashtags,
    false AS possibly_sensitive, CAST(floor(u(i, 9) * 20) AS BIGINT) AS retweet_count,
    CAST(floor(u(i, 10) * 5) AS BIGINT) AS reply_count, CAST(floor(u(i, 11) * 50) AS BIGINT) AS like_count,
    CAST(floor(u(i, 12) * 3) AS BIGINT) AS quote_count, CAST(0 AS BIGINT) AS bookmark_count,
    CAST(floor(u(i, 13) * 2000) AS BIGINT) AS impression_count, CAST(NULL AS VARCHAR) AS place_id,
    CAST(NULL AS VARCHAR) AS place_full_name, CAST(NULL AS VARCHAR) AS place_name, CAST(NULL AS VARCHAR) AS place_type,
    CAST(NULL AS VARCHAR) AS place_country, CAST(NULL AS VARCHAR) AS place_country_code,
    CAST(NULL AS DOUBLE) AS place_longitude, CAST(NULL AS DOUBLE) AS place_latitude, CAST([] AS VARCHAR[]) AS withheld_in,
    'user_' || author AS user_username, 'User ' || author AS user_name, 'writes things' AS user_description,
    CAST(NULL AS VARCHAR) AS user_location, false AS user_verified, 'none' AS user_verified_type, false AS user_protected,
    '2015-01-01T00:00:00.000Z' AS user_created_at, followers AS user_followers, CAST(100 AS BIGINT) AS user_following,
    CAST(1000 AS BIGINT) AS user_tweets, CAST(1 AS BIGINT) AS user_listed, [tracked] AS rules, 'demo' AS source,
    make_timestamptz((ms + 2000) * 1000) AS captured_at, '{{"data":{{"id":"' || id || '"}}}}' AS raw, ms // 3600000 AS hour
  FROM described
  ORDER BY i
"""

connection.execute(DRAWN)
for n in range(days):
    day = date.fromisoformat(first_day) + timedelta(days=n)
    first = day.toordinal() * tweets_a_day
    tweets = connection.sql(LAYER1.format(day=day, first=first, count=tweets_a_day)).to_arrow_table()
    place = tweets.schema.get_field_index("captured_at")
    # the lake has milliseconds, and DuckDB writes microseconds
    captured = pa.field("captured_at", pa.timestamp("ms", "UTC"), False)
    tweets = tweets.set_column(place, captured, tweets["captured_at"].cast(captured.type))
    first_hour = tweets["hour"][0].as_py()
    hours = tweets["hour"].to_pylist()
    tweets = tweets.drop_columns(["hour"])
    for hour in range(24):
        first, end = bisect_left(hours, first_hour + hour), bisect_left(hours, first_hour + hour + 1)
        where = f"{folder}/utc_date={day}/utc_hour={hour:02}"
        os.makedirs(where, exist_ok=True)
        parquet.write_table(tweets.slice(first, end - first), f"{where}/made.parquet", compression="zstd")
