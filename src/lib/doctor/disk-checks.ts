/** The disks below the lake and the state folder, tried out by writing to them. */
import { judgeDisk } from '../domain/health/disk-room.ts'
import { type Finding, fault, faultFrom, ok, warning } from '../domain/health/finding.ts'
import { TwdwError } from '../errors.ts'
import type { DiskProbe } from '../io/disk-probe.ts'
import type { Lake } from '../io/lake.ts'

interface DiskPorts {
  lake: Pick<Lake, 'url'>
  stateFolder: string
  probeDisk(folder: string): Promise<DiskProbe>
}

/** @param bytesPerDay how much the lake grows; undefined where that is not known */
export async function checkDisks(ports: DiskPorts, bytesPerDay: number | undefined): Promise<Finding[]> {
  const { lake, stateFolder, probeDisk } = ports
  return [
    await checkDisk('lake-disk', lake.url, probeDisk, bytesPerDay),
    await checkDisk('state-disk', stateFolder, probeDisk, undefined),
  ]
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
