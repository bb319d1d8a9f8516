#!/usr/bin/env python3
"""An observatory's tree as LST-1's, for tests: raw data and tables of some nights, calibrations, random forests. Files are what programs.py reads.

    nights.py FOLDER [NIGHT...]        NIGHT: 20200117, 20220923, 20240110 (each with what it needs of the night before); default: all
"""
import datetime
import json
import os
import pathlib
import sys

DRS4, PEDCALIB, DATA = "DRS4", "PEDCALIB", "DATA"

# run, type, subruns; of data also the rate of the night sky, the source's name, and its right ascension and declination
NIGHTS = {
    "20200117": [  # rows of the table are not in order
        (1803, DRS4, 6), (1804, DRS4, 6), (1805, PEDCALIB, 5), (1806, PEDCALIB, 5), (1809, PEDCALIB, 5),
        (1807, DATA, 11, 0.15, "Crab Nebula", 83.63, 22.01), (1808, DATA, 9, 0.45, "Mrk 421", 166.11, 38.21)],
    "20220922": [(9255, DRS4, 2), (9258, PEDCALIB, 3)],
    "20220923": [(9379, DATA, 21, 0.02, "1ES 1959+650", 299.99, 65.15), (9380, DRS4, 2), (9381, DRS4, 2)],
    "20240110": [
        (16108, DRS4, 1), (16109, PEDCALIB, 1), (16110, DATA, 6, 0.21, "Crab Nebula", 83.63, 22.01), (16111, DATA, 5, 1.1, "moon & \"stars\" 100%", 120.0, -20.5),
        (16112, "ERROR", 1), (16113, DATA, 8, 0.19, "Crab Nebula", 83.63, 22.01)],
}
NEEDS = {"20220923": ["20220922"]}
WITH_PEDESTAL_IDS = {1807}
# run of a time calibration and the folder it is in, as they are at the telescope
TIME_CALIBRATIONS = {1625: "20191124", 4211: "20210430", 5979: "20211024"}
SYSTEMATICS = ["20200725", "20201110"]
LINES = {"min_2924": -29.24, "min_1802": -18.02, "min_413": -4.13, "931": 9.31, "2276": 22.76, "3476": 34.76, "4822": 48.22, "6166": 61.66, "6676": 66.76}
LEVELS = ["0.00", "0.07", "0.14", "0.22", "0.38", "0.50", "0.81", "1.25", "1.76", "2.34"]
MC_PROD = "20240918_v0.10.12_allsky_"
STANDARD = {"picture_thresh": 8, "boundary_thresh": 4, "sigma": 2.5, "keep_isolated_pixels": False, "min_number_picture_neighbors": 2,
            "use_only_main_island": False, "delta_time": 2}
STREAMS = (1, 2, 3, 4)


def write(path, text):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def product(path, kind, **facts):
    write(path, json.dumps({"kind": kind, **facts}) + "\n")


def raw_name(run, subrun, stream=1):
    return f"LST-1.{stream}.Run{run:05}.{subrun:04}.fits.fz"


# ---- tables


def ecsv(columns, meta, rows):
    """A table as lstchain's are: typed columns, comma separated."""
    lines = ["# %ECSV 1.0", "# ---", "# datatype:"]
    lines += [f"# - {{name: {name}, datatype: {kind}}}" for name, kind in columns]
    lines += ["# delimiter: ','", "# meta: !!omap"] + [f"# - {{{name}: {value}}}" for name, value in meta.items()] + ["# schema: astropy-2.0"]
    lines.append(",".join(name for name, _ in columns))
    return "\n".join(lines + [",".join(map(quoted, row)) for row in rows]) + "\n"


def quoted(cell):
    text = str(cell)
    return '"' + text.replace('"', '""') + '"' if text == "" or '"' in text or "," in text else text


def start_of(night, position):
    """Runs start every 25 minutes from eight in the evening; in ns since 1970."""
    evening = datetime.datetime(int(night[:4]), int(night[4:6]), int(night[6:]), 20, tzinfo=datetime.timezone.utc)
    return (int(evening.timestamp()) + 1500 * position) * 10**9


def run_summary(night, runs):
    is_new = night >= "20231205"
    columns = [("run_id", "int64"), ("n_subruns", "int64"), ("run_type", "string")]
    columns += [("data_format", "string"), ("evb_preprocessing", "int64")] if is_new else []
    columns += [("ucts_timestamp", "int64"), ("run_start", "int64"), ("dragon_reference_time", "int64"), ("dragon_reference_module_id", "int16"),
                ("dragon_reference_module_index", "int16"), ("dragon_reference_counter", "uint64"), ("dragon_reference_source", "string")]
    position = {run[0]: i for i, run in enumerate(sorted(runs))}
    rows = []
    for run, kind, subruns, *_ in runs:
        start = start_of(night, position[run])
        source = "" if is_new else "ucts"
        rows.append([run, subruns, kind, *(["CTAR1", 0] if is_new else []), -1 if is_new else start + 10**9, start, start + 10**9, 90, 0, 5600000000 + run, source])
    return ecsv(columns, {"date": f"'{night[:4]}-{night[4:6]}-{night[6:]}'", "lstchain_version": "0.10.18" if is_new else "0.9.13"}, rows)


def run_catalog(night, runs):
    columns = [("run_id", "int32"), ("source_name", "string"), ("source_ra", "float64"), ("source_dec", "float64")]
    return ecsv(columns, {"date": f"'{night}'"}, [[run[0], *run[4:7]] for run in runs if run[1] == DATA])


def write_night(base, night, runs):
    """The tables and small files of a night, but no raw data."""
    base = pathlib.Path(base)
    monitoring = base / "monitoring"
    write(monitoring / f"RunSummary/RunSummary_{night}.ecsv", run_summary(night, runs))
    write(monitoring / f"RunCatalog/RunCatalog_{night}.ecsv", run_catalog(night, runs))
    write(monitoring / f"DrivePositioning/DrivePosition_log_{night}.txt", f"# positions of the drive in the night {night}\n")


def write_raw(base, night, runs, folder="R0", streams=STREAMS):
    for run, kind, subruns, *more in runs:
        for subrun in range(subruns):
            for stream in streams:
                facts = {"night": night, "run": run, "subrun": subrun, "stream": stream, "type": kind}
                if more:
                    facts["nsb"] = round(more[0] + 0.0004 * subrun, 4)
                product(pathlib.Path(base, folder, night, raw_name(run, subrun, stream)), "r0", **facts)
        if run in WITH_PEDESTAL_IDS:
            for subrun in range(subruns):
                product(pathlib.Path(base, "auxiliary/PedestalFinder", night, f"pedestal_ids_Run{run:05}.{subrun:04}.h5"), "pedestal_ids", night=night, run=run, subrun=subrun)


# ---- what is there before any night


def versioned(folder, name, kind, version="v0.11.0", **facts):
    """A file in the folder of its version, and `pro`, which leads to that."""
    product(folder / version / name, kind, **facts)
    if not os.path.lexists(folder / "pro"):
        os.symlink(version, folder / "pro")


def write_standing(base):
    base = pathlib.Path(base)
    cat_a = base / "monitoring/PixelCalibration/Cat-A"
    for run, night in TIME_CALIBRATIONS.items():
        versioned(cat_a / "drs4_time_sampling_from_FF" / night, f"time_calibration.Run{run:05}.0000.h5", "time_calibration", night=night, run=run)
    for night in SYSTEMATICS:
        versioned(cat_a / "ffactor_systematics" / night, f"ffactor_systematics_{night}.h5", "systematics", night=night)
    for level in LEVELS:
        for line in LINES:
            product(base / f"models/AllSky/{MC_PROD}nsb_tuning_{level}/dec_{line}/models.json", "models", nsb_level=level, line=line)
    product(base / "models/irf/dl2_gamma.h5", "gammas")
    for name in ("dl1a", "dl2", "dl3", "irf"):
        write(base / f"configs/{name}.json", json.dumps({"what": name}) + "\n")
    write(base / "configs/dl1b.json", json.dumps({"tailcuts_clean_with_pedestal_threshold": STANDARD}) + "\n")


def write_calibrations(base, night, pedestal_run, charge_run, version="v0.1.1"):
    """Calibrations that somebody made before."""
    cat_a = pathlib.Path(base) / "monitoring/PixelCalibration/Cat-A"
    versioned(cat_a / "drs4_baseline" / night, f"drs4_pedestal.Run{pedestal_run:05}.0000.h5", "drs4_pedestal", version, night=night, run=pedestal_run)
    versioned(cat_a / "calibration" / night, f"calibration_filters_52.Run{charge_run:05}.0000.h5", "calibration", version, night=night, run=charge_run)


def write_all(base, *wanted, runs=None):
    runs = runs or NIGHTS
    write_standing(base)
    for night in wanted or runs:
        for each in NEEDS.get(night, []) + [night]:
            write_night(base, each, runs[each])
            write_raw(base, each, runs[each])


if __name__ == "__main__":
    write_all(*sys.argv[1:])
