/**
 * Pages of the executable in a real browser. `test/browser/run.sh` says where it is; without one these tests are skipped
 * by name.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessionToText } from '../../src/lib/domain/session.ts'
import { BUILT } from '../support/executable.ts'
import { sessionRecord } from '../support/session-records.ts'
import { type Chromium, type OpenPage, startChromium, type Viewport } from './chromium.ts'
import { AUTHORS, HOSTILE, hostileLines } from './hostile.ts'

const { CHROMIUM_TEST_BINARY: BINARY = '', PAGES_TEST_FOLDER: SHOTS = '' } = process.env
const DESK: Viewport = { width: 1200, height: 900 }
const PHONE: Viewport = { width: 360, height: 740 }

/** Of every chart: its own size, and that of the drawing in it. */
interface Chart {
  width: number
  height: number
  paths: number
  texts: string[]
  /** texts that leave the chart */
  outside: string[]
}

const CHARTS = `[...document.querySelectorAll('[data-drawing]')].map(element => {
  const svg = element.querySelector('svg')
  const { width, height, left, right } = svg?.getBoundingClientRect() ?? { width: 0, height: 0 }
  const texts = [...(svg?.querySelectorAll('text') ?? [])]
  const isOutside = text => { const box = text.getBoundingClientRect(); return box.left < left - 1 || box.right > right + 1 }
  return { width, height, paths: svg?.querySelectorAll('path').length ?? 0, texts: texts.map(text => text.textContent),
    outside: texts.filter(isOutside).map(text => text.textContent) }
})`

describe.skipIf(BINARY === '')('pages in a browser', { timeout: 60_000 }, () => {
  let folder: string
  let chromium: Chromium
  const twdw = (...words: string[]) =>
    execFileSync(BUILT, words, {
      cwd: folder,
      stdio: 'pipe',
      env: { HOME: folder, XDG_CACHE_HOME: join(tmpdir(), 'twdw-test-cache'), PATH: process.env.PATH },
    })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twdw-pages-'))
    writeFileSync(join(folder, 'hostile.jsonl'), `${hostileLines().join('\n')}\n`)
    twdw('listen', '--source', 'replay', '--from', 'hostile.jsonl')
    const sessions = [
      sessionRecord('2024-01-01T00:00:00Z', '2024-01-02T05:10:00Z'),
      sessionRecord('2024-01-02T11:40:00Z', '2024-01-04T03:00:00Z', { stopped: '2024-01-04T03:00:00Z' }),
    ]
    for (const record of sessions) {
      writeFileSync(join(folder, `lake/layer1/sessions/${record.session}.json`), sessionToText(record))
    }
    twdw('consolidate')
    twdw('report', 'covid19', '--output', 'report.html')
    twdw('query', '--tag', 'covid19', '--by', 'user', '--output', 'users.html')
    twdw('query', '--tag', 'covid19', '--by', 'hashtag', '--output', 'hashtags.html')
    twdw('query', '--tag', 'covid19', '--by', 'hour', '--output', 'hours.html')
    twdw('query', '--sql', 'SELECT tweet_id, text FROM fact_tweet ORDER BY tweet_id', '--output', 'texts.html')
    chromium = await startChromium(BINARY)
  }, 120_000)
  afterAll(async () => {
    await chromium?.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function withPage(name: string, viewport: Viewport, look: (page: OpenPage) => Promise<void>): Promise<void> {
    const page = await chromium.open(join(folder, name), viewport)
    await look(page)
    if (SHOTS !== '') {
      mkdirSync(SHOTS, { recursive: true })
      const shot = `${name}-${viewport.width}-${viewport.scheme ?? 'light'}.png`
      writeFileSync(join(SHOTS, shot), await page.screenshot(true))
    }
    expect(page.complaints).toEqual([])
    expect(page.requests).toEqual([])
    expect(await page.evaluate('window.hacked ?? null')).toBe(null)
    await page.close()
  }

  it.each([
    ['a desk', DESK],
    ['a phone', PHONE],
    ['a desk by night', { ...DESK, scheme: 'dark' as const }],
  ])('draw a whole report, and ask nothing of any network, on %s', async (_, viewport) => {
    await withPage('report.html', viewport, async page => {
      const charts = await page.evaluate<Chart[]>(CHARTS)
      expect(charts).toHaveLength(6)
      for (const chart of charts) {
        expect(chart.width).toBeGreaterThan(280)
        expect(chart.height).toBeGreaterThan(50)
        expect(chart.paths).toBeGreaterThan(1)
        expect(chart.outside).toEqual([])
      }
      // nothing makes the page wider than what it is seen on
      expect(await page.evaluate('document.scrollingElement.scrollWidth')).toBe(viewport.width)
      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor')
      expect(ground).toBe(viewport.scheme === 'dark' ? 'rgb(20, 23, 27)' : 'rgb(255, 255, 255)')
      const tags = HOSTILE.tags.filter(tag => !tag.includes('\u202e')).map(tag => `#${tag}`)
      expect(charts[3]!.texts.some(text => tags.some(tag => text.startsWith(tag.slice(0, 8))))).toBe(true)
      expect(await page.evaluate('document.body.innerText')).toContain('91.3 %')
    })
  })

  it('keep what people wrote as text, to the letter', async () => {
    await withPage('texts.html', DESK, async page => {
      const [script, images] = await page.evaluate<number[]>(
        `[document.querySelectorAll('script').length, document.querySelectorAll('img, b, i').length]`,
      )
      expect([script, images]).toEqual([2, 0])
      const cells = await page.evaluate<string[]>(`[...document.querySelectorAll('td.text')].map(td => td.textContent)`)
      expect(cells).toEqual(Array.from({ length: 300 }, (_, n) => `${HOSTILE.text} ${n}`))
      expect(await page.evaluate(`document.querySelector('td.text').getAttribute('dir')`)).toBe('auto')
    })
    await withPage('hashtags.html', DESK, async page => {
      const cells = await page.evaluate<string[]>(`[...document.querySelectorAll('td.text')].map(td => td.textContent)`)
      expect(cells.toSorted()).toEqual(HOSTILE.tags.toSorted())
    })
  })

  it('sort a table by a click, ids by all of their digits', async () => {
    await withPage('users.html', DESK, async page => {
      const ids = () =>
        page.evaluate<string[]>(`[...document.querySelectorAll('tbody tr')].map(tr => tr.cells[0].textContent)`)
      const at = await page.evaluate<{ x: number; y: number }>(`(() => {
        const box = document.querySelector('thead button').getBoundingClientRect()
        document.querySelector('thead button').scrollIntoView({ block: 'center' })
        const now = document.querySelector('thead button').getBoundingClientRect()
        return { x: now.left + 5, y: now.top + 5 }
      })()`)
      const ascending = AUTHORS.toSorted((a, b) => Number(BigInt(a) - BigInt(b)))
      await page.point(at, true)
      expect(await ids()).toEqual(ascending.toReversed())
      expect(await page.evaluate(`document.querySelector('th').getAttribute('aria-sort')`)).toBe('descending')
      await page.point(at, true)
      expect(await ids()).toEqual(ascending)
    })
  })

  it('say what is pointed at, and can be zoomed', async () => {
    await withPage('hours.html', DESK, async page => {
      const box = await page.evaluate<{ x: number; y: number; width: number; height: number }>(
        `document.querySelector('[data-drawing]').getBoundingClientRect().toJSON()`,
      )
      await page.point({ x: box.x + box.width / 2, y: box.y + 100 })
      const shown = () => page.evaluate<string>(`document.querySelector('[data-drawing]').innerText`)
      await expect.poll(shown).toMatch(/\n2024-01-02T\d\d:00-03:00\n4 tweets$/)
      expect(await shown()).not.toContain('12:00')
      for (let turn = 0; turn < 8; turn++) await page.wheel({ x: box.x + box.width / 2, y: box.y + 100 })
      await expect.poll(shown).toContain('12:00')
    })
  })

  it('would be caught asking, or complaining', async () => {
    writeFileSync(
      join(folder, 'wrong.html'),
      '<img src="http://x.invalid/a.png"><script>throw new Error("no")</script>',
    )
    const page = await chromium.open(join(folder, 'wrong.html'), DESK)
    expect(page.requests).toEqual(['http://x.invalid/a.png'])
    // whichever comes first
    expect(page.complaints.join()).toContain('Error: no')
    expect(page.complaints.join()).toContain('ERR_NAME_NOT_RESOLVED')
    await page.close()
  })

  it('print, and read without scripts', async () => {
    await withPage('report.html', DESK, async page => {
      expect((await page.pdf()).length).toBeGreaterThan(20_000)
    })
    const html = readFileSync(join(folder, 'report.html'), 'utf8')
    expect(html.replace(/<script[\s\S]*?<\/script>/g, '')).toContain('<td class="number">300</td>')
  })

  it('are the same bytes for the same answer, but for when they were made', () => {
    const page = () => readFileSync(join(folder, 'again.html'), 'utf8').replace(/<dt>Made<\/dt><dd>.*<\/dd>/, '')
    const make = () => twdw('report', 'covid19', '--output', 'again.html')
    make()
    const once = page()
    make()
    expect(page()).toBe(once)
  })
})
