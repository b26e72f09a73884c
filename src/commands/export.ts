/** `twdw export --ids`: ids of tweets for others, who have X give them the tweets that are still there. */
import { resolve } from 'node:path'
import type { CommandModule } from 'yargs'
import { COUNT_ALL, parseAskedTag } from '../lib/domain/question/preset.ts'
import { counted } from '../lib/domain/wording.ts'
import { TwdwError } from '../lib/errors.ts'
import { type CommonPorts, openAnswerPorts, openCommonPorts } from '../lib/io/ports.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { COMMON_OPTIONS } from '../lib/plans.ts'
import { BATCH_ONLY, TWEET_FILTERS } from '../lib/query/tweet-filters.ts'
import {
  flag,
  list,
  type Options,
  parseText,
  readSettings,
  type SettingLayers,
  type Values,
  word,
  yargsOptions,
} from '../lib/settings.ts'

export const EXPORT_OPTIONS = {
  ids: flag({ describe: "Ids of tweets, one a line: what X's terms allow to be shared" }),
  tag: list(parseAskedTag, {
    describe: 'Only with this hashtag, in any spelling; repeat it for more',
    completes: 'tags',
    group: 'Which tweets:',
  }),
  ...TWEET_FILTERS,
  ...BATCH_ONLY,
  output: word(parseText, { describe: 'Write a file, whole or not at all', completes: 'files' }),
  ...COMMON_OPTIONS,
} satisfies Options

export function exportCommand(street: Street): CommandModule {
  return {
    command: 'export',
    describe: 'Write the ids of tweets, for sharing',
    builder: yargs =>
      yargs
        .options(yargsOptions(EXPORT_OPTIONS))
        .example('$0 export --ids --tag covid19 --output covid19.txt', 'every tweet that a query for the tag counts')
        .example('$0 export --ids --from 2024-01-01 --to 2024-02-01', 'of a month')
        .epilogue('Exit status: 0 done · 2 usage · 3 refused by S3 · 5 lake unreachable or damaged · 130 interrupted'),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = exportPlan({ argv, env: street.env, files, command: 'export' })
      const ports = openCommonPorts(plan, street, 'twdw export')
      const { printPieces, writeAnswer } = await import('../lib/io/print.ts')
      const pieces = await exportIds(plan, ports, street).finally(() => ports.log.close())
      if (plan.output === undefined) await printPieces(street.stdout, pieces)
      else await writeAnswer(resolve(street.cwd, plan.output), pieces, ports.lake.url)
    },
  }
}

/** @throws TwdwError E_USAGE */
function exportPlan(layers: SettingLayers): Values<typeof EXPORT_OPTIONS> {
  const plan = readSettings(EXPORT_OPTIONS, layers)
  if (plan.ids) return plan
  throw new TwdwError('E_USAGE', 'it is not said what to export', {
    hint: "write twdw export --ids: ids are what X's terms allow to be shared; for yourself twdw query --sql has all columns",
  })
}

async function exportIds(
  plan: Values<typeof EXPORT_OPTIONS>,
  common: CommonPorts,
  street: Street,
): Promise<Iterable<string>> {
  const [{ query }, { readLiveSegments }, { idsToText }, { whyNothing }, ports] = await Promise.all([
    import('../lib/query/query.ts'),
    import('../lib/listen/live.ts'),
    import('../lib/domain/answer/ids-text.ts'),
    import('../lib/domain/answer/notes.ts'),
    openAnswerPorts(common, street),
  ])
  const { tag, from, to, lang, kind, user, batchOnly } = plan
  const idsOf = { ...COUNT_ALL, tags: [...new Set(tag)], from, to, langs: lang, kinds: kind, users: user }
  const queryPorts = { ...ports, liveSegments: () => readLiveSegments(ports.journal) }
  const { table, facts } = await query({ question: { idsOf }, batchOnly }, queryPorts, street.stopSignal)
  common.log.info(counted(table.numRows, 'id'))
  for (const sentence of whyNothing(facts)) common.log.info(sentence)
  return idsToText(table, plan.json)
}
