/** One preset: asked, filled with what is zero and what is not known, and laid out as its words say. */
import type { Table } from 'apache-arrow'
import type { AnswerFacts } from '../domain/answer/notes.ts'
import { type Covered, everIn, unheardMs } from '../domain/question/covered.ts'
import { toRunningTotals } from '../domain/question/cumulative.ts'
import type { Zone } from '../domain/question/local-time.ts'
import { pivotTable } from '../domain/question/pivot.ts'
import { CALENDAR, isTimeColumn, type Preset, presetBefore, type Span } from '../domain/question/preset.ts'
import { type PresetSql, presetToSql } from '../domain/question/preset-sql.ts'
import { compareAnswers, type Previous, previousOf } from '../domain/question/previous.ts'
import { type Filling, fillSeries } from '../domain/question/series.ts'
import { clip, type TimeSpan } from '../domain/time-spans.ts'
import { counted } from '../domain/wording.ts'

/** A preset and the time that it is about. */
export interface PresetPlan {
  preset: Preset
  span: Span
  /** to be compared with */
  previous: Previous | undefined
  zone: Zone
}

export interface PresetPorts {
  ask(statement: PresetSql): Promise<Table>
  /** asked only where there is a time among the columns, or another span */
  readCovered(): Promise<Covered>
  nowMs(): number
}

export interface PresetAnswer {
  /** what SQL found, before anything was done to it */
  found: Table
  table: Table
  facts: Pick<AnswerFacts, 'unheardMs' | 'previous'>
}

/** @throws TwdwError E_USAGE where a span has nothing before it that it could be compared with */
export function previousOfPreset(preset: Preset, { fromMs, toMs }: Span, zone: Zone): Previous | undefined {
  if (preset.compare === undefined || fromMs === undefined || toMs === undefined) return undefined
  return previousOf(preset, { fromMs, toMs }, zone)
}

/** @throws TwdwError E_USAGE for an answer that is too large, E_LAKE, E_INTERRUPTED */
export async function answerPreset(plan: PresetPlan, ports: PresetPorts): Promise<PresetAnswer> {
  const { preset, span, previous, zone } = plan
  const found = await ports.ask(presetToSql(preset, span))
  const isOfTime = preset.by.some(isTimeColumn) || previous !== undefined
  const covered = isOfTime ? await ports.readCovered() : undefined
  const { table, left } =
    previous === undefined
      ? { table: fillAndAdd(found, plan, { covered: covered?.known }), left: 0 }
      : await compareWith(previous, found, plan, { ask: ports.ask, known: covered!.known })
  const about = { fromMs: previous?.span.fromMs ?? span.fromMs, toMs: span.toMs }
  return {
    found,
    table: preset.pivot === undefined ? table : pivotTable(table, preset, zone),
    facts: {
      unheardMs: covered === undefined ? 0 : unheardMsOf(covered, preset, about, ports.nowMs()),
      previous: previous && { ...previous, left: left === 0 ? '' : counted(left, unitOf(preset)) },
    },
  }
}

function fillAndAdd(found: Table, { preset, span, zone }: PresetPlan, filling: Filling): Table {
  const filled = fillSeries(found, preset, span, zone, filling)
  return preset.cumulative ? toRunningTotals(filled, preset, zone) : filled
}

async function compareWith(
  previous: Previous,
  found: Table,
  plan: PresetPlan,
  { ask, known }: Pick<PresetPorts, 'ask'> & { known: Covered['known'] },
): Promise<{ table: Table; left: number }> {
  const { preset, span, zone } = plan
  const before: PresetPlan = { ...plan, preset: presetBefore(preset), span: previous.span }
  const foundBefore = await ask(presetToSql(before.preset, previous.span))
  const filled = fillAndAdd(found, plan, {
    covered: known,
    beside: preset.top === undefined ? foundBefore : undefined,
  })
  const filledBefore = fillAndAdd(foundBefore, before, { covered: known, beside: found })
  const onlyTag = preset.tags.length === 1 ? preset.tags[0] : undefined
  const isKnownIn = (within: TimeSpan) => (tag: string | undefined) => clip(known(tag ?? onlyTag), within).length > 0
  const spanMs = everIn(span)
  return compareAnswers({
    preset,
    now: { table: filled, span: spanMs, isKnown: isKnownIn(spanMs) },
    before: { table: filledBefore, span: previous.span, isKnown: isKnownIn(previous.span) },
    zone,
  })
}

function unitOf({ by }: Preset): string {
  return CALENDAR.find(time => by.includes(time)) ?? 'row'
}

/** Of an open side that is asked about which the lake has. */
function unheardMsOf({ heard }: Covered, { tags, allTags }: Preset, { fromMs, toMs }: Span, nowMs: number): number {
  const any = heard(undefined)
  const [first, last] = [any[0], any.at(-1)]
  if (first === undefined || last === undefined) return 0
  return unheardMs(heard, allTags ? [] : tags, { fromMs: fromMs ?? first.fromMs, toMs: toMs ?? last.toMs }, nowMs)
}
