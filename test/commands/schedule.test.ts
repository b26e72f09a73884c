/** The door of schedule, from words to what stands in the folder of units: real files, a systemctl that only takes notes. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import yargs from 'yargs'
import { SCHEDULE_OPTIONS, scheduleCommand } from '../../src/commands/schedule.ts'
import type { Street } from '../../src/lib/io/street.ts'
import { withTempFolder } from '../support/temp-folder.ts'

interface Town {
  folder: string
  /** runs `twdw schedule …` and gives what it answered */
  schedule: (words: string, change?: { env?: Record<string, string>; executable?: string }) => Promise<string>
  /** what systemctl and crontab were told */
  told: () => Promise<string[]>
}

/** An account with a home, a token, and programs that write down how they were called. */
async function withTown(work: (town: Town) => Promise<void>) {
  await withTempFolder(async folder => {
    for (const name of ['bin', 'home/.config/twdw']) await mkdir(join(folder, name), { recursive: true })
    const note = `echo "\${0##*/} $*" >> '${folder}/told'`
    const programs = {
      systemctl: `case "$*" in *is-system-running) echo running;; *) ${note};; esac`,
      crontab: `case "$*" in -l) echo 'no crontab for ana' >&2; exit 1;; *) ${note};; esac`,
      flock: 'exit 0',
      logger: 'exit 0',
      twdw: 'exit 0',
    }
    for (const [name, script] of Object.entries(programs)) {
      await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    }
    await writeFile(join(folder, 'home/.config/twdw/x_bearer_token'), 'secret\n')
    await work({
      folder,
      schedule: (words, change = {}) => runCommand(folder, words, change),
      told: async () => (await readFile(join(folder, 'told'), 'utf8').catch(() => '')).split('\n').slice(0, -1),
    })
  })
}

async function runCommand(
  folder: string,
  words: string,
  change: { env?: Record<string, string>; executable?: string },
): Promise<string> {
  let answer = ''
  const outlet = (take: (text: string) => void) => ({
    write: async (text: string | Uint8Array) => {
      take(String(text))
      return true
    },
    isTerminal: false,
    columns: undefined,
  })
  const street: Street = {
    env: { HOME: join(folder, 'home'), PATH: join(folder, 'bin'), ...change.env },
    cwd: folder,
    stdin: (async function* () {})(),
    stdout: outlet(text => {
      answer += text
    }),
    stderr: outlet(() => undefined),
    version: '0.0.0',
    executable: change.executable ?? join(folder, 'bin/twdw'),
    stopSignal: new AbortController().signal,
    onReload: () => undefined,
    leave: () => undefined,
  }
  await yargs(['schedule', ...words.split(' ')])
    .parserConfiguration({
      'camel-case-expansion': false,
      'boolean-negation': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    })
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new Error(message)
    })
    .command(scheduleCommand(street))
    .parseAsync()
  return answer
}

const execStart = (text: string) => text.split('\n').filter(line => line.startsWith('ExecStart='))

describe('twdw schedule', () => {
  it('prints units with absolute paths and the words of the listener', async () => {
    await withTown(async ({ folder, schedule, told }) => {
      const printed = await schedule(
        'systemd #COVID19 vacina --lake my-lake --run-as ana --lang pt,en --rule=-is:retweet',
      )
      expect(printed.match(/^### .*$/gm)).toEqual([
        '### /etc/systemd/system/twdw-listen.service',
        '### /etc/systemd/system/twdw-consolidate.service',
        '### /etc/systemd/system/twdw-consolidate.timer',
      ])
      expect(execStart(printed)).toEqual([
        `ExecStart=${folder}/bin/twdw listen COVID19 vacina --lake ${folder}/my-lake --lang=pt --lang=en "--rule=-is:retweet" --wait-next-day`,
        `ExecStart=${folder}/bin/twdw consolidate --lake ${folder}/my-lake --compact`,
      ])
      expect(printed).toContain('\nLoadCredential=x_bearer_token:/etc/twdw/x_bearer_token\n')
      expect(printed).toContain('\nUser=ana\n')
      expect(await told()).toEqual([])
    })
  })

  it('prints a crontab block that reads the token from the account’s own file', async () => {
    await withTown(async ({ folder, schedule }) => {
      const printed = await schedule('cron covid19')
      expect(printed).toMatch(new RegExp(`^# BEGIN twdw ${folder}/lake\n`))
      expect(printed).toContain(`X_BEARER_TOKEN_FILE=${folder}/home/.config/twdw/x_bearer_token `)
    })
  })

  it('installs units of the account below its own configuration, and takes them away again', async () => {
    await withTown(async ({ folder, schedule, told }) => {
      const answer = await schedule('systemd covid19 --user --install')
      const units = join(folder, 'home/.config/systemd/user')
      expect(answer).toContain(`wrote ${units}/twdw-listen.service\n`)
      expect((await readdir(units)).sort()).toEqual([
        'twdw-consolidate.service',
        'twdw-consolidate.timer',
        'twdw-listen.service',
      ])
      expect(await schedule('systemd --user --uninstall')).toContain(`removed ${units}/twdw-listen.service\n`)
      expect(await readdir(units)).toEqual([])
      expect(await told()).toEqual([
        'systemctl --user daemon-reload',
        'systemctl --user enable --now twdw-listen.service twdw-consolidate.timer',
        'systemctl --user disable --now twdw-listen.service twdw-consolidate.timer',
        'systemctl --user stop twdw-consolidate.service',
        'systemctl --user reset-failed twdw-listen.service* twdw-consolidate.service*',
        'systemctl --user clean --what=state twdw-consolidate.timer',
        'systemctl --user daemon-reload',
      ])
    })
  })

  it('only says with --dry-run what it would do', async () => {
    await withTown(async ({ folder, schedule, told }) => {
      const answer = await schedule('systemd covid19 --user --dry-run')
      expect(answer).toContain(`would write ${folder}/home/.config/systemd/user/twdw-listen.service\n  | # Written by`)
      expect(answer).toContain('would run systemctl --user enable --now twdw-listen.service twdw-consolidate.timer\n')
      expect(await schedule('cron covid19 --install --dry-run')).toMatch(/^would run crontab -\n {2}\| # BEGIN twdw /)
      expect(await readdir(join(folder, 'home/.config'))).toEqual(['twdw'])
      expect(await told()).toEqual([])
    })
  })

  it('answers in JSON when asked to', async () => {
    await withTown(async ({ schedule }) => {
      const lines = (await schedule('systemd covid19 --user --json')).trim().split('\n')
      expect(lines.map(line => Object.keys(JSON.parse(line)))).toEqual(Array(3).fill(['path', 'text']))
      expect(JSON.parse(await schedule('cron --uninstall --json'))).toMatchObject({ action: 'uninstall', steps: [] })
    })
  })

  it('reads the listener’s words from where listen would, so that both do the same', async () => {
    await withTown(async ({ folder, schedule }) => {
      await writeFile(
        join(folder, 'twdw.toml'),
        'lake = "/srv/lake"\n[listen]\nlang = ["pt"]\nkeyword = ["dois mil"]\n',
      )
      const env = { TWDW_TIME_ZONE: 'Europe/Lisbon' }
      const printed = await schedule('systemd covid19 --run-as ana', { env })
      expect(execStart(printed)[0]).toBe(
        `ExecStart=${folder}/bin/twdw listen covid19 --lake /srv/lake "--keyword=dois mil" --lang=pt --time-zone=Europe/Lisbon --wait-next-day`,
      )
    })
  })

  it('hands on what limits the bill, and leaves the rest to the defaults of the listener', async () => {
    await withTown(async ({ folder, schedule }) => {
      const words =
        'systemd covid19 --run-as ana --max-usd 500 --max-usd-per-day $2.50 --sample 10 --lean --foreign --foreign'
      expect(execStart(await schedule(words))[0]).toBe(
        `ExecStart=${folder}/bin/twdw listen covid19 --lake ${folder}/lake --max-usd=500 --max-usd-per-day=2.5 --sample=10 --lean --foreign --wait-next-day`,
      )
    })
  })

  it('hands on what is done about gaps', async () => {
    await withTown(async ({ folder, schedule }) => {
      const listen = `ExecStart=${folder}/bin/twdw listen covid19 --lake ${folder}/lake`
      const words = (more: string) => schedule(`systemd covid19 --run-as ana ${more}`)
      expect(execStart(await words('--backfill 1d12h'))[0]).toContain(`${listen} --backfill=36h `)
      expect(execStart(await words('--no-fill'))[0]).toContain(`${listen} --no-fill `)
    })
  })

  it('has the listener wait for the next day at the day’s cap, under systemd and cron alike', async () => {
    await withTown(async ({ schedule }) => {
      expect(execStart(await schedule('systemd covid19 --user'))[0]).toMatch(/ --wait-next-day$/)
      expect(await schedule('cron covid19')).toMatch(/ --wait-next-day; case /)
    })
  })

  it('says to both jobs how a lake in S3 is reached, and on which disk its journal lies', async () => {
    await withTown(async ({ folder, schedule }) => {
      const store = '--s3-endpoint=https://s3.example.org --s3-region=eu-west-1 --s3-path-style --no-cache'
      const place = `--lake s3://bucket/a/lake --state-dir ${folder}/home/.local/state/twdw/s3-s3.example.org/bucket/a/lake ${store}`
      const printed = await schedule(`cron covid19 --lake s3://bucket/a/lake/ ${store}`)
      expect(printed).toContain(`${folder}/bin/twdw listen covid19 ${place} --wait-next-day;`)
      expect(printed).toContain(`${folder}/bin/twdw consolidate ${place} --compact 2>&1`)
      const without = await schedule(`cron covid19 --lake s3://bucket/a/lake/ ${store} --no-compact`)
      expect(without).toContain(`${folder}/bin/twdw consolidate ${place} 2>&1`)
      expect(await schedule(`cron covid19 --lake lake --s3-region eu-west-1`)).not.toContain('s3')
    })
  })

  it('takes from the table of listen what it hands on, and leaves the rest of it to listen', async () => {
    await withTown(async ({ folder, schedule }) => {
      await writeFile(join(folder, 'twdw.toml'), '[listen]\ntags = ["covid19"]\nlang = "pt"\nseal-after = "30s"\n')
      const [listen] = execStart(await schedule('systemd --user'))
      expect(listen).toContain(' listen covid19 ')
      expect(listen).toContain(' --lang=pt ')
      expect(listen).not.toContain('seal')
    })
  })

  it('needs neither a tag nor a token for the generator', async () => {
    await withTown(async ({ folder, schedule }) => {
      const printed = await schedule('systemd --source demo --user')
      expect(execStart(printed)[0]).toBe(`ExecStart=${folder}/bin/twdw listen --lake ${folder}/lake --source=demo`)
      expect(printed).not.toContain('LoadCredential')
    })
  })

  it('prints a DAG without a tag, a token or a folder of Airflow’s, whatever a listener is told by the settings', async () => {
    await withTown(async ({ folder, schedule, told }) => {
      await writeFile(join(folder, 'twdw.toml'), '[listen]\ntags = ["covid19"]\nlang = ["pt"]\n')
      const words = 'airflow --lake s3://bucket/lake --s3-path-style --start-date 2024-02-01 --pool twdw'
      const printed = await schedule(words, { env: { X_BEARER_TOKEN: 'secret' } })
      expect(printed).toMatch(/^# Written by `twdw schedule airflow` for the lake "s3:\/\/bucket\/lake"\.\n/)
      expect(printed).toContain(`\nCONSOLIDATE = ["${folder}/bin/twdw", "consolidate"]\n`)
      expect(printed).toContain('\nLAKE = ["--lake", "s3://bucket/lake", "--s3-path-style"]\n')
      expect(printed).toContain('\nSTART = datetime.fromisoformat("2024-02-01T00:00:00+00:00")\n')
      expect(printed).toContain('\n    "pool": "twdw",\n')
      expect(printed).not.toMatch(/secret|covid19/)
      expect(await told()).toEqual([])
    })
  })

  it('installs a DAG where Airflow looks for them, and takes it away again', async () => {
    await withTown(async ({ folder, schedule }) => {
      await mkdir(join(folder, 'airflow'))
      await mkdir(join(folder, 'mine'))
      const named = await schedule('airflow --lake /srv/lake --install --dags-folder mine')
      expect(named).toMatch(new RegExp(`^wrote ${folder}/mine/twdw_srv_lake.py\n`))
      const env = { AIRFLOW_HOME: join(folder, 'airflow') }
      expect(await schedule('airflow --lake /srv/lake --dry-run', { env })).toMatch(
        new RegExp(`^would write ${folder}/airflow/dags/twdw_srv_lake.py\n  \\| # Written by`),
      )
      await schedule('airflow --lake /srv/lake --install', { env })
      expect(await readdir(join(folder, 'airflow/dags'))).toEqual(['twdw_srv_lake.py'])
      expect(await schedule('airflow --lake /srv/lake --uninstall', { env })).toMatch(/^removed /)
      const inside = { AIRFLOW_HOME: '/nowhere', AIRFLOW__CORE__DAGS_FOLDER: join(folder, 'mine') }
      expect(await schedule('airflow --lake /srv/lake --uninstall', { env: inside })).toMatch(
        new RegExp(`^removed ${folder}/mine/`),
      )
    })
  })

  it.each([
    ['systemd', 'there is nothing to listen for: no hashtag, no --keyword and no --rule', {}],
    [
      'cron covid19 --user --run-as ana',
      "--user and --run-as mean nothing to cron: a crontab is its account's own",
      {},
    ],
    ['systemd covid19 --install --uninstall', '--install and --uninstall contradict each other', {}],
    [
      'airflow covid19 vacina --lang pt --user --run-as ana --token-file t',
      'covid19 and vacina and --user and --run-as and --token-file and --lang mean nothing to airflow: its DAG consolidates and does not listen',
      {},
    ],
    ['airflow #covid19', '#covid19 means nothing to airflow: its DAG consolidates and does not listen', {}],
    ['airflow --install', "it is not known where Airflow's DAGs are: AIRFLOW_HOME is not set", {}],
    [
      'airflow --start-date yesterday --pool a,b',
      '--start-date: not an hour: "yesterday" (write an hour as 2024-01-01T10 (UTC) or 2024-01-01T07-03:00)\n      ' +
        '--pool: "a,b" is no name for a pool (write letters, digits, _, . and -)',
      {},
    ],
    ['airflow', 'twdw is run from its sources here, by /opt/bun', { executable: '/opt/bun' }],
    ['--install', 'it is not said what is to run twdw', {}],
    [
      'systemd covid19 --max-usd 0 --sample 101',
      '--max-usd: "0" is no amount of dollars that X can bill (write 20 or 0.50; a tweet is $0.005)\n      ' +
        '--sample: "101" is more than 100 percent',
      {},
    ],
    ['systemd covid19 --backfill 2d --no-fill', '--backfill and --no-fill contradict each other', {}],
    ['windows covid19', `kind: "windows" is none of ${SCHEDULE_OPTIONS.kind.choices?.join(', ')}`, {}],
    [
      'systemd 2024',
      'tags: not a hashtag: "2024": it has no letter (write letters, digits and _ with at least one letter, such as covid19)',
      {},
    ],
    [
      'systemd covid19 --lake gs://bucket',
      '--lake: a lake is kept in a folder or in S3, not in "gs://bucket" (name a folder, such as --lake ./lake, or --lake s3://bucket/prefix)',
      {},
    ],
    ['systemd covid19', 'twdw is run from its sources here, by /opt/bun', { executable: '/opt/bun' }],
    [
      'systemd covid19 --user',
      'neither HOME nor XDG_CONFIG_HOME is set, and files of the account belong there',
      { env: { HOME: '' } },
    ],
  ])('refuses `%s`', async (words, message, change) => {
    await withTown(async ({ schedule, told }) => {
      await expect(schedule(words, change)).rejects.toMatchObject({
        code: 'E_USAGE',
        message,
        hint: expect.any(String),
      })
      expect(await told()).toEqual([])
    })
  })
})
