-- Stream lines -> the columns of layer1, `raw` included, as one would write it for DuckDB.
-- ${source} is the JSON lines file, ${target} the Parquet file.
COPY (
  WITH parsed AS (
    SELECT
      json AS raw,
      json_transform(json, '{
        "data": {
          "id": "VARCHAR", "created_at": "VARCHAR", "text": "VARCHAR", "lang": "VARCHAR", "author_id": "VARCHAR",
          "conversation_id": "VARCHAR", "in_reply_to_user_id": "VARCHAR", "possibly_sensitive": "BOOLEAN",
          "edit_history_tweet_ids": ["VARCHAR"],
          "referenced_tweets": [{"type": "VARCHAR", "id": "VARCHAR"}],
          "entities": {
            "hashtags": [{"tag": "VARCHAR"}], "mentions": [{"username": "VARCHAR"}],
            "urls": [{"expanded_url": "VARCHAR", "url": "VARCHAR"}], "cashtags": [{"tag": "VARCHAR"}]
          },
          "note_tweet": {
            "text": "VARCHAR",
            "entities": {
              "hashtags": [{"tag": "VARCHAR"}], "mentions": [{"username": "VARCHAR"}],
              "urls": [{"expanded_url": "VARCHAR", "url": "VARCHAR"}], "cashtags": [{"tag": "VARCHAR"}]
            }
          },
          "public_metrics": {
            "retweet_count": "BIGINT", "reply_count": "BIGINT", "like_count": "BIGINT", "quote_count": "BIGINT",
            "bookmark_count": "BIGINT", "impression_count": "BIGINT"
          },
          "geo": {"place_id": "VARCHAR", "coordinates": {"coordinates": ["DOUBLE"]}},
          "withheld": {"country_codes": ["VARCHAR"]}
        },
        "includes": {
          "users": [{
            "id": "VARCHAR", "username": "VARCHAR", "name": "VARCHAR", "description": "VARCHAR", "location": "VARCHAR",
            "verified": "BOOLEAN", "verified_type": "VARCHAR", "protected": "BOOLEAN", "created_at": "VARCHAR",
            "public_metrics": {
              "followers_count": "BIGINT", "following_count": "BIGINT", "tweet_count": "BIGINT", "listed_count": "BIGINT"
            }
          }],
          "tweets": [{
            "id": "VARCHAR", "text": "VARCHAR", "lang": "VARCHAR",
            "entities": {
              "hashtags": [{"tag": "VARCHAR"}], "mentions": [{"username": "VARCHAR"}],
              "urls": [{"expanded_url": "VARCHAR", "url": "VARCHAR"}], "cashtags": [{"tag": "VARCHAR"}]
            },
            "note_tweet": {
            "text": "VARCHAR",
            "entities": {
              "hashtags": [{"tag": "VARCHAR"}], "mentions": [{"username": "VARCHAR"}],
              "urls": [{"expanded_url": "VARCHAR", "url": "VARCHAR"}], "cashtags": [{"tag": "VARCHAR"}]
            }
          }
          }],
          "places": [{
            "id": "VARCHAR", "full_name": "VARCHAR", "name": "VARCHAR", "place_type": "VARCHAR", "country": "VARCHAR",
            "country_code": "VARCHAR"
          }]
        },
        "matching_rules": [{"tag": "VARCHAR"}]
      }') AS line
    FROM read_json_objects('${source}', format = 'newline_delimited')
  ),
  referenced AS (
    SELECT
      raw,
      line.data AS data,
      line.includes AS includes,
      line.matching_rules AS rules,
      list_filter(line.data.referenced_tweets, lambda r: r.type = 'retweeted')[1] AS retweeted,
      list_filter(line.data.referenced_tweets, lambda r: r.type = 'replied_to')[1] AS replied,
      list_filter(line.data.referenced_tweets, lambda r: r.type = 'quoted')[1] AS quoted
    FROM parsed
  ),
  joined AS (
    SELECT
      *,
      list_filter(includes.tweets, lambda t: t.id = retweeted.id)[1] AS original,
      list_filter(includes.users, lambda u: u.id = data.author_id)[1] AS author,
      list_filter(includes.places, lambda p: p.id = data.geo.place_id)[1] AS place
    FROM referenced
  ),
  resolved AS (
    SELECT
      *,
      CASE
        WHEN data.note_tweet.text IS NOT NULL OR original IS NULL
          THEN coalesce(data.note_tweet.entities, data.entities)
        ELSE coalesce(original.note_tweet.entities, original.entities)
      END AS entities
    FROM joined
  )
  SELECT
    data.id AS tweet_id,
    data.created_at AS created_at,
    coalesce(data.note_tweet.text, original.note_tweet.text, original.text, data.text) AS text,
    retweeted IS NOT NULL AND original IS NULL AS text_truncated,
    coalesce(original.lang, data.lang) AS lang,
    data.author_id AS author_id,
    data.conversation_id AS conversation_id,
    CASE
      WHEN retweeted IS NOT NULL THEN 'retweet'
      WHEN replied IS NOT NULL THEN 'reply'
      WHEN quoted IS NOT NULL THEN 'quote'
      ELSE 'original'
    END AS kind,
    coalesce(retweeted.id, replied.id, quoted.id) AS referenced_id,
    data.in_reply_to_user_id AS in_reply_to_user_id,
    coalesce(data.edit_history_tweet_ids, []) AS edit_history_ids,
    list_transform(coalesce(entities.hashtags, []), lambda e: e.tag) AS hashtags,
    list_transform(coalesce(entities.mentions, []), lambda e: e.username) AS mentions,
    list_transform(coalesce(entities.urls, []), lambda e: coalesce(e.expanded_url, e.url)) AS urls,
    list_transform(coalesce(entities.cashtags, []), lambda e: e.tag) AS cashtags,
    data.possibly_sensitive AS possibly_sensitive,
    data.public_metrics.retweet_count AS retweet_count,
    data.public_metrics.reply_count AS reply_count,
    data.public_metrics.like_count AS like_count,
    data.public_metrics.quote_count AS quote_count,
    data.public_metrics.bookmark_count AS bookmark_count,
    data.public_metrics.impression_count AS impression_count,
    data.geo.place_id AS place_id,
    place.full_name AS place_full_name,
    place.name AS place_name,
    place.place_type AS place_type,
    place.country AS place_country,
    place.country_code AS place_country_code,
    data.geo.coordinates.coordinates[1] AS place_longitude,
    data.geo.coordinates.coordinates[2] AS place_latitude,
    coalesce(data.withheld.country_codes, []) AS withheld_in,
    author.username AS user_username,
    author.name AS user_name,
    author.description AS user_description,
    author.location AS user_location,
    author.verified AS user_verified,
    author.verified_type AS user_verified_type,
    author.protected AS user_protected,
    author.created_at AS user_created_at,
    author.public_metrics.followers_count AS user_followers,
    author.public_metrics.following_count AS user_following,
    author.public_metrics.tweet_count AS user_tweets,
    author.public_metrics.listed_count AS user_listed,
    list_transform(rules, lambda r: regexp_replace(r.tag, '^twdw:[^:]*:', '')) AS rules,
    'replay' AS source,
    now() AS captured_at,
    raw
  FROM resolved
) TO '${target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
