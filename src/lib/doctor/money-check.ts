/** The caps: whether they leave room to listen. */
import { type Finding, fault, ok, warning } from '../domain/health/finding.ts'
import type { Listener } from '../domain/health/liveness.ts'
import {
  capPassedBy,
  capsText,
  microUsdOf,
  PRICE_MICRO_USD,
  reachedCapText,
  type SpendCaps,
  type Spent,
  utcDayOf,
} from '../domain/x/spend.ts'
import { type MeterPorts, spendingOf } from '../status/spending.ts'

const CHECK = 'caps'
/** Of a cap; with less left than this it is near. */
const NEAR_SHARE = 0.1

/** @param caps by the settings, for a lake whose listener has told none. @throws TwdwError E_LAKE when the meter is damaged */
export async function checkCaps(
  caps: SpendCaps,
  listener: Listener | undefined,
  ports: MeterPorts,
): Promise<Finding[]> {
  const spending = await spendingOf(listener === undefined ? [] : [listener], ports)
  const spent: Spent = {
    day: utcDayOf(ports.clock.nowMs()),
    dayMicroUsd: microUsdOf(spending?.dayUsd ?? 0),
    totalMicroUsd: microUsdOf(spending?.totalUsd ?? 0),
  }
  const told = listener?.pulse?.spending
  const kept = told ? { totalMicroUsd: microUsd(told.maxUsd), dayMicroUsd: microUsd(told.maxUsdPerDay) } : caps
  const reached = capPassedBy(PRICE_MICRO_USD.post, spent, kept)
  if (reached !== undefined) {
    const { message, hint } = reachedCapText('no room for a tweet', reached)
    return [fault(CHECK, 'E_CAP', message, hint)]
  }
  const text = capsText(spent, kept)
  const isNear = isUsedUp(spent.dayMicroUsd, kept.dayMicroUsd) || isUsedUp(spent.totalMicroUsd, kept.totalMicroUsd)
  return [isNear ? warning(CHECK, text, 'raise the cap, or listen for less: --lang, --sample') : ok(CHECK, text)]
}

function isUsedUp(spentMicroUsd: number, capMicroUsd: number | undefined): boolean {
  return capMicroUsd !== undefined && spentMicroUsd > capMicroUsd * (1 - NEAR_SHARE)
}

function microUsd(usd: number | null): number | undefined {
  return usd === null ? undefined : microUsdOf(usd)
}
