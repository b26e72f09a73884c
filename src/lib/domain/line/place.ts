/** Places: v1.1 and v2 describe them in the same words, and hold their points in different places. */
import { arrayOf, type JsonObject, numberOf, textOf } from './json.ts'

/**
 * @param point longitude and latitude in degrees, in this order, as GeoJSON has them
 * @returns the `place_*` columns of layer1; null where X sent nothing
 */
export function placeColumns(id: string | null, place: JsonObject | undefined, point: unknown) {
  const [longitude, latitude] = arrayOf(point)
  return {
    place_id: id,
    place_full_name: textOf(place?.full_name),
    place_name: textOf(place?.name),
    place_type: textOf(place?.place_type),
    place_country: textOf(place?.country),
    place_country_code: textOf(place?.country_code),
    place_longitude: numberOf(longitude),
    place_latitude: numberOf(latitude),
  }
}
