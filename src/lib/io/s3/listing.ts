/**
 * Finding objects with few requests: a page of a listing has a thousand, costs as much as a dozen looks at single ones, and pages
 * follow one another.
 */
import { side } from '../side.ts'
import type { ObjectStore, StoredObject } from './object-store.ts'

/** Pages that are read one after the other before folders are listed side by side. */
const PAGES_IN_A_ROW = 4
/** Objects that a folder must have, as far as was seen, to be worth a listing of its own. */
const MIN_FOLDER_OBJECTS = 200
const LISTINGS_AT_A_TIME = 16
/** What a page costs, in looks at single objects: 0.005 and 0.0004 dollars a thousand. */
const PAGE_IN_LOOKS = 12
const LOOKS_AT_A_TIME = 32
const PAGE_OBJECTS = 1000

/** All objects whose key begins with `prefix`, sorted by key. */
export async function listAll(store: Pick<ObjectStore, 'listPage'>, prefix: string): Promise<StoredObject[]> {
  const found: StoredObject[] = []
  let next: string | undefined
  for (let pages = 0; pages < PAGES_IN_A_ROW || !isCrowded(found, prefix); pages++) {
    const page = await store.listPage(prefix, next === undefined ? {} : { next })
    found.push(...page.objects)
    next = page.next
    if (next === undefined) return found
  }
  const last = found.at(-1)!.key
  const below = await listFolder(store, prefix)
  const folders = below.folders.filter(folder => folder >= folderOf(last, prefix))
  const rest = await side(folders, LISTINGS_AT_A_TIME, folder => listBehind(store, folder, last))
  // what is in no folder may come behind all of them
  const beside = below.objects.filter(({ key }) => key > last)
  return [...found, ...beside, ...rest.flat()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Whether folders directly below `prefix` have so many objects each that listing them side by side is worth it. */
function isCrowded(found: readonly StoredObject[], prefix: string): boolean {
  const folders = new Set(found.map(({ key }) => folderOf(key, prefix)))
  return !folders.has('') && found.length / folders.size >= MIN_FOLDER_OBJECTS
}

/** The folder directly below `prefix` in which an object is; '' where it is in none. */
function folderOf(key: string, prefix: string): string {
  const end = key.indexOf('/', prefix.length)
  return end < 0 ? '' : key.slice(0, end + 1)
}

/** @param after no object up to this key */
async function listBehind(
  store: Pick<ObjectStore, 'listPage'>,
  prefix: string,
  after: string,
): Promise<StoredObject[]> {
  const found: StoredObject[] = []
  let page = await store.listPage(prefix, { after })
  found.push(...page.objects)
  while (page.next !== undefined) {
    page = await store.listPage(prefix, { next: page.next })
    found.push(...page.objects)
  }
  return found
}

/** What is directly below a prefix. */
export async function listFolder(
  store: Pick<ObjectStore, 'listPage'>,
  prefix: string,
): Promise<{ objects: StoredObject[]; folders: string[] }> {
  const objects: StoredObject[] = []
  const folders: string[] = []
  let next: string | undefined
  do {
    const page = await store.listPage(prefix, { delimiter: '/', ...(next !== undefined && { next }) })
    objects.push(...page.objects)
    folders.push(...page.folders)
    next = page.next
  } while (next !== undefined)
  return { objects, folders }
}

/**
 * Some objects, wherever they are; undefined for those that are not there. Few are looked at one by one, many are found by listing
 * what lies between the first and the last of a table.
 */
export async function findObjects(
  store: Pick<ObjectStore, 'listPage' | 'head'>,
  keys: readonly string[],
): Promise<(StoredObject | undefined)[]> {
  const found = new Map<string, StoredObject | undefined>()
  const tables = Map.groupBy(new Set(keys), key => key.split('/').slice(0, 2).join('/'))
  for (const some of tables.values()) await findSome(store, some.sort(), found)
  return keys.map(key => found.get(key))
}

/** @param keys sorted */
async function findSome(
  store: Pick<ObjectStore, 'listPage' | 'head'>,
  keys: readonly string[],
  found: Map<string, StoredObject | undefined>,
): Promise<void> {
  let wanted = keys
  // what lies between may be much more than what is wanted: then looking at the rest one by one costs less
  const budget = Math.ceil(keys.length / PAGE_OBJECTS) + Math.floor(keys.length / PAGE_IN_LOOKS / 2)
  let after = keys[0]!.slice(0, -1)
  const prefix = commonPrefix(keys[0]!, keys.at(-1)!)
  for (let pages = 0; wanted.length > PAGE_IN_LOOKS && pages < budget; pages++) {
    const { objects, next } = await store.listPage(prefix, { after })
    for (const object of objects) found.set(object.key, object)
    const last = next === undefined ? undefined : objects.at(-1)?.key
    wanted = last === undefined ? [] : wanted.filter(key => key > last)
    after = last ?? after
  }
  const looked = await side(wanted, LOOKS_AT_A_TIME, key => store.head(key))
  for (const [i, key] of wanted.entries()) found.set(key, looked[i])
}

function commonPrefix(first: string, last: string): string {
  let length = 0
  while (length < first.length && first[length] === last[length]) length++
  return first.slice(0, length)
}
