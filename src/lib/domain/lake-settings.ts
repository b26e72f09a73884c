/** `twdw.json`: what is true of a whole lake, fixed when the lake is made. */
import { TwdwError } from '../errors.ts'
import { parseTimeZone } from './time-zone.ts'

/** Raised when a lake made by this version could not be read by an older one. */
export const LAKE_FORMAT = 1
export const DEFAULT_TIME_ZONE = 'America/Sao_Paulo'

export interface LakeSettings {
  format: typeof LAKE_FORMAT
  /** 8 hex digits, random: tells lakes of one folder name apart, so that none removes another's rules at X */
  id: string
  /** IANA name; every local time of the lake is in it */
  timeZone: string
}

export function lakeSettingsToText(settings: LakeSettings): string {
  return `${JSON.stringify(settings, null, 1)}\n`
}

/**
 * @param url of the lake, for the sentence
 * @throws TwdwError E_LAKE when the text is damaged, or the lake is of a format or in a zone that this version does not know
 */
export function parseLakeSettings(text: string, url: string): LakeSettings {
  let value: Partial<LakeSettings> | null
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw damaged(url, 'it is not JSON', cause)
  }
  const format: unknown = value?.format
  if (typeof format === 'number' && format > LAKE_FORMAT) {
    throw new TwdwError(
      'E_LAKE',
      `the lake ${url} is of format ${format}, and this twdw knows formats up to ${LAKE_FORMAT}`,
      {
        hint: 'install a newer twdw; this one has changed nothing',
      },
    )
  }
  if (format !== LAKE_FORMAT || typeof value?.timeZone !== 'string' || typeof value.id !== 'string') {
    throw damaged(url, 'it lacks a format, an id or a time zone')
  }
  refuseUnknownZone(value.timeZone, url)
  return { format: LAKE_FORMAT, id: value.id, timeZone: value.timeZone }
}

function refuseUnknownZone(timeZone: string, url: string): void {
  try {
    parseTimeZone(timeZone)
  } catch (cause) {
    throw new TwdwError('E_LAKE', `the lake ${url} is kept in "${timeZone}", and there is no such zone`, {
      hint: 'write the zone that it was made with into its twdw.json',
      cause,
    })
  }
}

function damaged(url: string, why: string, cause?: unknown): TwdwError {
  return new TwdwError('E_LAKE', `twdw.json of the lake ${url} is damaged: ${why}`, {
    cause,
    hint: `restore it: {"format": ${LAKE_FORMAT}, "id": "00000000", "timeZone": "…"} with the zone that the lake was made with`,
  })
}
