#!/usr/bin/env bash
# A Spark Connect server on loopback: serve.sh PYSPARK PORT TOKEN [words for spark-submit …]
#
# PYSPARK is the folder of the Python package, which has all of Spark in it. The process that this becomes is the server.
set -euo pipefail
export SPARK_HOME=$1 SPARK_LOCAL_IP=127.0.0.1
port=$2
token=$3
shift 3
exec "$SPARK_HOME/bin/spark-submit" --class org.apache.spark.sql.connect.service.SparkConnectServer --master 'local[2]' \
  --driver-memory 2g --driver-java-options -XX:TieredStopAtLevel=1 --conf spark.connect.grpc.binding.address=127.0.0.1 --conf "spark.connect.grpc.binding.port=$port" \
  --conf "spark.connect.authenticate.token=$token" --conf spark.driver.host=127.0.0.1 \
  --conf spark.driver.bindAddress=127.0.0.1 --conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=2 "$@" \
  spark-internal
