/** A Spark Connect server that knows a few statements, in this process: what it is told is kept. */
import { Server, ServerCredentials, type ServerUnaryCall, type ServerWritableStream, status } from '@grpc/grpc-js'
import type { Table } from 'apache-arrow'
import { tableToIPC } from 'apache-arrow'
import { CALLS, type Call } from '../../src/lib/io/spark/messages.ts'

export interface FakeSpark {
  remote: string
  address: string
  /** settings of its sessions, and what else was asked for in its order */
  settings: Record<string, string>
  asked: string[]
  close(): Promise<void>
}

/** What it does with a statement. */
export type Deed =
  | { answer: readonly Table[] }
  | { fails: { code: status; details: string } }
  /** never answers, and has told of tasks before */
  | { hangs: true }
  /** hangs up in the middle */
  | { dies: true }

export interface FakeSparkPlan {
  version?: string
  /** without it nothing is answered */
  token?: string
  statements?: Readonly<Record<string, Deed>>
  encrypted?: { key: Buffer; certificate: Buffer }
}

type Unary = ServerUnaryCall<Request, object>
/** What is read here of the requests. */
interface Request {
  operation_id: string
  plan: {
    root?: { sql: { query: string } }
    command?: { create_dataframe_view: { name: string; input: { read: { data_source: Source } } } }
  }
  operation: { set: { pairs: { key: string; value: string }[] } }
}
interface Source {
  schema: string
  paths: string[]
}
type Reply = (error: object | null, value?: object) => void

export async function openFakeSpark(plan: FakeSparkPlan = {}): Promise<FakeSpark> {
  const { version = '4.0.1', token, statements = {}, encrypted } = plan
  const asked: string[] = []
  const settings: Record<string, string> = {}
  const hanging = new Map<string, ServerWritableStream<Request, object>>()
  const server = new Server()
  const isRefused = (call: Pick<Unary, 'metadata'>) =>
    token !== undefined && call.metadata.get('authorization')[0] !== `Bearer ${token}`
  const refusal = { code: status.UNAUTHENTICATED, details: 'Invalid authentication token' }
  const unary = (answer: (request: Request) => object) => (call: Unary, reply: Reply) =>
    isRefused(call) ? reply(refusal) : reply(null, answer(call.request))

  function executePlan(call: ServerWritableStream<Request, object>): void {
    if (isRefused(call)) return void call.emit('error', refusal)
    const { plan, operation_id: id } = call.request
    const view = plan.command?.create_dataframe_view
    const files = view?.input.read.data_source
    const sql = plan.root?.sql.query ?? `${view?.name} (${files?.schema})`
    asked.push(sql, ...(files?.paths ?? []))
    const deed = statements[sql] ?? { answer: [] }
    call.write({ execution_progress: { stages: [{ num_tasks: 200, num_completed_tasks: 12 }, { num_tasks: 1 }] } })
    if ('fails' in deed) return void call.emit('error', deed.fails)
    if ('hangs' in deed) return void hanging.set(id, call)
    if ('dies' in deed) return void server.forceShutdown()
    for (const table of deed.answer) {
      call.write({ arrow_batch: { row_count: table.numRows, data: tableToIPC(table, 'stream') } })
    }
    call.end()
  }

  const definition = ({ path, request, response }: Call, responseStream: boolean) => ({
    path,
    requestStream: false,
    responseStream,
    requestSerialize: (value: object) => Buffer.from(request.encode(request.fromObject(value)).finish()),
    requestDeserialize: (bytes: Buffer) => request.toObject(request.decode(bytes), { longs: Number }),
    responseSerialize: (value: object) => Buffer.from(response.encode(response.fromObject(value)).finish()),
    responseDeserialize: (bytes: Buffer) => response.toObject(response.decode(bytes), { longs: Number }),
  })
  server.addService(
    {
      executePlan: definition(CALLS.executePlan, true),
      analyzePlan: definition(CALLS.analyzePlan, false),
      config: definition(CALLS.config, false),
      interrupt: definition(CALLS.interrupt, false),
      releaseSession: definition(CALLS.releaseSession, false),
    } as never,
    {
      executePlan,
      analyzePlan: unary(() => ({ spark_version: { version } })),
      config: unary(({ operation }) => {
        for (const { key, value } of operation.set.pairs) settings[key] = value
        return {}
      }),
      interrupt: unary(({ operation_id: id }) => {
        asked.push('(interrupt)')
        hanging
          .get(id)
          ?.emit('error', { code: status.INTERNAL, details: '[OPERATION_CANCELED] Operation was canceled' })
        return { interrupted_ids: [id] }
      }),
      releaseSession: unary(() => {
        asked.push('(release)')
        return {}
      }),
    } as never,
  )
  const credentials =
    encrypted === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [{ private_key: encrypted.key, cert_chain: encrypted.certificate }])
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error === null ? resolve(port) : reject(error))),
  )
  return {
    remote: `sc://127.0.0.1:${port}`,
    address: `127.0.0.1:${port}`,
    settings,
    asked,
    close: async () => server.forceShutdown(),
  }
}
