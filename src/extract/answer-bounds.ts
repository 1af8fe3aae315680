/**
 * How large an answer may be. Everything follows from the one setting, `requests.max_bytes`: bytes alone bound no memory, because JSON that
 * is nothing but brackets takes up to fifty times its own size once it is parsed.
 */
export interface AnswerBounds {
  /** of the body, unpacked */
  readonly bytes: number;
  /** Values in its JSON: texts, numbers, lists, objects. */
  readonly values: number;
  /** Rows of a list. Each becomes an observation or a rejection, and those of one answer are kept until it is read to its end. */
  readonly items: number;
}

/** A definition in which every coordinate is a value of its own has one for every 20 bytes, and such pages have few megabytes. */
export const BYTES_A_VALUE = 40;

/** Less than source systems write of a record without its content, so that a list of records meets the bound of bytes first. */
export const BYTES_AN_ITEM = 320;

export function answerBounds(bytes: number): AnswerBounds {
  return { bytes, values: Math.ceil(bytes / BYTES_A_VALUE), items: Math.ceil(bytes / BYTES_AN_ITEM) };
}
