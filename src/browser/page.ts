/**
 * The window: what of twdw runs in a page that somebody opens, and, without a page, draws a chart as SVG.
 *
 * One file of it is in the executable. A page carries it as text; for an SVG the executable itself loads it. It asks
 * nothing of the network, and shows text of tweets as text only.
 */
import { heightOf, optionOf } from '../lib/domain/picture/echarts-option.ts'
import { escapeHtml } from '../lib/domain/picture/html.ts'
import type { Look } from '../lib/domain/picture/option-parts.ts'
import type { Drawing } from '../lib/domain/picture/picture.ts'
import { DARK, FONT, LIGHT, PLAIN_FONT } from '../lib/domain/picture/theme.ts'
import { init } from './charts.ts'
import { makeSortable } from './sorting.ts'

/** What stands around a chart that has no page around it. */
export interface SvgTexts {
  title: string
  /** lines below the title */
  subtitles: readonly string[]
  /** lines below the chart */
  captions: readonly string[]
}

const SVG_PX = 960
const LINE_PX = 18
const MARGIN_PX = 20

/** @returns an SVG document; the same drawing gives the same text */
export function drawSvg(drawing: Drawing, { title, subtitles, captions }: SvgTexts): string {
  const topPx = MARGIN_PX + 26 + LINE_PX * subtitles.length + 6
  const bottomPx = MARGIN_PX + LINE_PX * captions.length
  const look: Look = {
    theme: LIGHT,
    font: PLAIN_FONT,
    width: SVG_PX,
    leftPx: MARGIN_PX,
    topPx,
    bottomPx,
    isInteractive: false,
  }
  const height = topPx + heightOf(drawing) + bottomPx
  const option = optionOf(drawing, look) as { title?: object[]; grid?: unknown }
  const line = (text: string, top: number, style: object) => ({
    text,
    left: MARGIN_PX,
    top,
    padding: 0,
    textStyle: { fontFamily: PLAIN_FONT, fontWeight: 400, fontSize: 13, color: LIGHT.muted, ...style },
  })
  const titles = [
    line(title, MARGIN_PX, { fontSize: 18, fontWeight: 600, color: LIGHT.ink }),
    ...subtitles.map((text, i) => line(text, MARGIN_PX + 28 + i * LINE_PX, {})),
    ...captions.map((text, i) => line(text, height - MARGIN_PX - (captions.length - i) * LINE_PX + 6, {})),
  ]
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: SVG_PX, height })
  try {
    chart.setOption({ ...option, backgroundColor: LIGHT.ground, title: [...(option.title ?? []), ...titles] })
    return `${named(plain(chart.renderToSVGString()), title)}\n`
  } finally {
    chart.dispose()
  }
}

/** Without what is for pointing at it: names of classes that count the charts of this process, and their styles. */
function plain(svg: string): string {
  return svg
    .replace(/<style[^>]*>[\s\S]*?<\/style>\s*/g, '')
    .replace(/ class="zr\d+-cls-\d+"| pointer-events="visible"/g, '')
    .replace(/(id="|url\(#)zr\d+-/g, '$1')
}

function named(svg: string, title: string): string {
  return svg.replace(/^<svg ([^>]*)>/, (_, about) => `<svg role="img" ${about}>\n<title>${escapeHtml(title)}</title>`)
}

function mountPage(): void {
  const drawings: Drawing[] = JSON.parse(document.getElementById('drawings')?.textContent ?? '[]')
  const dark = matchMedia('(prefers-color-scheme: dark)')
  // before those of the charts, which take their widths from what is then laid out
  addEventListener('beforeprint', () => document.documentElement.classList.add('paper'))
  addEventListener('afterprint', () => document.documentElement.classList.remove('paper'))
  for (const element of document.querySelectorAll<HTMLElement>('[data-drawing]')) {
    const drawing = drawings[Number(element.dataset.drawing)]
    if (drawing !== undefined) mountChart(element, drawing, dark)
  }
  for (const table of document.querySelectorAll<HTMLTableElement>('table.sortable')) makeSortable(table)
}

function mountChart(element: HTMLElement, drawing: Drawing, dark: MediaQueryList): void {
  const chart = init(element, null, { renderer: 'svg' })
  let isPrinted = false
  const draw = () => {
    const look: Look = {
      theme: dark.matches && !isPrinted ? DARK : LIGHT,
      font: FONT,
      width: element.clientWidth,
      leftPx: 0,
      topPx: 0,
      bottomPx: 0,
      isInteractive: true,
    }
    chart.setOption(optionOf(drawing, look), { notMerge: true })
  }
  draw()
  dark.addEventListener('change', draw)
  const refit = () => {
    chart.resize()
    draw()
  }
  let width = element.clientWidth
  new ResizeObserver(() => {
    if (element.clientWidth === width) return
    width = element.clientWidth
    refit()
  }).observe(element)
  // paper is light
  const printing = (isNow: boolean) => () => {
    isPrinted = isNow
    refit()
  }
  addEventListener('beforeprint', printing(true))
  addEventListener('afterprint', printing(false))
}

// the executable has no document: it loads this file for `drawSvg`
if (typeof document !== 'undefined') mountPage()
