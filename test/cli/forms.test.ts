/** Answers on their way out of the executable: readers that go away, disks that are full, a hand that stops it. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { describe, expect, it } from 'vitest'
import { FORMATS, isBinary, isPicture } from '../../src/lib/domain/answer/forms.ts'
import { BUILT, type Machine, outcomeOf, SLOW_MS, withMachine } from '../support/executable.ts'
import { canMount } from '../support/mount-namespace.ts'

/** Far more than a pipe holds. */
const LONG = "SELECT range AS tweet_id, 'some text of tweet number ' || range AS text FROM range(200000)"

/** A lake without a tweet. */
async function withLake(work: (machine: Machine) => Promise<void>): Promise<void> {
  await withMachine(async machine => {
    mkdirSync(join(machine.folder, 'lake'))
    const settings = '{"format": 1, "id": "00c0ffee", "timeZone": "UTC"}'
    writeFileSync(join(machine.folder, 'lake', 'twdw.json'), settings)
    await work(machine)
  })
}

const inShell = (machine: Machine, script: string, ...before: string[]) => {
  const [file, ...words] = [...before, 'sh', '-c', script]
  const env = { HOME: join(machine.folder, 'home'), PATH: process.env.PATH, TWDW: BUILT, LONG }
  return outcomeOf(spawn(file!, words, { cwd: machine.folder, env }))
}

describe('the executable, with a reader that has seen enough', { timeout: SLOW_MS }, () => {
  // texts are no chart
  it.each(FORMATS.filter(form => form !== 'svg'))('ends quietly with status 0 in the middle of %s', format =>
    withLake(async machine => {
      const script = `{ "$TWDW" query --sql "$LONG" --format ${format}; echo "status $?" >&2; } | head -c 5 | wc -c`
      expect(await inShell(machine, script)).toMatchObject({
        stdout: expect.stringMatching(/^ *5\n$/),
        stderr: 'status 0\n',
      })
    }),
  )

  it('hands a pipe an Arrow stream, whole', () =>
    withLake(async machine => {
      const written = await inShell(machine, '"$TWDW" query --sql "$LONG" --format arrow | cat > answer')
      expect(written).toEqual({ status: 0, stdout: '', stderr: '' })
      const table = tableFromIPC(readFileSync(join(machine.folder, 'answer')))
      expect([table.numRows, table.getChild('tweet_id')?.get(199_999)]).toEqual([200_000, 199_999n])
    }))
})

describe('the executable, with a place where nothing can be written', { timeout: SLOW_MS }, () => {
  it.each(['parquet', 'arrow', 'tsv'])('says that a folder is no %s file, and leaves it', ending =>
    withLake(async machine => {
      mkdirSync(join(machine.folder, `a.${ending}`))
      expect(await machine.twdw(['query', '--sql', 'SELECT 1', '--output', `a.${ending}`])).toEqual({
        status: 5,
        stdout: '',
        stderr: `twdw: ${machine.folder}/a.${ending} cannot be written: it is a folder\n  try: name a file in it\n`,
      })
      expect(readdirSync(machine.folder).sort()).toEqual([`a.${ending}`, 'home', 'lake'])
    }),
  )

  it.skipIf(!canMount).each(['parquet', 'arrow', 'ndjson'])('leaves the old %s file on a full disk', ending =>
    withLake(async machine => {
      mkdirSync(join(machine.folder, 'disk'))
      const script = `mount -t tmpfs -o size=200k none disk && echo old >disk/a.${ending} &&
        "$TWDW" query --sql "$LONG" --output disk/a.${ending}; echo "status $?"; ls -A disk; cat disk/a.${ending}`
      expect(await inShell(machine, script, 'unshare', '-m', '--propagation', 'private')).toEqual({
        status: 0,
        stdout: `status 5\na.${ending}\nold\n`,
        stderr: expect.stringMatching(
          /^twdw: \S+ cannot be written: the disk is full\n {2}try: free some room; nothing half-written was left behind\n$/,
        ),
      })
    }),
  )
})

describe('the executable, stopped while it writes an answer', { timeout: SLOW_MS }, () => {
  it('ends with status 130 and says so', () =>
    withLake(async machine => {
      // stopped when the first piece has been read
      const script = `mkfifo pipe
        "$TWDW" query --sql "$LONG" --format csv --output pipe & pid=$!
        exec 3<pipe; head -c 5 <&3; kill -TERM $pid; cat <&3 >/dev/null; wait $pid; echo " status $?"`
      const { stdout, stderr } = await inShell(machine, script)
      expect(stdout).toBe('tweet status 130\n')
      expect(stderr).toBe('twdw: stopped before the answer was written\n')
    }))
})

describe('a form that is no text', { timeout: SLOW_MS }, () => {
  it.each(FORMATS.filter(form => isBinary(form) || isPicture(form)))(
    '%s is refused on a terminal before the lake is looked for',
    format =>
      withMachine(async machine => {
        const script = `script -qec '"$TWDW" query --sql "SELECT 1" --format ${format}' /dev/null </dev/null; echo "status $?"`
        const { stdout } = await inShell(machine, script)
        expect(stdout.replaceAll('\r', '')).toMatch(
          new RegExp(
            `^twdw: ${format} is [a-z ]+, and a terminal shows text\n` +
              `  try: write it to a file: --output answer\\.${format}\nstatus 2\n$`,
          ),
        )
        expect(existsSync(join(machine.folder, 'lake'))).toBe(false)
      }),
  )
})
