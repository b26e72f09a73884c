/** The drawings of a report. */
import { pictureOf } from '../answer/drawable.ts'
import { terminalText } from '../answer/text-table.ts'
import type { Zone } from '../question/local-time.ts'
import { offsetsByDay } from '../question/local-time.ts'
import type { TimeSpan } from '../time-spans.ts'
import { numberText } from './html.ts'
import { shareText } from './listening.ts'
import type { ChartPoint, HeatPicture, NetworkPicture, Picture, SeriesPicture } from './picture.ts'
import { type ReportPart, rowsOf, type TagReport } from './tag-report.ts'

/** Tweets over time, with the gaps in listening as they really were, which may be shorter than an hour. */
export function volumeChart({ parts }: TagReport, missing: readonly TimeSpan[], zone: Zone): SeriesPicture {
  const picture = pictureOf(parts.volume.columns, parts.volume.rows, parts.volume.preset, 'line', 'page')
  if (picture.form === 'heatmap') throw new Error('a volume is a series')
  const offsetAt = offsetsByDay(zone.clock)
  const gaps = missing.map(({ fromMs, toMs }) => ({ fromMs: fromMs + offsetAt(fromMs), toMs: toMs + offsetAt(toMs) }))
  return { ...picture, gaps }
}

/** How many of the tweets each has, as a number and a share. */
export function sharesChart(
  part: ReportPart,
  labelOf: (text: (name: string) => string | null) => string,
): SeriesPicture {
  const rows = rowsOf(part, text => ({ label: terminalText(labelOf(text)), value: Number(text('tweets')) }))
  const sum = rows.reduce((sum, { value }) => sum + value, 0)
  return barsOf(
    rows.map(({ label, value }) => ({ label, value, text: `${numberText(value)} (${shareText(value / sum)})` })),
  )
}

/** What else stands in the same tweets, the most frequent first. */
export function hashtagsChart({ parts }: TagReport): SeriesPicture {
  return barsOf(
    rowsOf(parts.hashtags, text => ({
      label: tagText(text('hashtag')),
      value: Number(text('tweets')),
      text: numberText(Number(text('tweets'))),
    })),
  )
}

/** Which of them stand in the same tweets with each other. */
export function hashtagsNetwork({ parts }: TagReport): NetworkPicture {
  const links = rowsOf(parts.pairs, text => ({
    source: tagText(text('hashtag')),
    target: tagText(text('other')),
    value: Number(text('tweets')),
  }))
  const linked = new Set(links.flatMap(({ source, target }) => [source, target]))
  const nodes = rowsOf(parts.hashtags, text => ({ name: tagText(text('hashtag')), value: Number(text('tweets')) }))
  return { form: 'network', metric: 'tweets', nodes: nodes.filter(({ name }) => linked.has(name)), links }
}

export function weekChart({ parts }: TagReport): HeatPicture {
  const picture: Picture = pictureOf(parts.week.columns, parts.week.rows, parts.week.preset, 'heatmap', 'page')
  if (picture.form !== 'heatmap') throw new Error('a week is a heat map')
  return picture
}

/** On one line, and in the direction in which it is written. */
function tagText(tag: string | null): string {
  return terminalText(`#${tag}`)
}

function barsOf(points: readonly ChartPoint[]): SeriesPicture {
  return { form: 'bar', metric: 'tweets', timeUnit: undefined, isTimeline: false, series: [{ name: '', points }] }
}
