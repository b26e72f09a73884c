/**
 * What tests of the executable tell the double's own process, and ask of it: paths below `/_double/`, which need no signature
 * and are not in the log.
 *
 * - `GET /_double/log`: requests so far, one JSON line each; `POST`: the same, and they are forgotten
 * - `PUT /_double/faults`: a JSON list of faults, behind those that wait; `DELETE`: none wait any more
 * - `PUT /_double/settings`: a JSON object of what is to change
 * - `GET /_double/keys/<bucket>`: JSON list of keys; `GET`, `PUT` and `DELETE /_double/objects/<bucket>/<key>`: bytes
 */
import type { Double, Settings } from './double.ts'
import type { Fault } from './faults.ts'
import { decodePercent } from './signature.ts'
import type { WireAnswer, WireRequest } from './wire.ts'

const ROOT = '/_double/'

export function isControl(path: string): boolean {
  return path.startsWith(ROOT)
}

export function answerControl(double: Double, request: WireRequest): WireAnswer {
  try {
    return look(double, request)
  } catch (error) {
    return text((error as Error).message, 400)
  }
}

function look(double: Double, { method, path, body }: WireRequest): WireAnswer {
  const [, what = '', rest = ''] = /^([^/]*)\/?(.*)$/s.exec(decodePercent(path).slice(ROOT.length)) ?? []
  switch (`${method} ${what}`) {
    case 'GET log':
      return text(lines(double.log))
    case 'POST log':
      return text(lines(double.log.splice(0)))
    case 'PUT faults':
      for (const fault of JSON.parse(body.toString('utf8')) as Fault[]) double.faults.add(fault)
      return text('')
    case 'DELETE faults':
      double.faults.clear()
      return text('')
    case 'PUT settings':
      Object.assign(double.settings, JSON.parse(body.toString('utf8')) as Partial<Settings>)
      return text('')
    case 'GET keys':
      return text(JSON.stringify(double.bucket(rest).keys()))
  }
  return what === 'objects' ? onObject(double, method, rest, body) : text(`no ${method} ${path}`, 404)
}

function onObject(double: Double, method: string, path: string, body: Buffer): WireAnswer {
  const [, name = '', key = ''] = /^([^/]*)\/(.*)$/s.exec(path) ?? []
  const bucket = double.bucket(name)
  if (method === 'PUT') bucket.set(key, Buffer.from(body))
  if (method === 'DELETE') bucket.delete(key)
  if (method !== 'GET') return text('')
  const bytes = bucket.get(key)
  return bytes === undefined ? text(`no ${key}`, 404) : { status: 200, headers: {}, body: bytes }
}

function lines(values: readonly unknown[]): string {
  return values.map(value => `${JSON.stringify(value)}\n`).join('')
}

function text(body: string, status = 200): WireAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: Buffer.from(body) }
}
