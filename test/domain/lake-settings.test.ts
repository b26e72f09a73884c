import { describe, expect, it } from 'vitest'
import { lakeSettingsToText, parseLakeSettings } from '../../src/lib/domain/lake-settings.ts'

describe('parseLakeSettings', () => {
  it('takes what lakeSettingsToText gave', () => {
    const settings = { format: 1, id: '0a1b2c3d', timeZone: 'America/Sao_Paulo' } as const
    expect(parseLakeSettings(lakeSettingsToText(settings), 'memory')).toEqual(settings)
  })

  it.each([
    ['{', 'twdw.json of the lake /lake is damaged: it is not JSON', /^restore it: \{"format": 1, /],
    ['null', 'twdw.json of the lake /lake is damaged: it lacks a format, an id or a time zone', /^restore it: /],
    [
      '{"format": 1, "timeZone": "UTC"}',
      'twdw.json of the lake /lake is damaged: it lacks a format, an id or a time zone',
      /^restore it: /,
    ],
    [
      '{"format": 2, "settings": {}}',
      'the lake /lake is of format 2, and this twdw knows formats up to 1',
      /^install a newer twdw; this one has changed nothing$/,
    ],
    [
      '{"format": 1, "id": "0a1b2c3d", "timeZone": "America/São_Paulo"}',
      'the lake /lake is kept in "America/São_Paulo", and there is no such zone',
      /^write the zone that it was made with into its twdw\.json$/,
    ],
  ])('refuses %s', (text, message, hint) => {
    expect(() => parseLakeSettings(text, '/lake')).toThrow(
      expect.objectContaining({ code: 'E_LAKE', message, hint: expect.stringMatching(hint) }),
    )
  })
})
