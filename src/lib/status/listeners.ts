/** The listeners of a lake, as their pulses, the lake's lock and the machine's processes show them. */
import { judgeListener, type Listener } from '../domain/health/liveness.ts'
import { parsePulse, pulseFileName } from '../domain/health/pulse.ts'
import type { SourceName } from '../domain/layer1.ts'
import type { Clock } from '../io/clock.ts'
import type { Lake } from '../io/lake.ts'
import type { PulseReader } from '../io/pulse-file.ts'

export interface ListenerPorts {
  lake: Pick<Lake, 'holderOf'>
  pulses: PulseReader
  clock: Clock
}

/** @returns those that are known, in the order of `sources`. @throws TwdwError E_LAKE */
export async function readListeners(sources: readonly SourceName[], ports: ListenerPorts): Promise<Listener[]> {
  const found = await Promise.all(sources.map(source => readListener(source, ports)))
  return found.filter(listener => listener !== undefined)
}

async function readListener(source: SourceName, { lake, pulses, clock }: ListenerPorts): Promise<Listener | undefined> {
  const text = await pulses.read(pulseFileName(source))
  const pulse = text === undefined ? undefined : parsePulse(text)
  // after the pulse: a listener that has begun since holds the lock, and is told from the one that wrote
  const holder = source === 'stream' ? await lake.holderOf('listen') : undefined
  const isRunning = pulse !== undefined && pulses.isRunning(pulse.pid)
  return judgeListener(pulse, { holder, host: pulses.host, isRunning, nowMs: clock.nowMs() })
}
