/**
 * The layout of a lake: the only file that can spell a path in it.
 *
 * Paths are relative to the lake's root with `/` between their parts, on a disk as in a
 * bucket. Tags are columns and never folder names: `tag=elei%C3%A7…` is misread by Spark.
 */
import { type Hour, utcDateOf } from './hour.ts'

export const LAKE_FILE = 'twdw.json'
/** Everything else is below these. */
export const LAYERS = ['layer1/', 'layer2/'] as const
export const LAYER1_TWEETS = 'layer1/tweets/'
export const LAYER1_REJECTED = 'layer1/rejected/'
export const LAYER1_SESSIONS = 'layer1/sessions/'
export const LAYER1_FORGOTTEN = 'layer1/forgotten/'
/** What twdw itself keeps of layer2. */
export const LAYER2_OWN = 'layer2/_twdw/'
/** Manifests of hours and, so that one look tells of both, records of months. */
export const MANIFESTS = `${LAYER2_OWN}hours/`
export const COMPACTIONS = `${LAYER2_OWN}compact/`
/** Copies of tables by month. Not below the tables, whose readers by glob would find every row twice. */
export const MONTHS = `${LAYER2_OWN}months/`

/** Tables with one file an hour. */
export const HOURLY_TABLES = [
  'dim_user_snapshot',
  'dim_place',
  'dim_hashtag',
  'bridge_tweet_hashtag',
  'bridge_tweet_rule',
  'fact_tweet',
] as const
/** Tables with one file a UTC day, into which each hour merges its own rows. */
export const DAILY_TABLES = ['agg_hashtag_hour', 'agg_hashtag_user_hour'] as const

/** Where an hour leaves its first files when it is published, and has its last ones when it is removed. */
export const HOUR_MARKS = ['layer1/rejected/consolidate-', `layer2/${HOURLY_TABLES[0]}/`] as const

export type HourlyTable = (typeof HOURLY_TABLES)[number]
export type DailyTable = (typeof DAILY_TABLES)[number]

/** `hour` is the UTC hour of the tweets; `segment` the name of the journal segment they came from. */
export function layer1Path(hour: Hour, segment: string): string {
  return `${layer1Folder(hour)}${segment}.parquet`
}

export function layer1Folder(hour: Hour): string {
  return `${layer1DayFolder(utcDateOf(hour))}utc_hour=${hour.slice(11)}/`
}

/** @param utcDate such as `2024-01-01` */
export function layer1DayFolder(utcDate: string): string {
  return `${LAYER1_TWEETS}utc_date=${utcDate}/`
}

/** The hour of a layer1 tweet file or a layer2 hourly file; undefined for a path that is neither. */
export function hourOfPath(path: string): Hour | undefined {
  const [, date, hour] = /\/utc_date=(\d{4}-\d{2}-\d{2})\/utc_hour=(\d{2})\/[^/]+\.parquet$/.exec(path) ?? []
  return date === undefined ? undefined : (`${date}T${hour}` as Hour)
}

/**
 * The hours of folders in layer1; those that are none are left out.
 * @param day `utc_date=2024-01-01/`
 * @param folders in it: `utc_hour=10/`
 */
export function hoursOfFolders(day: string, folders: readonly string[]): Hour[] {
  const [, date] = /^utc_date=(\d{4}-\d{2}-\d{2})\/$/.exec(day) ?? []
  if (date === undefined) return []
  // of thousands of names, each of which has so many characters, an expression takes longer than the disk
  const isHour = (folder: string) => folder.length === 12 && folder.startsWith('utc_hour=')
  return folders.filter(isHour).map(folder => `${date}T${folder.slice(9, 11)}` as Hour)
}

/** The name of the segment that a layer1 file came from. */
export function segmentOfPath(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.parquet$/, '')
}

/**
 * The name of a file in layer1 into which segments were merged: no segment ever has it, so that one that is published again puts
 * nothing in its place. It sorts as its first segment does, and says where the tweets came from as that does.
 * @param segment the first of them, or what was merged before
 * @param digest  of what was merged, in hex: another one for anything else
 */
export function mergedSegment(segment: string, digest: string): string {
  return `${segment.replace(/\.merged-[0-9a-f]+$/, '')}.merged-${digest}`
}

/** Lines of one segment that are no tweets. */
export function rejectedPath(segment: string): string {
  return `${LAYER1_REJECTED}${segment}.parquet`
}

/** Layer1 rows of an hour that could not be cast; replaced whole whenever the hour is consolidated. */
export function rejectedByHourPath(hour: Hour): string {
  return `${LAYER1_REJECTED}consolidate-${hour}.parquet`
}

/** The hour of a file that `rejectedByHourPath` names; undefined for any other path. */
export function hourOfRejectedByHour(path: string): Hour | undefined {
  const [, hour] = /^layer1\/rejected\/consolidate-(\d{4}-\d{2}-\d{2}T\d{2})\.parquet$/.exec(path) ?? []
  return hour as Hour | undefined
}

export function sessionPath(session: string): string {
  return `${LAYER1_SESSIONS}${session}.json`
}

/** Tombstones. @param name that follows from what is in the file */
export function tombstonesPath(name: string): string {
  return `${LAYER1_FORGOTTEN}${name}.json`
}

export function tableFolder(table: HourlyTable | DailyTable | 'dim_date' | 'dim_lang'): string {
  return `layer2/${table}/`
}

/** Holds all files of a table of one UTC day. @param utcDate such as `2024-01-01` */
export function tableDayFolder(table: HourlyTable | DailyTable, utcDate: string): string {
  return `${tableFolder(table)}utc_date=${utcDate}/`
}

export function hourlyPath(table: HourlyTable, hour: Hour): string {
  return `${tableDayFolder(table, utcDateOf(hour))}utc_hour=${hour.slice(11)}/part-0.parquet`
}

export function dailyPath(table: DailyTable, utcDate: string): string {
  return `${tableDayFolder(table, utcDate)}part-0.parquet`
}

/** The UTC date of a file that `dailyPath` names; undefined for any other path. */
export function dateOfDaily(path: string): string | undefined {
  const [, date] = /^layer2\/[^/]+\/utc_date=(\d{4}-\d{2}-\d{2})\/[^/]+\.parquet$/.exec(path) ?? []
  return date
}

/** Calendar of one local year. */
export function dimDatePath(year: number): string {
  return `${tableFolder('dim_date')}year=${String(year).padStart(4, '0')}/part-0.parquet`
}

export function dimLangPath(): string {
  return `${tableFolder('dim_lang')}part-0.parquet`
}

/** The commit point of an hour. */
export function manifestPath(hour: Hour): string {
  return `${MANIFESTS}${hour}.json`
}

/** The hour of a manifest; undefined for any other path. */
export function hourOfManifest(path: string): Hour | undefined {
  const [, hour] = /^layer2\/_twdw\/hours\/(\d{4}-\d{2}-\d{2}T\d{2})\.json$/.exec(path) ?? []
  return hour as Hour | undefined
}

/** What is about to be merged in layer1 of an hour; there for as long as that takes. */
export function compactionPath(hour: Hour): string {
  return `${COMPACTIONS}${hour}.json`
}

/** The hour of a file that `compactionPath` names; undefined for any other path. */
export function hourOfCompaction(path: string): Hour | undefined {
  const [, hour] = /^layer2\/_twdw\/compact\/(\d{4}-\d{2}-\d{2}T\d{2})\.json$/.exec(path) ?? []
  return hour as Hour | undefined
}

/** The commit point of a month's files. @param month such as `2024-01` */
export function monthRecordPath(month: string): string {
  return `${MANIFESTS}month-${month}.json`
}

/** The month of a record; undefined for any other path. */
export function monthOfRecord(path: string): string | undefined {
  return /^layer2\/_twdw\/hours\/month-(\d{4}-\d{2})\.json$/.exec(path)?.[1]
}

/** Holds the files of all tables of a month. */
export function monthFolder(month: string): string {
  return `${MONTHS}${month}/`
}

/** @param name that follows from what is in the file */
export function monthFilePath(month: string, table: HourlyTable | DailyTable, name: string): string {
  return `${monthFolder(month)}${table}-${name}.parquet`
}

/** The month of a file that `monthFilePath` names; undefined for any other path. */
export function monthOfFile(path: string): string | undefined {
  return /^layer2\/_twdw\/months\/(\d{4}-\d{2})\/[^/]+\.parquet$/.exec(path)?.[1]
}
