/** `npm run demo`: the main job in one minute, with made-up tweets and no account. Runs the built executable as a user would. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const EXECUTABLE = resolve(import.meta.dirname, '..', 'dist', 'twdw')
const HOUR_MS = 3_600_000
const DEMO_DAYS = 3
const DEMO_SECONDS = 5

const folder = await mkdtemp(join(tmpdir(), 'twdw-demo-'))
const lake = join(folder, 'lake')

// the last whole days up to now, so that every hour but the current one is closed
const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - DEMO_DAYS * 24 * HOUR_MS
const speed = (DEMO_DAYS * 24 * 3600) / DEMO_SECONDS

await run(
  'listen',
  '--source',
  'demo',
  '--rate',
  '2000',
  '--start',
  new Date(startMs).toISOString(),
  '--speed',
  `${speed}`,
  '--for',
  `${DEMO_SECONDS}s`,
)
await run('consolidate')
await run('query', '--tag', 'covid19', '--by', 'day', '--format', 'table')
await run(
  'query',
  '--tag',
  'covid19',
  '--by',
  'hour',
  '--from',
  localDate(startMs + 24 * HOUR_MS),
  '--to',
  localDate(startMs + 48 * HOUR_MS),
  '--chart',
)
await run('query', '--all-tags', '--top', '10', '--metric', 'authors', '--format', 'table')
console.log(
  `\nThe lake is ${lake}; ask it more, for example:\n  dist/twdw query --lake ${lake} --tag covid19 --by lang`,
)

async function run(...words: string[]): Promise<void> {
  console.log(`\n$ twdw ${words.join(' ')}`)
  const child = Bun.spawn([EXECUTABLE, ...words], {
    env: { ...process.env, TWDW_LAKE: lake },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const status = await child.exited
  if (status !== 0) process.exit(status)
}

/** The date in the lake's default zone, as `query --from` reads it. */
function localDate(ms: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Sao_Paulo' }).format(ms)
}
