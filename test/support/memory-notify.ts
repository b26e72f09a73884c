/** A service manager that keeps what it is told, for as long as it listens. */
import type { Notify, ServiceNews } from '../../src/lib/io/notify.ts'

export interface MemoryNotify extends Notify {
  /** what was told since the last call, oldest first */
  told(): ServiceNews[]
  /** false: whatever is sent is not taken */
  isListening: boolean
}

export function memoryNotify(watchdogMs?: number): MemoryNotify {
  let news: ServiceNews[] = []
  return {
    watchdogMs,
    isListening: true,
    send(one) {
      if (this.isListening) news.push(one)
      return this.isListening
    },
    told() {
      const told = news
      news = []
      return told
    },
  }
}
