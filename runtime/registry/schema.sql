-- The index of the journals. Never migrated: another version is deleted and made anew from the journals.
PRAGMA user_version = 3;

CREATE TABLE journals (
    name    TEXT PRIMARY KEY,
    size    INTEGER NOT NULL,   -- of the file when it was read last
    records INTEGER NOT NULL    -- how many of them are in here
) STRICT, WITHOUT ROWID;

CREATE TABLE executions (
    id        TEXT PRIMARY KEY,
    workflow  TEXT NOT NULL,
    plan      TEXT NOT NULL,    -- its id, SHA-256
    host      TEXT NOT NULL,
    user      TEXT NOT NULL,
    osac      TEXT NOT NULL,    -- version
    pid       INTEGER NOT NULL,
    arguments TEXT NOT NULL,    -- as a person could paste them
    started   INTEGER NOT NULL, -- times in nanoseconds since 1970-01-01 UTC
    ended     INTEGER,
    exit_code INTEGER,
    site      TEXT NOT NULL,    -- the site file, or "this machine"
    site_content BLOB NOT NULL  -- its SHA-256; zeros if there is no file
) STRICT, WITHOUT ROWID;

-- What plans were made of, by a plan's id.
CREATE TABLE parameters (
    plan  TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (plan, name)
) STRICT, WITHOUT ROWID;

-- Which of them a task's commands, paths and conditions are made with.
CREATE TABLE parameter_uses (
    plan      TEXT NOT NULL,
    task      TEXT NOT NULL,
    parameter TEXT NOT NULL,
    PRIMARY KEY (plan, task, parameter)
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
    plan    TEXT NOT NULL,
    name    TEXT NOT NULL,      -- of a .osa file or a table
    content BLOB NOT NULL,      -- SHA-256
    PRIMARY KEY (plan, name)
) STRICT, WITHOUT ROWID;

-- Attempts of elements, each with its end.
CREATE TABLE elements (
    id          INTEGER PRIMARY KEY,
    execution   TEXT NOT NULL,
    element     TEXT NOT NULL,
    attempt     INTEGER NOT NULL,
    outcome     TEXT NOT NULL,
    class       TEXT NOT NULL,
    is_empty    INTEGER NOT NULL,
    is_tainted  INTEGER NOT NULL,
    exit_code   INTEGER NOT NULL,
    signal      INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    command     TEXT NOT NULL,
    tool        TEXT NOT NULL,
    env         TEXT NOT NULL,
    log         TEXT NOT NULL,
    host        TEXT NOT NULL,
    started     INTEGER NOT NULL,
    ended       INTEGER NOT NULL,
    cpu_time    INTEGER NOT NULL, -- nanoseconds
    peak_memory INTEGER NOT NULL, -- bytes
    cpus        INTEGER NOT NULL,
    memory      INTEGER NOT NULL,
    task        TEXT NOT NULL,
    tool_version TEXT NOT NULL,   -- as the program gave it; empty: not asked, or it gave none
    plan        TEXT NOT NULL,    -- that it was started from
    rung        INTEGER NOT NULL  -- of the retries; 0: the task's own command
) STRICT;
CREATE INDEX elements_by_name ON elements (element, ended);

CREATE INDEX elements_by_execution ON elements (execution);

-- Files that were made.
CREATE TABLE artifacts (
    made_by INTEGER NOT NULL REFERENCES elements (id),
    port    TEXT NOT NULL,
    path    TEXT NOT NULL,
    size    INTEGER NOT NULL,
    mtime   INTEGER NOT NULL,
    content BLOB NOT NULL       -- SHA-256
) STRICT;
CREATE INDEX artifacts_by_path ON artifacts (path);
CREATE INDEX artifacts_by_content ON artifacts (content);
CREATE INDEX artifacts_by_maker ON artifacts (made_by);

-- Files that were read, by attempts that succeeded.
CREATE TABLE uses (
    used_by INTEGER NOT NULL REFERENCES elements (id),
    port    TEXT NOT NULL,
    path    TEXT NOT NULL,
    size    INTEGER NOT NULL,
    mtime   INTEGER NOT NULL,
    content BLOB NOT NULL       -- SHA-256; zeros if only size and times were looked at
) STRICT;
CREATE INDEX uses_by_path ON uses (path);
CREATE INDEX uses_by_user ON uses (used_by);

-- What look-ups in time gave.
CREATE TABLE lookups (
    element   INTEGER NOT NULL REFERENCES elements (id),
    port      TEXT NOT NULL,
    chosen    TEXT NOT NULL,    -- the dataset's element
    runner_up TEXT NOT NULL,    -- the key of what it would have been otherwise; empty: nothing else would have done
    PRIMARY KEY (element, port)
) STRICT, WITHOUT ROWID;

CREATE TABLE metrics (
    element INTEGER NOT NULL REFERENCES elements (id),
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,      -- JSON
    PRIMARY KEY (element, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX metrics_by_name ON metrics (name, element);
