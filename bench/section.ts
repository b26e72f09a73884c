/**
 * A section of the pages about speed and size: what is measured, and how it is told.
 *
 * The two never meet but in plain results. `measure` runs programs and returns numbers, which are kept as JSON;
 * `tell` and `charts` make Markdown and drawings of that JSON, without a clock, a file or a process. So a page can be checked
 * on any machine, and measured on one that is quiet.
 */
import type { Chart } from './chart.ts'

/** What is measured upon: numbers, and lists of them, which `--with name=value` may change. */
export type Size = Readonly<Record<string, number | readonly number[]>>

export interface Section<S = Size, Figures = unknown> {
  /** of the module, of docs/benchmarks/<name>.json, and of the marker in the page where it tells in one piece */
  name: string
  /** relative to the repository */
  page: string
  /** in a few words, without a period */
  about: string
  /** that measuring takes on two cores, with lakes and lines already made */
  minutes: number
  /** of `PEERS` in peers.ts: whose versions are named below the figures */
  peers: readonly string[]
  /** as it is on the page */
  size: S
  /** as one tries it out: seconds, a minute at most */
  smallSize: S
  /** @throws when twdw itself fails, or differs from everybody else; a peer that fails is a `Failure` among the figures */
  measure(size: S, bench: Bench): Promise<Figures>
  /** @returns lines of Markdown by the names of their markers */
  tell(results: Results<S, Figures>): Record<string, string[]>
  /** @returns by name of the file, without ending, in docs/benchmarks */
  charts(results: Results<S, Figures>): Record<string, Chart>
}

/** What a section is given beside its size. */
export interface Bench {
  /** tells on stderr what is being done */
  say(sentence: string): void
}

/** What is kept of a section: docs/benchmarks/<section>.json. */
export interface Results<S = Size, Figures = unknown> {
  section: string
  /** when it began, such as 2026-11-26T10:00:00Z */
  measuredAt: string
  minutes: number
  machine: Machine
  /** by program; `commit` is that of twdw */
  versions: Readonly<Record<string, string>>
  size: S
  figures: Figures
}

export interface Machine {
  processors: number
  model: string
  memoryGiB: number
  /** such as `linux x64` */
  platform: string
  kernel: string
  /** the kernel's average of the minute before it began; of a section that follows another it is that one's */
  loadBefore: number
  /** processors in use in the seconds before it began, by nothing of ours; above QUIET others were at work */
  busyBefore: number
}

export const QUIET = 0.5
