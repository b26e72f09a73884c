/**
 * A headless Chromium, told what to do over a pipe in its own protocol.
 *
 * Everything that a page says, throws or asks the network for is written down. The browser has a profile of its own that
 * goes with it, and no host resolves.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'

export interface Viewport {
  width: number
  height: number
  /** of the person's system */
  scheme?: 'light' | 'dark'
}

export interface OpenPage {
  /** a JavaScript expression; its value comes back as JSON has it */
  evaluate<T>(expression: string): Promise<T>
  /** moves the mouse there, and clicks if told to */
  point(at: { x: number; y: number }, click?: boolean): Promise<void>
  /** turns the wheel there, forward, with the shift key held */
  wheel(at: { x: number; y: number }): Promise<void>
  /** PNG of what is seen, or of the page in its whole height */
  screenshot(whole?: boolean): Promise<Uint8Array>
  pdf(): Promise<Uint8Array>
  /** console messages, exceptions and refusals by policy, so far */
  complaints: string[]
  /** URLs that were asked for besides the page itself, so far */
  requests: string[]
  close(): Promise<void>
}

export interface Chromium {
  open(path: string, viewport: Viewport): Promise<OpenPage>
  close(): Promise<void>
}

/** as the protocol numbers it */
const SHIFT = 8

type Params = Record<string, unknown>
interface Message {
  id?: number
  sessionId?: string
  method?: string
  params?: Params
  result?: Params
  error?: { message: string }
}

export async function startChromium(binary: string): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), 'twdw-chromium-'))
  const child = spawn(
    binary,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--hide-scrollbars',
      '--no-first-run',
      '--disable-background-networking',
      '--host-resolver-rules=MAP * ~NOTFOUND',
      `--user-data-dir=${profile}`,
      '--remote-debugging-pipe',
    ],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: profile, TZ: 'UTC' },
    },
  )
  const { send, listen } = speak(child)
  return {
    open: (path, viewport) => openPage(path, viewport, send, listen),
    async close() {
      const ended = new Promise(done => child.once('close', done))
      await send('Browser.close').catch(() => child.kill('SIGKILL'))
      await ended
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

type Send = (method: string, params?: Params, sessionId?: string) => Promise<Params>
type Listen = (sessionId: string, on: (method: string, params: Params) => void) => void

/** JSON texts, each with a NUL behind it: in on the fourth descriptor, out on the fifth. */
function speak(child: ChildProcess): { send: Send; listen: Listen } {
  const [, , , input, output] = child.stdio as [null, null, null, Writable, Readable]
  const waiting = new Map<number, { done: (result: Params) => void; fail: (error: Error) => void }>()
  const listeners = new Map<string, (method: string, params: Params) => void>()
  let next = 1
  let rest = ''
  output.setEncoding('utf8').on('data', (text: string) => {
    const texts = (rest + text).split('\0')
    rest = texts.pop() ?? ''
    for (const message of texts.map(text => JSON.parse(text) as Message)) {
      const { id = 0, sessionId = '', method, params = {}, result = {}, error } = message
      if (method !== undefined) listeners.get(sessionId)?.(method, params)
      else if (error !== undefined) waiting.get(id)?.fail(new Error(error.message))
      else waiting.get(id)?.done(result)
      waiting.delete(id)
    }
  })
  child.on('close', () => {
    for (const { fail } of waiting.values()) fail(new Error('the browser ended'))
  })
  return {
    send: (method, params = {}, sessionId) =>
      new Promise((done, fail) => {
        const id = next++
        waiting.set(id, { done, fail })
        input.write(`${JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`)
      }),
    listen: (sessionId, on) => void listeners.set(sessionId, on),
  }
}

async function openPage(path: string, viewport: Viewport, send: Send, listen: Listen): Promise<OpenPage> {
  const url = pathToFileURL(path).href
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = (await send('Target.attachToTarget', { targetId, flatten: true })) as { sessionId: string }
  const tell: Send = (method, params) => send(method, params, sessionId)
  const complaints: string[] = []
  const requests: string[] = []
  const loaded = new Promise<void>(done => {
    listen(sessionId, (method, params) => {
      if (method === 'Page.loadEventFired') done()
      const complaint = complaintOf(method, params)
      if (complaint !== undefined) complaints.push(complaint)
      if (method === 'Network.requestWillBeSent') requests.push((params.request as { url: string }).url)
    })
  })
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await tell(`${domain}.enable`)
  const { width, height, scheme = 'light' } = viewport
  await tell('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 })
  await tell('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] })
  await tell('Page.navigate', { url })
  await loaded
  const evaluate = async <T>(expression: string) => {
    const answer = await tell('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails))
    return (answer.result as { value: T }).value
  }
  // what is drawn at the next frame is drawn by then
  await evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))')
  return {
    evaluate,
    async point({ x, y }, click = false) {
      const mouse = (type: string) =>
        tell('Input.dispatchMouseEvent', { type, x, y, button: type === 'mouseMoved' ? 'none' : 'left', clickCount: 1 })
      await mouse('mouseMoved')
      if (click) {
        await mouse('mousePressed')
        await mouse('mouseReleased')
      }
    },
    async wheel(at) {
      await tell('Input.dispatchMouseEvent', { type: 'mouseWheel', ...at, deltaX: 0, deltaY: -120, modifiers: SHIFT })
    },
    screenshot: async (whole = false) =>
      Buffer.from((await tell('Page.captureScreenshot', { captureBeyondViewport: whole })).data as string, 'base64'),
    pdf: async () => Buffer.from((await tell('Page.printToPDF')).data as string, 'base64'),
    complaints,
    get requests() {
      return requests.filter(asked => asked !== url)
    },
    close: async () => void (await send('Target.closeTarget', { targetId })),
  }
}

function complaintOf(method: string, params: Params): string | undefined {
  if (method === 'Runtime.exceptionThrown' || method === 'Runtime.consoleAPICalled') return JSON.stringify(params)
  if (method === 'Log.entryAdded') return (params.entry as { text: string }).text
  return undefined
}
