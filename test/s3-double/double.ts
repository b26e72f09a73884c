/**
 * A double of S3: buckets over a real socket, with signatures, conditions and checksums held to, and faults as the test says.
 *
 * It listens on loopback only and keeps everything in memory. Its time is the machine's, shifted if a test wants so.
 */

import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { answerControl, isControl } from './control.ts'
import { errorXml, S3Error } from './errors.ts'
import { type Fault, Faults, type Mishap } from './faults.ts'
import type { Bucket } from './objects.ts'
import { type Route, routeOf } from './route.ts'
import { type AccessKey, authenticate } from './signature.ts'
import { Store, type StoreSettings } from './store.ts'
import type { Upload } from './uploads.ts'
import { openWire, sendAnswer, type WireAnswer, type WireRequest } from './wire.ts'

export interface S3DoubleOptions extends Partial<StoreSettings> {
  /** a free one if left out */
  port?: number
  /** made before the first request; `lake` if left out */
  buckets?: readonly string[]
  /** who may ask; `TEST_KEY` if left out */
  keys?: readonly AccessKey[]
  /** under which buckets are hosts; `localhost` if left out, as in `lake.localhost` */
  domain?: string
  /** how far the double's clock is ahead of the machine's */
  shiftMs?: number
  faults?: readonly Fault[]
}

/** What a test may change at any time. */
export interface Settings extends StoreSettings {
  keys: readonly AccessKey[]
  shiftMs: number
}

/** One request, as it was answered. */
export interface LogEntry {
  method: string
  /** S3's own name, such as `PutObject` */
  operation: string
  bucket: string
  key: string
  /** 0: there was no answer, or its connection was broken before it */
  status: number
  /** of an answer that refuses */
  code?: string
  /** of the request's body on the wire, wrapping and all */
  bytesIn: number
  /** of the answer's body that were sent */
  bytesOut: number
  /** as it stood in the request */
  range?: string
  /** of ListObjectsV2 */
  prefix?: string
  /** what was done to it on purpose */
  fault?: string
}

export interface S3Double {
  /** such as `http://127.0.0.1:40001`, for path style */
  endpoint: string
  /** the same by a name, such as `http://localhost:40001`: buckets are hosts under it */
  hostEndpoint: string
  readonly settings: Settings
  readonly faults: Faults
  /** requests so far, in the order in which they were answered; `take` gives and forgets them */
  readonly log: readonly LogEntry[]
  take(): LogEntry[]
  /** What is in a bucket. @throws where there is none */
  bucket(name?: string): Bucket
  /** uploads that were begun and neither completed nor aborted */
  readonly uploads: readonly Upload[]
  /** connections that were opened so far */
  readonly connections: number
  close(): Promise<void>
}

/** Who may ask unless the test says otherwise. */
export const TEST_KEY = {
  accessKeyId: 'AKIDDOUBLE',
  secretAccessKey: 'double+secret/of=the+double',
} as const satisfies AccessKey

export async function startS3Double(options: S3DoubleOptions = {}): Promise<S3Double> {
  const s3 = new Double(options)
  const wire = await openWire(options.port ?? 0, (request, socket) => s3.handle(request, socket))
  return {
    endpoint: `http://127.0.0.1:${wire.port}`,
    hostEndpoint: `http://${s3.domain}:${wire.port}`,
    settings: s3.settings,
    faults: s3.faults,
    take: () => s3.log.splice(0),
    bucket: (name = 'lake') => s3.bucket(name),
    log: s3.log,
    get uploads() {
      return [...s3.store.uploads.open.values()]
    },
    get connections() {
      return wire.connections
    },
    close: wire.close,
  }
}

/** A double for one test, gone afterwards whatever happened. */
export async function withS3Double<T>(options: S3DoubleOptions, work: (s3: S3Double) => Promise<T>): Promise<T> {
  const s3 = await startS3Double(options)
  try {
    return await work(s3)
  } finally {
    await s3.close()
  }
}

/** What control paths and tests reach into. */
export class Double {
  readonly settings: Settings
  readonly faults = new Faults()
  readonly log: LogEntry[] = []
  readonly store: Store
  readonly domain: string
  private requests = 0

  constructor(options: S3DoubleOptions) {
    this.domain = options.domain ?? 'localhost'
    this.settings = {
      region: options.region ?? 'us-east-1',
      conditionalWrites: options.conditionalWrites ?? true,
      pageKeys: options.pageKeys ?? 1000,
      minPartBytes: options.minPartBytes ?? 5 * 1024 * 1024,
      keys: options.keys ?? [TEST_KEY],
      shiftMs: options.shiftMs ?? 0,
    }
    this.store = new Store(this.settings, () => this.nowMs)
    for (const name of options.buckets ?? ['lake']) this.store.create(name)
    for (const fault of options.faults ?? []) this.faults.add(fault)
  }

  bucket(name: string): Bucket {
    const bucket = this.store.buckets.get(name)
    if (bucket === undefined) throw new Error(`the double has no bucket "${name}"`)
    return bucket
  }

  async handle(request: WireRequest, socket: Socket): Promise<void> {
    if (isControl(request.path)) return sendAnswer(socket, answerControl(this, request))
    const route = this.route(request)
    const mishap = route instanceof S3Error ? undefined : this.faults.take({ method: request.method, ...route })
    const exchange = new Exchange(this, request, route, socket)
    if (mishap === undefined) exchange.send(exchange.apply())
    else await happen(mishap, exchange)
  }

  private get nowMs(): number {
    return Date.now() + this.settings.shiftMs
  }

  private route(request: WireRequest): Route | S3Error {
    try {
      return routeOf(request, this.domain)
    } catch (error) {
      if (error instanceof S3Error) return error
      throw error
    }
  }

  /** Whether it may be done, then done. Never throws: what is wrong is an answer. */
  apply(request: WireRequest, route: Route | S3Error): WireAnswer & { code?: string } {
    try {
      if (route instanceof S3Error) throw route
      const key = authenticate(request, { ...this.settings, nowMs: this.nowMs })
      this.checkAllowed(key, route)
      return this.store.apply(request, route)
    } catch (error) {
      if (!(error instanceof S3Error)) process.stderr.write(`the double is broken: ${String((error as Error).stack)}\n`)
      return this.refusal(request, error instanceof S3Error ? error : new S3Error('InternalError'))
    }
  }

  refusal({ method, path }: WireRequest, error: S3Error): WireAnswer & { code: string } {
    const body = Buffer.from(errorXml(error, { resource: path, requestId: this.requestId() }))
    const headers = { 'content-type': 'application/xml' }
    // HEAD has no body to say it in
    const sent = method === 'HEAD' ? { body: Buffer.alloc(0) } : { body }
    return { status: error.status, headers, ...sent, code: error.code }
  }

  headers(): Record<string, string> {
    return {
      'x-amz-request-id': this.requestId(),
      'x-amz-id-2': 'double',
      date: new Date(this.nowMs).toUTCString(),
      server: 'AmazonS3',
    }
  }

  private requestId(): string {
    this.requests++
    return `DOUBLE${String(this.requests).padStart(10, '0')}`
  }

  private checkAllowed({ mayNot = [] }: AccessKey, { operation, bucket, key }: Route): void {
    // HEAD is the same permission as GET
    if (mayNot.includes(operation.replace('HeadObject', 'GetObject'))) throw new S3Error('AccessDenied')
    const isRead = operation === 'GetObject' || operation === 'HeadObject'
    // who may not list is not told what is not there
    if (isRead && mayNot.includes('ListObjectsV2') && this.store.buckets.get(bucket)?.has(key) === false) {
      throw new S3Error('AccessDenied')
    }
  }
}

/** One request and its answer, on its way. */
class Exchange {
  readonly socket: Socket
  private readonly double: Double
  private readonly request: WireRequest
  private readonly route: Route | S3Error

  constructor(double: Double, request: WireRequest, route: Route | S3Error, socket: Socket) {
    this.double = double
    this.request = request
    this.route = route
    this.socket = socket
  }

  apply(): WireAnswer & { code?: string } {
    return this.double.apply(this.request, this.route)
  }

  refusal(error: S3Error): WireAnswer & { code: string } {
    return this.double.refusal(this.request, error)
  }

  send(answer: WireAnswer & { code?: string }, fault?: string, keptBytes?: number, stays = false): void {
    this.note(answer, fault, keptBytes)
    sendAnswer(this.socket, { ...answer, headers: { ...this.double.headers(), ...answer.headers } }, keptBytes, stays)
  }

  /** @param answer undefined: there is none */
  note(answer: (WireAnswer & { code?: string }) | undefined, fault?: string, keptBytes?: number): void {
    const { method, headers, body } = this.request
    const { operation = method, bucket = '', key = '', query } = this.route instanceof S3Error ? {} : this.route
    const prefix = operation === 'ListObjectsV2' ? query?.get('prefix') : undefined
    this.double.log.push({
      method,
      operation,
      bucket,
      key,
      status: answer?.status ?? 0,
      ...(answer?.code !== undefined && { code: answer.code }),
      bytesIn: body.length,
      bytesOut: Math.min(answer?.body.length ?? 0, keptBytes ?? Number.POSITIVE_INFINITY),
      ...(headers.range !== undefined && { range: headers.range }),
      ...(prefix !== undefined && { prefix }),
      ...(fault !== undefined && { fault }),
    })
  }
}

async function happen(mishap: Mishap, exchange: Exchange): Promise<void> {
  const [name = ''] = Object.keys(mishap)
  if ('reset' in mishap || 'hangUp' in mishap || 'silence' in mishap) {
    const when = 'reset' in mishap ? mishap.reset : 'hangUp' in mishap ? mishap.hangUp : mishap.silence
    if (when === 'after') exchange.apply()
    exchange.note(undefined, `${name} ${when}`)
    if ('reset' in mishap) exchange.socket.resetAndDestroy()
    else if ('hangUp' in mishap) exchange.socket.end()
    return
  }
  if ('error' in mishap) {
    if (mishap.isApplied) exchange.apply()
    const answer = exchange.refusal(new S3Error(mishap.error))
    return exchange.send({ ...answer, status: mishap.status ?? answer.status }, name)
  }
  if ('page' in mishap) {
    const headers = { 'content-type': 'text/html' }
    return exchange.send({ status: mishap.status, headers, body: Buffer.from(mishap.page) }, name)
  }
  if ('cutAfterBytes' in mishap) return exchange.send(exchange.apply(), name, mishap.cutAfterBytes)
  if ('stallAfterBytes' in mishap) return exchange.send(exchange.apply(), name, mishap.stallAfterBytes, true)
  if ('flipByteAt' in mishap) return exchange.send(flipped(exchange.apply(), mishap.flipByteAt), name)
  if ('until' in mishap) {
    await mishap.until
    return exchange.send(exchange.apply(), name)
  }
  if (mishap.before) {
    await setTimeout(mishap.delayMs)
    return exchange.send(exchange.apply(), name)
  }
  const answer = exchange.apply()
  await setTimeout(mishap.delayMs)
  exchange.send(answer, name)
}

function flipped<T extends WireAnswer>(answer: T, at: number): T {
  const body = Buffer.from(answer.body)
  if (at < body.length) body[at] = body[at]! ^ 0xff
  return { ...answer, body }
}
