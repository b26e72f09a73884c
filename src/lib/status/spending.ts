/** What was spent, and what may be: from the meter, and above it what a living listener has not settled yet. */
import type { Listener } from '../domain/health/liveness.ts'
import type { PulseSpending } from '../domain/health/pulse.ts'
import { EMPTY_METER, parseMeter, spentOn } from '../domain/x/meter.ts'
import { microUsdOf, possibleMicroUsd, type SpendCaps, tweetsLeft, usdOf, utcDayOf } from '../domain/x/spend.ts'
import type { Clock } from '../io/clock.ts'
import type { StateFile } from '../io/state-file.ts'

export interface MeterPorts {
  meter: Pick<StateFile, 'path' | 'read'>
  clock: Clock
}

/** @returns null where nothing was ever had from X. @throws TwdwError E_LAKE when the meter is damaged */
export async function spendingOf(
  listeners: readonly Listener[],
  { meter: file, clock }: MeterPorts,
): Promise<PulseSpending | null> {
  const text = await file.read()
  const told = listeners.find(({ pulse }) => pulse?.source === 'stream')
  const now = told?.pulse?.spending ?? null
  if (text === undefined && now === null) return null
  const day = utcDayOf(clock.nowMs())
  const caps = { maxUsdPerDay: now?.maxUsdPerDay ?? null, maxUsd: now?.maxUsd ?? null }
  if (told?.isAlive && now?.day === day) return { ...now, ...caps }
  const meter = text === undefined ? EMPTY_METER : parseMeter(text, file.path)
  const spent = spentOn(day, meter)
  const left = tweetsLeft(spent, capsOf(caps))
  return {
    day,
    dayUsd: usdOf(spent.dayMicroUsd),
    totalUsd: usdOf(spent.totalMicroUsd),
    possibleTotalUsd: usdOf(possibleMicroUsd(meter.total)),
    ...caps,
    tweetsLeft: Number.isFinite(left) ? left : null,
  }
}

function capsOf({ maxUsd, maxUsdPerDay }: Pick<PulseSpending, 'maxUsd' | 'maxUsdPerDay'>): SpendCaps {
  return {
    totalMicroUsd: maxUsd === null ? undefined : microUsdOf(maxUsd),
    dayMicroUsd: maxUsdPerDay === null ? undefined : microUsdOf(maxUsdPerDay),
  }
}
