/** What `runledger init` writes: a file that works as it is once its variables are set, every other key shown with its default. */
export const SETTINGS_TEMPLATE = `# Settings of runledger. Unknown keys are refused.
# \${NAME} is an environment variable, \${NAME:-text} one with a default, $$ a dollar sign.
# Durations are written 500ms, 30s, 5m, 24h, 7d.

# Where the ledger is: postgres://user@host:5432/database, embedded (a folder .runledger beside this file) or embedded:PATH.
# A flag --database and the variable DATABASE_URL come before what stands here.
database: \${DATABASE_URL:-embedded}

# auto: sync brings schema and views up to date. manual: only runledger migrate does.
# migrate: auto

# trace, debug, info, warn, error, fatal or silent
# log_level: info

connections:
  # The name is the connection's permanent key in the ledger: lower-case letters, digits, _ and -.
  noxus:
    connector: noxus
    base_url: \${NOXUS_BASE_URL:-https://backend.noxus.ai}
    # Left out: the variable NOXUS_API_KEY, or the file that NOXUS_API_KEY_FILE names.
    # api_key: \${NOXUS_API_KEY}
    # For show; may change.
    # label: Noxus, production
    # Left out: every stream that the connector can read.
    # streams: [runs]
    # What of a record's content is kept with its events. redacted: identifiers, times, statuses and names; full: everything; none: nothing.
    # payloads: redacted
    # New words of the source that no release knows yet, by the status that they mean: queued, running, succeeded, failed or cancelled.
    # statuses: { timed_out: failed }
    # max_bytes is the largest answer that is read: raise it where a record or an answer without pages is larger, and give the process 12 MiB of memory more for each MiB.
    # requests: { concurrency: 4, per_second: 10, timeout: 30s, max_wait: 5m, max_bytes: 8MiB }
    # How far back a sync looks again behind what it has read.
    # overlap: 10m
    # full_scan_every: 24h
    # Open records that one sync reads by id, at the most.
    # open_reads: 1000
    # When an open record counts as stuck. Left out: the source's limit, the history of its workflow, or 24h.
    # stuck_after: 24h
    # Whether the key may go over plain http to another host than this machine.
    # allow_http: false

  # morphik:
  #   connector: morphik
  #   base_url: \${MORPHIK_BASE_URL:-https://api.morphik.ai}

  # knowledge-stack:
  #   connector: knowledge_stack
  #   base_url: \${KNOWLEDGE_STACK_BASE_URL:-https://api.knowledgestack.ai}
`;
