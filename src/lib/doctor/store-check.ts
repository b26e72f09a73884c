/** The object store that a lake is in, tried out by writing to it. */
import { SKEW_FAULT_MS } from '../domain/health/clock-skew.ts'
import { type Finding, faultFrom, ok, warning } from '../domain/health/finding.ts'
import { spanText } from '../domain/wording.ts'
import { TwdwError } from '../errors.ts'
import type { StoreProbe } from '../io/s3/probe.ts'

/** A write that takes longer holds up a listener at its limit. */
const SLOW_PUT_MS = 2_000

/** @param url of the lake */
export async function checkStore(url: string, probe: () => Promise<StoreProbe>): Promise<Finding[]> {
  const check = 'lake-store'
  let found: StoreProbe
  try {
    found = await probe()
  } catch (error) {
    if (error instanceof TwdwError) return [faultFrom(check, error)]
    throw error
  }
  const { createsOnce, replacesKnown, putMs, skewMs } = found
  const findings: Finding[] = []
  if (!createsOnce || !replacesKnown) {
    const lacks = [...(createsOnce ? [] : ['If-None-Match']), ...(replacesKnown ? [] : ['If-Match'])].join(' and ')
    const what = `writes over what is there whatever ${lacks} says: two machines could consolidate one hour at a time`
    findings.push(
      warning(check, `${url} ${what}`, 'have one machine only that listens and consolidates, or use another store'),
    )
  }
  if (skewMs === undefined) {
    findings.push(
      warning(
        check,
        'its answers do not tell the time, which leases go by',
        'have one machine only that listens and consolidates',
      ),
    )
  } else if (Math.abs(skewMs) > SKEW_FAULT_MS) {
    const apart = `its clock and this machine's are ${spanText(Math.abs(skewMs))} apart, and at 15 min it refuses everything`
    findings.push(warning(check, apart, "set this machine's clock: timedatectl set-ntp true"))
  }
  const speed = `a write of 64 KB takes ${spanText(putMs)}`
  if (putMs > SLOW_PUT_MS) findings.push(warning(check, speed, 'see what is between this machine and the store'))
  if (findings.length > 0) return findings
  return [ok(check, `${url} takes, gives, lists and removes files, and lets one machine at a time write; ${speed}`)]
}
