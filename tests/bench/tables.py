"""Workflows whose keys come from an ECSV table, of any size, for bench.py.

`chain`: a row is a subrun, three tasks each, nine edges a row (raw, bias, dark, flat; first, dark; second, flat; and one of the run's merge).
`frames`: a row is an exposure named by a text, one task each, three edges; nights and filters from the same table.
"""
import datetime

CHAIN = """
workflow chain

enum Filter { u, g, r, i, z }

table subruns = ecsv "TABLE" {
  run     : int
  subrun  : int
  object  : text
  filter  : Filter
  exptime : duration
  start   : time
}

dimension run    : int from subruns.run
dimension subrun : int in run from subruns.subrun

dataset raw    for run, subrun = external "raw/{run:04}.{subrun:04}"
dataset bias                   = "bias"
dataset dark                   = "dark"
dataset flat                   = "flat"
dataset first  for run, subrun = "first/{run:04}.{subrun:04}"
dataset second for run, subrun = "second/{run:04}.{subrun:04}"
dataset third  for run, subrun = "third/{run:04}.{subrun:04}"
dataset merged for run         = "merged/{run:04}"
dataset summary                = "summary"

task make_bias { out bias  run "cp seed {bias}" }
task make_dark { out dark  run "cp seed {dark}" }
task make_flat { out flat  run "cp seed {flat}" }
task one   for run, subrun { in raw, bias, dark, flat  out first   run "cp {raw} {first}" }
task two   for run, subrun { in first, dark            out second  run "cp {first} {second}" }
task three for run, subrun { in second, flat           out third   run "cp {second} {third}" }
task merge for run { in parts = all third   out merged   run "cp seed {merged}" }
task summarise     { in parts = all merged  out summary  run "cp seed {summary}" }
"""

FRAMES = """
workflow frames

enum Filter { u, g, r, i, z }

table exposures = ecsv "TABLE" {
  exposure : text
  night    : date
  filter   : Filter
  exptime  : duration
  start    : time utc
}

dimension night    : date from exposures.night
dimension filter   : Filter
dimension exposure : text from exposures.exposure implies night, filter

dataset raw     for exposure      = external "raw/{night}/{exposure}.fits"
dataset bias    for night         = "calib/{night}/bias.fits"
dataset flat    for night, filter = "calib/{night}/flat_{filter}.fits"
dataset reduced for exposure      = "reduced/{night}/{exposure}.fits"

task make_bias for night         { out bias  run "bias {bias}" }
task make_flat for night, filter { in bias  out flat  run "flat {bias} {flat}" }
task reduce    for exposure      { in raw, bias, flat  out reduced  run "reduce {raw} {bias} {flat} {reduced} --time {exptime:s}" }
"""


def header(columns):
    types = "".join(f"# - {{name: {name}, {kind}}}\n" for name, kind in columns.items())
    return f"# %ECSV 1.0\n# ---\n# datatype:\n{types}" + " ".join(columns) + "\n"


def chain(folder, elements, per_run=333):
    """Writes chain.osa and its table; gives the number of rows."""
    rows = elements // 3
    (folder / "chain.osa").write_text(CHAIN.replace("TABLE", "chain.ecsv"))
    text, integer = "datatype: string", "datatype: int64"
    with open(folder / "chain.ecsv", "w") as file:
        file.write(header({"run": integer, "subrun": integer, "object": text, "filter": text, "exptime": "datatype: float64, unit: s", "start": text}))
        file.writelines(
            f"{i // per_run} {i % per_run} NGC{i // per_run % 97} {'ugriz'[i // per_run % 5]} {30 + i % 7 * 15}.0 "
            f"2024-09-{1 + i // per_run % 28:02}T{i % per_run // 60:02}:{i % 60:02}:00\n" for i in range(rows))
    return rows


def frames(folder, elements, per_night=500):
    """Writes frames.osa and its table."""
    (folder / "frames.osa").write_text(FRAMES.replace("TABLE", "frames.ecsv"))
    first, text = datetime.date(2015, 1, 1), "datatype: string"
    with open(folder / "frames.ecsv", "w") as file:
        file.write(header({"exposure": text, "night": text, "filter": text, "exptime": "datatype: float64, unit: s", "start": text}))
        for begin in range(0, elements, per_night):
            night = first + datetime.timedelta(days=begin // per_night)
            file.writelines(f"EXP{i:08} {night} {'ugriz'[i % 5]} {30 + i % 7 * 15}.0 {night}T{i // 60 % 24:02}:{i % 60:02}:00\n"
                            for i in range(begin, min(begin + per_night, elements)))
    return elements
