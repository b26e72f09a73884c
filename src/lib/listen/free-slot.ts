/**
 * Frees the place at X that a connection of this app still holds though its listener is gone.
 *
 * After a cut that X did not notice it counts the dead connection for hours, and an app may have one. Of several the
 * oldest is closed: the connections of listeners that live are younger than what they replaced.
 */
import { endingText } from '../domain/x/reconnect.ts'
import type { Log } from '../io/log.ts'
import type { XRest } from '../io/x/rest.ts'

export interface SlotPorts {
  rest: Pick<XRest, 'listConnections' | 'closeConnections'>
  log: Log
}

/** @returns false when X knows of no connection, or cannot be asked; the log has why */
export async function freeSlot({ rest, log }: SlotPorts, signal: AbortSignal): Promise<boolean> {
  const open = await rest.listConnections(signal)
  if (!open.ok) return notFreed(log, open.end)
  const [oldest] = open.value.toSorted((a, b) => ((a.connectedAt ?? '') < (b.connectedAt ?? '') ? -1 : 1))
  if (oldest === undefined) return false
  const closed = await rest.closeConnections([oldest.id], signal)
  if (!closed.ok) return notFreed(log, closed.end)
  if (closed.value === 0) return false
  const { connectedAt = 'an unknown time' } = oldest
  log.warn(`X held a connection of this app open since ${connectedAt}; closed it, for an app may have one`, {
    connection: oldest.id,
    connectedAt,
  })
  return true
}

type End = Extract<Awaited<ReturnType<XRest['listConnections']>>, { ok: false }>['end']

function notFreed(log: Log, end: End): false {
  if (end.how !== 'aborted') log.warn(`the connection that X holds open cannot be closed: ${endingText(end)}`)
  return false
}
