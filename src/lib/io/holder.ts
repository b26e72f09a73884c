/** Who holds a lock, as the sentence that whoever comes second is told. */
import { hostname } from 'node:os'

/** @param holder what it does, such as `twdw consolidate` */
export function holderText(holder: string, nowMs: number): string {
  return `${holder}, process ${process.pid} on ${hostname()}, since ${new Date(nowMs).toISOString()}`
}
