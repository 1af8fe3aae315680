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
    run_bounded_count: 0,
    queue_bounded_count: 0,
    total_bounded_count: differing.finished_count ?? 40,
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
        'workflow    finished  failed  cancelled  failure rate  run timed  run p50  run p95  total p50  total p95',
        'Onboarding        40       5          0         12.5%          0        –        –   1 m 25 s   13 m 6 s',
        'w2                 1       0          0             –          0        –        –   1 m 25 s          –',
        'all               41       5          0         12.5%          0        –        –   1 m 25 s   13 m 6 s',
        '',
        'known: the run time of 0, the total time of 41 of 41 attempts',
        'a p95 is shown where at least 5 times are known',
        '',
        'day (UTC)   finished  failed  cancelled  failure rate  run timed  run p50  run p95  total p50  total p95',
        '2025-11-01        40       5          0         12.5%          0        –        –   1 m 25 s   13 m 6 s',
        '2025-11-02        40       5          0         12.5%          0        –        –   1 m 25 s   13 m 6 s',
        '',
        'failures  workflows  latest                what           for example',
        '       5          2  2025-11-02T08:00:00Z  model_timeout  main/runs/r1',
        '',
      ].join('\n'),
    );
  });

  it('says how many times a percentile rests on, and shows no p95 of fewer than five', () => {
    const timed = (run_bounded_count: number): ReportMeasures =>
      measures({ run_bounded_count, total_bounded_count: 39, run_p50_seconds: 60, run_p95_seconds: 65 });
    const rows = [4, 5].map((count) => ({ ...ROW, workflow_name: `of ${count}`, ...timed(count) }));
    const text = reportText({ ...EMPTY, rows, totals: [{ stream: 'runs', ...timed(9), finished_count: 80 }] }, null);
    expect(text).toContain(
      [
        'workflow  finished  failed  cancelled  failure rate  run timed  run p50  run p95  total timed  total p50  total p95',
        'of 4            40       5          0         12.5%          4      1 m        –           39   1 m 25 s   13 m 6 s',
        'of 5            40       5          0         12.5%          5      1 m  1 m 5 s           39   1 m 25 s   13 m 6 s',
        'all             80       5          0         12.5%          9      1 m  1 m 5 s           39   1 m 25 s   13 m 6 s',
        '',
        'known: the run time of 9, the total time of 39 of 80 attempts',
        'a p95 is shown where at least 5 times are known',
        '',
      ].join('\n'),
    );
  });

  it('needs neither a count nor a note where every time is known', () => {
    const all = measures({ run_bounded_count: 40, run_p50_seconds: 60, run_p95_seconds: 65 });
    expect(reportText({ ...EMPTY, rows: [{ ...ROW, ...all }], totals: [{ stream: 'runs', ...all }] }, null)).not.toMatch(/timed|known/);
  });

  describe.each([80, 110, 200])('on a terminal of %i columns', (width) => {
    const id = '0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11';
    const long = measures({ run_bounded_count: 5, run_p50_seconds: 2_253, run_p95_seconds: 55_260, total_p95_seconds: 1_411 });
    const report: Report = {
      ...EMPTY,
      rows: [
        { ...ROW, workflow_name: 'Ingest Product manuals', ...long },
        { ...ROW, workflow_id: id, workflow_name: null, ...long },
      ],
      totals: [{ stream: 'runs', ...long }],
      days: ['2025-11-01', '2025-11-02'].map((day) => ({ stream: 'runs', day, day_start_at: EMPTY.since, ...long })),
      failures: [
        {
          stream: 'runs',
          error_signature: 'the model gave no answer within # seconds, and neither did the one that takes its place',
          warning_kinds: null,
          status_reason: null,
          failed_count: 5,
          workflow_count: 1,
          last_failed_at: at('2025-11-02T08:00:00.000000Z'),
          record_key: `noxus-demo/runs/${id}`,
        },
      ],
    };

    it.each(['workflow', 'collection'] as const)('breaks no id, time or duration by %s, and is no wider', (by) => {
      const rows = report.rows.map((row) => ({ ...row, collection_id: id }));
      const text = reportText({ ...report, by, rows }, width);
      for (const whole of [id, `noxus-demo/runs/${id}`, '2025-11-02T08:00:00Z', '37 m 33 s', '15 h 21 m', '23 m 31 s', '2025-11-01']) {
        expect(text).toContain(whole);
      }
      expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(width);
    });
  });

  it('puts durations below outcomes, and each failure in lines of its own, where the terminal is narrow', () => {
    const failure = {
      stream: 'runs',
      error_signature: null,
      warning_kinds: ['model_timeout'],
      status_reason: null,
      failed_count: 5,
      workflow_count: 1,
      last_failed_at: at('2025-11-02T08:00:00.000000Z'),
      record_key: 'main/runs/0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11',
    } as const;
    const report = {
      ...EMPTY,
      rows: [{ ...ROW, ...measures() }],
      totals: [{ stream: 'runs', ...measures() } as const],
      failures: [failure],
    };
    expect(reportText(report, 80)).toBe(
      [
        'runs that finished from 2025-10-27T12:00:00Z to 2025-11-03T12:00:00Z',
        'workflow    finished  failed  cancelled  failure rate',
        'Onboarding        40       5          0         12.5%',
        '',
        'workflow    run timed  run p50  run p95  total p50  total p95',
        'Onboarding          0        –        –   1 m 25 s   13 m 6 s',
        '',
        'known: the run time of 0, the total time of 40 of 40 attempts',
        '',
        '5 failures in 1 workflow, the latest 2025-11-02T08:00:00Z',
        '  model_timeout',
        '  for example main/runs/0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11',
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
