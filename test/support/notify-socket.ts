/** The manager's end of the notification protocol: a unix datagram socket, bound and read through the C library. */
import { dlopen, FFIType } from 'bun:ffi'

const { i32, i64_fast, pointer, u32, u64_fast } = FFIType

const c = dlopen('libc.so.6', {
  socket: { args: [i32, i32, i32], returns: i32 },
  bind: { args: [i32, pointer, u32], returns: i32 },
  recv: { args: [i32, pointer, u64_fast, i32], returns: i64_fast },
  close: { args: [i32], returns: i32 },
}).symbols

const AF_UNIX = 1
const SOCK_DGRAM = 2
const MSG_DONTWAIT = 0x40

export interface NotifySocket {
  /** messages since the last call, oldest first */
  received(): string[]
  close(): void
}

/** @param address a path that is not there yet, or `@` and a name */
export function openNotifySocket(address: string): NotifySocket {
  const path = Buffer.from(address.startsWith('@') ? `\0${address.slice(1)}` : `${address}\0`)
  const to = Buffer.concat([Buffer.from([AF_UNIX, 0]), path])
  const socket = c.socket(AF_UNIX, SOCK_DGRAM, 0)
  if (c.bind(socket, to, to.length) !== 0) throw new Error(`cannot bind ${address}`)
  return {
    received() {
      const messages: string[] = []
      const into = Buffer.alloc(4096)
      for (;;) {
        const bytes = Number(c.recv(socket, into, into.length, MSG_DONTWAIT))
        if (bytes < 0) return messages
        messages.push(into.toString('utf8', 0, bytes))
      }
    },
    close: () => void c.close(socket),
  }
}
