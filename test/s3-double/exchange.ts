/** A request on its way: done or not, answered or not, as it is to happen, and written down. */
import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { S3Error } from './errors.ts'
import type { Mishap } from './faults.ts'
import type { Route } from './route.ts'
import { sendAnswer, type WireAnswer, type WireRequest } from './wire.ts'

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

/** An answer, with its code if it refuses. */
export type Refused = WireAnswer & { code?: string }

/** Who does what is asked for. */
export interface Answering {
  readonly log: LogEntry[]
  /** Never throws: what is wrong is an answer. */
  apply(request: WireRequest, route: Route | S3Error): Refused
  refusal(request: WireRequest, error: S3Error): Refused
  /** of every answer */
  headers(): Record<string, string>
}

/** What can happen to a request that was read to its end. */
export type LateMishap = Exclude<Mishap, { resetAfterBytesIn: number }>

/** One request and its answer, on its way. */
export class Exchange {
  readonly socket: Socket
  private readonly double: Answering
  private readonly request: WireRequest
  private readonly route: Route | S3Error

  constructor(double: Answering, request: WireRequest, route: Route | S3Error, socket: Socket) {
    this.double = double
    this.request = request
    this.route = route
    this.socket = socket
  }

  apply(): Refused {
    return this.double.apply(this.request, this.route)
  }

  refusal(error: S3Error): Refused {
    return this.double.refusal(this.request, error)
  }

  send(answer: Refused, fault?: string, kept?: { bytes: number; isEnd: boolean }): void {
    this.note(answer, fault, kept?.bytes)
    sendAnswer(this.socket, { ...answer, headers: { ...this.double.headers(), ...answer.headers } }, kept)
  }

  /** @param answer undefined: there is none */
  note(answer: Refused | undefined, fault?: string, keptBytes?: number): void {
    this.double.log.push(entryOf(this.request, this.route, answer, { fault, keptBytes }))
  }
}

export async function happen(mishap: LateMishap, exchange: Exchange): Promise<void> {
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
  if ('cutAfterBytes' in mishap || 'stallAfterBytes' in mishap) {
    const isEnd = 'cutAfterBytes' in mishap
    const bytes = 'cutAfterBytes' in mishap ? mishap.cutAfterBytes : mishap.stallAfterBytes
    return exchange.send(exchange.apply(), name, { bytes, isEnd })
  }
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

/** @param answer undefined: there is none */
export function entryOf(
  { method, headers, body }: WireRequest,
  route: Route | S3Error,
  answer: Refused | undefined,
  { fault, keptBytes }: { fault?: string | undefined; keptBytes?: number | undefined },
): LogEntry {
  const { operation = method, bucket = '', key = '', query } = route instanceof S3Error ? {} : route
  const prefix = operation === 'ListObjectsV2' ? query?.get('prefix') : undefined
  return {
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
  }
}
