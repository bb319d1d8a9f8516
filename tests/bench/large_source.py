#!/usr/bin/env python3
"""Prints a workflow of about N lines, as somebody might write (or generate) it: surveys side by side, each with tables, dimensions, datasets, tools and tasks, and docs.

usage: large_source.py LINES FOLDER     writes FOLDER/LINES.osa, its tables of twenty rows each, and the files they name
"""
import pathlib
import sys

SURVEY = '''
# ---- survey {n}

## Exposures of survey {n}, as the observers logged them.
table log{n} = csv "survey{n}/log.csv" {{
    exposure : int unique
    night{n} : date = "night"
    field    : text
    band     : Band
    exptime  : duration
    begin    : time utc
    seeing   : float arcsec
}}

## Nights and exposures that belong to them.
dimension night{n}    : date from log{n}.night{n}
dimension exposure{n} : int  from log{n}.exposure order by begin implies night{n}

let work{n} = "{{root}}/survey{n}"

dataset raw{n}     for exposure{n}         = external "{{work{n}}}/raw/{{exposure{n}:08}}.fits"
dataset bias{n}    for night{n}            = "{{work{n}}}/calib/{{night{n}}}/bias.fits"
dataset reduced{n} for exposure{n}         = "{{work{n}}}/reduced/{{exposure{n}:08}}.fits"
dataset catalog{n} for exposure{n}         = "{{work{n}}}/catalog/{{exposure{n}:08}}.cat"
dataset coadd{n}                          = "{{work{n}}}/coadd.fits"

## Subtracts bias{n}, flattens, and finds the sources.
##
## The sky is fitted with a plane, after stars are masked.
task calibrate{n} for night{n} {{
    out bias{n}
    memory 2 GB  time 10 min
    run "bias --night {{night{n}}} --out {{bias{n}}}"
}}

task reduce{n} for exposure{n} where band != u and exptime > 10 s {{
    in  raw{n}
    in  bias{n}
    out reduced{n}
    cpus 2  memory 4 GB  time 20 min
    retry 2 on exit
    metric sky : float adu
    expect sky < 500 adu else warn "a bright sky in exposure {{exposure{n}}}"
    run "reduce --bias {{bias{n}}} --time {{exptime:s}} {{raw{n}}} {{reduced{n}}}"
}}

task extract{n} for exposure{n} {{
    in  reduced{n}
    out catalog{n}
    run """
        # sources above three sigma
        extract --detect-threshold 3.0 {{reduced{n}}} > {{catalog{n}}}
    """
}}

## All of it, added up.
task stack{n} {{
    in  parts = all reduced{n}
    in  lists = all catalog{n}
    out coadd{n}
    memory 16 GB  time 2 h
    run "stack --catalogs {{lists}} --out {{coadd{n}}} {{parts}}"
}}
'''

HEAD = '''## Many surveys in one workflow.
workflow surveys

param root : path = "data"

enum Band { u, g, r, i, z }
'''

TABLE = "exposure,night,field,band,exptime,begin,seeing\n" + "".join(
    f"{i},2024-09-{1 + i // 5:02},M31,g,30 s,2024-09-01T00:00:{i:02},1.2\n" for i in range(20))

lines, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
count = max(1, (lines - HEAD.count("\n")) // SURVEY.count("\n"))
(folder / f"{lines}.osa").write_text(HEAD + "".join(SURVEY.format(n=n) for n in range(count)))
for n in range(count):
    (folder / f"survey{n}").mkdir(exist_ok=True)
    (folder / f"survey{n}/log.csv").write_text(TABLE)
    (folder / f"data/survey{n}/raw").mkdir(parents=True, exist_ok=True)
    for i in range(20):
        (folder / f"data/survey{n}/raw/{i:08}.fits").touch()
