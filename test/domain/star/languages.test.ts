import { describe, expect, it } from 'vitest'
import { LAYER2 } from '../../../src/lib/domain/layer2.ts'
import { buildLanguages } from '../../../src/lib/domain/star/languages.ts'
import { plainRows } from '../../support/plain-rows.ts'

const languages = plainRows(buildLanguages())
const codes = languages.map(row => row.lang as string)

describe('buildLanguages', () => {
  it('has each code once, sorted, with a name, in the shape of dim_lang', () => {
    expect(String(buildLanguages().schema)).toBe(String(LAYER2.dim_lang.schema))
    expect(codes).toEqual([...new Set(codes)].sort())
    expect(languages.every(row => row.name !== '')).toBe(true)
  })

  it.each(['und', 'qam', 'qct', 'qht', 'qme', 'qst', 'zxx', 'art'])('says that %s is no language', code => {
    expect(languages.find(row => row.lang === code)).toMatchObject({ is_language: false })
  })

  it.each([
    ['pt', 'Portuguese'],
    ['in', 'Indonesian'],
    ['iw', 'Hebrew'],
    ['zh-TW', 'Chinese, traditional'],
  ])('calls %s %s', (code, name) => {
    expect(languages.find(row => row.lang === code)).toEqual({ lang: code, name, is_language: true })
  })
})
