#!/usr/bin/env bash
# A lake in S3 as Spark reads it, through s3a:
#
#   test/spark/run.sh -- true && test/s3/run.sh -- test/spark/s3.sh
#
# Asks dist/twdw the same of DuckDB and of Spark, over consolidated hours and over others, and compares; then has Spark make hours there. Needs what test/spark/run.sh
# has installed, and Maven for Hadoop's s3a and the AWS SDK (690 MB), so it is no part of CI. Ends with 0 and `skipped: <reason>` without.
set -euo pipefail
cd "$(dirname "$0")/../.."
hadoop=3.5.0
sdk=2.35.4
accelerator=1.3.1

skip() { printf 'skipped: %s; no lake in S3 was read by Spark\n' "$1"; exit 0; }

home=$(echo "${SPARK_TEST_FOLDER:-${XDG_CACHE_HOME:-$HOME/.cache}/twdw-test/spark-4.3.0}"/venv/lib/python3*/site-packages/pyspark)
[ -x "$home/bin/spark-submit" ] || skip 'test/spark/run.sh has installed no Spark'
repository=${MAVEN_TEST_REPOSITORY:-$HOME/.m2/repository}
jars=(
  "$repository/org/apache/hadoop/hadoop-aws/$hadoop/hadoop-aws-$hadoop.jar"
  "$repository/software/amazon/awssdk/bundle/$sdk/bundle-$sdk.jar"
  "$repository/software/amazon/s3/analyticsaccelerator/analyticsaccelerator-s3/$accelerator/analyticsaccelerator-s3-$accelerator.jar"
)
# test/s3/run.sh leaves no way to a registry: they have to be there
[ -f "${jars[0]}" ] && [ -f "${jars[1]}" ] || skip "run mvn dependency:get for hadoop-aws:$hadoop and awssdk:bundle:$sdk first"

folder=$(mktemp -d)
here=$PWD
cd "$folder"
timeout -k 5 600 bash "$here/test/spark/serve.sh" "$home" 15002 t --jars "$(IFS=,; echo "${jars[*]}")" \
  --conf "spark.hadoop.fs.s3a.endpoint=$S3_TEST_ENDPOINT" --conf spark.hadoop.fs.s3a.path.style.access=true \
  --conf "spark.hadoop.fs.s3a.endpoint.region=$AWS_REGION" >"$folder/server.log" 2>&1 &
keeper=$!
cd "$here"
status=1
leave() {
  kill "$keeper" 2>/dev/null || true
  wait "$keeper" 2>/dev/null || true
  [ "$status" = 0 ] || tail -n 20 "$folder/server.log"
  rm -rf "$folder"
}
trap leave EXIT

export TWDW_LAKE="s3://$S3_TEST_BUCKET/lakes/of spark" TWDW_S3_ENDPOINT=$S3_TEST_ENDPOINT TWDW_S3_PATH_STYLE=true
export HOME=$folder XDG_CACHE_HOME=$folder/cache XDG_STATE_HOME=$folder/state SPARK_REMOTE='sc://127.0.0.1:15002/;token=t'
demo() { dist/twdw listen --quiet --source demo --rate 2000 --speed 43200 --start "$1" --max-tweets "$2"; }
demo 2024-01-01T03:00Z 500
dist/twdw consolidate --quiet
demo 2024-01-02T03:00Z 100
for _ in $(seq 180); do
  ! (exec 3<>/dev/tcp/127.0.0.1/15002) 2>/dev/null || break
  sleep 0.5
done
for words in '--by day' '--tag covid19 --by user --top 3' '--sql SELECT|COUNT(*)|AS|n|FROM|layer1_tweets'; do
  read -ra words <<<"$words"
  words=("${words[@]//|/ }")
  diff <(dist/twdw query "${words[@]}") <(dist/twdw query --engine spark "${words[@]}")
  echo "the same answer from S3: ${words[*]}"
done

# made by Spark in the bucket and by this machine in a folder: the same rows
dist/twdw copy --from "$TWDW_LAKE" --to "$folder/alone" --quiet >/dev/null
dist/twdw consolidate --lake "$folder/alone" --quiet
dist/twdw consolidate --engine spark
for table in fact_tweet bridge_tweet_hashtag bridge_tweet_rule dim_user_snapshot dim_place dim_hashtag agg_hashtag_hour agg_hashtag_user_hour; do
  words=(--batch-only --format csv --sql "SELECT * FROM $table ORDER BY ALL")
  diff <(dist/twdw query "${words[@]}") <(dist/twdw query --lake "$folder/alone" "${words[@]}")
done
echo 'the same layer2, made by Spark in S3 and by this machine in a folder'
dist/twdw consolidate | grep -q '^nothing to do'
status=0
