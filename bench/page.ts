/** docs/benchmarks.md, and other pages: each benchmark writes its own sections, with the machine it ran on. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './machine.ts'
import { median, type Run } from './process.ts'

/** @param lines Markdown that takes the place of what the section had */
export function writeSection(name: string, lines: readonly string[], path = 'docs/benchmarks.md'): void {
  const file = join(ROOT, path)
  const page = readFileSync(file, 'utf8')
  const [begin, end] = [`<!-- bench: ${name} -->\n`, '<!-- end -->']
  const start = page.indexOf(begin)
  if (start === -1) throw new Error(`${path} has no section <!-- bench: ${name} -->`)
  const rest = page.indexOf(end, start)
  writeFileSync(file, `${page.slice(0, start + begin.length)}${lines.join('\n')}\n${page.slice(rest)}`)
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)]
}

export const digits = (value: number, fraction: number) =>
  value.toLocaleString('en-US', { minimumFractionDigits: fraction, maximumFractionDigits: fraction })

/** Name, seconds, tweets a second, CPU seconds, peak memory: medians, and of memory the most. */
export function rowOf(name: string, tweets: number, runs: readonly Run[]): string[] {
  const seconds = median(runs.map(run => run.wallSeconds))
  const cpu = median(runs.map(run => run.cpuSeconds))
  const megabytes = Math.max(...runs.map(run => run.peakMegabytes))
  return [name, digits(seconds, 1), digits(tweets / seconds, 0), digits(cpu, 1), digits(megabytes, 0)]
}

export const RUN_COLUMNS = ['', 'seconds', 'tweets/s', 'CPU seconds', 'peak memory, MB']
