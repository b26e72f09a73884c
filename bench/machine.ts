/** What a figure was measured on and with. */
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')
export const TWDW = join(ROOT, 'dist', 'twdw')

/** One line: processor, memory, kernel, versions, date. */
export function machineText(peers: readonly string[]): string {
  const [{ model = 'unknown' } = {}] = cpus()
  const gib = Math.round(totalmem() / 2 ** 30)
  const versions = [`twdw ${packageVersion()}`, `Bun ${Bun.version}`, ...peers].join(', ')
  const date = new Date().toISOString().slice(0, 10)
  return `${cpus().length} × ${model.trim()}, ${gib} GiB, ${process.platform} ${process.arch}; ${versions}; ${date}`
}

function packageVersion(): string {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version
}
