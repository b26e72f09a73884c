/** `twdw report`: what the lake knows of a hashtag, as one page to hand on. */
import { resolve } from 'node:path'
import type { CommandModule } from 'yargs'
import { COUNT_ALL, parseAskedTag } from '../lib/domain/question/preset.ts'
import { bytesText, counted } from '../lib/domain/wording.ts'
import { TwdwError } from '../lib/errors.ts'
import { type CommonPorts, openAnswerPorts, openCommonPorts } from '../lib/io/ports.ts'
import { readSettingsFiles } from '../lib/io/settings-files.ts'
import type { Street } from '../lib/io/street.ts'
import { COMMON_OPTIONS } from '../lib/plans.ts'
import { BATCH_ONLY, TWEET_FILTERS } from '../lib/query/tweet-filters.ts'
import { type Options, parseText, readSettings, type SettingLayers, word, yargsOptions } from '../lib/settings.ts'

export const REPORT_OPTIONS = {
  tag: word(parseAskedTag, {
    describe: 'Hashtag, in any spelling, with or without #',
    completes: 'tags',
    positional: true,
  }),
  ...TWEET_FILTERS,
  ...BATCH_ONLY,
  output: word(parseText, { describe: 'Write a file, whole or not at all, e.g. report.html', completes: 'files' }),
  ...COMMON_OPTIONS,
} satisfies Options

export function reportCommand(street: Street): CommandModule {
  return {
    command: 'report [tag]',
    describe: 'Make a page about a hashtag: volume, languages, authors, other hashtags, coverage',
    builder: yargs =>
      yargs
        .positional('tag', { describe: REPORT_OPTIONS.tag.describe, type: 'string' })
        .options(yargsOptions(REPORT_OPTIONS))
        .example('$0 report covid19 --from 2024-01-01 --to 2024-02-01 --output report.html', 'a month, in one file')
        .epilogue(
          'Exit status: 0 done, also when there is nothing to report · 2 usage · 3 refused by S3 · 5 lake unreachable or damaged · 130 interrupted',
        ),
    async handler(argv) {
      const files = await readSettingsFiles(street)
      const plan = reportPlan({ argv, env: street.env, files, command: 'report' }, street)
      const ports = openCommonPorts(plan, street, 'twdw report')
      const { printPieces, writeAnswer } = await import('../lib/io/print.ts')
      try {
        const page = await makePage(plan, ports, street)
        if (page === undefined) return
        if (plan.output === undefined) await printPieces(street.stdout, [page.text])
        else await writeAnswer(resolve(street.cwd, plan.output), [page.text], ports.lake.url)
        ports.log.info(`${plan.output ?? 'a page'}: ${counted(page.tweets, 'tweet')}, ${bytesText(page.text.length)}`)
      } finally {
        ports.log.close()
      }
    },
  }
}

type ReportCommandPlan = ReturnType<typeof reportPlan>

/** @throws TwdwError E_USAGE */
function reportPlan(layers: SettingLayers, street: Pick<Street, 'stdout'>) {
  const { tag, ...plan } = readSettings(REPORT_OPTIONS, layers)
  if (tag === undefined) {
    throw new TwdwError('E_USAGE', 'it is not said on which hashtag to report', {
      hint: 'write twdw report covid19 --output report.html',
    })
  }
  if (plan.output === undefined && street.stdout.isTerminal) {
    throw new TwdwError('E_USAGE', 'a report is a page, and a terminal shows text', {
      hint: 'write it to a file: --output report.html',
    })
  }
  if (plan.output !== undefined && /\.(?!html?$)[a-z]{2,5}$/i.test(plan.output)) {
    throw new TwdwError('E_USAGE', `a report is a page of HTML, and ${plan.output} is the name of something else`, {
      hint: 'write it to a file that ends in .html; a browser prints it as PDF',
    })
  }
  return { ...plan, tag }
}

/** @returns undefined where there is nothing to report, which is told */
async function makePage(plan: ReportCommandPlan, common: CommonPorts, street: Street) {
  const [{ report }, { reportToPage }, { query }, { readLiveSegments }, { charts }, ports] = await Promise.all([
    import('../lib/report/report.ts'),
    import('../lib/domain/picture/report-page.ts'),
    import('../lib/query/query.ts'),
    import('../lib/listen/live.ts'),
    import('../lib/io/charts.ts'),
    openAnswerPorts(common, street),
  ])
  const { tag, from, to, lang, kind, user, batchOnly, output } = plan
  const about = { tags: [tag], from, to, langs: lang, kinds: kind, users: user }
  const queryPorts = { ...ports, liveSegments: () => readLiveSegments(ports.journal) }
  const made = await report({ about, batchOnly }, queryPorts, street.stopSignal)
  if (made !== undefined) {
    const origin = { lake: common.lake.url, version: street.version, madeAtMs: common.clock.nowMs() }
    return { tweets: made.totals.tweets, text: reportToPage(made, origin, await charts.pageScript()) }
  }
  const question = { preset: { ...COUNT_ALL, ...about } }
  const { facts } = await query({ question, batchOnly }, queryPorts, street.stopSignal)
  common.log.warn(`nothing to report, so ${output ?? 'nothing'} is not written: ${facts.emptyBecause}`)
  return undefined
}
