/** What figures are measured on and with. */
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { peersPython, peerVersions } from './peers.ts'
import { ROOT } from './places.ts'
import type { Machine } from './section.ts'
import { round } from './statistics.ts'

const LOOK_MS = 3000

/** As it is now, which takes some seconds to see. */
export async function lookAtMachine(): Promise<Machine> {
  const loadBefore = round(loadavg()[0] ?? 0, 2)
  const before = usedMs()
  await sleep(LOOK_MS)
  const [{ model = 'unknown' } = {}] = cpus()
  return {
    processors: cpus().length,
    model: model.trim(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    kernel: release(),
    loadBefore,
    busyBefore: round((usedMs() - before) / LOOK_MS, 2),
  }
}

/** Of twdw, of what runs it, of what runs others, and of all others. What is not there is left out. */
export async function lookUpVersions(): Promise<Record<string, string>> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const wasm = JSON.parse(readFileSync(join(ROOT, 'node_modules/parquet-wasm/package.json'), 'utf8'))
  const found = {
    twdw: version,
    commit: commitText(),
    bun: Bun.version,
    node: firstMatch(['node', '--version'], /[\d.]+/),
    python: firstMatch([await peersPython(), '--version'], /[\d.]+/),
    java: firstMatch(['java', '-version'], /[\d.]+/),
    'parquet-wasm': wasm.version,
    ...peerVersions(),
  }
  return Object.fromEntries(Object.entries(found).filter(([, text]) => text !== undefined)) as Record<string, string>
}

/** With a word where what is measured is not what was committed; figures that lie there anew do not count. */
function commitText(): string | undefined {
  const git = ['git', '-C', ROOT]
  const changed = firstMatch([...git, 'status', '--porcelain', '--', 'src', 'bench', 'package-lock.json'], /\S/)
  const commit = firstMatch([...git, 'rev-parse', '--short', 'HEAD'], /\S+/)
  return commit && `${commit}${changed === undefined ? '' : ', changed'}`
}

/** What all processors have worked since the machine began, in ms. */
function usedMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}

function firstMatch(words: string[], pattern: RegExp): string | undefined {
  try {
    const { stdout, stderr } = Bun.spawnSync(words)
    return pattern.exec(`${stdout}${stderr}`)?.[0]
  } catch {
    return undefined
  }
}
