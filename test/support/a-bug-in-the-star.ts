/**
 * For `bun --preload`: a bug in the building of stars, which no data can bring about. The hashtag bridge of the hour
 * 2024-01-01T10 loses its last row on its way to the checks; the checks themselves, and all around them, are the real ones.
 */
import { plugin } from 'bun'

const REAL = 'const star = outlineTags(cast, outlined, letGo)\n'
const LOSSY = `${REAL}
  const bridge = star.tables.bridge_tweet_hashtag
  if (hour === '2024-01-01T10') star.tables.bridge_tweet_hashtag = { ...bridge, count: bridge.count - 1 }
`

plugin({
  name: 'a bug in the star',
  setup(build) {
    build.onLoad({ filter: /\/consolidate\/make-star\.ts$/ }, async ({ path }) => {
      const source = await Bun.file(path).text()
      if (!source.includes(REAL)) throw new Error(`${path} has no ${REAL} to be put a bug behind`)
      return { contents: source.replace(REAL, LOSSY), loader: 'ts' }
    })
  },
})
