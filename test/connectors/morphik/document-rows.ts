export const ID = '0b1d6a8e-6b5c-4a3e-9d0f-5a7c1e2f3a4b';

const COLUMNS = {
  external_id: ID,
  content_type: 'application/pdf',
  folder_path: '/finance/2026',
  folder_id: 'folder-1',
  app_id: 'app-1',
} as const;

export const STATE = {
  status: 'completed',
  created_at: '2026-07-01T17:00:00.123456+00:00',
  updated_at: '2026-07-01T17:06:16.654321+00:00',
} as const;

export const PROGRESS = { current_step: 6, total_steps: 6, step_name: 'Finalizing', percentage: 100 } as const;

/** As a server gives it that knows the fields by their bare names: what is absent is null, progress is a text. */
export function bareRow(state: Readonly<Record<string, unknown>> = {}, columns: Readonly<Record<string, unknown>> = {}): unknown {
  return { ...COLUMNS, system_metadata: { error: null, progress: JSON.stringify(PROGRESS), ...STATE, ...state }, ...columns };
}

/** As one gives it that must be asked by dotted names: what is absent is left out. */
export function dottedRow(state: Readonly<Record<string, unknown>> = {}, columns: Readonly<Record<string, unknown>> = {}): unknown {
  return { ...COLUMNS, system_metadata: { progress: PROGRESS, ...STATE, ...state }, ...columns };
}

/** As one gives it that knows no fields: the whole document, its text included. */
export function wholeRow(state: Readonly<Record<string, unknown>> = {}, columns: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    ...COLUMNS,
    filename: 'SECRET.pdf',
    metadata: { author: 'SECRET' },
    metadata_types: { author: 'string' },
    storage_info: { bucket: 'SECRET', key: 'SECRET' },
    additional_metadata: { note: 'SECRET' },
    chunk_ids: ['SECRET-0', 'SECRET-1'],
    summary_storage_key: 'SECRET',
    folder_name: 'SECRET',
    end_user_id: 'SECRET',
    system_metadata: { content: 'the whole TEXT', page_count: 3, progress: PROGRESS, ...STATE, ...state },
    ...columns,
  };
}

/** As the read of its status by id shows it: progress only while it is processed, an error only where it failed. */
export function statusAnswer(state: Readonly<Record<string, unknown>> = {}): unknown {
  return { document_id: ID, filename: 'SECRET.pdf', ...STATE, ...state };
}

export const ROWS = { 'bare fields': bareRow, 'dotted fields': dottedRow, 'no fields': wholeRow } as const;
