/** The words of `twdw schedule airflow`: its own options, where Airflow's folder is, and what means nothing to it. */
import { isAbsolute, resolve } from 'node:path'
import { type Hour, parseHour } from '../domain/hour.ts'
import { TwdwError } from '../errors.ts'
import type { Street } from '../io/street.ts'
import { flagName, type Options, parseText, type Values, word } from '../settings.ts'
import type { AirflowPlan } from './plan.ts'
import { refuseWords } from './run-options.ts'

const GROUP = 'Airflow:'

export const AIRFLOW_OPTIONS = {
  dagsFolder: word(parseText, {
    describe: 'Where Airflow looks for DAGs (default: $AIRFLOW__CORE__DAGS_FOLDER, else $AIRFLOW_HOME/dags)',
    completes: 'folders',
    group: GROUP,
  }),
  startDate: word(parseStart, {
    describe: 'First day, or UTC hour, with runs of its own (default: that of the installed DAG, else today)',
    group: GROUP,
  }),
  pool: word(parsePool, {
    describe: "A pool for the tasks, which has to be there (default: Airflow's own)",
    group: GROUP,
  }),
} satisfies Options

/** What is left of a plan when jobs and action are known. @param today UTC, such as `2024-01-01` */
export function airflowWords(
  { dagsFolder, startDate, pool }: Values<typeof AIRFLOW_OPTIONS>,
  { cwd, env }: Pick<Street, 'cwd' | 'env'>,
  today: string,
): Omit<AirflowPlan, 'jobs' | 'action' | 'dryRun'> {
  const folder = dagsFolder === undefined ? dagsFolderOf(env) : resolve(cwd, dagsFolder)
  return { kind: 'airflow', dagsFolder: folder, startHour: startDate, firstHour: parseStart(today), pool }
}

function dagsFolderOf({ AIRFLOW__CORE__DAGS_FOLDER: dags = '', AIRFLOW_HOME: home = '' }: Street['env']) {
  if (isAbsolute(dags)) return resolve(dags)
  return isAbsolute(home) ? resolve(home, 'dags') : undefined
}

/** @throws TwdwError E_USAGE where a file is to be put in place, or taken away, and nothing says where */
export function refuseNowhere({ dagsFolder, action }: Pick<AirflowPlan, 'dagsFolder' | 'action'>): void {
  if (dagsFolder !== undefined || action === 'print') return
  throw new TwdwError('E_USAGE', "it is not known where Airflow's DAGs are: AIRFLOW_HOME is not set", {
    hint: 'set it to an absolute path, or name the folder with --dags-folder',
  })
}

/**
 * Words that were given on the command line and that no DAG follows. Those of settings files and the environment are the
 * listener's, which reads them where it runs.
 * @param ofSystemd those of the other kinds of schedule
 * @throws TwdwError E_USAGE naming all of them
 */
export function refuseForAirflow(
  argv: Readonly<Record<string, unknown>>,
  ofListener: Options,
  ofSystemd: readonly string[],
): void {
  const { tags = [] } = argv as { tags?: readonly unknown[] }
  const flags = [...ofSystemd, ...Object.keys(ofListener).filter(key => key !== 'tags')].map(flagName)
  const given = [...tags.map(String), ...flags.filter(name => argv[name] !== undefined).map(name => `--${name}`)]
  if (given.length === 0) return
  const verb = given.length === 1 ? 'means' : 'mean'
  throw new TwdwError(
    'E_USAGE',
    `${given.join(' and ')} ${verb} nothing to airflow: its DAG consolidates and does not listen`,
    {
      hint: 'leave it out; `twdw schedule systemd` or `twdw schedule cron` keep a listener running',
    },
  )
}

/** @throws TwdwError E_USAGE for words of a DAG given to another kind */
export function refuseAirflowWords(kind: string, given: Values<typeof AIRFLOW_OPTIONS>): void {
  const words = Object.keys(AIRFLOW_OPTIONS).filter(key => given[key as keyof typeof given] !== undefined)
  refuseWords(
    words.map(key => `--${flagName(key)}`),
    kind,
    'it is for `twdw schedule airflow`',
  )
}

/** A day begins with its first hour. @throws TwdwError E_USAGE */
function parseStart(text: string): Hour {
  return parseHour(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00` : text)
}

/** @throws TwdwError E_USAGE for what Airflow could name no pool, or a shell would not take as one word */
function parsePool(text: string): string {
  if (/^[\w.-]{1,250}$/.test(text)) return text
  throw new TwdwError('E_USAGE', `"${text}" is no name for a pool`, { hint: 'write letters, digits, _, . and -' })
}
