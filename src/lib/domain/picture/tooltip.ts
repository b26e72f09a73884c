/** What stands beside a mark that is pointed at: the answer's own text, and of HTML nothing but ours. */
import { escapeHtml, numberText } from './html.ts'
import type { Look } from './option-parts.ts'

/** A value and the texts that belong to it: [x, y, label, text]. */
export type Datum = [x: number | string, y: number | string | null, label: string, text: string]

/** A number with commas where it is one that a JavaScript number holds, else the answer's own text. */
export function shortText(text: string, value: unknown): string {
  return typeof value === 'number' && String(value) === text ? numberText(value) : text
}

/** @param trigger a mark, or all that stand above one another. Nothing where nobody can point */
export function tooltipOf(
  metric: string,
  shown: readonly { name: string }[],
  { theme, font, isInteractive }: Look,
  trigger: 'axis' | 'item',
) {
  if (!isInteractive) return {}
  return {
    tooltip: {
      trigger,
      confine: true,
      backgroundColor: theme.ground,
      borderColor: theme.rule,
      textStyle: { color: theme.ink, fontFamily: font, fontSize: 13 },
      axisPointer: { type: 'line', lineStyle: { color: theme.muted, type: 'dashed' } },
      formatter: (told: Told | readonly Told[]) => tooltipText(metric, shown.length > 1, told),
    },
  }
}

/** What ECharts tells of a mark that is pointed at. */
interface Told {
  seriesName?: string
  name?: string
  marker?: string
  data?: unknown
  dataType?: string
}

function tooltipText(metric: string, isNamed: boolean, told: Told | readonly Told[]): string {
  const all = Array.isArray(told) ? (told as readonly Told[]) : [told as Told]
  if (all[0]?.dataType === 'edge' || all[0]?.dataType === 'node') return networkText(metric, all[0])
  const lines = all.map(({ data, seriesName = '' }) => {
    const [label, text] = textsOf(data)
    const shown = text === 'null' ? 'unknown' : shortText(text, Number(text))
    return {
      label,
      line: `${isNamed ? `${escapeHtml(seriesName)}: ` : ''}<b>${escapeHtml(shown)}</b> ${escapeHtml(metric)}`,
    }
  })
  return [escapeHtml(lines[0]?.label ?? ''), ...lines.map(({ line }) => line)].join('<br>')
}

/** Label and text, which are the last two of every datum. */
function textsOf(data: unknown): [label: string, text: string] {
  const datum = Array.isArray(data) ? data : ((data as { value?: unknown[] } | undefined)?.value ?? [])
  return [String(datum.at(-2) ?? ''), String(datum.at(-1) ?? '')]
}

function networkText(metric: string, { data, dataType }: Told): string {
  const {
    name = '',
    source = '',
    target = '',
    value = 0,
  } = data as Record<'name' | 'source' | 'target', string> & { value: number }
  const what = dataType === 'edge' ? `${source} + ${target}` : name
  return `${escapeHtml(what)}<br><b>${numberText(value)}</b> ${escapeHtml(metric)}`
}
