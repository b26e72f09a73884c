/** Tweets that try to be more than text, in a lake of their own. */
import { tweetLine } from '../support/tweet-lines.ts'

/** Each would set `hacked`, load something, or turn what stands behind it around, if it were more than text. */
export const HOSTILE = {
  name: '"><img src=x onerror="window.hacked=1"> \u202egnp.exe',
  text: '</script><script>window.hacked=2</script> & <b>bold</b> \'quoted\' "twice" {a|b} \u2067rtl',
  tags: [
    '</script><script>window.hacked=3</script>',
    '<img src=//x.invalid onerror=window.hacked=4>',
    '\u202eturned',
    'x{b}y',
  ],
}
/** past 2^53: as JavaScript numbers two of them are one */
export const AUTHORS = ['9007199254740993', '9007199254740992', '9007199254740995', '1000']

/** Lines of a stream for `twdw listen --source replay`, over three days. */
export function hostileLines(): string[] {
  return Array.from({ length: 300 }, (_, n) => {
    const at = new Date(Date.UTC(2024, 0, 1) + n * 900_000).toISOString()
    const tags = ['covid19', ...HOSTILE.tags.filter((_, i) => n % (i + 2) === 0)]
    const line = JSON.parse(tweetLine(at, n, tags))
    const id = AUTHORS[(n % 7) % AUTHORS.length]
    line.data = { ...line.data, author_id: id, text: `${HOSTILE.text} ${n}`, lang: n % 3 === 0 ? '<i>' : 'pt' }
    line.includes = { users: [{ id, name: HOSTILE.name, username: `user${id}`, public_metrics: metrics(n) }] }
    return JSON.stringify(line)
  })
}

function metrics(n: number) {
  return { followers_count: 1000 + n, following_count: 1, tweet_count: 1, listed_count: 0 }
}
