/** Whether a test may have mounts of its own: a tiny disk, an overlay. */
import { execFileSync } from 'node:child_process'

/** True where `unshare -m` works, which takes root. */
export const canMount = (() => {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()
