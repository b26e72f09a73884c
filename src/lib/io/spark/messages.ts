/**
 * The messages of Spark Connect that are used here, in the numbers of spark/connect/*.proto of Spark 4.
 *
 * What a message has more is skipped when it is read. Spark promises that numbers stay.
 */
import { parse, type Type } from 'protobufjs'

const PROTO = `
syntax = "proto3";
package spark.connect;

message UserContext { string user_id = 1; string user_name = 2; }
message KeyValue { string key = 1; optional string value = 2; }

message Plan { oneof op_type { Relation root = 1; Command command = 2; } }
message Relation { oneof rel_type { Read read = 2; SQL sql = 10; } }
message SQL { string query = 1; }
message Read {
  oneof read_type { DataSource data_source = 2; }
  message DataSource {
    optional string format = 1;
    optional string schema = 2;
    map<string, string> options = 3;
    repeated string paths = 4;
  }
}
message Command {
  oneof command_type {
    WriteOperation write_operation = 2;
    CreateDataFrameViewCommand create_dataframe_view = 3;
  }
}
message WriteOperation {
  Relation input = 1;
  optional string source = 2;
  oneof save_type { string path = 3; }
  int32 mode = 5;
  repeated string partitioning_columns = 7;
  map<string, string> options = 9;
}
message CreateDataFrameViewCommand { Relation input = 1; string name = 2; bool is_global = 3; bool replace = 4; }

message ExecutePlanRequest {
  string session_id = 1;
  UserContext user_context = 2;
  Plan plan = 3;
  optional string client_type = 4;
  optional string operation_id = 6;
}
message ExecutePlanResponse {
  oneof response_type {
    ArrowBatch arrow_batch = 2;
    ExecutionProgress execution_progress = 18;
  }
  message ArrowBatch { int64 row_count = 1; bytes data = 2; }
  message ExecutionProgress {
    repeated StageInfo stages = 1;
    int64 num_inflight_tasks = 2;
    message StageInfo { int64 stage_id = 1; int64 num_tasks = 2; int64 num_completed_tasks = 3; int64 input_bytes_read = 4; bool done = 5; }
  }
}

message ConfigRequest {
  string session_id = 1;
  UserContext user_context = 2;
  Operation operation = 3;
  optional string client_type = 4;
  message Operation { oneof op_type { Set set = 1; } }
  message Set { repeated KeyValue pairs = 1; }
}
message ConfigResponse { string session_id = 1; repeated KeyValue pairs = 2; }

message AnalyzePlanRequest {
  string session_id = 1;
  UserContext user_context = 2;
  optional string client_type = 3;
  oneof analyze { SparkVersion spark_version = 10; }
  message SparkVersion {}
}
message AnalyzePlanResponse {
  oneof result { SparkVersion spark_version = 8; }
  message SparkVersion { string version = 1; }
}

message InterruptRequest {
  string session_id = 1;
  UserContext user_context = 2;
  optional string client_type = 3;
  int32 interrupt_type = 4;
  oneof interrupt { string operation_id = 6; }
}
message InterruptResponse { string session_id = 1; repeated string interrupted_ids = 2; }

message ReleaseSessionRequest { string session_id = 1; UserContext user_context = 2; optional string client_type = 3; }
message ReleaseSessionResponse { string session_id = 1; }
`

/** `INTERRUPT_TYPE_OPERATION_ID` */
export const INTERRUPT_OPERATION = 3
/** `SAVE_MODE_ERROR_IF_EXISTS` */
export const SAVE_WHERE_NOTHING_IS = 3

/** A call of the service: what is sent and what comes back. */
export interface Call {
  /** as gRPC names it */
  path: string
  request: Type
  response: Type
}

function openCalls() {
  const { root } = parse(PROTO, { keepCase: true })
  const call = (name: string): Call => ({
    path: `/spark.connect.SparkConnectService/${name}`,
    request: root.lookupType(`spark.connect.${name}Request`),
    response: root.lookupType(`spark.connect.${name}Response`),
  })
  return {
    executePlan: call('ExecutePlan'),
    analyzePlan: call('AnalyzePlan'),
    config: call('Config'),
    interrupt: call('Interrupt'),
    releaseSession: call('ReleaseSession'),
  }
}

export const CALLS = openCalls()
