import { API_KEY } from '../../sync/rig.ts';
import type { Json } from './conforming-system.ts';
import type { RecordChange } from './map-records.ts';

export const SECRET = 'X-Amz-Signature=what-nobody-may-keep';

/** What a source could show by mistake, too. */
const ADDRESS = `https://bucket.s3.example/what-nobody-may-keep?${SECRET}&key=${API_KEY}`;

/** A record with a signed address in every place where the contract has contents. */
export const withSecrets: RecordChange = (record, { stream }) =>
  stream.contents.reduce<Json>((planted, place) => plant(planted, place.split('.')), record);

/** Only where the answer has the object that the place is in: what it does not show at all is shown nowhere else either. */
function plant(object: Json, [name = '', ...rest]: readonly string[]): Json {
  const present = object[name];
  if (rest.length === 0) return { ...object, [name]: inPlaceOf(present) };
  return isObject(present) ? { ...object, [name]: plant(present, rest) } : object;
}

/** Of the same form, so that it is looked at as what was there would be. */
function inPlaceOf(present: unknown): unknown {
  if (Array.isArray(present)) return [ADDRESS, { text: ADDRESS }];
  return isObject(present) ? { ...present, text: ADDRESS, list: [ADDRESS] } : ADDRESS;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
