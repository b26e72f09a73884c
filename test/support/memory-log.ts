/** A log that keeps what it is told, for tests that say what a user would read. */
import type { Log, LogFields } from '../../src/lib/io/log.ts'

export interface Told {
  level: 'info' | 'warn' | 'debug'
  sentence: string
  fields: LogFields | undefined
}

export function memoryLog(): Log & { told: Told[]; sentences(): string[] } {
  const told: Told[] = []
  const tell = (level: Told['level']) => (sentence: string, fields?: LogFields) => {
    told.push({ level, sentence, fields })
  }
  return {
    told,
    sentences: () => told.map(({ sentence }) => sentence),
    progress: () => undefined,
    info: tell('info'),
    warn: tell('warn'),
    debug: tell('debug'),
    close: () => undefined,
  }
}
