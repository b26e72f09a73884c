/**
 * A double of S3: buckets over a real socket, with signatures, conditions and checksums held to, and faults as the test says.
 *
 * It listens on loopback only and keeps everything in memory. Its time is the machine's, shifted if a test wants so.
 */

import type { Socket } from 'node:net'
import { answerControl, isControl } from './control.ts'
import { errorXml, S3Error } from './errors.ts'
import { type Answering, Exchange, entryOf, happen, type LateMishap, type LogEntry, type Refused } from './exchange.ts'
import { type Fault, Faults } from './faults.ts'
import type { Bucket } from './objects.ts'
import { type Route, routeOf } from './route.ts'
import { type AccessKey, authenticate } from './signature.ts'
import { Store, type StoreSettings } from './store.ts'
import type { Upload } from './uploads.ts'
import { openWire, sendAnswer, type WireHandler, type WireHead, type WireRequest } from './wire.ts'

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
  const wire = await openWire(options.port ?? 0, s3)
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
export class Double implements WireHandler, Answering {
  readonly settings: Settings
  readonly faults = new Faults()
  readonly log: LogEntry[] = []
  readonly store: Store
  readonly domain: string
  /** what is to happen to a request whose body is on its way, by its headers */
  private readonly mishaps = new WeakMap<object, LateMishap>()
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

  bodyLimit(head: WireHead): number | undefined {
    if (isControl(head.path)) return undefined
    const route = this.route(head)
    const mishap = route instanceof S3Error ? undefined : this.faults.take({ method: head.method, ...route })
    if (mishap === undefined) return undefined
    if (!('resetAfterBytesIn' in mishap)) {
      this.mishaps.set(head.headers, mishap)
      return undefined
    }
    const request = { ...head, body: Buffer.alloc(mishap.resetAfterBytesIn) }
    this.log.push(entryOf(request, route, undefined, { fault: 'resetAfterBytesIn' }))
    return mishap.resetAfterBytesIn
  }

  async handle(request: WireRequest, socket: Socket): Promise<void> {
    if (isControl(request.path)) return sendAnswer(socket, answerControl(this, request))
    const mishap = this.mishaps.get(request.headers)
    const exchange = new Exchange(this, request, this.route(request), socket)
    if (mishap === undefined) exchange.send(exchange.apply())
    else await happen(mishap, exchange)
  }

  private get nowMs(): number {
    return Date.now() + this.settings.shiftMs
  }

  private route(request: WireHead): Route | S3Error {
    try {
      return routeOf(request, this.domain)
    } catch (error) {
      if (error instanceof S3Error) return error
      throw error
    }
  }

  /** Whether it may be done, then done. Never throws: what is wrong is an answer. */
  apply(request: WireRequest, route: Route | S3Error): Refused {
    try {
      if (route instanceof S3Error) throw route
      const key = authenticate(request, { ...this.settings, nowMs: this.nowMs })
      this.checkAllowed(key, route)
      return this.store.apply(request, route)
    } catch (error) {
      // said aloud, or a fault of the double passes for one that a test asked for
      if (!(error instanceof S3Error)) process.stderr.write(`the double is broken: ${String((error as Error).stack)}\n`)
      return this.refusal(request, error instanceof S3Error ? error : new S3Error('InternalError'))
    }
  }

  refusal({ method, path }: WireRequest, error: S3Error): Refused {
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
