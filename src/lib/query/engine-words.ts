/** Words of `query` that choose who answers, and what they do not go with. */
import { TwdwError } from '../errors.ts'
import { type Options, type SettingLayers, type Values, wordOr } from '../settings.ts'
import { REMOTE_OPTION, remoteOf } from '../spark-words.ts'

export const ENGINES = ['duckdb', 'spark'] as const
/** A word of `consolidate`, where one setting is for both: no Spark is asked then. */
const LOCAL = 'local'
export type EngineName = (typeof ENGINES)[number]

export const ENGINE_OPTIONS = {
  engine: wordOr('duckdb', parseEngine, {
    describe:
      'Who answers: the DuckDB inside (local, a word of consolidate, means the same), or your own Spark 4 by Spark Connect',
    choices: [...ENGINES, LOCAL],
    group: 'Engine:',
  }),
  remote: REMOTE_OPTION,
} satisfies Options

interface EngineWords extends Values<typeof ENGINE_OPTIONS> {
  interactive: boolean
  allowFiles: boolean
}

/**
 * @returns the address of the Spark; undefined where DuckDB answers
 * @throws TwdwError E_USAGE for a Spark without an address, and for words that mean nothing to the engine
 */
export function sparkRemoteOf(words: EngineWords, { argv, env }: Pick<SettingLayers, 'argv' | 'env'>) {
  if (words.engine !== 'spark') {
    if (argv.remote === undefined) return undefined
    throw new TwdwError('E_USAGE', '--remote is where a Spark is, and the DuckDB inside answers', {
      hint: 'add --engine spark, or leave it out',
    })
  }
  if (words.allowFiles) {
    throw new TwdwError('E_USAGE', '--allow-files is about files of this machine, and Spark reads those of its own', {
      hint: 'leave it out: what SQL may read is up to your Spark',
    })
  }
  if (words.interactive) {
    throw new TwdwError('E_USAGE', 'the shell for SQL is one of DuckDB, and --engine spark cannot be added to it', {
      hint: 'give --sql or --sql-file, or use the spark-sql of your Spark over the views of `twdw query --ddl spark`',
    })
  }
  return remoteOf(words.remote, env)
}

// settings has checked the word against its choices
function parseEngine(text: string): EngineName {
  return text === LOCAL ? 'duckdb' : (text as EngineName)
}
