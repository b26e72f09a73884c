/**
 * What X would bill for what the double delivered: each post of the stream and of search, each question of counts.
 *
 * A post of the stream is billed when it is written into the connection, whole or not, read or not. Refusals are free.
 */
import { createGunzip } from 'node:zlib'

/** Of one UTC day. */
export interface Bill {
  streamPosts: number
  searchPosts: number
  countsRequests: number
}

const NO_BILL: Bill = { streamPosts: 0, searchPosts: 0, countsRequests: 0 }
const LINE_END = 0x0a

export class BillMeter {
  /** by UTC day, such as `2026-09-21` */
  readonly days: Record<string, Bill> = {}
  private readonly nowMs: () => number

  constructor(nowMs: () => number) {
    this.nowMs = nowMs
  }

  add(what: keyof Bill, count: number): void {
    const day = new Date(this.nowMs()).toISOString().slice(0, 10)
    const bill = this.days[day] ?? { ...NO_BILL }
    bill[what] += count
    this.days[day] = bill
  }

  /** @returns to be handed what is written into one connection, and undefined when the connection is over */
  stream(encoding: string | undefined): (bytes: Uint8Array | undefined) => void {
    const count = countPosts(posts => this.add('streamPosts', posts))
    if (encoding !== 'gzip') return count
    const inflate = createGunzip().on('data', count)
    // a connection that is cut leaves half a block
    inflate.on('error', () => undefined)
    return bytes => void (bytes === undefined ? inflate.end() : inflate.write(bytes))
  }
}

/** All days together. */
export function totalOf(days: Readonly<Record<string, Bill>>): Bill & { posts: number; usd: number } {
  const total = { ...NO_BILL }
  for (const bill of Object.values(days)) {
    for (const key of Object.keys(total) as (keyof Bill)[]) total[key] += bill[key]
  }
  const posts = total.streamPosts + total.searchPosts
  return { ...total, posts, usd: ((posts + total.countsRequests) * 5) / 1000 }
}

function countPosts(add: (posts: number) => void): (bytes: Uint8Array | undefined) => void {
  let rest = Buffer.alloc(0)
  return bytes => {
    if (bytes === undefined) {
      if (isPost(rest)) add(1)
      rest = Buffer.alloc(0)
      return
    }
    rest = Buffer.concat([rest, bytes])
    let posts = 0
    for (let end = rest.indexOf(LINE_END); end !== -1; end = rest.indexOf(LINE_END)) {
      if (isPost(rest.subarray(0, end))) posts += 1
      rest = rest.subarray(end + 1)
    }
    if (posts > 0) add(posts)
  }
}

/** A heartbeat is blank, and a notice has no `data`. */
function isPost(line: Buffer): boolean {
  return line.includes('"data":{')
}
