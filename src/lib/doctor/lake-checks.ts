/** The lake and its journal: readable, whole as far as a look tells, and not waiting for something. */

import { COMPACT_AFTER_MS } from '../domain/compaction.ts'
import { type Finding, fault, faultFrom, ok, warning } from '../domain/health/finding.ts'
import { HOUR_MS, hourStartMs, isClosed } from '../domain/hour.ts'
import { type LakeSettings, parseLakeSettings } from '../domain/lake-settings.ts'
import { LAKE_FILE } from '../domain/paths.ts'
import { bytesText, counted, spanText } from '../domain/wording.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { JournalFile } from '../io/journal-files.ts'
import type { Lake } from '../io/lake.ts'
import { bytesPerDay, type LakeSurvey, surveyLake } from '../lake-survey.ts'

export interface LakeFindings {
  findings: Finding[]
  /** undefined where there is no lake, or none that can be read */
  lake: LakeSettings | undefined
  /** how much it grows; undefined where that is not known */
  bytesPerDay: number | undefined
}

interface LakePorts {
  lake: Lake
  clock: Clock
}

/** An hour that waits longer than this was missed by the hourly run, and by the next ones. */
const LONG_PENDING_MS = 3 * HOUR_MS

export async function checkLake(ports: LakePorts): Promise<LakeFindings> {
  const findings: Finding[] = []
  let lake: LakeSettings | undefined
  try {
    lake = await readSettings(ports.lake, findings)
    if (lake === undefined) return { findings, lake, bytesPerDay: undefined }
    findings.push(ok('lake', `${ports.lake.url} is of format ${lake.format}, in ${lake.timeZone}`))
  } catch (error) {
    if (!(error instanceof TwdwError)) throw error
    return { findings: [...findings, faultFrom('lake', error)], lake, bytesPerDay: undefined }
  }
  try {
    const survey = await surveyLake(lake.timeZone, ports)
    const nowMs = ports.clock.nowMs()
    return { findings: [...findings, ...hourFindings(survey, nowMs)], lake, bytesPerDay: bytesPerDay(survey, nowMs) }
  } catch (error) {
    if (!(error instanceof TwdwError)) throw error
    return { findings: [...findings, faultFrom('hours', error)], lake, bytesPerDay: undefined }
  }
}

/** @returns undefined where there is no lake, which is then among the findings. @throws TwdwError E_LAKE */
async function readSettings(lake: Lake, findings: Finding[]): Promise<LakeSettings | undefined> {
  const bytes = await lake.read(LAKE_FILE)
  if (bytes !== undefined) return parseLakeSettings(new TextDecoder().decode(bytes), lake.url)
  const files = await lake.list('')
  findings.push(
    files.length === 0
      ? warning(
          'lake',
          `there is no lake at ${lake.url} yet`,
          'the first twdw listen makes it; if there should be one, is its disk mounted?',
        )
      : fault(
          'lake',
          'E_LAKE',
          `${lake.url} has ${counted(files.length, 'file')} of a lake and no ${LAKE_FILE}`,
          'restore it: {"format": 1, "id": "00000000", "timeZone": "…"} with the zone that the lake was made with',
        ),
  )
  return undefined
}

/** An hour with more files is worth compacting, and a lake with as many such hours is listed and read the slower for it. */
const MANY_FILES = 10
const MANY_HOURS = 48

/** Hours that ended so long ago as `twdw compact` waits unless it is told otherwise. */
function scattered({ inputs, pending }: LakeSurvey, nowMs: number): number {
  const waiting = new Set(pending)
  return [...inputs].filter(
    ([hour, files]) => files.length > MANY_FILES && !waiting.has(hour) && isClosed(hour, nowMs, COMPACT_AFTER_MS),
  ).length
}

function hourFindings(survey: LakeSurvey, nowMs: number): Finding[] {
  const { damaged, missing, manifests, pending } = survey
  const findings: Finding[] = []
  const [first] = damaged
  if (first !== undefined) {
    const others = damaged.length === 1 ? '' : `, and ${damaged.length - 1} more like it`
    findings.push(fault('hours', 'E_LAKE', first.error.message + others, first.error.hint ?? null))
  }
  if (missing.length > 0) {
    const sentence = `${counted(missing.length, 'file')} of layer2 ${missing.length === 1 ? 'is' : 'are'} gone, such as ${missing[0]}`
    findings.push(warning('hours', sentence, 'twdw consolidate: it makes their hours again from layer1'))
  }
  const [oldest] = pending
  const waitsMs = oldest === undefined ? 0 : nowMs - hourStartMs(oldest) - HOUR_MS
  if (waitsMs > LONG_PENDING_MS) {
    const sentence = `${counted(pending.length, 'hour')} wait to be consolidated, ${oldest} for ${spanText(waitsMs)}`
    findings.push(warning('hours', sentence, 'twdw consolidate, and twdw schedule to have it done every hour'))
  }
  const many = scattered(survey, nowMs)
  if (many >= MANY_HOURS) {
    const sentence = `${counted(many, 'hour')} have more than ${MANY_FILES} files in layer1 each: listing them takes long`
    findings.push(
      warning(
        'hours',
        sentence,
        'twdw compact: it merges them; what twdw schedule --install sets up does so by itself',
      ),
    )
  }
  return findings.length > 0
    ? findings
    : [ok('hours', `${counted(manifests.size, 'hour')} consolidated, ${pending.length} to be done`)]
}

export async function checkJournal({ journalFiles }: { journalFiles(): Promise<JournalFile[]> }): Promise<Finding[]> {
  const files = await journalFiles()
  const sizeOf = (is: JournalFile['is']) => {
    const some = files.filter(file => file.is === is)
    return {
      count: some.length,
      text: `${counted(some.length, 'segment')} (${bytesText(sum(some))})`,
      last: some.at(-1),
    }
  }
  const [open, left, damaged] = [sizeOf('open'), sizeOf('left'), sizeOf('damaged')]
  const findings: Finding[] = []
  if (left.count > 0) {
    const remedy = 'start twdw listen, which stores them first; without X: twdw listen --source replay --from /dev/null'
    findings.push(warning('journal', `${left.text} left behind by a listener that was killed`, remedy))
  }
  if (damaged.count > 0) {
    const remedy = 'check the disk (dmesg); what could be read is in the lake. Remove the file when you need it no more'
    findings.push(warning('journal', `${damaged.text} set aside as damaged, the last as ${damaged.last?.path}`, remedy))
  }
  return findings.length > 0 ? findings : [ok('journal', open.count === 0 ? 'empty' : `${open.text} being written`)]
}

function sum(files: readonly JournalFile[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0)
}
