export const ID = '5b0f6f1e-1c7d-4e86-9a57-2f3d6a1b0001';
export const DEFINITION_ID = '5b0f6f1e-1c7d-4e86-9a57-2f3d6a1b0002';
export const USER_ID = '5b0f6f1e-1c7d-4e86-9a57-2f3d6a1b0003';
export const TENANT_ID = '5b0f6f1e-1c7d-4e86-9a57-2f3d6a1b0004';
const PATH_PART_ID = '5b0f6f1e-1c7d-4e86-9a57-2f3d6a1b0005';
const INSTRUCTION = { path_part_id: PATH_PART_ID, materialized_path: '/SECRET/how.md', part_type: 'DOCUMENT_VERSION' };
const FOLDER = { id: PATH_PART_ID, path_part_id: PATH_PART_ID, materialized_path: '/SECRET' };

/** A finished run of the first generation, with the fields of page 004 and their order. */
export const FIRST_RUN = {
  id: ID,
  workflow_definition_id: DEFINITION_ID,
  user_id: USER_ID,
  runner_type: 'SELF_HOSTED',
  status: 'COMPLETED',
  started_at: '2026-04-01T10:01:00Z',
  completed_at: '2026-04-01T10:05:00Z',
  run_snapshot: {
    workflow_definition_id: DEFINITION_ID,
    workflow_name: 'Invoices',
    runner_type: 'SELF_HOSTED',
    user_id: USER_ID,
    max_run_duration_seconds: 300,
    sources: [{ ...INSTRUCTION, part_type: 'FOLDER' }],
    instructions: [INSTRUCTION],
    outputs: [],
    template: null,
  },
  error: null,
  created_at: '2026-04-01T10:00:00Z',
  updated_at: '2026-04-01T10:05:01Z',
};

/** The same run as the second generation shows it. */
export const SECOND_RUN = {
  part_type: 'WORKFLOW_RUN',
  id: ID,
  path_part_id: PATH_PART_ID,
  parent_path_part_id: null,
  materialized_path: '/SECRET/run',
  tenant_id: TENANT_ID,
  name: 'Invoices of April',
  workflow_definition_id: DEFINITION_ID,
  triggered_by: { user_id: USER_ID, first_name: 'SECRET', last_name: 'SECRET' },
  execution_state: 'COMPLETED',
  approval_state: 'not_required',
  started_at: '2026-04-01T10:01:00Z',
  completed_at: '2026-04-01T10:05:00Z',
  run_snapshot: {
    workflow_name: 'Invoices',
    max_run_duration_seconds: 300,
    instruction: { ...INSTRUCTION, source_s3_uri: 's3://SECRET' },
    inputs: [{ ...INSTRUCTION, origin: 'RUN_UPLOAD' }],
    excluded_common_files: [],
    user_message: 'SECRET',
    selected_skill_ids: [],
  },
  error: null,
  auto_start: false,
  auto_start_user_message: 'SECRET',
  inputs: { ...FOLDER, assets: [] },
  outputs: { ...FOLDER, assets: [] },
  discussions: FOLDER,
  excluded_common_files: [],
  run_thread_id: null,
  owner: { user_id: USER_ID, first_name: 'SECRET', last_name: 'SECRET' },
  created_at: '2026-04-01T10:00:00Z',
  updated_at: '2026-04-01T10:05:01Z',
  permissions: null,
};

export const FIRST_DEFINITION = {
  id: DEFINITION_ID,
  name: 'Invoices',
  description: null,
  runner_type: 'SELF_HOSTED',
  runner_config: null,
  max_run_duration_seconds: 300,
  source_path_part_ids: [],
  instruction_path_part_ids: [],
  output_path_part_ids: [],
  template_path_part_id: null,
  is_active: true,
  created_at: '2026-03-01T00:00:00Z',
  updated_at: '2026-03-01T00:00:00Z',
};

export const SECOND_DEFINITION = {
  part_type: 'WORKFLOW_DEFINITION',
  id: DEFINITION_ID,
  path_part_id: PATH_PART_ID,
  parent_path_part_id: null,
  materialized_path: '/Invoices',
  tenant_id: TENANT_ID,
  name: 'Invoices',
  description: null,
  max_run_duration_seconds: 300,
  instruction_path_part_id: PATH_PART_ID,
  is_active: true,
  approval_required: false,
  is_template: false,
  created_from_id: null,
  approval_state: 'not_required',
  created_at: '2026-03-01T00:00:00Z',
  updated_at: '2026-03-01T00:00:00Z',
};
