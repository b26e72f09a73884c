/** Connection strings of Spark Connect, `sc://host:port/;token=…;use_ssl=true`, as Spark's own clients read them. */
import { TwdwError } from '../../errors.ts'

export interface SparkRemote {
  /** `host:port` */
  address: string
  isEncrypted: boolean
  /** goes with every call, and is in no message */
  token: string | undefined
  userId: string
  /** the session to join; undefined: one of our own */
  sessionId: string | undefined
  /** further headers of each call */
  headers: Record<string, string>
}

const DEFAULT_PORT = 15002

/**
 * @param userId who asks, where the string does not say
 * @throws TwdwError E_USAGE for what is no such string, with none of its token in the sentence
 */
export function parseSparkRemote(text: string, userId: string): SparkRemote {
  const [, rest] = /^sc:\/\/(.+)$/.exec(text) ?? []
  if (rest === undefined) throw notARemote(withoutToken(text), 'it does not begin with sc://')
  const [place = '', ...parameters] = rest.replace(/\/+(;|$)/, '$1').split(';')
  const [, host, port = String(DEFAULT_PORT)] = /^([^:/\s]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?$/i.exec(place) ?? []
  if (host === undefined) throw notARemote(withoutToken(text), `"${place}" is no host and port`)
  const { token, use_ssl, user_id, session_id, ...others } = readParameters(parameters, text)
  if (use_ssl !== undefined && !/^(true|false)$/i.test(use_ssl))
    throw notARemote(withoutToken(text), 'use_ssl is true or false')
  // a token goes encrypted unless it never leaves the machine, as Spark's own clients have it
  const isHere = /^(localhost|127\.[\d.]+|\[::1\])$/i.test(host)
  const isEncrypted = use_ssl === undefined ? token !== undefined && !isHere : use_ssl.toLowerCase() === 'true'
  if (token !== undefined && !isEncrypted && !isHere) {
    throw new TwdwError('E_USAGE', `${withoutToken(text)} would send its token unencrypted`, {
      hint: 'leave use_ssl=false out',
    })
  }
  // what Spark's clients read for themselves, and is nothing here
  const { user_agent: _, grpc_max_message_size: __, ...headers } = others
  return { address: `${host}:${port}`, isEncrypted, token, userId: user_id ?? userId, sessionId: session_id, headers }
}

function readParameters(
  parameters: readonly string[],
  text: string,
): Partial<Record<'token' | 'use_ssl' | 'user_id' | 'session_id', string>> & Record<string, string> {
  const pairs = parameters
    .filter(parameter => parameter !== '')
    .map(parameter => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(parameter) ?? []
      if (name === undefined || value === undefined) {
        throw notARemote(withoutToken(text), `"${parameter}" is not name=value`)
      }
      const decoded = decodedOf(value)
      if (decoded === undefined || !IS_SENT.test(decoded) || !IS_HEADER.test(name)) {
        throw notARemote(withoutToken(text), `"${withoutToken(parameter)}" cannot be sent with a call`)
      }
      return [name, decoded] as const
    })
  return Object.fromEntries(pairs)
}

/** What a header of gRPC may be called, and hold. */
const IS_HEADER = /^(?!.*-bin$)[\w.-]+$/
const IS_SENT = /^[ -~]*$/

function decodedOf(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}

/** As it may be shown. */
export function withoutToken(text: string): string {
  return text.replace(/((?:^|;)token=)[^;]*/gi, '$1…')
}

function notARemote(text: string, why: string): TwdwError {
  return new TwdwError('E_USAGE', `"${text}" is no address of a Spark Connect server: ${why}`, {
    hint: 'write sc://host:15002, or sc://host:443/;token=…;use_ssl=true',
  })
}
