/** A question as people write it: as the words of a command line, and as a title. */
import { type ByColumn, isTimeColumn, type Preset, type UserRef } from './preset.ts'

/** Characters that a shell takes for nothing but themselves. */
const PLAIN = /^[\p{L}\p{N}_@%+=:,./-]+$/u

/** A command line that asks the same again. @param more words for behind it */
export function questionToCommand(
  question: { preset: Preset } | { sql: string; readsAllFiles: boolean },
  more: readonly string[] = [],
): string {
  const words =
    'sql' in question
      ? ['--sql', question.sql, ...(question.readsAllFiles ? ['--allow-files'] : [])]
      : presetWords(question.preset)
  return commandLine(['query', ...words, ...more])
}

/** A command line that makes the same report again. @param about with one tag */
export function reportToCommand(about: Preset, more: readonly string[]): string {
  return commandLine(['report', ...about.tags, ...presetWords({ ...about, tags: [] }), ...more])
}

function commandLine(words: readonly string[]): string {
  return ['twdw', ...words].map(shellWord).join(' ')
}

function presetWords(preset: Preset): string[] {
  const option = (flag: string, value: string | number | undefined) =>
    value === undefined ? [] : [flag, String(value)]
  const list = (flag: string, values: readonly string[]) => values.flatMap(value => [flag, value])
  return [
    ...list('--tag', preset.tags),
    ...(preset.allTags ? ['--all-tags'] : []),
    ...list('--by', preset.by),
    ...(preset.metric === 'tweets' ? [] : ['--metric', preset.metric]),
    ...(preset.cumulative ? ['--cumulative'] : []),
    ...option('--compare', preset.compare),
    ...option('--from', preset.from?.text),
    ...option('--to', preset.to?.text),
    ...list('--lang', preset.langs),
    ...list('--kind', preset.kinds),
    ...list('--user', preset.users.map(userText)),
    ...option('--top', preset.top),
    ...option('--order', preset.order),
    ...option('--pivot', preset.pivot),
  ]
}

function shellWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function userText(user: UserRef): string {
  return 'id' in user ? user.id : `@${user.username}`
}

const COLUMN_WORDS: Readonly<Partial<Record<ByColumn, string>>> = {
  'hour-of-day': 'hour of the day',
  lang: 'language',
  user: 'author',
}

/** `Tweets with #covid19 by day and language, in pt`. */
export function presetTitle(preset: Preset): string {
  const { tags, allTags, by, metric, langs, kinds, users, top, cumulative, compare } = preset
  const metricText = `${metric[0]!.toUpperCase()}${metric.slice(1)}`
  const of = ['tweets', 'authors', 'reach'].includes(metric) ? metricText : `${metricText} of tweets`
  const what = allTags ? ' of every hashtag' : tags.length > 0 ? ` with ${tags.map(tag => `#${tag}`).join(', ')}` : ''
  const times = by.filter(isTimeColumn)
  const columns = by.map(column => columnText(column, preset))
  const parts = [
    `${of}${what}${columns.length > 0 ? ` by ${columns.join(' and ')}` : ''}`,
    ...(langs.length > 0 ? [`in ${langs.join(', ')}`] : []),
    ...(kinds.length > 0 ? [`${kinds.join(', ')} only`] : []),
    ...(users.length > 0 ? [`written by ${users.map(userText).join(', ')}`] : []),
    ...(cumulative ? ['added up'] : []),
    ...(compare === undefined ? [] : ['beside the span before']),
    ...(top === undefined ? [] : [`the ${top} greatest${times.length === by.length ? ' only' : ''}`]),
  ]
  return parts.join(', ')
}

function columnText(column: ByColumn, { tags, allTags }: Preset): string {
  if (column === 'hashtag') return tags.length > 0 || allTags ? 'co-occurring hashtag' : 'hashtag'
  return COLUMN_WORDS[column] ?? column
}
