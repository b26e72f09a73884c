/** The double's list of stream connections, open and past, and the call that frees a slot. */
import type { Socket } from 'node:net'

export interface Connection {
  id: string
  socket: Socket
  connectedAtMs: number
  disconnectedAtMs: number | undefined
  reason: string | undefined
}

export class Connections {
  readonly all: Connection[] = []
  private readonly isDeafToHangUps: boolean

  constructor(isDeafToHangUps: boolean) {
    this.isDeafToHangUps = isDeafToHangUps
  }

  open(socket: Socket, nowMs: number): Connection {
    const connection: Connection = {
      id: `00000000-0000-4000-8000-${String(this.all.length + 1).padStart(12, '0')}`,
      socket,
      connectedAtMs: nowMs,
      disconnectedAtMs: undefined,
      reason: undefined,
    }
    this.all.push(connection)
    socket.once('close', () => {
      if (this.isDeafToHangUps) return
      connection.disconnectedAtMs ??= nowMs
      connection.reason ??= 'client_disconnect'
    })
    return connection
  }

  get active(): Connection[] {
    return this.all.filter(connection => connection.disconnectedAtMs === undefined)
  }

  /** `GET /2/connections` */
  list(query: Readonly<Record<string, string>>): Record<string, unknown> {
    const status = query.status ?? 'active'
    const shown = status === 'all' ? this.all : status === 'active' ? this.active : this.all.filter(isOver)
    const data = shown.map(({ id, connectedAtMs, disconnectedAtMs, reason }) => ({
      id,
      endpoint_name: 'filtered_stream',
      connected_at: new Date(connectedAtMs).toISOString(),
      ...(disconnectedAtMs !== undefined && {
        disconnected_at: new Date(disconnectedAtMs).toISOString(),
        disconnect_reason: reason,
      }),
      client_ip: '127.0.0.1',
    }))
    return { ...(data.length > 0 && { data }), meta: { result_count: data.length } }
  }

  /** `DELETE /2/connections/…`. @param what `all`, an endpoint's name, or '' with ids in the body */
  free(what: string, body: string, nowMs: number): Record<string, unknown> {
    const uuids = what === '' ? ((JSON.parse(body || '{}') as { uuids?: string[] }).uuids ?? []) : undefined
    const freed = what !== 'all' && what !== 'filtered_stream' && what !== '' ? [] : this.active
    const meant = freed.filter(({ id }) => uuids === undefined || uuids.includes(id))
    for (const connection of meant) {
      connection.disconnectedAtMs = nowMs
      connection.reason = 'force_disconnect'
      connection.socket.end()
    }
    return {
      data: { successful_kills: meant.length, failed_kills: (uuids?.length ?? meant.length) - meant.length },
      meta: { result_count: meant.length },
    }
  }
}

function isOver(connection: Connection): boolean {
  return connection.disconnectedAtMs !== undefined
}
