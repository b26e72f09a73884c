/** The disks below the lake and the state folder, or the store of the lake, tried out by writing to them. */
import { judgeDisk } from '../domain/health/disk-room.ts'
import { type Finding, fault, faultFrom, ok, warning } from '../domain/health/finding.ts'
import { TwdwError } from '../errors.ts'
import type { DiskProbe } from '../io/disk-probe.ts'
import type { Lake } from '../io/lake.ts'
import type { StoreProbe } from '../io/s3/probe.ts'
import { checkStore } from './store-check.ts'

interface DiskPorts {
  lake: Pick<Lake, 'url'>
  stateFolder: string
  probeDisk(folder: string): Promise<DiskProbe>
  /** where the lake is in a store */
  probeStore?: (() => Promise<StoreProbe>) | undefined
}

/** @param bytesPerDay how much the lake grows; undefined where that is not known */
export async function checkDisks(ports: DiskPorts, bytesPerDay: number | undefined): Promise<Finding[]> {
  const { lake, stateFolder, probeDisk, probeStore } = ports
  const ofLake =
    probeStore === undefined
      ? [await checkDisk('lake-disk', lake.url, probeDisk, bytesPerDay)]
      : await checkStore(lake.url, probeStore)
  return [...ofLake, await checkDisk('state-disk', stateFolder, probeDisk, undefined)]
}

async function checkDisk(
  check: string,
  folder: string,
  probeDisk: DiskPorts['probeDisk'],
  bytesPerDay: number | undefined,
): Promise<Finding> {
  let probe: DiskProbe
  try {
    probe = await probeDisk(folder)
  } catch (error) {
    if (error instanceof TwdwError) return faultFrom(check, error)
    throw error
  }
  if (!probe.locks) {
    const remedy = 'keep the lake on a file system with flock(2), and name a local folder with --state-dir'
    return fault(check, 'E_LAKE', `the file system of ${probe.folder} gives no locks`, remedy)
  }
  const { level, sentence, remedy } = judgeDisk({ ...probe, bytesPerDay })
  const as = probe.otherOwner === undefined ? '' : ` (tried as root; it is account ${probe.otherOwner}'s)`
  const text = `${probe.folder} has ${sentence}${as}`
  if (level === 'fault') return fault(check, 'E_LAKE', text, remedy)
  return level === 'warning' ? warning(check, text, remedy ?? '') : ok(check, text)
}
