/** Consolidate as an executable that is killed at every call to the kernel with which it changes a file, one life each. */
import { spawn } from 'node:child_process'
import { cp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BUILT, type Machine, outcomeOf } from './executable.ts'
import { REPOSITORY } from './folders.ts'
import { neitherOldNorNew, openGlobReader, readByGlobs } from './glob-reader.ts'
import type { Life } from './kill-at-call.ts'
import { tweetLine } from './tweet-lines.ts'

const TRACER = join(REPOSITORY, 'test/support/kill-at-call.ts')

/** Deaths at a time, each in a lake of its own. */
const AT_A_TIME = 2

/** What went wrong behind a death, in words; and how many deaths there were. */
export interface Deaths {
  /** the calls of an undisturbed run, in order */
  calls: string[]
  deaths: number
  wrong: string[]
}

/**
 * Kill a consolidate that does an hour again, because of a tweet that came late, and another hour for the first time.
 * @param machine without a lake
 */
export async function killAtEveryCall(machine: Machine): Promise<Deaths> {
  await makeLake(machine)
  const right = join(machine.folder, 'right')
  await cp(join(machine.folder, 'lake'), right, { recursive: true })
  const { calls, status } = await live(right, 0)
  if (status !== 0) throw new Error(`the undisturbed run ended with ${status}`)
  const engine = await openGlobReader(machine.folder)
  try {
    const before = await readByGlobs(engine, join(machine.folder, 'lake'))
    const after = await readByGlobs(engine, right)
    const bytes = await bytesOf(right)
    const wrong: string[] = []
    const die = async (fatal: number) => {
      const lake = join(machine.folder, `lake-${fatal}`)
      await cp(join(machine.folder, 'lake'), lake, { recursive: true })
      const life = await live(lake, fatal)
      const note = (what: string) => void wrong.push(`killed at call ${fatal}, ${life.calls.at(-1)}: ${what}`)
      if (life.status !== null || life.calls.length !== fatal) note(`it lived, and ended with ${life.status}`)
      for (const sight of neitherOldNorNew(await readByGlobs(engine, lake), before, after)) note(sight)
      const next = await machine.twdw(['consolidate', '--lake', lake])
      if (next.status !== 0) note(`the next run ended with ${next.status}: ${next.stderr}`)
      const left = await bytesOf(lake)
      const names = new Set([...left.keys(), ...bytes.keys()])
      for (const name of names) if (left.get(name) !== bytes.get(name)) note(`${name} is not what it should be`)
      await rm(lake, { recursive: true })
    }
    let [fatal, deaths] = [0, 0]
    const dieOften = async () => {
      while (fatal < calls.length) {
        await die(++fatal)
        deaths += 1
      }
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, dieOften))
    return { calls, deaths, wrong }
  } finally {
    await engine.close()
  }
}

/** An hour that a tweet came late for, one that is new and has a row to reject, and one that is left alone. */
async function makeLake(machine: Machine): Promise<void> {
  const replay = async (...lines: string[]) => {
    const { status, stderr } = await machine.twdw(['listen', '--source', 'replay', '--from', '-', '--quiet'], {
      input: lines.join('\n'),
    })
    if (status !== 0) throw new Error(stderr)
  }
  await replay(tweetLine('2024-01-01T10:00:00.000Z', 1), tweetLine('2024-01-01T12:00:00.000Z', 2))
  await machine.twdw(['consolidate'])
  const unnamed = tweetLine('2024-01-01T11:59:59.999Z', 5).replace('"author_id":"', '"author_id":"@')
  await replay(tweetLine('2024-01-01T10:59:59.999Z', 3), tweetLine('2024-01-01T11:00:00.000Z', 4), unnamed)
}

/** @param fatal the call at which it is killed; 0 for none */
async function live(lake: string, fatal: number): Promise<Life> {
  const words = [TRACER, lake, String(fatal), BUILT, 'consolidate', '--lake', lake, '--quiet']
  const env = { HOME: join(lake, '..', 'home'), PATH: process.env.PATH ?? '' }
  const { status, stdout, stderr } = await outcomeOf(spawn(process.execPath, words, { env }))
  if (status !== 0) throw new Error(`the tracer failed: ${stderr}`)
  const { calls, ...end }: Life = JSON.parse(stdout)
  // an unfinished file is named by chance
  return { ...end, calls: calls.map(call => call.replace(/_tmp\/[\w-]+/, '_tmp/…')) }
}

/** All that a lake holds but locks, unfinished files and the journal, by path. */
export async function bytesOf(lake: string): Promise<Map<string, string>> {
  const entries = await readdir(lake, { recursive: true, withFileTypes: true })
  const files = entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(lake.length + 1))
    .filter(path => !path.startsWith('_'))
    .sort()
  const texts = await Promise.all(
    files.map(async path => [path, (await readFile(join(lake, path))).toString('base64')]),
  )
  return new Map(texts as [string, string][])
}

/** True where a child may be traced: Linux, and no container that forbids it. */
export async function canTrace(): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const { status } = await outcomeOf(spawn(process.execPath, [TRACER, '/nowhere', '0', 'true']))
  return status === 0
}
