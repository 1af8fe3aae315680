import { describe, expect, it } from 'vitest';
import { reportText } from '../../../src/cli/output/report-text.ts';
import type { Instant } from '../../../src/model/instant.ts';
import type { Report, ReportMeasures } from '../../../src/publish/read-report.ts';

const at = (text: string) => text as Instant;

function measures(differing: Partial<ReportMeasures> = {}): ReportMeasures {
  return {
    finished_count: 40,
    succeeded_count: 35,
    failed_count: 5,
    cancelled_count: 0,
    failure_rate: 0.125,
    run_p50_seconds: null,
    run_p95_seconds: null,
    run_max_seconds: null,
    queue_p50_seconds: null,
    queue_p95_seconds: null,
    total_p50_seconds: 85,
    total_p95_seconds: 786,
    total_max_seconds: 900,
    run_bounded_share: 0,
    queue_bounded_share: 0,
    total_bounded_share: 1,
    ...differing,
  };
}

const EMPTY: Report = {
  since: at('2025-10-27T12:00:00.000000Z'),
  until: at('2025-11-03T12:00:00.000000Z'),
  by: 'workflow',
  timeZone: 'UTC',
  rows: [],
  totals: [],
  days: [],
  failures: [],
  latest_failures: [],
};
const ROW = {
  connector: 'noxus',
  connection: 'main',
  stream: 'runs',
  workflow_id: 'w1',
  workflow_name: 'Onboarding',
  collection_id: null,
} as const;

describe('the report', () => {
  it('shows the rows, what share of durations is known, the days and the failures', () => {
    const unnamed = {
      ...ROW,
      workflow_id: 'w2',
      workflow_name: null,
      ...measures({ finished_count: 1, failed_count: 0, failure_rate: null }),
    };
    const text = reportText(
      {
        ...EMPTY,
        rows: [{ ...ROW, ...measures() }, unnamed],
        totals: [{ stream: 'runs', ...measures({ finished_count: 41 }) }],
        days: ['2025-11-01', '2025-11-02'].map((day) => ({ stream: 'runs', day, day_start_at: EMPTY.since, ...measures() })),
        failures: [
          {
            stream: 'runs',
            error_signature: null,
            warning_kinds: ['model_timeout'],
            status_reason: null,
            failed_count: 5,
            workflow_count: 2,
            last_failed_at: at('2025-11-02T08:00:00.000000Z'),
            record_key: 'main/runs/r1',
          },
        ],
      },
      null,
    );
    expect(text).toBe(
      [
        'runs that finished from 2025-10-27T12:00:00Z to 2025-11-03T12:00:00Z',
        'workflow    finished  failed  cancelled  failure rate  run p50  run p95  total p50  total p95',
        'Onboarding        40       5          0         12.5%        –        –   1 m 25 s   13 m 6 s',
        'w2                 1       0          0             –        –        –   1 m 25 s   13 m 6 s',
        'all               41       5          0         12.5%        –        –   1 m 25 s   13 m 6 s',
        '',
        'known: the run time of 0.0%, the total of 100.0% of them',
        '',
        'day (UTC)   finished  failed  cancelled  failure rate  run p50  run p95  total p50  total p95',
        '2025-11-01        40       5          0         12.5%        –        –   1 m 25 s   13 m 6 s',
        '2025-11-02        40       5          0         12.5%        –        –   1 m 25 s   13 m 6 s',
        '',
        'failures  workflows  latest                what           for example',
        '       5          2  2025-11-02T08:00:00Z  model_timeout  main/runs/r1',
        '',
      ].join('\n'),
    );
  });

  it('keeps runs and documents apart, and names the connection where there are several', () => {
    const text = reportText(
      {
        ...EMPTY,
        rows: [
          { ...ROW, ...measures() },
          { ...ROW, connection: 'other', ...measures() },
          { ...ROW, stream: 'documents', ...measures() },
        ],
        totals: [
          { stream: 'runs', ...measures() },
          { stream: 'documents', ...measures() },
        ],
      },
      null,
    );
    expect(text).toMatch(
      /^runs that finished .*\nconnection {2}workflow .*\nmain .*\nother .*\n +all [^]*\ndocuments that finished .*\nworkflow /,
    );
  });

  it('says that nothing finished', () => {
    expect(reportText(EMPTY, null)).toBe('nothing finished from 2025-10-27T12:00:00Z to 2025-11-03T12:00:00Z\n');
  });
});
