/**
 * A session of a Spark Connect server: plans go there, Arrow batches come back.
 *
 * gRPC and protobuf are libraries' work. A plan runs for as long as its answer is read: where the connection breaks Spark gives
 * up by itself, and where somebody stops, it is told to.
 */
import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { TwdwError } from '../../errors.ts'
import { sparkError } from './errors.ts'
import { CALLS, type Call, INTERRUPT_OPERATION } from './messages.ts'
import type { SparkRemote } from './remote.ts'

/** How far a plan is, over the stages that Spark knows of so far. */
export interface SparkProgress {
  tasks: number
  doneTasks: number
  bytesRead: number
}

/** Calls within one session of a server. */
export interface SparkSession {
  readonly address: string
  /** @returns such as `4.0.1`. @throws as `execute` */
  version(signal?: AbortSignal): Promise<string>
  /** Settings of this session. @throws as `execute` */
  configure(settings: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>
  /**
   * Run a plan.
   * @param plan a `Plan` of messages.ts
   * @returns Arrow streams of its answer, each with its schema; [] for a command
   * @throws TwdwError as `sparkError` says; E_INTERRUPTED when `signal` aborted, and Spark has been told
   */
  execute(plan: object, options?: { sql?: string; signal?: AbortSignal | undefined }): Promise<Uint8Array[]>
  /** Never rejects. */
  close(): Promise<void>
}

const CLIENT_TYPE = 'twdw'
/** An answer of a server that is there comes sooner; running a plan may take as long as it does. */
const CALL_TIMEOUT_MS = 60_000
const GOODBYE = { timeoutMs: 3_000 }
/** Spark sends Arrow batches of 4 MB, and may send a row that is larger. */
const MAX_MESSAGE_BYTES = 512 << 20

/** Nothing is asked for before the first call. @param onProgress told while a plan runs */
export function openSparkSession(remote: SparkRemote, onProgress: (progress: SparkProgress) => void): SparkSession {
  const { address } = remote
  const sessionId = remote.sessionId ?? crypto.randomUUID()
  const client = new Client(address, channelOf(remote), {
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    // a server that died behind a proxy is noticed while a plan runs
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 20_000,
    ...(remote.isEncrypted && ipOf(address) !== undefined && { 'grpc.ssl_target_name_override': NO_NAME }),
  })
  const who = {
    session_id: sessionId,
    user_context: { user_id: remote.userId, user_name: remote.userId },
    client_type: CLIENT_TYPE,
  }
  // where nobody ever answered there is no session to be let go of
  let isKnown = false

  async function unary(call: Call, request: object, within?: Within): Promise<object> {
    const answer = await callOnce(client, call, { ...who, ...request }, metadataOf(remote), within).catch(error =>
      Promise.reject(sparkError(error, { address })),
    )
    isKnown = true
    return answer
  }

  const interrupt = (operationId: string) =>
    unary(CALLS.interrupt, { interrupt_type: INTERRUPT_OPERATION, operation_id: operationId }, GOODBYE)

  return {
    address,
    async version(signal) {
      const asked = unary(CALLS.analyzePlan, { spark_version: {} }, { signal })
      const answer: { spark_version?: { version?: string } } = await asked
      return answer.spark_version?.version ?? ''
    },
    async configure(settings, signal) {
      const pairs = Object.entries(settings).map(([key, value]) => ({ key, value }))
      await unary(CALLS.config, { operation: { set: { pairs } } }, { signal })
    },
    execute(plan, { sql, signal } = {}) {
      const operationId = crypto.randomUUID()
      const run = { message: { ...who, operation_id: operationId, plan }, metadata: metadataOf(remote), onProgress }
      const told = () => interrupt(operationId)
      return runPlan(client, run, told, signal).catch(error => Promise.reject(sparkError(error, { address, sql })))
    },
    async close() {
      if (isKnown && remote.sessionId === undefined)
        await unary(CALLS.releaseSession, {}, GOODBYE).catch(() => undefined)
      client.close()
    },
  }
}

interface Within {
  timeoutMs?: number
  signal?: AbortSignal | undefined
}

/** A request with one answer. Rejects with what gRPC throws, or TwdwError E_INTERRUPTED. */
function callOnce(
  client: Client,
  call: Call,
  message: object,
  metadata: Metadata,
  { timeoutMs = CALL_TIMEOUT_MS, signal }: Within = {},
): Promise<object> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(stopped())
    const cancel = () => asked.cancel()
    const asked = client.makeUnaryRequest(
      call.path,
      (some: object) => encode(call, some),
      bytes => decode(call, bytes),
      message,
      metadata,
      { deadline: new Date(performance.timeOrigin + performance.now() + timeoutMs) },
      (error, response) => {
        signal?.removeEventListener('abort', cancel)
        if (error === null) resolve(response ?? {})
        else reject(signal?.aborted ? stopped() : error)
      },
    )
    signal?.addEventListener('abort', cancel, { once: true })
  })
}

/** @param interrupt tells Spark. Rejects with what gRPC throws, or TwdwError E_INTERRUPTED. */
function runPlan(
  client: Client,
  run: { message: object; metadata: Metadata; onProgress: (progress: SparkProgress) => void },
  interrupt: () => Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array[]> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(stopped())
    const batches: Uint8Array[] = []
    const stream = client.makeServerStreamRequest(
      CALLS.executePlan.path,
      (message: object) => encode(CALLS.executePlan, message),
      bytes => decode(CALLS.executePlan, bytes) as Answer,
      run.message,
      run.metadata,
    )
    const stop = () => {
      // told before the stream is left: what is left alone might run on
      void interrupt()
        .catch(() => undefined)
        .finally(() => stream.cancel())
    }
    signal?.addEventListener('abort', stop, { once: true })
    const end = (settle: () => void) => {
      signal?.removeEventListener('abort', stop)
      settle()
    }
    stream.on('data', (answer: Answer) => {
      if (answer.arrow_batch) batches.push(answer.arrow_batch.data)
      if (answer.execution_progress) run.onProgress(progressOf(answer.execution_progress))
    })
    stream.on('error', (error: ServiceError) => end(() => reject(signal?.aborted ? stopped() : error)))
    // an answer that was cut off ends with an error
    stream.on('end', () => end(() => (signal?.aborted ? reject(stopped()) : resolve(batches))))
  })
}

interface Answer {
  arrow_batch?: { data: Uint8Array }
  execution_progress?: Progress
}

interface Progress {
  stages?: { num_tasks?: number; num_completed_tasks?: number; input_bytes_read?: number }[]
}

function progressOf({ stages = [] }: Progress): SparkProgress {
  const sum = (count: (stage: NonNullable<Progress['stages']>[number]) => number | undefined) =>
    stages.reduce((total, stage) => total + Number(count(stage) ?? 0), 0)
  return {
    tasks: sum(stage => stage.num_tasks),
    doneTasks: sum(stage => stage.num_completed_tasks),
    bytesRead: sum(stage => stage.input_bytes_read),
  }
}

function channelOf({ isEncrypted, address }: SparkRemote): ChannelCredentials {
  if (!isEncrypted) return credentials.createInsecure()
  const ip = ipOf(address)
  if (ip === undefined) return credentials.createSsl()
  return credentials.createSsl(null, null, null, {
    checkServerIdentity: (_, certificate) => checkServerIdentity(ip, certificate as PeerCertificate),
  })
}

/** TLS asks a server for a name, which no IP address is. */
const NO_NAME = 'spark.invalid'

function ipOf(address: string): string | undefined {
  const host = address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return isIP(host) === 0 ? undefined : host
}

function metadataOf({ token, headers }: SparkRemote): Metadata {
  const metadata = new Metadata()
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  return metadata
}

function encode({ request }: Call, message: object): Buffer {
  return Buffer.from(request.encode(request.fromObject(message)).finish())
}

function decode({ response }: Call, bytes: Buffer): object {
  return response.toObject(response.decode(bytes), { longs: Number })
}

function stopped(): TwdwError {
  return new TwdwError('E_INTERRUPTED', 'the query was stopped before it had an answer; Spark was told')
}
