/** The script of pages, bundled as the executable carries it. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { charts } from '../../src/lib/io/charts.ts'
import { bundlePage } from '../../src/lib/io/page-bundle.ts'
import { colorsOf } from '../../src/lib/io/ports.ts'
import { fakeStreet } from '../support/fake-street.ts'

describe('the script of pages', () => {
  it('is one module without imports, the same each time, and draws without a document', async () => {
    const script = await charts.pageScript()
    expect(script).not.toMatch(/(^|[;}])import[ {*"]|import\(|\beval\(|new Function\(/)
    expect(await bundlePage()).toBe(script)
    // what a page weighs
    expect(script.length).toBeLessThan(760_000)
    expect(Object.keys((await charts.loadPageScript()) as object)).toEqual(['drawSvg'])
  })

  it('carries no other parts of ECharts than those that are drawn with', async () => {
    const registration = await readFile(new URL('../../src/browser/charts.ts', import.meta.url), 'utf8')
    expect(registration).not.toMatch(/from 'echarts'/)
  })
})

describe('colorsOf', () => {
  const of = (env: Record<string, string>, terminal: number | undefined = 80) =>
    colorsOf(fakeStreet('/', { terminal, env }))

  it('takes a terminal at its word, and never one that wants none', () => {
    expect(of({ TERM: 'xterm-256color', COLORTERM: 'truecolor' })).toBe('24bit')
    expect(of({ TERM: 'xterm-direct' })).toBe('24bit')
    expect(of({ TERM: 'screen-256color' })).toBe('256')
    expect(of({ TERM: 'xterm' })).toBe('16')
    expect(of({ TERM: 'xterm', COLORTERM: 'truecolor', NO_COLOR: '1' })).toBe('none')
    expect(of({ TERM: 'dumb', COLORTERM: 'truecolor' })).toBe('none')
    expect(colorsOf(fakeStreet('/', { env: { COLORTERM: 'truecolor' } }))).toBe('none')
  })
})
