/** Lakes of a year and more, as `twdw query` meets them: consolidated hours, three tracked tags, 50,000 others. */
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MANIFEST_FORMAT } from '../src/lib/domain/manifest.ts'
import { peerScript, peersPython } from './peers.ts'
import { TWDW, WORK } from './places.ts'
import { run } from './process.ts'

const DAY_MS = 86_400_000
const FIRST_DAY_MS = Date.parse('2023-01-01T00:00:00Z')
/** Made side by side, one for each core, and put together in the end. */
const PARTS = 2
const LAKE_FILE = '{\n "format": 1,\n "id": "2a2b3c4d",\n "timeZone": "America/Sao_Paulo"\n}\n'

/** A lake of so many days from 2023-01-01 on, UTC. Made once, which takes an hour for a year. @returns its folder */
export async function daysLake(days: number, tweetsADay: number): Promise<string> {
  // of another format it would be another lake
  const lake = join(WORK, `days-${days}-${tweetsADay}-format-${MANIFEST_FORMAT}`)
  if (existsSync(lake)) return lake
  const parts = Array.from({ length: PARTS }, (_, n) => ({
    first: Math.floor((days * n) / PARTS),
    end: Math.floor((days * (n + 1)) / PARTS),
    folder: `${lake}.${n}`,
  }))
  await Promise.all(parts.map(({ first, end, folder }) => makePart(folder, first, end - first, tweetsADay)))
  const [{ folder: whole }, ...others] = parts as [(typeof parts)[number], ...typeof parts]
  for (const { folder } of others) moveInto(whole, folder)
  renameSync(whole, lake)
  return lake
}

async function makePart(folder: string, firstDay: number, days: number, tweetsADay: number): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const layer1 = join(folder, 'layer1/tweets')
  mkdirSync(layer1, { recursive: true })
  await Bun.write(join(folder, 'twdw.json'), LAKE_FILE)
  const date = new Date(FIRST_DAY_MS + firstDay * DAY_MS).toISOString().slice(0, 10)
  await run([await peersPython(), peerScript('year_layer1.py'), layer1, date, String(days), String(tweetsADay)])
  await run([TWDW, 'consolidate', '--lake', folder, '--quiet'])
}

/** Folders that both have become one; no file is in both but those that are the same. */
function moveInto(whole: string, part: string): void {
  for (const entry of readdirSync(part, { withFileTypes: true })) {
    const [from, to] = [join(part, entry.name), join(whole, entry.name)]
    if (existsSync(to) && entry.isDirectory()) moveInto(to, from)
    else renameSync(from, to)
  }
  rmSync(part, { recursive: true })
}

/**
 * A lake of many years: one year's files under the names of others, which costs no room, and a question as much as if they were.
 * @param lake of a whole year, 2023
 */
export function manyYearsLake(lake: string, years: number): string {
  const target = `${lake}-years-${years}`
  if (existsSync(target)) return target
  const unfinished = `${target}.new`
  rmSync(unfinished, { recursive: true, force: true })
  for (const path of filesBelow(lake, '')) {
    for (let back = 0; back < years; back++) {
      const year = 2023 - back
      const named = path.replaceAll('2023-', `${year}-`)
      // what is of no day is there once
      if (back > 0 && named === path) continue
      const to = join(unfinished, named)
      mkdirSync(dirname(to), { recursive: true })
      if (path.endsWith('.json'))
        writeFileSync(to, readFileSync(join(lake, path), 'utf8').replaceAll('2023-', `${year}-`))
      else linkSync(join(lake, path), to)
    }
  }
  renameSync(unfinished, target)
  return target
}

function* filesBelow(root: string, folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(root, path)
    else yield path
  }
}
