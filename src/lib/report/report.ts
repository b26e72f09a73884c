/** A report on a hashtag: all its questions, asked of one state of the lake, and what was listened to in its time. */
import type { Table } from 'apache-arrow'
import { type CoveragePorts, readCoverage } from '../coverage.ts'
import { columnsOf } from '../domain/answer/formats.ts'
import { HOUR_MS } from '../domain/hour.ts'
import { cell, type PartName, type ReportPart, rowsOf, type TagReport } from '../domain/picture/tag-report.ts'
import { COUNT_ALL, type Preset, type Span } from '../domain/question/preset.ts'
import { type PresetSql, presetToSql } from '../domain/question/preset-sql.ts'
import { authorsSql, boundsSql, LANGUAGE_NAMES_SQL, pairsSql } from '../domain/question/report-sql.ts'
import type { TimeSpan } from '../domain/time-spans.ts'
import { DAY_MS } from '../domain/time-zone.ts'
import { type Asking, askTogether } from '../query/query.ts'
import type { QueryPorts } from '../query/sql-session.ts'

export interface ReportPlan {
  /** with one tag */
  about: Pick<Preset, 'tags' | 'from' | 'to' | 'langs' | 'kinds' | 'users'>
  batchOnly: boolean
}

export type ReportPorts = QueryPorts & CoveragePorts

/** Longer spans are counted by days. */
const MAX_HOURLY_MS = 14 * DAY_MS
const TOP_AUTHORS = 15
const TOP_HASHTAGS = 20
/** as many as a small picture of them can show */
const LINKED_HASHTAGS = 14
const TOP_HOURS = 10

/** @returns undefined where no tweet is found. @throws TwdwError as `query` does */
export async function report(
  { about, batchOnly }: ReportPlan,
  ports: ReportPorts,
  signal: AbortSignal,
): Promise<TagReport | undefined> {
  const preset: Preset = { ...COUNT_ALL, ...about }
  const asked = await askTogether({ ...about, batchOnly }, ports, signal, asking => askAll(preset, asking))
  if (asked === undefined) return undefined
  const [tag = ''] = about.tags
  const coverage = await readCoverage(asked.range, ports)
  const own = coverage.filter(({ rule }) => rule.name === tag)
  return { ...asked, coverage: { rules: own.length > 0 ? own : coverage, isOfTag: own.length > 0 } }
}

async function askAll(about: Preset, asking: Asking): Promise<Omit<TagReport, 'coverage'> | undefined> {
  const { span } = asking
  const asker = askerOf(asking)
  const bounds = await asker.sql(boundsSql(about, span))
  const tweets = Number(cell(bounds, 'tweets'))
  if (tweets === 0) return undefined
  const facts = asking.factsOf(bounds.table)
  const range = rangeOf(span, bounds.table)
  const total = async (metric: 'authors' | 'reach') => cell(await asker.preset({ ...about, metric }), metric) ?? '0'
  const hashtags = await asker.preset({ ...about, by: ['hashtag'], top: TOP_HASHTAGS })
  const linked = rowsOf(hashtags, text => text('hashtag') ?? '').slice(0, LINKED_HASHTAGS)
  const parts: Record<PartName, ReportPart> = {
    bounds,
    volume: await asker.preset({ ...about, by: [range.toMs - range.fromMs > MAX_HOURLY_MS ? 'day' : 'hour'] }),
    kinds: await asker.preset({ ...about, by: ['kind'] }),
    langs: await asker.preset({ ...about, by: ['lang'] }),
    langNames: await asker.sql(LANGUAGE_NAMES_SQL),
    authors: await asker.sql(authorsSql(about, span, TOP_AUTHORS)),
    hashtags,
    pairs: await asker.sql(pairsSql(about, span, linked.length > 0 ? linked : [...about.tags])),
    hours: await asker.preset({ ...about, by: ['hour'], top: TOP_HOURS }),
    week: await asker.preset({ ...about, by: ['weekday', 'hour-of-day'] }),
  }
  return {
    about,
    facts,
    range,
    totals: { tweets, authors: await total('authors'), reach: await total('reach') },
    parts,
  }
}

function askerOf({ zone, span, ask, askPreset }: Asking) {
  const partOf = (table: Table, sql: string, preset: Preset | undefined) => ({
    table,
    columns: columnsOf(table, zone),
    rows: table.numRows,
    sql,
    preset,
  })
  return {
    sql: async (statement: PresetSql) => partOf(await ask(statement), statement.sql, undefined),
    preset: async (preset: Preset) => partOf(await askPreset(preset), presetToSql(preset, span).sql, preset),
  }
}

/** An open side is where the first tweet's hour begins, or the last one's ends. */
function rangeOf({ fromMs, toMs }: Span, bounds: Table): TimeSpan {
  const msOf = (name: string) => Number(bounds.getChild(name)?.get(0))
  return { fromMs: fromMs ?? msOf('first_hour'), toMs: toMs ?? msOf('last_hour') + HOUR_MS }
}
