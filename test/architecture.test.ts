/** The house stands as ARCHITECTURE.md draws it: arrows go down, nothing goes in a circle, the machine is touched in one place. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')

interface Source {
  /** relative to src, such as `lib/domain/hour.ts` */
  path: string
  text: string
  imports: { path: string; isTypeOnly: boolean }[]
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\s+from\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g

function readSources(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => parseSource(name, readFileSync(join(folder, name), 'utf8')))
}

function parseSource(path: string, text: string): Source {
  const imports = [...text.matchAll(IMPORT)].flatMap(([statement, typeOnly, from, dynamic]) => {
    const target = from ?? dynamic
    if (target === undefined || !target.startsWith('.')) return []
    const names = /\{([^}]*)\}/
      .exec(statement)?.[1]
      ?.split(',')
      .filter(name => name.trim() !== '')
    const allTypes = names?.every(name => name.trim().startsWith('type ')) ?? false
    return [{ path: join(path, '..', target), isTypeOnly: typeOnly !== undefined || allTypes }]
  })
  return { path, text, imports }
}

type Room = 'main' | 'commands' | 'lib' | 'domain' | 'io' | 'browser' | 'errors' | 'outside'

function roomOf(path: string): Room {
  // two doors: of the process, and of its workers
  if (path === 'main.ts' || path === 'worker.ts') return 'main'
  if (path === 'lib/errors.ts') return 'errors'
  if (path.startsWith('browser/')) return 'browser'
  if (path.startsWith('commands/')) return 'commands'
  if (path.startsWith('lib/domain/')) return 'domain'
  if (path.startsWith('lib/io/')) return 'io'
  return path.startsWith('lib/') ? 'lib' : 'outside'
}

/** Rooms that a room may import values from; `types` are rooms of which it may know the shapes only. */
const MAY_IMPORT: Record<Room, { values: Room[]; types: Room[] }> = {
  main: { values: ['commands', 'lib', 'domain', 'io', 'errors', 'outside'], types: [] },
  commands: { values: ['lib', 'domain', 'io', 'errors'], types: [] },
  lib: { values: ['lib', 'domain', 'errors'], types: ['io'] },
  domain: { values: ['domain', 'errors'], types: [] },
  io: { values: ['io', 'errors', 'outside'], types: [] },
  browser: { values: ['browser', 'domain'], types: [] },
  errors: { values: [], types: [] },
  outside: { values: [], types: [] },
}

function forbiddenArrows(sources: readonly Source[]): string[] {
  return sources.flatMap(source =>
    source.imports
      .filter(({ path, isTypeOnly }) => {
        const { values, types } = MAY_IMPORT[roomOf(source.path)]
        const to = roomOf(path)
        return !(values.includes(to) || (isTypeOnly && types.includes(to)))
      })
      .map(({ path }) => `${source.path} → ${path}`),
  )
}

function findCycle(sources: readonly Source[]): string[] | undefined {
  const importsOf = new Map(sources.map(source => [source.path, source.imports.map(target => target.path)]))
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return undefined
    for (const next of importsOf.get(path) ?? []) {
      const cycle = visit(next, [...trail, path])
      if (cycle !== undefined) return cycle
    }
    done.add(path)
    return undefined
  }
  for (const { path } of sources) {
    const cycle = visit(path, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}

/** What only io and main may touch. A date made from a value is arithmetic; a date made from nothing is a clock. */
const MACHINE = [
  {
    name: 'the clock',
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bBun\.nanoseconds\b|\bset(?:Timeout|Interval)\b/,
  },
  { name: 'chance', pattern: /\bMath\.random\b|\bcrypto\.(?:randomUUID|getRandomValues)\b/ },
  { name: 'the environment', pattern: /\bprocess\.|\bBun\.env\b|\bimport\.meta\.env\b/ },
  {
    name: 'a file, a socket or a process',
    pattern:
      /from '(?:node:)?(?:fs|net|http|https|child_process|os|dgram|tls)(?:\/\w+)?'|\bBun\.(?:file|write|serve|spawn)\b|\bfetch\(/,
  },
]

function machineTouches(sources: readonly Source[]): string[] {
  return sources
    .filter(source => !['io', 'main'].includes(roomOf(source.path)))
    .flatMap(source => {
      const code = source.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      return MACHINE.filter(({ pattern }) => pattern.test(code)).map(({ name }) => `${source.path} touches ${name}`)
    })
}

function asyncDomain(sources: readonly Source[]): string[] {
  return sources
    .filter(
      source =>
        roomOf(source.path) === 'domain' &&
        /\bawait\b|\basync\b|\bPromise\b/.test(source.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')),
    )
    .map(source => source.path)
}

const sources = readSources(join(ROOT, 'src'))

describe('the house', () => {
  it('lets arrows go down only', () => {
    expect(forbiddenArrows(sources)).toEqual([])
  })

  it('has no import that comes back to where it started', () => {
    expect(findCycle(sources)).toBeUndefined()
  })

  it('touches clock, chance, environment and files in io and main only', () => {
    expect(machineTouches(sources)).toEqual([])
  })

  it('keeps the drawing office synchronous', () => {
    expect(asyncDomain(sources)).toEqual([])
  })

  it('lets no command import another', () => {
    const between = sources.flatMap(source =>
      source.imports.filter(({ path }) => roomOf(source.path) === 'commands' && roomOf(path) === 'commands'),
    )
    expect(between).toEqual([])
  })

  it('loads gRPC only when a Spark is asked', () => {
    const isOfSpark = (path: string) => path.startsWith('lib/io/spark/')
    const eager = (text: string) => text.replaceAll(/\bimport\([^)]*\)|^import type .*$/gm, '')
    const importers = sources.filter(({ text }) => /'(?:@grpc\/grpc-js|protobufjs)'/.test(text))
    const rooms = sources.filter(({ path, text }) => !isOfSpark(path) && /\/spark\/\w+\.ts'/.test(eager(text)))
    expect(importers.filter(({ path }) => !isOfSpark(path))).toEqual([])
    expect(importers.length).toBeGreaterThan(0)
    expect(rooms.map(({ path }) => path)).toEqual([])
  })

  it('has no file without an owner: utils, helpers, common, types, index', () => {
    const vague = sources.filter(({ path }) => /(?:^|\/)(?:utils?|helpers?|common|types|index|misc)\.ts$/.test(path))
    expect(vague.map(source => source.path)).toEqual([])
  })

  it('opens every file with what it owns', () => {
    const silent = sources.filter(({ text }) => !text.startsWith('/**'))
    expect(silent.map(source => source.path)).toEqual([])
  })

  it('loads what is only for some lakes by the first request to one', () => {
    const eager = /(?:^|\n)\s*import\s+(?!type\b)[^'"]*from\s+['"]@aws-sdk\//
    const users = sources.filter(({ text }) => text.includes('@aws-sdk/'))
    expect(users.map(({ path }) => path)).toContain('lib/io/s3/client.ts')
    expect(users.filter(({ text }) => eager.test(text)).map(({ path }) => path)).toEqual([])
  })

  it('names every file in ARCHITECTURE.md', () => {
    const page = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8')
    const unnamed = sources.filter(({ path }) => !page.includes(`${path.split('/').at(-1)}`.replace(/\.ts$/, '')))
    expect(unnamed.map(source => relative('', source.path))).toEqual([])
  })
})

describe('the test of the house', () => {
  it('sees a forbidden arrow, also one for types that may not be known', () => {
    const wrong = [
      parseSource('lib/domain/hour.ts', "import { openLog } from '../io/stderr-log.ts'\n"),
      parseSource('lib/io/journal.ts', "import type { Tweet } from '../domain/tweet.ts'\n"),
      parseSource(
        'lib/listen.ts',
        "import { openJournal } from './io/journal.ts'\nimport type { Log } from './io/log.ts'\n",
      ),
      parseSource('commands/query.ts', "const late = await import('../main.ts')\n"),
    ]
    expect(forbiddenArrows(wrong)).toEqual([
      'lib/domain/hour.ts → lib/io/stderr-log.ts',
      'lib/io/journal.ts → lib/domain/tweet.ts',
      'lib/listen.ts → lib/io/journal.ts',
      'commands/query.ts → main.ts',
    ])
  })

  it('sees a cycle', () => {
    const wrong = [
      parseSource('lib/a.ts', "import './b.ts'\n"),
      parseSource('lib/b.ts', "import { x } from './a.ts'\n"),
    ]
    expect(findCycle(wrong)).toEqual(['lib/a.ts', 'lib/b.ts', 'lib/a.ts'])
  })

  it('sees a clock in the drawing office', () => {
    const wrong = [
      parseSource('lib/domain/x.ts', 'const now = Date.now()\n'),
      parseSource('lib/io/y.ts', 'Date.now()\n'),
    ]
    expect(machineTouches(wrong)).toEqual(['lib/domain/x.ts touches the clock'])
  })
})
