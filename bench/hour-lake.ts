/** Lakes that are consolidated by the benchmarks: layer1 as `twdw listen` wrote it from demo lines. */
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { demoBatches } from './lines.ts'
import { peerScript, peersPython } from './peers.ts'
import { TWDW, WORK } from './places.ts'
import { run } from './process.ts'

/** A million demo tweets at this rate are of the hour 2024-01-01T03, and hardly fewer than it has room for. */
const A_SECOND_PER_MILLION = 300

/** A lake with so many tweets in one hour. Made once. @returns its folder */
export function hourLake(tweets: number): Promise<string> {
  return demoLake(`hour-${tweets}`, tweets, (tweets / 1e6) * A_SECOND_PER_MILLION)
}

/** A lake with so many hours of about as many tweets each. Made once. @returns its folder */
export function smallHoursLake(hours: number, tweetsAnHour: number): Promise<string> {
  return demoLake(`hours-${hours}-${tweetsAnHour}`, hours * tweetsAnHour, tweetsAnHour / 3600)
}

/** So many hours of about as many tweets each, from 2024-01-01T03 on: one hour's, again and again under other ids. Made once. */
export async function busyHoursLake(hours: number, tweetsAnHour: number): Promise<string> {
  const lake = join(WORK, `busy-${hours}-${tweetsAnHour}`)
  if (existsSync(lake)) return lake
  const hour = await hourLake(tweetsAnHour)
  const unfinished = `${lake}.new`
  rmSync(unfinished, { recursive: true, force: true })
  const layer1 = (root: string) => join(root, 'layer1/tweets')
  mkdirSync(layer1(unfinished), { recursive: true })
  copyFileSync(join(hour, 'twdw.json'), join(unfinished, 'twdw.json'))
  const base = join(layer1(hour), 'utc_date=2024-01-01/utc_hour=03')
  await run([await peersPython(), peerScript('scale_layer1.py'), base, layer1(unfinished), String(hours)])
  renameSync(unfinished, lake)
  return lake
}

async function demoLake(name: string, lines: number, ratePerSecond: number): Promise<string> {
  const lake = join(WORK, name)
  if (existsSync(lake)) return lake
  mkdirSync(WORK, { recursive: true })
  const unfinished = `${lake}.new`
  rmSync(unfinished, { recursive: true, force: true })
  const words = ['listen', '--source', 'replay', '--from', '-', '--lake', unfinished, '--quiet']
  const child = Bun.spawn([TWDW, ...words], { stdin: 'pipe', stdout: 'ignore', stderr: 'inherit' })
  for (const batch of demoBatches(lines, ratePerSecond)) {
    child.stdin.write(batch)
    await child.stdin.flush()
  }
  await child.stdin.end()
  if ((await child.exited) !== 0) throw new Error(`${name} could not be made`)
  renameSync(unfinished, lake)
  return lake
}
