/** Executables run as a user would, where this machine can: what they are called, help, DuckDB loaded, and where there are locks the main job. */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { BuildError } from '../build.ts'

/** How an executable is run here. */
export interface Runner {
  /** what stands before the executable on the command line; [] where it runs by itself */
  words: readonly string[]
}

const ARM64_EMULATOR = 'qemu-aarch64-static'
const ARM64_ROOT = '/usr/aarch64-linux-gnu'

/**
 * @param name of the target
 * @param here the target that this machine is
 * @param given commands that were named for targets, with their words
 * @returns undefined where nothing here runs it
 */
export function runnerOf(
  name: string,
  here: string,
  given: ReadonlyMap<string, readonly string[]>,
): Runner | undefined {
  const words = given.get(name)
  if (words !== undefined) return { words }
  if (name === here) return { words: [] }
  if (name !== 'linux-arm64') return undefined
  const isThere = Bun.which(ARM64_EMULATOR) !== null && existsSync(`${ARM64_ROOT}/lib/libstdc++.so.6`)
  return isThere ? { words: [ARM64_EMULATOR, '-L', ARM64_ROOT] } : undefined
}

/** `linux-arm64=qemu-aarch64-static -L /root` → a target and its words. @throws BuildError */
export function parseRunner(text: string): [target: string, words: string[]] {
  const [, target, command] = /^([a-z0-9-]+)=(.*\S.*)$/.exec(text) ?? []
  if (target === undefined || command === undefined) {
    throw new BuildError(
      `--run takes a target and a command, such as linux-arm64="qemu-aarch64-static -L /root": ${text}`,
    )
  }
  return [target, command.trim().split(/\s+/)]
}

/** A command and what must stand in its answer. */
interface Step {
  title: string
  words: readonly string[]
  answer: string
  /** run from source, for an executable that cannot do it itself */
  isPreparation?: boolean
}

const SOURCE = [process.execPath, resolve(import.meta.dirname, '../../src/main.ts')]

const TWEETS = 200
const EMULATED_STEP_MS = 180_000

/** @param lake absolute. @param version that it must have */
export function steps(target: string, lake: string, version: string): Step[] {
  // Windows has no locks of this kind: lakes are asked there, and made elsewhere
  const isPreparation = target.startsWith('windows')
  const demo = ['--source', 'demo', '--start', '2024-01-01T03:00Z', '--rate', '2000', '--speed', '43200']
  const sql = ['--format', 'csv', '--sql', 'SELECT count(*) AS tweets FROM fact_tweet']
  return [
    { title: 'version', words: ['--version'], answer: `${version}\n` },
    { title: 'help', words: ['--help'], answer: 'twdw <command>' },
    {
      title: 'listen',
      words: ['listen', '--lake', lake, ...demo, '--max-tweets', `${TWEETS}`],
      answer: `${TWEETS} tweets stored`,
      isPreparation,
    },
    { title: 'consolidate', words: ['consolidate', '--lake', lake], answer: `${TWEETS} tweets`, isPreparation },
    { title: 'query', words: ['query', '--lake', lake, ...sql], answer: `tweets\n${TWEETS}\n` },
  ]
}

/**
 * @param folder for its home and its lake; of this try alone
 * @returns what was run
 * @throws BuildError when an answer is not what it should be
 */
export async function tryOut(
  target: string,
  executable: string,
  { words: before }: Runner,
  { folder, version }: { folder: string; version: string },
): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const env = { PATH: process.env.PATH ?? '', HOME: folder, TZ: 'UTC' }
  const done: string[] = []
  for (const step of steps(target, join(folder, 'lake'), version)) {
    const child = Bun.spawn([...(step.isPreparation ? SOURCE : [...before, executable]), ...step.words], {
      env,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: EMULATED_STEP_MS,
    })
    const [answer, complaint] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    const status = await child.exited
    if (status !== 0 || !answer.replaceAll('\r\n', '\n').includes(step.answer)) {
      const said = `${answer}\n${complaint}`.trim().slice(-500) || 'nothing'
      throw new BuildError(
        `twdw ${step.words[0]} of ${target} ended with ${child.signalCode ?? status}, saying: ${said}`,
      )
    }
    if (!step.isPreparation) done.push(step.title)
  }
  return done
}
