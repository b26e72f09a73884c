import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { answerToPage, type Provenance } from '../../../src/lib/domain/picture/answer-page.ts'
import { pageToHtml } from '../../../src/lib/domain/picture/page.ts'
import { COUNT_ALL } from '../../../src/lib/domain/question/preset.ts'
import { createWallClock } from '../../../src/lib/domain/time-zone.ts'
import { cellsFrom } from '../../support/cells.ts'

const HOSTILE = `</script><script>alert("1")</script>'&\u202e`
const ESCAPED = '&lt;/script&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;\u202e'
const SCRIPT = 'export const a = 1'

const fromOf = (rows: number, question: Provenance['question']): Provenance => ({
  question,
  facts: {
    rows,
    batchHours: 0,
    unheardMs: 0,
    previous: undefined,
    tookMs: undefined,
    liveTweets: undefined,
    unknownTags: [],
    zone: { name: 'America/Sao_Paulo', clock: createWallClock('America/Sao_Paulo') },
    span: { fromMs: undefined, toMs: undefined },
    covered: undefined,
    liveHours: 0,
    leftOutHours: 0,
    emptyBecause: undefined,
    batchOnly: false,
  },
  lake: '/srv/<lake>',
  version: '1.2.3',
  madeAtMs: Date.parse('2024-01-01T12:34:56Z'),
})

describe('answerToPage', () => {
  it('has what people wrote as text, ids with every digit, and where it all comes from', () => {
    const cells = cellsFrom({ user_id: ['9007199254740993', null], name: [HOSTILE, 'b'], tweets: [1234, 5] })
    cells[0] = { ...cells[0]!, isNumeric: true }
    const preset = { ...COUNT_ALL, tags: [HOSTILE.toLowerCase()], by: ['user' as const] }
    const picture = {
      form: 'bar' as const,
      metric: 'tweets',
      timeUnit: undefined,
      isTimeline: false,
      series: [{ name: '', points: [{ label: HOSTILE, text: '1234', value: 1234 }] }],
    }
    const page = answerToPage(cells, picture, fromOf(2, { preset }), SCRIPT)
    expect(page).toContain(
      `<tr><td class="number">9007199254740993</td><td class="text" dir="auto">${ESCAPED}</td><td class="number">1,234</td></tr>`,
    )
    expect(page).toContain('<tr><td class="none number" data-none title="no value">–</td>')
    expect(page).toContain('<td class="number">5</td></tr>')
    expect(page).toContain(`<h1><bdi>Tweets with #${ESCAPED} by author</bdi></h1>`)
    expect(page).toContain('--by user --lake &#39;/srv/&lt;lake&gt;&#39;</pre>')
    expect(page).toContain('FROM agg_hashtag_user_hour')
    expect(page).toContain('<dt>Made</dt><dd><bdi>2024-01-01T09:34-03:00</bdi></dd>')
    expect(page).toContain('<dt>With</dt><dd><bdi>twdw 1.2.3</bdi></dd>')
    // two of ours, and none of theirs
    expect(page.match(/<script/g)).toHaveLength(2)
    expect(page.match(/<\/script/g)).toHaveLength(2)
    const [, data = ''] = /id="drawings">(.*)<\/script>/.exec(page) ?? []
    expect(JSON.parse(data)).toEqual([picture])
  })

  it('has a table only where there is nothing to draw, and of a long answer its beginning', () => {
    const cells = cellsFrom({ text: Array.from({ length: 5001 }, (_, i) => `row ${i}`) })
    const page = answerToPage(cells, undefined, fromOf(5001, { sql: 'SELECT 1 < 2', readsAllFiles: false }), SCRIPT)
    expect(page).not.toContain('data-drawing')
    expect(page).toContain('row 4999<')
    expect(page).not.toContain('row 5000<')
    expect(page).toContain('The first 5,000 of 5,001 rows; --format csv writes them all.')
    expect(page).toContain('<pre dir="auto">twdw query --sql &#39;SELECT 1 &lt; 2&#39; --lake')
  })
})

describe('pageToHtml', () => {
  const page = { title: 't', subtitles: [], body: '', drawings: [], script: SCRIPT }

  it('lets nothing run but its own script, and nothing be asked for', () => {
    const hash = createHash('sha256').update(`\n${SCRIPT}\n`).digest('base64')
    expect(pageToHtml(page)).toContain(
      `content="default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`,
    )
    expect(pageToHtml(page)).not.toMatch(/(src|href)="(?!https:\/\/x\.com)/)
  })

  it('takes no script that would end too early', () => {
    expect(() => pageToHtml({ ...page, script: '"</script>"' })).toThrow('holds what would end it')
  })
})
