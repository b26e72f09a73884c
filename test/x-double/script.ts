/**
 * Scripts: what the double does on one connection of the stream, step by step.
 *
 * Steps are data, so that a script can also be handed to the double's own process as JSON. After its last step a
 * script goes on holding the connection in silence until the client leaves.
 */

import type { Socket } from 'node:net'
import { setTimeout as setTimer } from 'node:timers'
import { setTimeout } from 'node:timers/promises'
import type { Refusal } from './answers.ts'
import { endChunked, writeChunk } from './wire.ts'

export type Step =
  /** instead of a stream; only as the first step */
  | { refuse: Refusal }
  /** accept the connection, and answer nothing, not even a head; only as the first step */
  | { mute: true }
  /** the text as it is, in one write; a reader that lets it wait so long is hung up on, and what it has not taken is gone */
  | { raw: string; hangUpAfterMs?: number }
  /** the text as it is, in as many writes as there are cuts and one; offsets are in bytes */
  | { raw: string; cutAt: readonly number[] }
  /** bytes that may be no text, in one write */
  | { base64: string }
  /** the same, for scripts that are no JSON */
  | { block: Uint8Array }
  /** a heartbeat every so often until the client leaves */
  | { beatEveryMs: number }
  | { pauseMs: number }
  /** until the test lets it go on */
  | { until: Promise<unknown> }
  /** `clean`: last chunk and FIN; `fin`: FIN in the middle of the answer; `reset`: RST */
  | { end: 'clean' | 'fin' | 'reset' }

export type Script = Iterable<Step> | AsyncIterable<Step>

/** One line as X sends it. An object becomes its JSON text. */
export const send = (line: unknown): Step => ({ raw: `${lineText(line)}\r\n` })
/** One line and its line end, cut at these byte offsets. */
export const cut = (line: unknown, ...cutAt: number[]): Step => ({ raw: `${lineText(line)}\r\n`, cutAt })
/** Any text, line ends and all. */
export const raw = (text: string): Step => ({ raw: text })
/** Any bytes: half a character, compressed text. */
export const bytes = (some: Uint8Array): Step => ({ base64: Buffer.from(some).toString('base64') })
/** X as it treats a reader that is too slow. */
export const sendOrHangUp = (text: string, hangUpAfterMs: number): Step => ({ raw: text, hangUpAfterMs })
export const keepAlive = (): Step => ({ raw: '\r\n' })
export const beat = (beatEveryMs: number): Step => ({ beatEveryMs })
export const pause = (pauseMs: number): Step => ({ pauseMs })
export const until = (promise: Promise<unknown>): Step => ({ until: promise })
export const end = (): Step => ({ end: 'clean' })
export const drop = (): Step => ({ end: 'fin' })
export const reset = (): Step => ({ end: 'reset' })
export const refuse = (refusal: Refusal): Step => ({ refuse: refusal })
export const mute = (): Step => ({ mute: true })

/** Told of all bytes before they are written, and of undefined when nothing more will be. */
export type Note = (bytes: Uint8Array | undefined) => void

/** Plays the steps after the head of the answer. Resolves when the script is over or the client has left. */
export async function play(steps: Script, socket: Socket, note: Note = () => undefined): Promise<void> {
  socket.once('close', () => note(undefined))
  const gone = new Promise<void>(resolve => socket.once('close', () => resolve()))
  for await (const step of steps) {
    if (socket.destroyed) return
    await Promise.race([playStep(step, socket, note), gone])
  }
}

async function playStep(step: Step, socket: Socket, note: Note): Promise<void> {
  const bytes = bytesOf(step)
  if (bytes !== undefined) {
    note(bytes)
    if ('cutAt' in step) return writePieces(socket, bytes, step.cutAt)
    return 'hangUpAfterMs' in step ? writeOrHangUp(socket, bytes, step.hangUpAfterMs) : writeChunk(socket, bytes)
  }
  if ('pauseMs' in step) return setTimeout(step.pauseMs)
  if ('until' in step) return void (await step.until)
  if ('beatEveryMs' in step) return beatOn(socket, step.beatEveryMs)
  if (!('end' in step)) throw new Error(`only the first step of a script can be ${JSON.stringify(step)}`)
  if (step.end === 'clean') endChunked(socket)
  else if (step.end === 'fin') socket.end()
  else socket.resetAndDestroy()
}

function bytesOf(step: Step): Uint8Array | undefined {
  if ('raw' in step) return Buffer.from(step.raw)
  if ('block' in step) return step.block
  return 'base64' in step ? Buffer.from(step.base64, 'base64') : undefined
}

async function writePieces(socket: Socket, bytes: Uint8Array, cutAt: readonly number[]): Promise<void> {
  const offsets = [0, ...cutAt, bytes.length]
  for (let i = 1; i < offsets.length; i++) {
    await writeChunk(socket, bytes.subarray(offsets[i - 1], offsets[i]))
    // likely, but not sure, to let the reader take the piece first; to be sure use `until`
    await setTimeout(1)
  }
}

async function writeOrHangUp(socket: Socket, bytes: Uint8Array, afterMs: number): Promise<void> {
  const tooSlow = setTimer(() => socket.resetAndDestroy(), afterMs)
  await writeChunk(socket, bytes)
  clearTimeout(tooSlow)
}

async function beatOn(socket: Socket, everyMs: number): Promise<void> {
  while (!socket.destroyed) {
    await writeChunk(socket, Buffer.from('\r\n'))
    await setTimeout(everyMs)
  }
}

function lineText(line: unknown): string {
  return typeof line === 'string' ? line : JSON.stringify(line)
}
