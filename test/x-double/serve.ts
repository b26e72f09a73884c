/**
 * The double as a process of its own, for tests of the executable: `bun test/x-double/serve.ts <options as JSON>`.
 *
 * The JSON is an XDoubleOptions. The first line on stdout is the origin; after it comes one JSON line for each
 * request. It runs until stdin ends, so that it never outlives the test that started it.
 */
import { startXDouble, type XDoubleOptions } from './double.ts'

const [text = '{"token":"TEST"}'] = process.argv.slice(2)
const x = await startXDouble(JSON.parse(text) as XDoubleOptions)
process.stdout.write(`${x.origin}\n`)

let told = 0
const timer = setInterval(() => {
  for (; told < x.requests.length; told++) {
    const { method, path, query, body } = x.requests[told]!
    process.stdout.write(`${JSON.stringify({ method, path, query, body })}\n`)
  }
}, 20)

process.stdin.resume()
process.stdin.once('end', () => {
  clearInterval(timer)
  void x.close().then(() => process.exit(0))
})
