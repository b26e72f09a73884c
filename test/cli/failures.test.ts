/** What can go wrong at the door: one sentence, one hint, its exit status, and nothing half-written. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BUILT, type Machine, outcomeOf, SLOW_MS, withMachine } from '../support/executable.ts'
import { REPOSITORY } from '../support/folders.ts'
import { canMount } from '../support/mount-namespace.ts'
import { tweetLine } from '../support/tweet-lines.ts'
import { withXDouble } from '../x-double/double.ts'
import { pause, raw } from '../x-double/script.ts'

const TOKEN = 'TEST'

const fails = async (
  machine: Machine,
  words: readonly string[],
  expected: { status: number; sentence: string | RegExp; hint: string | RegExp },
  env: Record<string, string> = {},
) => {
  const { status, stdout, stderr } = await machine.twdw(words, { env })
  const [sentence, hint, ...more] = stderr.trimEnd().split('\n')
  expect({ status, stdout, sentence, hint, more }).toEqual({
    status: expected.status,
    stdout: '',
    sentence: expect.stringMatching(expected.sentence),
    hint: expect.stringMatching(expected.hint),
    more: [],
  })
}

describe('the executable, when something is wrong', { timeout: SLOW_MS }, () => {
  it.each([
    { words: [], sentence: /^twdw: no command was given$/, hint: /^ {2}try: run `twdw --help`$/ },
    { words: ['lisen'], sentence: /^twdw: there is no command "lisen"; did you mean listen\?$/, hint: /twdw --help/ },
    { words: ['listen', '--rat', '5'], sentence: /^twdw: unknown argument: rat$/i, hint: /twdw listen --help/ },
    {
      words: ['listen', '--rate', 'fast', '--source', 'demo'],
      sentence: /^twdw: --rate: "fast" is not a number above 0$/,
      hint: /twdw listen --help/,
    },
    {
      words: ['listen', '--for'],
      sentence: /^twdw: not enough arguments following: for$/i,
      hint: /twdw listen --help/,
    },
    { words: ['listen', '#2026'], sentence: /^twdw: tags: not a hashtag: "#2026"/, hint: /twdw listen --help/ },
    {
      words: ['consolidate', '--hour', '2024-02-30T10'],
      sentence: /^twdw: --hour: not an hour: "2024-02-30T10"/,
      hint: /twdw consolidate --help/,
    },
    {
      words: ['listen', 'covid19', '--lake', 'gs://bucket/x'],
      sentence: /^twdw: --lake: a lake is kept in a folder or in S3, not in "gs:\/\/bucket\/x"/,
      hint: /twdw listen --help/,
    },
    {
      words: ['listen', 'covid19'],
      sentence: /^twdw: there is no token for X: neither X_BEARER_TOKEN nor X_BEARER_TOKEN_FILE is set$/,
      hint: /try: export X_BEARER_TOKEN=…/,
    },
    {
      words: ['listen', 'covid19', '--origin', 'http://api.example.com'],
      sentence: /would send the token unencrypted to api\.example\.com/,
      hint: /twdw listen --help/,
    },
  ])('says what is wrong with the words $words and ends with 2', ({ words, sentence, hint }) =>
    withMachine(async machine => {
      await fails(machine, words, { status: 2, sentence, hint })
      expect(readdirSync(machine.folder)).toEqual(['home'])
    }),
  )

  it('names a variable and a settings file with faults', () =>
    withMachine(async machine => {
      await fails(
        machine,
        ['consolidate'],
        { status: 2, sentence: /^twdw: TWDW_LAEK is no setting of twdw$/, hint: /unset it/ },
        { TWDW_LAEK: 'x' },
      )
      writeFileSync(join(machine.folder, 'twdw.toml'), 'max-usd-per-dy = 5\n[listne]\nlang = "pt"\n')
      await fails(machine, ['listen', '--source', 'demo', '--for', '1s'], {
        status: 2,
        sentence:
          /^twdw: max-usd-per-dy in .*twdw\.toml is no setting of twdw; \[listne\] in .*twdw\.toml is no command of twdw$/,
        hint: /correct it or take it out/,
      })
      writeFileSync(join(machine.folder, 'twdw.toml'), 'grace = "soon"\n')
      await fails(machine, ['consolidate'], {
        status: 2,
        sentence: /^twdw: grace in .*twdw\.toml: "soon" is not a span of time/,
        hint: /twdw consolidate --help/,
      })
    }))

  it.each([['consolidate'], ['query', '--tag', 'covid19']])('misses the lake: %s', (...words) =>
    withMachine(async machine => {
      await fails(machine, words, {
        status: 5,
        sentence: /^twdw: there is no lake at .*\/lake: it has no twdw\.json$/,
        hint: /try: name another one with --lake, or make one: twdw listen --source demo --for 10s/,
      })
      expect(readdirSync(machine.folder)).toEqual(['home'])
    }),
  )

  it.each([['consolidate'], ['query', '--tag', 'covid19'], ['listen', '--source', 'demo', '--for', '1s']])(
    'leaves a lake of a newer format alone: %s',
    (...words) =>
      withMachine(async machine => {
        mkdirSync(join(machine.folder, 'lake'))
        writeFileSync(join(machine.folder, 'lake', 'twdw.json'), '{"format": 99, "id": "00000000", "timeZone": "UTC"}')
        await fails(machine, words, {
          status: 5,
          sentence: /^twdw: the lake .*\/lake is of format 99, and this twdw knows formats up to 1$/,
          hint: /try: install a newer twdw; this one has changed nothing/,
        })
        expect(readdirSync(join(machine.folder, 'lake')).filter(name => !name.startsWith('_'))).toEqual(['twdw.json'])
      }),
  )

  it('does not mix two time zones in a lake, and makes all of it again in the other when it is asked to', () =>
    withMachine(async machine => {
      const input = [tweetLine('2024-01-01T02:00:00.000Z', 1), tweetLine('2024-01-01T23:00:00.000Z', 2)].join('\n')
      await machine.twdw(['listen', '--source', 'replay', '--from', '-'], { input })
      expect(await machine.twdw(['consolidate'])).toMatchObject({ status: 0 })
      const settings = join(machine.folder, 'lake', 'twdw.json')
      writeFileSync(settings, readFileSync(settings, 'utf8').replace('America/Sao_Paulo', 'Asia/Kolkata'))
      for (const words of [['consolidate'], ['consolidate', '--dry-run'], ['consolidate', '--hour', '2024-01-01T02']]) {
        await fails(machine, words, {
          status: 5,
          sentence:
            /^twdw: hour 2024-01-01T(?:02|23) was consolidated in America\/Sao_Paulo, and twdw\.json says Asia\/Kolkata$/,
          hint: /^ {2}try: write America\/Sao_Paulo back into twdw\.json, or .* twdw consolidate --rebuild$/,
        })
      }
      const days = async () =>
        (await machine.twdw(['query', '--tag', 'covid19', '--by', 'day', '--format', 'csv'])).stdout
      expect(await days()).toBe('day,tweets\n2024-01-01,1\n2024-01-02,1\n')
      await fails(machine, ['listen', '--source', 'replay', '--from', '-', '--time-zone', 'Asia/Tokyo'], {
        status: 2,
        sentence: /^twdw: the lake .*\/lake is kept in Asia\/Kolkata, not in Asia\/Tokyo$/,
        hint: /leave --time-zone out, or make a new lake for the other zone/,
      })
      expect(await machine.twdw(['consolidate', '--rebuild'])).toMatchObject({ status: 0 })
      expect(await machine.twdw(['consolidate'])).toMatchObject({ stdout: expect.stringMatching(/^nothing to do/) })
      expect(await days()).toBe('day,tweets\n2024-01-01,1\n2024-01-02,1\n')
    }))

  it('says when an hour is still open, and when the lake has none of it', () =>
    withMachine(async machine => {
      await machine.twdw(['listen', '--source', 'replay', '--from', '-'], {
        input: tweetLine('2024-01-01T10:00:00.000Z', 1),
      })
      await fails(machine, ['consolidate', '--hour', '2999-01-01T00'], {
        status: 2,
        sentence: /^twdw: hour 2999-01-01T00 has not begun; it closes in \d+ h \d+ min$/,
        hint: /try: leave it to the timer, or name an earlier --hour/,
      })
      await fails(machine, ['consolidate', '--hour', '2020-01-01T00'], {
        status: 2,
        sentence: /^twdw: the lake holds no tweets of hour 2020-01-01T00$/,
        hint: /try: hours are UTC/,
      })
    }))

  it('names a file that it cannot read from, before anything is stored', () =>
    withMachine(async machine => {
      await fails(machine, ['listen', '--source', 'replay', '--from', 'none.jsonl', '--quiet'], {
        status: 4,
        sentence: /none\.jsonl/,
        hint: /try: /,
      })
    }))

  it('lets one consolidate at a time work on a lake', () =>
    withMachine(async machine => {
      await machine.twdw(['listen', '--source', 'replay', '--from', '-'], {
        input: tweetLine('2024-01-01T10:00:00.000Z', 1),
      })
      const lock = join(machine.folder, 'lake', '_locks', 'consolidate')
      mkdirSync(join(machine.folder, 'lake', '_locks'), { recursive: true })
      writeFileSync(lock, '')
      const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; sleep 60'])
      await new Promise(held => holder.stdout.once('data', held))
      await fails(machine, ['consolidate'], {
        status: 5,
        sentence: /_locks\/consolidate is held by /,
        hint: /wait until it has ended/,
      })
      holder.kill()
    }))

  it('tells an error as JSON where events are JSON', () =>
    withMachine(async machine => {
      const asJson = await machine.twdw(['query', '--tag', 'x', '--json'])
      expect(JSON.parse(asJson.stderr)).toMatchObject({
        level: 'error',
        status: 5,
        code: 'E_LAKE',
        hint: expect.any(String),
      })
    }))

  it('says so when its answer cannot be written, and ends', () =>
    withMachine(async machine => {
      await machine.twdw(['listen', '--source', 'demo', '--for', '100ms'])
      for (const words of ['query', 'query --explain', 'consolidate', 'listen --source demo --for 100ms']) {
        const child = spawn('sh', ['-c', `"${BUILT}" ${words} --quiet > /dev/full`], {
          cwd: machine.folder,
          env: { HOME: machine.folder, PATH: process.env.PATH },
        })
        expect(await outcomeOf(child)).toMatchObject({
          status: 5,
          stderr: expect.stringMatching(/^twdw: the answer cannot be written to stdout: the disk is full\n/),
        })
      }
    }))

  it('ends when it is told to, also while its input is a pipe that nobody closes', () =>
    withMachine(async machine => {
      for (const words of [
        ['--for', '300ms'],
        ['--max-tweets', '1'],
      ]) {
        const { child, ended } = machine.start(['listen', '--source', 'replay', '--from', '-', ...words])
        child.stdin?.write(`${tweetLine('2024-01-01T10:00:00.000Z', 1)}\n`)
        expect(await ended).toMatchObject({ status: 0, stdout: expect.stringMatching(/^1 tweet stored /) })
      }
    }))

  it('writes nothing half when nobody reads its answer any more', () =>
    withMachine(async machine => {
      await machine.twdw(['listen', '--source', 'replay', '--from', '-'], {
        input: tweetLine('2024-01-01T10:00:00.000Z', 1),
      })
      const script = `"${BUILT}" query --sql "SELECT unnest(range(200000)) AS n" --format csv; echo "status $?" >&2`
      const child = spawn('sh', ['-c', `( ${script} ) | head -1`], {
        cwd: machine.folder,
        env: { HOME: machine.folder, PATH: process.env.PATH },
      })
      expect(await outcomeOf(child)).toMatchObject({ status: 0, stdout: 'n\n', stderr: 'status 0\n' })
    }))
})

describe.skipIf(!canMount)('the executable on a full disk (needs unshare -m)', { timeout: SLOW_MS }, () => {
  /** A lake on a file system of its own with so little room; `script` runs with it at ./lake. */
  const onTinyDisk = (machine: Machine, kilobytes: number, script: string) => {
    mkdirSync(join(machine.folder, 'lake'))
    const mounted = `mount -t tmpfs -o size=${kilobytes}k none lake && ${script}`
    const env = { HOME: machine.folder, PATH: process.env.PATH, TWDW: BUILT }
    return outcomeOf(
      spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', mounted], { cwd: machine.folder, env }),
    )
  }

  it('listens until there is no room, says so in one sentence, and leaves nothing half-written', () =>
    withMachine(async machine => {
      const { stdout, stderr } = await onTinyDisk(
        machine,
        600,
        `"$TWDW" listen --source demo --rate 100000 --max-tweets 20000 --quiet; echo "status $?"; find lake -type f | sort; "$TWDW" consolidate --grace 0s --dry-run >/dev/null; echo "status $?"`,
      )
      const [sentence, hint] = stderr.split('\n')
      expect(sentence).toMatch(/^twdw: .* cannot .*: the disk is full$/)
      expect(hint).toBe('  try: free some room; nothing half-written was left behind')
      expect(stdout).toMatch(/^status 5\n/)
      expect(stdout).toMatch(/status 0\n$/)
      expect(stdout).not.toMatch(/_tmp\//)
    }))

  it('holds X up while there is no room, says so, and goes on without a loss when there is', () =>
    withMachine(async machine => {
      const lines = Array.from({ length: 3_000 }, (_, n) => tweetLine('2024-01-01T10:15:00.000Z', n))
      const parts = Array.from({ length: 100 }, (_, n) => lines.slice(n * 30, n * 30 + 30))
      const stream = [parts.flatMap(part => [raw(part.map(line => `${line}\r\n`).join('')), pause(20)])]
      await withXDouble({ token: TOKEN, stream }, async x => {
        const { stdout, stderr } = await onTinyDisk(
          machine,
          2_000,
          `head -c 1700000 /dev/zero >lake/ballast
           X_BEARER_TOKEN='${TOKEN}' "$TWDW" listen covid19 --origin ${x.origin} --seal-after 1h 2>err & pid=$!
           until grep -q 'reading is paused' err; do sleep 0.05; done
           sleep 3; "$TWDW" status --json >paused.json
           rm lake/ballast; mount -o remount,size=50m lake
           until grep -q 'reading goes on' err; do sleep 0.05; done
           sleep 4; kill $pid; wait $pid; echo "status $?"; cat err >&2
           "$TWDW" query --sql "SELECT count(*) AS tweets, count(DISTINCT tweet_id) AS ids FROM layer1_tweets" --format csv`,
        )
        expect(stderr).toMatch(
          /warning: the journal segment \S+ cannot take \d+ bytes more: the disk is full: reading is paused until there is room; X may hang up on a reader that is so slow\n/,
        )
        const { listeners } = JSON.parse(readFileSync(join(machine.folder, 'paused.json'), 'utf8'))
        expect(listeners[0]).toMatchObject({
          isAlive: true,
          state: 'paused',
          pulse: { state: { because: 'the disk is full' } },
        })
        expect(stderr).toMatch(/the disk has room again after \d+ s: reading goes on\n/)
        expect(stdout).toMatch(/^3,000 tweets stored in 1 hour/)
        expect(stdout).toMatch(/status 0\ntweets,ids\n3000,3000\n$/)
      })
    }))

  it('consolidates nothing where not a byte is free, says so in one sentence, and all of it when there is room', () =>
    withMachine(async machine => {
      writeFileSync(join(machine.folder, 'lines.jsonl'), tweetLine('2024-01-01T10:15:00.000Z', 1))
      const { stdout, stderr } = await onTinyDisk(
        machine,
        2_000,
        `"$TWDW" listen --source replay --from lines.jsonl --quiet >/dev/null; cat /dev/zero >lake/ballast 2>/dev/null
         "$TWDW" consolidate --quiet; echo "status $?"; rm lake/ballast; "$TWDW" consolidate --quiet; echo "status $?"`,
      )
      expect(stderr).toMatch(/^twdw: .* cannot be written: the disk is full\n {2}try: free some room; .*\n$/)
      expect(stdout).toMatch(/^status 5\n2024-01-01T10 {2}1 tweet,.*status 0\n$/s)
    }))

  it('stores it all once there is room again', () =>
    withMachine(async machine => {
      const lines = Array.from({ length: 300 }, (_, n) => tweetLine('2024-01-01T10:15:00.000Z', n))
      writeFileSync(join(machine.folder, 'lines.jsonl'), lines.join('\n'))
      // room for the journal, for twdw.json and for the record of the session, and not for the Parquet file
      const journalBytes = 200 + lines.reduce((sum, line) => sum + 16 + Buffer.byteLength(line), 0)
      const kilobytes = Math.ceil(journalBytes / 4096) * 4 + 12
      const count = `"$TWDW" query --sql "SELECT count(*) AS tweets FROM fact_tweet" --format csv`
      const { stdout, stderr } = await onTinyDisk(
        machine,
        kilobytes,
        `"$TWDW" listen --source replay --from - --quiet <lines.jsonl; echo "status $?"; mount -o remount,size=50m lake; "$TWDW" listen --source replay --from - --quiet </dev/null; ${count}`,
      )
      expect(stderr).toMatch(/^twdw: .*: the disk is full\n/)
      expect(stdout).toMatch(/^status 5\n/)
      expect(stdout).toMatch(/tweets\n300\n$/)
    }))
})

it('is tested as built from this checkout', () => {
  expect(existsSync(BUILT), `${REPOSITORY}: npm run build`).toBe(true)
})
