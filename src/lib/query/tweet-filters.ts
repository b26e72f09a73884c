/** Words that say which tweets a question is about; the same for every command that asks one. */
import { parseKind, parseUser, parseWallTime, TWEET_KINDS } from '../domain/question/preset.ts'
import { flag, list, type Options, word } from '../settings.ts'

const group = 'Which tweets:'

export const TWEET_FILTERS = {
  from: word(parseWallTime, {
    describe: "First day or hour, in the lake's time zone: 2019-02-16 or 2019-02-16T23",
    group,
  }),
  to: word(parseWallTime, { describe: 'Day or hour before which to stop', group }),
  lang: list(parseLang, { describe: 'Languages as X writes them, e.g. pt,en', group }),
  kind: list(parseKind, { describe: `One or more of ${TWEET_KINDS.join(', ')}`, completes: TWEET_KINDS, group }),
  user: list(parseUser, { describe: 'Authors, as @name or id', group }),
} satisfies Options

export const BATCH_ONLY = {
  batchOnly: flag({
    describe: 'Leave out hours not consolidated yet, or being consolidated again just now, and the journal',
    group,
  }),
} satisfies Options

/** X writes `pt` and `zh-CN`, people write as they like. */
function parseLang(text: string): string {
  return text.toLowerCase()
}
