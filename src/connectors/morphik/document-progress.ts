import type { Observation } from '../../model/observation.ts';
import { readActivity } from '../../observe/read-activity.ts';
import { fieldOf } from '../item-field.ts';

/**
 * How far a document is: `{ current_step, total_steps, step_name, percentage }`, or its JSON as a text, by the way in which it was asked for. It
 * stays behind when the document is done, so it is no fact.
 */
export function readProgress(progress: unknown): Pick<Observation, 'progressPercent' | 'lastActivity'> {
  const told = typeof progress === 'string' ? parsed(progress) : progress;
  const percent = fieldOf(told, 'percentage');
  const step = readActivity(fieldOf(told, 'step_name'));
  return {
    ...(typeof percent === 'number' && percent >= 0 && percent <= 100 && { progressPercent: percent }),
    ...(step !== null && { lastActivity: step }),
  };
}

const MAX_JSON_LENGTH = 10_000;

function parsed(text: string): unknown {
  if (text.length > MAX_JSON_LENGTH) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
