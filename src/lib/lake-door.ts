/** Finding out what a lake is before anything is done in it. */
import {
  DEFAULT_TIME_ZONE,
  LAKE_FORMAT,
  type LakeSettings,
  lakeSettingsToText,
  parseLakeSettings,
} from './domain/lake-settings.ts'
import { LAKE_FILE } from './domain/paths.ts'
import { TwdwError } from './errors.ts'
import type { Lake } from './io/lake.ts'

/** @throws TwdwError E_LAKE when there is no lake, or one that this version cannot read */
export async function readLakeSettings(lake: Lake): Promise<LakeSettings> {
  const bytes = await lake.read(LAKE_FILE)
  if (bytes === undefined) {
    throw new TwdwError('E_LAKE', `there is no lake at ${lake.url}: it has no ${LAKE_FILE}`, {
      hint: 'name another one with --lake, or make one: twdw listen --source demo --for 10s',
    })
  }
  return parseLakeSettings(new TextDecoder().decode(bytes), lake.url)
}

/**
 * The settings of a lake, which is made if there is none.
 * @param newId gives the id of a lake that has to be made
 * @param timeZone asked for; undefined takes the lake's own, or the default for one that is made
 * @throws TwdwError E_USAGE when the lake exists with another zone: its local hours are already written
 */
export async function makeSureOfLake(
  lake: Lake,
  timeZone: string | undefined,
  newId: () => string,
): Promise<LakeSettings> {
  const bytes = await lake.read(LAKE_FILE)
  if (bytes === undefined) {
    const settings: LakeSettings = { format: LAKE_FORMAT, id: newId(), timeZone: timeZone ?? DEFAULT_TIME_ZONE }
    await lake.write(LAKE_FILE, new TextEncoder().encode(lakeSettingsToText(settings)))
    return settings
  }
  const settings = parseLakeSettings(new TextDecoder().decode(bytes), lake.url)
  if (timeZone !== undefined && timeZone !== settings.timeZone) {
    throw new TwdwError('E_USAGE', `the lake ${lake.url} is kept in ${settings.timeZone}, not in ${timeZone}`, {
      hint: 'leave --time-zone out, or make a new lake for the other zone',
    })
  }
  return settings
}
