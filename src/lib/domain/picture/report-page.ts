/**
 * A report on a hashtag as a page, for somebody who knows nothing of lakes: what was said, when, by whom and beside
 * what, how much of it was heard, and at the end how every number was come by.
 */

import { minutesText } from '../answer/coverage-text.ts'
import { answerNotes } from '../answer/notes.ts'
import { cellsFromTexts } from '../answer/plain-cells.ts'
import { instantToLocalText, offsetsByDay } from '../question/local-time.ts'
import { presetTitle, questionToCommand, reportToCommand } from '../question/question-words.ts'
import { lengthMs } from '../time-spans.ts'
import { counted, spanText } from '../wording.ts'
import { madeText } from './answer-page.ts'
import { escapeHtml, numberText } from './html.ts'
import { tableToHtml } from './html-table.ts'
import { coveredShare, type Listening, listeningByDay, listeningOf, shareText } from './listening.ts'
import { bdi, code, definitions, figure, pageToHtml } from './page.ts'
import type { Drawing } from './picture.ts'
import { hashtagsChart, hashtagsNetwork, sharesChart, volumeChart, weekChart } from './report-charts.ts'
import { cell, type PartName, type ReportPart, rowsOf, type TagReport } from './tag-report.ts'

/** Where and with what a report was made. */
export interface ReportOrigin {
  lake: string
  version: string
  madeAtMs: number
}

const PART_TITLES: Readonly<Record<PartName, string>> = {
  bounds: 'Tweets, first and last',
  volume: 'Volume over time',
  kinds: 'Kinds of tweets',
  langs: 'Languages',
  langNames: 'Names of languages',
  authors: 'Authors',
  hashtags: 'Other hashtags',
  pairs: 'Hashtags with each other',
  hours: 'Busiest hours',
  week: 'Hours of the week',
}
const MAX_GAPS = 20

/** @param script text of src/browser/page.ts, as it was bundled */
export function reportToPage(report: TagReport, origin: ReportOrigin, script: string): string {
  const drawings: Drawing[] = []
  /** A drawing takes its number from its place on the page. */
  const draw = (drawing: Drawing, about: string) => figure(drawing, drawings.push(drawing) - 1, about)
  const listening = listeningOf(report.coverage.rules)
  const body = [
    headline(report, listening),
    volumeSection(report, listening, draw),
    `<div class="pair">\n${kindsSection(report, draw)}${languagesSection(report, draw)}</div>\n`,
    authorsSection(report),
    hashtagsSection(report, draw),
    `<div class="pair">\n${weekSection(report, draw)}${hoursSection(report)}</div>\n`,
    coverageSection(report, listening),
    provenance(report, origin),
  ]
  return pageToHtml({
    title: presetTitle(report.about),
    subtitles: [rangeText(report), ...answerNotes(report.facts).slice(1)],
    body: body.join(''),
    drawings,
    script,
  })
}

type Draw = (drawing: Drawing, about: string) => string

/** What was asked for, where that is known, and what was found. */
function rangeText({ facts, parts }: TagReport): string {
  const { fromMs, toMs } = facts.span
  const offsetAt = offsetsByDay(facts.zone.clock)
  const textOf = (ms: number) => plainTime(instantToLocalText(ms, offsetAt))
  const asked = [
    ...(fromMs === undefined ? [] : [`from ${textOf(fromMs)}`]),
    ...(toMs === undefined ? [] : [`to ${textOf(toMs)}`]),
  ]
  const [first = '', last = ''] = ['first_at', 'last_at'].map(name => plainTime(cell(parts.bounds, name) ?? ''))
  return [...(asked.length > 0 ? [asked.join(' ')] : []), `first tweet ${first}, last ${last}`, facts.zone.name].join(
    ' · ',
  )
}

/** `2024-01-01 23:00`: the zone is said once. */
function plainTime(text: string): string {
  return text.slice(0, 16).replace('T', ' ')
}

function headline({ totals, parts }: TagReport, listening: Listening): string {
  const retweets = rowsOf(parts.kinds, text => (text('kind') === 'retweet' ? Number(text('tweets')) : 0))
  const share = retweets.reduce((sum, tweets) => sum + tweets, 0) / totals.tweets
  const covered = coveredShare(listening)
  const facts: (readonly [term: string, text: string])[] = [
    ['tweets', numberText(totals.tweets)],
    ['authors', numberText(Number(totals.authors))],
    [
      'reach: followers of all authors',
      Number(totals.reach).toLocaleString('en-US', reachDigits(Number(totals.reach))),
    ],
    ['are retweets', shareText(share)],
    ...(covered === undefined ? [] : [['of the time listened to', shareText(covered)] as const]),
  ]
  return `<dl class="facts">\n${facts.map(([term, text]) => `<div><dt>${term}</dt><dd>${escapeHtml(text)}</dd></div>\n`).join('')}</dl>\n`
}

/** Followers are counted twice where they follow two authors: more than three figures would say too much. */
function reachDigits(reach: number): Intl.NumberFormatOptions {
  return reach < 1_000_000 ? {} : { notation: 'compact', maximumSignificantDigits: 3 }
}

function section(title: string, about: string, content: string): string {
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${about === '' ? '' : `<p class="note">${escapeHtml(about)}</p>\n`}${content}</section>\n`
}

function numbers(part: ReportPart, label: string): string {
  return `<details><summary>Numbers</summary>\n${tableToHtml(part.columns, part.rows, { label, grouped: ['tweets'] })}</details>\n`
}

function volumeSection(report: TagReport, listening: Listening, draw: Draw): string {
  const part = report.parts.volume
  const unit = part.preset?.by[0] ?? 'hour'
  const chart = draw(volumeChart(report, listening.missing, report.facts.zone), `tweets by ${unit}`)
  const covered = coveredShare(listening)
  const about = covered === undefined ? '' : ` ${shareText(covered)} of the time was listened to.`
  return section(
    PART_TITLES.volume,
    `Tweets in each ${unit}, local time.${about}`,
    chart + numbers(part, PART_TITLES.volume),
  )
}

function kindsSection({ parts }: TagReport, draw: Draw): string {
  const chart = draw(
    sharesChart(parts.kinds, text => text('kind') ?? 'unknown'),
    'tweets by kind',
  )
  return section(PART_TITLES.kinds, '', chart + numbers(parts.kinds, PART_TITLES.kinds))
}

function languagesSection({ parts }: TagReport, draw: Draw): string {
  const names = new Map(rowsOf(parts.langNames, text => [text('lang'), text('name')]))
  const nameOf = (lang: string | null) => (lang === null ? 'unknown' : (names.get(lang) ?? lang))
  const chart = draw(
    sharesChart(parts.langs, text => nameOf(text('lang'))),
    'tweets by language',
  )
  return section(PART_TITLES.langs, 'As X recognises them.', chart + numbers(parts.langs, PART_TITLES.langs))
}

function authorsSection({ parts }: TagReport): string {
  const { authors } = parts
  const columns = cellsFromTexts(
    ['author', 'name', 'tweets', 'followers'],
    ['tweets', 'followers'],
    rowsOf(authors, text => [text('username') ?? text('user_id'), text('name'), text('tweets'), text('followers')]),
  )
  const ids = rowsOf(authors, text => ({ id: text('user_id') ?? '', username: text('username') }))
  const cellOf = (name: string, row: number) => {
    const { id, username } = ids[row]!
    if (name !== 'author') return undefined
    return `<a href="https://x.com/i/user/${encodeURIComponent(id)}">${bdi(username === null ? id : `@${username}`)}</a>`
  }
  const table = tableToHtml(columns, authors.rows, {
    label: PART_TITLES.authors,
    grouped: ['tweets', 'followers'],
    cellOf,
  })
  return section(PART_TITLES.authors, 'Who wrote most. Followers: the most that were seen in this time.', table)
}

function hashtagsSection(report: TagReport, draw: Draw): string {
  const { hashtags, pairs } = report.parts
  if (hashtags.rows === 0) return section(PART_TITLES.hashtags, 'No tweet has another hashtag.', '')
  const ranking = draw(hashtagsChart(report), 'other hashtags by tweets')
  const network = draw(hashtagsNetwork(report), 'hashtags that stand in the same tweets')
  const content = `<div class="pair">\n<div>${ranking}${numbers(hashtags, PART_TITLES.hashtags)}</div>
<div>${network}${pairs.rows > 0 ? numbers(pairs, PART_TITLES.pairs) : ''}</div>\n</div>\n`
  return section(
    PART_TITLES.hashtags,
    'In how many of the tweets another hashtag stands; a line joins two that stand in the same tweets, the wider the more.',
    content,
  )
}

function weekSection(report: TagReport, draw: Draw): string {
  const { week } = report.parts
  const chart = draw(weekChart(report), 'tweets by weekday and hour of the day')
  return section(PART_TITLES.week, 'All weeks together, local time.', chart + numbers(week, PART_TITLES.week))
}

function hoursSection({ parts }: TagReport): string {
  const columns = cellsFromTexts(
    ['hour', 'tweets'],
    ['tweets'],
    rowsOf(parts.hours, text => [plainTime(text('hour') ?? ''), text('tweets')]),
  )
  return section(
    PART_TITLES.hours,
    'From its beginning, local time.',
    tableToHtml(columns, parts.hours.rows, { label: PART_TITLES.hours, grouped: ['tweets'] }),
  )
}

function coverageSection({ coverage, range, facts, about }: TagReport, listening: Listening): string {
  const title = 'Coverage'
  const days = listeningByDay(listening, range, facts.zone)
  if (days.length === 0) {
    return section(
      title,
      'No listening is on record for this time: the tweets are from files, or made up, and what is missing is not known.',
      '',
    )
  }
  const rows = days.map(day => [
    day.day,
    minutesText(lengthMs(day.heard)),
    minutesText(lengthMs(day.filled)),
    minutesText(lengthMs(day.missing)),
    shareText(coveredShare(day) ?? 0),
  ])
  const names = ['day', 'minutes heard', 'filled by search', 'missing', 'covered']
  const table = tableToHtml(cellsFromTexts(names, names.slice(1), rows), rows.length, { label: title })
  const whose = coverage.isOfTag ? `#${about.tags[0]}` : 'any rule of the lake'
  return section(
    title,
    `Minutes in which ${whose} was listened to. What X's search filled has no retweets.`,
    table + gapsList(listening, facts),
  )
}

function gapsList({ missing }: Listening, { zone }: TagReport['facts']): string {
  if (missing.length === 0) return '<p>Nothing is missing.</p>\n'
  const offsetAt = offsetsByDay(zone.clock)
  const longest = missing.toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs)).slice(0, MAX_GAPS)
  const rows = longest.map(({ fromMs, toMs }) => [
    ...[fromMs, toMs].map(ms => plainTime(instantToLocalText(ms, offsetAt))),
    spanText(toMs - fromMs),
  ])
  const table = tableToHtml(cellsFromTexts(['from', 'to', 'for'], [], rows), rows.length, { label: 'Gaps' })
  const rest = missing.length > MAX_GAPS ? ` The ${MAX_GAPS} longest:` : ''
  return `<details><summary>${counted(missing.length, 'gap')}, ${escapeHtml(spanText(lengthMs(missing)))} together.${rest}</summary>\n${table}</details>\n`
}

function provenance(report: TagReport, { lake, version, madeAtMs }: ReportOrigin): string {
  const { about, facts, parts } = report
  const more = [...(facts.batchOnly ? ['--batch-only'] : []), '--lake', lake]
  const asked = Object.entries(parts).map(([name, { sql, preset }]) => {
    const shown = preset === undefined ? `${sql};` : `${questionToCommand({ preset }, more)}\n\n${sql};`
    return `<details><summary>${PART_TITLES[name as PartName]}</summary>\n${code(shown)}</details>\n`
  })
  return `<section>
<h2>How this was made</h2>
${definitions([
  ['Command', reportToCommand(about, more), 'code'],
  ['Lake', lake],
  ['Time zone', facts.zone.name],
  ['Made', madeText({ madeAtMs, facts })],
  ['With', `twdw ${version}`],
])}<p class="note">All numbers are of one state of the lake. An edited tweet counts once an hour, as it was last. Reach adds up the followers of the authors, and counts who follows two of them twice.</p>
<details><summary>Every question, as it was asked</summary>
${asked.join('')}</details>
</section>
`
}
