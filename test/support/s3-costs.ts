/** Requests as a bill has them, and what they cost at the list prices of AWS in us-east-1. */
import type { LogEntry } from '../s3-double/exchange.ts'

export interface Bill {
  /** GET and HEAD */
  reads: number
  lists: number
  /** PUT, POST and parts of uploads */
  writes: number
  /** DELETE, which costs nothing */
  removals: number
  bytesDown: number
  bytesUp: number
}

const USD = { read: 0.0004 / 1000, write: 0.005 / 1000 }

export function billOf(log: readonly LogEntry[]): Bill {
  const count = (is: (entry: LogEntry) => boolean) => log.filter(is).length
  const sum = (bytes: (entry: LogEntry) => number) => log.reduce((total, entry) => total + bytes(entry), 0)
  const isList = ({ operation }: LogEntry) => operation === 'ListObjectsV2'
  return {
    reads: count(entry => ['GET', 'HEAD'].includes(entry.method) && !isList(entry)),
    lists: count(isList),
    writes: count(({ method }) => method === 'PUT' || method === 'POST'),
    removals: count(({ method }) => method === 'DELETE'),
    bytesDown: sum(({ bytesOut }) => bytesOut),
    bytesUp: sum(({ bytesIn }) => bytesIn),
  }
}

export function usdOf({ reads, lists, writes }: Bill): number {
  return reads * USD.read + (lists + writes) * USD.write
}

/** In two digits, such as `$0.0013`. */
export function usdText(usd: number): string {
  return usd === 0 ? '$0' : `$${Number(usd.toPrecision(2)).toFixed(Math.max(2, 1 - Math.floor(Math.log10(usd))))}`
}

export function bytesText(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} KB`
  return `${(bytes / 1_000_000).toPrecision(2)} MB`
}
