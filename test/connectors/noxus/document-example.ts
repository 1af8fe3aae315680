export const ID = '7d1f2c1e-2b57-4c57-8a55-5b7f3d0c0001';
export const RUN_ID = '0a5d9f0e-6c2b-4d0e-9a43-0c6b5a7e0002';

/** A trained document with every field that the vendor's SDK knows. */
export const DOCUMENT = {
  id: ID,
  name: 'report.pdf',
  prefix: '/finance',
  uri: 'https://files.example/report.pdf',
  status: 'trained',
  summary: 'what it says',
  short_summary: 'it',
  doc_type: 'document',
  source_type: 'Document',
  source_external_id: 'drive:1',
  source_metadata: { folder: 'a' },
  content_type: 'application/pdf',
  has_conversion: false,
  doc_metadata: { pages: 3 },
  error: null,
  created_at: '2024-01-01T00:00:00Z',
  updated_at: '2024-01-02T00:00:00Z',
  size: 1024,
  file_id: '4f3b8a52-7f0b-4a51-9d0e-0d2b9a1c1111',
  run_id: RUN_ID,
  dismissed: false,
  warnings: [],
  needs_reingestion: false,
} as const;
