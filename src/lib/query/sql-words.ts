/** The words of `query` that are about SQL: where it comes from, and what it may read. */
import { TwdwError } from '../errors.ts'
import { flag, flagName, type Options, parseText, type SettingLayers, type Values, word } from '../settings.ts'

export const SQL_OPTIONS = {
  sql: word(parseText, { describe: 'SQL over the views, instead of all of the above; - is stdin', group: 'SQL:' }),
  sqlFile: word(parseText, { describe: 'The same, from a file; - is stdin', completes: 'files', group: 'SQL:' }),
  interactive: flag({ describe: 'A shell for SQL: history, completion by Tab', alias: 'i', group: 'SQL:' }),
  allowFiles: flag({ describe: 'SQL may read files outside the lake, too; it never writes any', group: 'SQL:' }),
} satisfies Options

type SqlWords = Pick<Values<typeof SQL_OPTIONS>, 'sql' | 'sqlFile' | 'interactive'>

/** Flags that ask in a way of their own, so that no other question can stand beside them. */
const ALONE = ['sql', 'sqlFile', 'interactive', 'ddl'] as const

/**
 * @param preset flags of a preset, which SQL is asked instead of
 * @throws TwdwError E_USAGE for two questions at once, and for words about SQL where there is none
 */
export function refuseOtherQuestions(
  plan: SqlWords & { ddl: string | undefined },
  argv: SettingLayers['argv'],
  preset: readonly string[],
): void {
  const alone = ALONE.find(key => isGiven(plan[key]))
  if (alone === undefined) {
    if (argv['allow-files'] !== true) return
    throw new TwdwError('E_USAGE', '--allow-files is about SQL, and there is none', {
      hint: 'give --sql or leave it out',
    })
  }
  const others = [...preset, 'explain', ...ALONE.filter(key => key !== alone).map(flagName)]
  const given = others.filter(flag => isGiven(argv[flag]))
  if (given.length > 0) {
    throw new TwdwError(
      'E_USAGE',
      `--${flagName(alone)} stands alone, and --${given.join(', --')} cannot be added to it`,
      {
        hint: alone === 'sql' || alone === 'sqlFile' ? 'write it into the SQL' : 'leave it out',
      },
    )
  }
  if (plan.interactive && isGiven(argv.output)) {
    throw new TwdwError('E_USAGE', '--output is for one answer, and a shell gives many', {
      hint: 'write .once FILE in the shell, before a statement',
    })
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false
}
