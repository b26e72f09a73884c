/** Health over HTTP: one answer for whoever asks, such as a load balancer or an orchestrator. */
import { systemErrorCode, TwdwError } from '../errors.ts'

export interface HealthAnswer {
  healthy: boolean
  /** becomes the JSON of the answer */
  body: unknown
}

/**
 * Answers every GET and HEAD with what `look` says at that moment: status 200 when healthy, 503 when not.
 * @returns ends it
 * @throws TwdwError E_USAGE when the address is taken, or not this machine's
 */
export function serveHealth(
  { host, port }: { host: string; port: number },
  look: () => Promise<HealthAnswer>,
): () => Promise<void> {
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      async fetch(request) {
        if (!['GET', 'HEAD'].includes(request.method)) return new Response(null, { status: 405 })
        const { healthy, body } = await look()
        return Response.json(body, { status: healthy ? 200 : 503, headers: { 'cache-control': 'no-store' } })
      },
      error: () => Response.json({ healthy: false, faults: ['the health cannot be told'] }, { status: 503 }),
    })
    return () => server.stop(true)
  } catch (cause) {
    throw new TwdwError('E_USAGE', `nobody can be answered at ${host}:${port}: ${systemErrorCode(cause) ?? cause}`, {
      cause,
      hint: 'name another one with --health-port',
    })
  }
}
