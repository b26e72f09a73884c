import { describe, expect, it } from 'vitest'
import { bytesText, counted, hoursText, oneLine, spanText } from '../../src/lib/domain/wording.ts'

it.each([
  [0, '0 tweets'],
  [1, '1 tweet'],
  [1_234_567, '1,234,567 tweets'],
])('counts %i as "%s"', (n, text) => expect(counted(n, 'tweet')).toBe(text))

it('names the hours of a span, one of them once', () => {
  expect(hoursText(1, '2024-01-01T10', '2024-01-01T10')).toBe('1 hour, 2024-01-01T10 UTC')
  expect(hoursText(38, '2024-01-01T03', '2024-01-02T16')).toBe('38 hours, 2024-01-01T03 to 2024-01-02T16 UTC')
})

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1000, '1 s'],
  [4_290, '4.2 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [61_500, '1 min 1 s'],
  [7_385_000, '2 h 3 min'],
  [3_600_000, '1 h'],
  [273_600_000, '3 d 4 h'],
  [-1_500, '-1.5 s'],
])('writes a span of %i ms as "%s"', (ms, text) => expect(spanText(ms)).toBe(text))

it.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1_000, '1 KB'],
  [1_290_000, '1.2 MB'],
  [999_999_999, '999 MB'],
  [143_000_000_000, '143 GB'],
  [2.5e15, '2,500 TB'],
])('writes %i bytes as "%s"', (bytes, text) => expect(bytesText(bytes)).toBe(text))

describe('oneLine', () => {
  it('takes out what would move a terminal’s cursor or turn its writing', () => {
    expect(oneLine(' a\x1b[2J\r\nb\u202Ec\u0000 ')).toBe('a [2J b c')
  })
})
