/** A chart as the text of an SVG, by ECharts without a browser. The same chart gives the same text. */
import { init } from '../src/browser/charts.ts'
import { escapeHtml } from '../src/lib/domain/picture/html.ts'
import type { Theme } from '../src/lib/domain/picture/theme.ts'
import { CHART_WIDTH, type Chart, chartHeight, chartOption } from './chart.ts'

export function drawChart(chart: Chart, theme: Theme): string {
  const drawn = init(null, null, { renderer: 'svg', ssr: true, width: CHART_WIDTH, height: chartHeight(chart) })
  try {
    drawn.setOption(chartOption(chart, theme))
    const title = `<title>${escapeHtml(chart.title)}</title>`
    return `${uncounted(drawn.renderToSVGString()).replace(/^<svg ([^>]*)>/, (_, about) => `<svg role="img" ${about}>\n${title}`)}\n`
  } finally {
    drawn.dispose()
  }
}

/** Without what is for pointing at it, and with names that do not count the charts of this process. */
function uncounted(svg: string): string {
  return svg
    .replace(/<style[^>]*>[\s\S]*?<\/style>\s*/g, '')
    .replace(/ class="zr\d+-cls-\d+"| pointer-events="visible"/g, '')
    .replace(/(id="|url\(#)zr\d+-/g, '$1')
}
