-- The index of the journals. Each part leads from the version before it to its own: servers are brought up step by step, a file is made anew
-- from the journals. Words in braces are in dialect.cpp. On servers there are rows of many state folders, told apart by `origin`.

-- version 2
CREATE TABLE journals (
    {origin}
    name     {name} NOT NULL,
    size     {number} NOT NULL,   -- of the file when it was read last
    records  {number} NOT NULL,   -- how many of them are in here
    read_to  {number} NOT NULL,   -- where they end: the byte after the last one
    checksum {number} NOT NULL,   -- XXH3 of the bytes before that
    PRIMARY KEY ({of origin}name)
) {table};

CREATE TABLE executions (
    {origin}
    id        {name} NOT NULL,
    workflow  {text} NOT NULL,
    plan      {text} NOT NULL,    -- its id, SHA-256
    host      {text} NOT NULL,
    "user"    {text} NOT NULL,
    osac      {text} NOT NULL,    -- version
    pid       {number} NOT NULL,
    arguments {text} NOT NULL,    -- as a person could paste them
    started   {number} NOT NULL,  -- times in nanoseconds since 1970-01-01 UTC
    ended     {number},
    exit_code {number},
    PRIMARY KEY ({of origin}id)
) {table};

-- Attempts of elements, each with its end.
CREATE TABLE elements (
    {origin}
    id          {number} NOT NULL PRIMARY KEY,
    execution   {name} NOT NULL,
    element     {text} NOT NULL,
    attempt     {number} NOT NULL,
    outcome     {text} NOT NULL,
    class       {text} NOT NULL,
    is_empty    {number} NOT NULL,
    is_tainted  {number} NOT NULL,
    exit_code   {number} NOT NULL,
    "signal"    {number} NOT NULL,
    reason      {text} NOT NULL,
    fingerprint {bytes} NOT NULL,
    command     {text} NOT NULL,
    tool        {text} NOT NULL,
    env         {text} NOT NULL,
    log         {text} NOT NULL,
    host        {text} NOT NULL,
    started     {number} NOT NULL,
    ended       {number} NOT NULL,
    cpu_time    {number} NOT NULL, -- nanoseconds
    peak_memory {number} NOT NULL, -- bytes
    cpus        {number} NOT NULL,
    memory      {number} NOT NULL
) {table with rowid};
CREATE INDEX elements_by_name ON elements {index of element};
CREATE INDEX elements_by_execution ON elements (execution);

-- Files that were made.
CREATE TABLE artifacts (
    made_by {number} NOT NULL,  -- elements.id
    place   {number} NOT NULL,  -- among the files of that attempt
    port    {text} NOT NULL,
    path    {text} NOT NULL,
    size    {number} NOT NULL,
    mtime   {number} NOT NULL,
    content {bytes} NOT NULL,   -- SHA-256
    PRIMARY KEY (made_by, place)
) {table};
CREATE INDEX artifacts_by_path ON artifacts {index of path};
CREATE INDEX artifacts_by_content ON artifacts (content);

-- Files that were read, by attempts that succeeded.
CREATE TABLE uses (
    used_by {number} NOT NULL,  -- elements.id
    place   {number} NOT NULL,  -- among the files of that attempt
    port    {text} NOT NULL,
    path    {text} NOT NULL,
    size    {number} NOT NULL,
    mtime   {number} NOT NULL,
    content {bytes} NOT NULL,   -- SHA-256; zeros if only size and times were looked at
    PRIMARY KEY (used_by, place)
) {table};
CREATE INDEX uses_by_path ON uses {index of path};

CREATE TABLE metrics (
    element {number} NOT NULL,  -- elements.id
    name    {name} NOT NULL,
    value   {text} NOT NULL,    -- JSON
    PRIMARY KEY (element, name)
) {table};
CREATE INDEX metrics_by_name ON metrics {index of name};

-- version 3
ALTER TABLE executions ADD COLUMN site {text} NOT NULL DEFAULT '';                   -- the site file, or "this machine"
ALTER TABLE executions ADD COLUMN site_content {bytes} NOT NULL DEFAULT {no bytes};  -- its SHA-256; zeros if there is no file
ALTER TABLE elements ADD COLUMN task {text} NOT NULL DEFAULT '';
ALTER TABLE elements ADD COLUMN tool_version {text} NOT NULL DEFAULT '';             -- as the program gave it; empty: not asked, or it gave none
ALTER TABLE elements ADD COLUMN plan {text} NOT NULL DEFAULT '';                     -- that it was started from
ALTER TABLE elements ADD COLUMN rung {number} NOT NULL DEFAULT 0;                    -- of the retries; 0: the task's own command

-- What plans were made of, by a plan's id.
CREATE TABLE parameters (
    {origin}
    plan  {id} NOT NULL,
    name  {name} NOT NULL,
    value {text} NOT NULL,
    PRIMARY KEY ({of origin}plan, name)
) {table};

-- Which of them a task's commands, paths and conditions are made with.
CREATE TABLE parameter_uses (
    {origin}
    plan      {id} NOT NULL,
    task      {word} NOT NULL,
    parameter {word} NOT NULL,
    PRIMARY KEY ({of origin}plan, task, parameter)
) {table};

CREATE TABLE sources (
    {origin}
    plan    {id} NOT NULL,
    name    {name} NOT NULL,     -- of a .osa file or a table
    content {bytes} NOT NULL,    -- SHA-256
    PRIMARY KEY ({of origin}plan, name)
) {table};

-- What look-ups in time gave.
CREATE TABLE lookups (
    element   {number} NOT NULL,  -- elements.id
    port      {word} NOT NULL,
    chosen    {text} NOT NULL,    -- the dataset's element
    runner_up {text} NOT NULL,    -- the key of what it would have been otherwise; empty: nothing else would have done
    PRIMARY KEY (element, port)
) {table};
