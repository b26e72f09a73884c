/**
 * The status of a lake and of its listener: read from files, and never more than read.
 *
 * It asks nobody outside this machine, takes no lock and writes nothing. What cannot be read is told beside the rest.
 */

import type { Forgotten } from '../domain/forget/forgotten.ts'
import type { Listener } from '../domain/health/liveness.ts'
import type { FileCount, StatusReport } from '../domain/health/status-report.ts'
import { TwdwError } from '../errors.ts'
import type { Clock } from '../io/clock.ts'
import type { JournalFile } from '../io/journal-files.ts'
import type { Lake } from '../io/lake.ts'
import type { PulseReader } from '../io/pulse-file.ts'
import type { StateFile } from '../io/state-file.ts'
import type { Tables } from '../io/tables.ts'
import { readLakeSettings } from '../lake-door.ts'
import { surveyLake } from '../lake-survey.ts'
import { readForgotten } from '../tombstones.ts'
import { readStatusCoverage } from './coverage.ts'
import { readListeners } from './listeners.ts'
import { readRejected } from './rejected.ts'
import { spendingOf } from './spending.ts'

export interface StatusPorts {
  lake: Lake
  /** called only where there is something to read */
  openTables(): Promise<Tables>
  clock: Clock
  pulses: PulseReader
  meter: Pick<StateFile, 'path' | 'read'>
  journalFiles(): Promise<JournalFile[]>
}

/** Sources that a listener has, the one that matters most first. */
const LISTENERS = ['stream', 'replay', 'demo'] as const

/** @throws TwdwError E_LAKE when there is no lake, or none that this version can read */
export async function status(ports: StatusPorts): Promise<StatusReport> {
  const { lake, clock } = ports
  const { timeZone } = await readLakeSettings(lake)
  const damaged: StatusReport['damaged'] = []
  const note = ({ message, hint }: TwdwError) => void damaged.push({ message, hint: hint ?? null })
  const orNote = <T>(work: Promise<T>, otherwise: T) => work.catch(error => noted(error, note, otherwise))

  const listeners = await orNote(readListeners(LISTENERS, ports), [])
  const spending = await orNote(spendingOf(listeners, ports), null)
  const journalFiles = await orNote(ports.journalFiles(), [])
  const survey = await surveyLake(timeZone, ports)
  for (const { error } of survey.damaged) note(error)
  const { inputs, manifests, entries } = survey
  const hours = [...new Set([...inputs.keys(), ...manifests.keys()])].sort()
  const [first, last] = [hours[0], hours.at(-1)]
  return {
    at: new Date(clock.nowMs()).toISOString(),
    listeners: shown(listeners),
    spending,
    journal: {
      open: countFiles(journalFiles.filter(file => file.is === 'open')),
      left: countFiles(journalFiles.filter(file => file.is === 'left')),
      damaged: countFiles(journalFiles.filter(file => file.is === 'damaged')),
    },
    lake: {
      url: lake.url,
      timeZone,
      files: entries.length,
      bytes: survey.bytes,
      hours: first === undefined || last === undefined ? null : { count: hours.length, first, last },
      tweets: [...manifests.values()].reduce((sum, { counts }) => sum + counts.tweets, 0),
    },
    pending: survey.pending,
    open: survey.open,
    rejected: await readRejected(survey, ports, note),
    forgotten: await orNote(readForgotten(lake).then(countForgotten), null),
    ...(await readStatusCoverage(lake, clock.nowMs(), note)),
    damaged,
  }
}

/** What can be read in spite of a failure of the lake is worth telling; any other failure is not foreseen. */
function noted<T>(error: unknown, note: (error: TwdwError) => void, otherwise: T): T {
  if (!(error instanceof TwdwError) || error.code !== 'E_LAKE') throw error
  note(error)
  return otherwise
}

/** That files were read last week says nothing of a newsroom's listener. */
function shown(listeners: readonly Listener[]): Listener[] {
  const isOfX = ({ pulse }: Listener) => pulse === null || pulse.source === 'stream'
  const chosen = listeners.filter(listener => isOfX(listener) || listener.isAlive)
  if (chosen.length > 0) return chosen
  const latest = listeners.toSorted((a, b) => ((a.pulse?.at ?? '') > (b.pulse?.at ?? '') ? -1 : 1))
  return latest.slice(0, 1)
}

function countForgotten({ tweets, users }: Forgotten): { tweets: number; users: number } {
  return { tweets: tweets.size, users: users.size }
}

function countFiles(files: readonly JournalFile[]): FileCount {
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}
