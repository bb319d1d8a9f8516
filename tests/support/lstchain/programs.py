#!/usr/bin/env -S python3 -SE
"""A simulated lstchain, for tests: the programs of a night of LST-1, with their names and options (link this file under each of NAMES).

Files are lines of JSON: `kind`, `night`, `run`, `subrun`, and `made`, the program's name with the hash of each input by its role. So a product's content
says what it was made from, and every program checks that each input is there and whole, is what it is taken for, and is of the right run.

Environment:
    LSTCHAIN_CALLS   a folder: each call leaves a file with its words, as JSON
    LSTCHAIN_FAULTS  a table of what goes wrong, `program,run,subrun,attempt,failure`; an empty cell matches all. Failures:
        exit N       ends with this code before anything is written
        half         the first product is cut in the middle, then the program ends with code 1
        silent       ends with code 0, and has written nothing
        memory N     takes N MiB, and stays until it is killed
        timeout      stays until it is killed
        kill         ends itself by SIGKILL
        low N        (find_tailcuts) says N as the rate of the night sky
"""
import glob
import hashlib
import json
import os
import re
import signal
import sys
import time

NAMES = ["lst_dvr", "lstchain_r0_to_r0g", "onsite_create_drs4_pedestal_file", "onsite_create_calibration_file", "lstchain_data_r0_to_dl1",
         "onsite_create_cat_B_calibration_file", "lstchain_find_tailcuts", "lstchain_dl1ab", "lstchain_check_dl1", "lstchain_merge_muon_files",
         "lstchain_merge_hdf5_files", "lstchain_dl1_to_dl2", "lstchain_longterm_dl1_check", "lstchain_cherenkov_transparency",
         "lstchain_create_irf_files", "lstchain_create_dl3_file", "lstchain_create_dl3_index_files"]
CALIBRATION_VERSION = "v0.1.1"
PROGRAM = os.path.basename(sys.argv[0])
FLAG, VALUE = "flag", "value"


def fail(text, code=1):
    print(f"{PROGRAM}: error: {text}", file=sys.stderr)
    sys.exit(code)


# ---- the command line


def options(**known):
    """The words by option. `known`: names with _ for -, each FLAG or VALUE; one letter for short ones. What is unknown ends the program as argparse does."""
    found, words, rest = {}, sys.argv[1:], []
    while words:
        word = words.pop(0)
        if not word.startswith("-") or word == "-":
            rest.append(word)
            continue
        name, given, value = word.partition("=")
        key = name.lstrip("-").replace("-", "_")
        if key not in known or (len(key) == 1) == name.startswith("--"):
            fail(f"unrecognized arguments: {word}", 2)
        if known[key] == FLAG:
            if given:
                fail(f"argument {name}: ignored explicit argument {value!r}", 2)
            found[key] = True
            continue
        if not given:
            if not words:
                fail(f"argument {name}: expected one argument", 2)
            value = words.pop(0)
        if value == "None":
            fail(f"argument {name}: the word None is no value", 2)
        found[key] = value
    return found, rest


def required(found, *names):
    missing = [name for name in names if name not in found]
    if missing:
        fail(f"the following arguments are required: {', '.join(missing)}", 2)


# ---- what goes wrong


class Faults:
    def __init__(self):
        self.is_half = self.is_silent = False
        self.rate = None

    def begin(self, run, subrun=None):
        """Called once a program knows what it works on."""
        table = os.environ.get("LSTCHAIN_FAULTS")
        if not table or not os.path.exists(table):
            return
        attempt = self.count(table, run, subrun)
        with open(table) as lines:
            for line in list(lines)[1:]:
                program, its_run, its_subrun, its_attempt, failure = (cell.strip() for cell in line.split(","))
                own = [PROGRAM, str(run), "" if subrun is None else str(subrun), str(attempt)]
                if all(cell in ("", mine) for cell, mine in zip([program, its_run, its_subrun, its_attempt], own)):
                    self.do(*failure.split())

    @staticmethod
    def count(table, run, subrun):
        folder = table + ".attempts"
        os.makedirs(folder, exist_ok=True)
        attempt = 1
        while True:
            try:
                os.close(os.open(f"{folder}/{PROGRAM}.{run}.{subrun}.{attempt}", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                return attempt
            except FileExistsError:
                attempt += 1

    def do(self, what, amount="1"):
        if what == "exit":
            fail("told to fail", int(amount))
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "memory":
            taken = bytearray(int(amount) << 20)
            taken[::4096] = b"x" * len(taken[::4096])
        if what in ("memory", "timeout"):
            time.sleep(3600)
        self.is_half = self.is_half or what == "half"
        self.is_silent = self.is_silent or what == "silent"
        if what == "low":
            self.rate = amount


FAULTS = Faults()


# ---- files


def digest(content):
    return hashlib.sha256(content).hexdigest()[:16]


def read(path, kind, run=None, subrun=None):
    """A product, as a dictionary with its own hash as `hash`; it has to be of this kind (one of several), run and subrun."""
    try:
        with open(path, "rb") as file:
            content = file.read()
        product = json.loads(content)
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    except ValueError:
        fail(f"{path} is not whole")
    kinds = [kind] if isinstance(kind, str) else kind
    if product["kind"] not in kinds:
        fail(f"{path} is {product['kind']}, not {' or '.join(kinds)}")
    for name, wanted in (("run", run), ("subrun", subrun)):
        if wanted is not None and product[name] != wanted:
            fail(f"{path} is of {name} {product[name]}, not {wanted}")
    product["hash"] = digest(content)
    return product


def plain(path):
    """The hash of a file that is no product: a configuration, a log."""
    try:
        if os.path.isdir(path):
            names = sorted(os.listdir(path))
            return digest(" ".join(name + plain(os.path.join(path, name)) for name in names).encode())
        with open(path, "rb") as file:
            return digest(file.read())
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")


def write(path, kind, like, inputs, **more):
    """A product of the night, run and subrun of `like`, made from `inputs`: hashes or products, or lists of them, by role."""
    def hash_of(one):
        return [hash_of(each) for each in one] if isinstance(one, list) else one["hash"] if isinstance(one, dict) else one
    product = {"kind": kind, **{name: like[name] for name in ("night", "run", "subrun", "nsb") if name in like}, **more,
               "made": {"program": PROGRAM, **{role: hash_of(one) for role, one in inputs.items() if one is not None}}}
    text = json.dumps(product) + "\n"
    if FAULTS.is_silent:
        return
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w") as file:
        file.write(text[:len(text) // 2] if FAULTS.is_half else text)
    if FAULTS.is_half:
        fail("told to fail in the middle of a file")


def names(path):
    """Run and subrun that a file's name says."""
    found = re.search(r"Run(\d{5})(?:\.(\d{4}))?", os.path.basename(path))
    if not found:
        fail(f"{path}: the name says no run")
    return int(found[1]), None if found[2] is None else int(found[2])


def one_of(pattern, what):
    found = sorted(glob.glob(pattern))
    if len(found) != 1:
        fail(f"{what}: {len(found)} files for {pattern}")
    return found[0]


def all_of(pattern, kind, run=None):
    found = [read(path, kind, run) for path in sorted(glob.glob(pattern))]
    if not found:
        fail(f"no file for {pattern}")
    return found


def streams(first, kind):
    """The four streams of a subrun, by the name of the first."""
    folder, name = os.path.split(first)
    if not name.startswith("LST-1.1."):
        fail(f"{first} is not stream 1")
    run, subrun = names(first)
    four = [read(os.path.join(folder, f"LST-1.{number}.{name[8:]}"), kind, run, subrun) for number in (1, 2, 3, 4)]
    if [one["stream"] for one in four] != [1, 2, 3, 4]:
        fail(f"{first}: a stream is another one than its name says")
    return four


def in_summary(path, run, kind):
    """The night's table must list the run, as what it is used for."""
    try:
        with open(path) as lines:
            rows = [line.strip().split(",") for line in lines if not line.startswith("#")]
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}")
    types = {int(row[rows[0].index("run_id")]): row[rows[0].index("run_type")] for row in rows[1:]}
    if types.get(run) != kind:
        fail(f"{path}: run {run} is {types.get(run)}, not {kind}")
    return plain(path)


# ---- the programs


def select(first, folder, extra):
    four = streams(first, "r0")
    FAULTS.begin(four[0]["run"], four[0]["subrun"])
    if four[0]["type"] != "DATA":
        fail(f"{first} is of a {four[0]['type']} run")
    for one in four:
        name = re.sub(r"^LST-1\.1", f"LST-1.{one['stream']}", os.path.basename(first))
        write(os.path.join(folder, name), "r0g", one, {"r0": one, **extra}, stream=one["stream"], type=one["type"])


def lst_dvr():
    _, rest = options()
    if len(rest) != 6:
        fail("usage: lst_dvr INPUT FOLDER REFERENCE_TIME REFERENCE_COUNTER MODULE SOURCE", 2)
    first, folder, *reference = rest
    if reference[3] not in ("UCTS", "TIB") or not all(word.isdigit() for word in reference[:3]):
        fail(f"bad reference: {reference}", 2)
    select(first, folder, {"reference": reference})


def lstchain_r0_to_r0g():
    given, _ = options(R0_file=VALUE, R0G_dir=VALUE, log=VALUE, no_flatfield_heuristic=FLAG)
    required(given, "R0_file", "R0G_dir")
    select(given["R0_file"], given["R0G_dir"], {})


def cat_a_folder(base, name, night):
    """The folder of this version, with `pro` leading to it."""
    folder = f"{base}/monitoring/PixelCalibration/Cat-A/{name}/{night}"
    os.makedirs(f"{folder}/{CALIBRATION_VERSION}/log", exist_ok=True)
    if not os.path.lexists(f"{folder}/pro"):
        os.symlink(CALIBRATION_VERSION, f"{folder}/pro")
    elif not os.path.islink(f"{folder}/pro"):
        fail(f"{folder}/pro is no link")
    return f"{folder}/{CALIBRATION_VERSION}"


def onsite_create_drs4_pedestal_file():
    given, _ = options(r=VALUE, b=VALUE, r0_dir=VALUE, no_progress=FLAG)
    required(given, "r", "b", "r0_dir")
    run = int(given["r"])
    raw = streams(one_of(f"{given['r0_dir']}/*/LST-1.1.Run{run:05}.0000.fits.fz", "raw data"), ("r0", "r0g"))
    night = raw[0]["night"]
    summary = in_summary(f"{given['b']}/monitoring/RunSummary/RunSummary_{night}.ecsv", run, "DRS4")
    FAULTS.begin(run)
    folder = cat_a_folder(given["b"], "drs4_baseline", night)
    write(f"{folder}/drs4_pedestal.Run{run:05}.0000.h5", "drs4_pedestal", raw[0], {"r0": raw, "run_summary": summary})
    write(f"{folder}/log/drs4_pedestal.Run{run:05}.0000.pdf", "plots", raw[0], {"r0": raw})


def onsite_create_calibration_file():
    given, _ = options(p=VALUE, r=VALUE, b=VALUE, r0_dir=VALUE, flatfield_heuristic=FLAG, filters=VALUE)
    required(given, "p", "r", "b", "r0_dir")
    run = int(given["r"])
    raw = streams(one_of(f"{given['r0_dir']}/*/LST-1.1.Run{run:05}.0000.fits.fz", "raw data"), ("r0", "r0g"))
    night = raw[0]["night"]
    cat_a = f"{given['b']}/monitoring/PixelCalibration/Cat-A"
    inputs = {
        "r0": raw,
        "pedestal": read(one_of(f"{cat_a}/drs4_baseline/*/pro/drs4_pedestal.Run{int(given['p']):05}.0000.h5", "pedestals"), "drs4_pedestal", int(given["p"])),
        "time": read(one_of(f"{cat_a}/drs4_time_sampling_from_FF/*/pro/time_calibration.Run*.0000.h5", "time calibration"), "time_calibration"),
        "systematics": read(one_of(f"{cat_a}/ffactor_systematics/*/pro/ffactor_systematics_*.h5", "systematics"), "systematics"),
        "run_summary": in_summary(f"{given['b']}/monitoring/RunSummary/RunSummary_{night}.ecsv", run, "PEDCALIB"),
    }
    if inputs["time"]["run"] > run:
        fail(f"time calibration {inputs['time']['run']} is later than run {run}")
    FAULTS.begin(run)
    filters = given.get("filters", "52")
    folder = cat_a_folder(given["b"], "calibration", night)
    write(f"{folder}/calibration_filters_{filters}.Run{run:05}.0000.h5", "calibration", raw[0], inputs, filters=filters, given="filters" in given)
    write(f"{folder}/log/calibration_filters_{filters}.Run{run:05}.0000.pdf", "plots", raw[0], inputs)


def lstchain_data_r0_to_dl1():
    given, _ = options(input_file=VALUE, output_dir=VALUE, config=VALUE, pointing_file=VALUE, run_summary_path=VALUE, pedestal_file=VALUE,
                       calibration_file=VALUE, time_calibration_file=VALUE, systematic_correction_file=VALUE, pedestal_ids_path=VALUE)
    required(given, "input_file", "output_dir", "config", "pointing_file", "run_summary_path")
    raw = streams(given["input_file"], ("r0", "r0g"))
    run, subrun, night = (raw[0][name] for name in ("run", "subrun", "night"))
    for name, word in (("pointing_file", "DrivePosition_log"), ("run_summary_path", "RunSummary")):
        if os.path.basename(os.path.realpath(given[name])).split(".")[0] != f"{word}_{night}":
            fail(f"{given[name]} is not of night {night}")
    inputs = {"r0": raw, "config": plain(given["config"]), "drive": plain(given["pointing_file"]), "run_summary": in_summary(given["run_summary_path"], run, "DATA")}
    kinds = {"pedestal_file": "drs4_pedestal", "calibration_file": "calibration", "time_calibration_file": "time_calibration",
             "systematic_correction_file": "systematics"}
    if 0 < sum(name in given for name in kinds) < 4:
        fail("all four calibration files, or none")
    for name, kind in kinds.items():
        if name in given:
            inputs[name] = read(given[name], kind)
    if "calibration_file" in given and inputs["time_calibration_file"]["run"] > inputs["calibration_file"]["run"]:
        fail("the time calibration is later than the calibration")
    if "pedestal_ids_path" in given:
        inputs["pedestal_ids"] = read(given["pedestal_ids_path"], "pedestal_ids", run, subrun)
    FAULTS.begin(run, subrun)
    name = f"LST-1.Run{run:05}.{subrun:04}"
    write(f"{given['output_dir']}/dl1_{name}.h5", "dl1a", raw[0], inputs)
    write(f"{given['output_dir']}/muons_{name}.fits", "muons", raw[0], inputs)
    write(f"{given['output_dir']}/interleaved_{name}.h5", "interleaved", raw[0], inputs)


def onsite_create_cat_B_calibration_file():
    given, _ = options(r=VALUE, b=VALUE, r0_dir=VALUE, filters=VALUE, catA_calibration_run=VALUE, interleaved_dir=VALUE)
    required(given, "r", "b", "r0_dir", "catA_calibration_run", "interleaved_dir")
    run, cat_a_run, filters = int(given["r"]), int(given["catA_calibration_run"]), given.get("filters", "52")
    cat_a = f"{given['b']}/monitoring/PixelCalibration/Cat-A"
    raw = read(one_of(f"{given['r0_dir']}/*/LST-1.1.Run{run:05}.0000.fits.fz", "raw data"), ("r0", "r0g"), run)
    night = raw["night"]
    folder = one_of(f"{given['interleaved_dir']}/{night}/*/interleaved", "interleaved events")
    inputs = {
        "interleaved": all_of(f"{folder}/interleaved_LST-1.Run{run:05}.*.h5", "interleaved", run),
        "calibration": read(one_of(f"{cat_a}/calibration/*/pro/calibration_filters_{filters}.Run{cat_a_run:05}.0000.h5", "Cat-A"), "calibration", cat_a_run),
        "systematics": read(one_of(f"{cat_a}/ffactor_systematics/*/pro/ffactor_systematics_*.h5", "systematics"), "systematics"),
        "run_summary": in_summary(f"{given['b']}/monitoring/RunSummary/RunSummary_{night}.ecsv", run, "DATA"),
    }
    FAULTS.begin(run)
    version = os.path.basename(os.path.dirname(folder))
    path = f"{given['b']}/monitoring/PixelCalibration/Cat-B/calibration/{night}/{version}/cat_B_calibration_filters_{filters}.Run{run:05}.h5"
    write(path, "cat_b", {"night": night, "run": run}, inputs)


def lstchain_find_tailcuts():
    given, _ = options(input_dir=VALUE, run=VALUE, output_dir=VALUE)
    required(given, "input_dir", "run", "output_dir")
    run = int(given["run"])
    events = all_of(f"{given['input_dir']}/dl1_LST-1.Run{run:05}.????.h5", "dl1a", run)
    FAULTS.begin(run)
    rate = FAULTS.rate or f"{sum(one['nsb'] for one in events) / len(events):.4f}"
    picture, boundary = next(levels for limit, levels in LEVELS if float(rate) < limit)
    log = (f"INFO - Number of subruns: {len(events)}\n"
           f"INFO - Additional NSB rate (over dark MC): {rate} p.e./ns\n"
           f"INFO - picture threshold {picture}, boundary threshold {boundary}\n")
    with open(f"{given['output_dir']}/log_find_tailcuts_Run{run:05}.log", "w") as file:
        file.write(log)
    cleaning = {"tailcuts_clean_with_pedestal_threshold": {
        "picture_thresh": picture, "boundary_thresh": boundary, "sigma": 2.5, "keep_isolated_pixels": False, "min_number_picture_neighbors": 2,
        "use_only_main_island": False, "delta_time": 2}, "dynamic_cleaning": {"apply": True, "threshold": 267, "fraction_cleaning_intensity": 0.03}, "tailcut": {}}
    write(f"{given['output_dir']}/dl1ab_Run{run:05}.json", "cleaning", {"run": run}, {"dl1a": events}, **cleaning)


# picture and boundary threshold by the rate below which they are chosen
LEVELS = [(0.3, (8, 4)), (0.6, (10, 5)), (1.0, (12, 6)), (1.5, (14, 7)), (2.0, (16, 8)), (1e9, (18, 9))]


def lstchain_dl1ab():
    given, _ = options(input_file=VALUE, output_file=VALUE, config=VALUE, no_image=FLAG, catB_calibration_file=VALUE)
    required(given, "input_file", "output_file", "config")
    dl1a = read(given["input_file"], "dl1a")
    run, subrun = dl1a["run"], dl1a["subrun"]
    with open(given["config"]) as file:
        cleaning = json.load(file)["tailcuts_clean_with_pedestal_threshold"]
    inputs = {"dl1a": dl1a, "config": plain(given["config"])}
    if "catB_calibration_file" in given:
        inputs["cat_b"] = read(given["catB_calibration_file"], "cat_b", run)
    FAULTS.begin(run, subrun)
    write(given["output_file"], "dl1b", dl1a, inputs, cleaning=[cleaning["picture_thresh"], cleaning["boundary_thresh"]], images="no_image" not in given)


def lstchain_check_dl1():
    given, _ = options(input_file=VALUE, output_dir=VALUE, muons_dir=VALUE, omit_pdf=FLAG, batch=FLAG)
    required(given, "input_file", "output_dir", "muons_dir")
    if "*" in given["input_file"]:
        run, _ = names(given["input_file"])
        checks = all_of(given["input_file"], "check", run)
        muons = all_of(f"{given['muons_dir']}/muons_LST-1.Run{run:05}.????.fits", "muons", run)
        FAULTS.begin(run)
        like = {"night": checks[0]["night"], "run": run}
        write(f"{given['output_dir']}/datacheck_dl1_LST-1.Run{run:05}.h5", "run_check", like, {"checks": checks, "muons": muons})
        if "omit_pdf" not in given:
            write(f"{given['output_dir']}/datacheck_dl1_LST-1.Run{run:05}.pdf", "plots", like, {"checks": checks})
        return
    dl1b = read(given["input_file"], "dl1b")
    run, subrun = dl1b["run"], dl1b["subrun"]
    if not dl1b["images"]:
        fail("there are no images to check")
    muons = read(f"{given['muons_dir']}/muons_LST-1.Run{run:05}.{subrun:04}.fits", "muons", run, subrun)
    FAULTS.begin(run, subrun)
    write(f"{given['output_dir']}/datacheck_dl1_LST-1.Run{run:05}.{subrun:04}.h5", "check", dl1b, {"dl1b": dl1b, "muons": muons})


def merge(given, kind, merged):
    run = int(given["run_number"])
    paths = sorted(path for path in glob.glob(f"{given['input_dir']}/{given['pattern']}") if names(path)[0] == run)
    parts = [read(path, kind, run) for path in paths]
    if not parts:
        fail(f"nothing of run {run} in {given['input_dir']}")
    FAULTS.begin(run)
    write(given["output_file"], merged, {"night": parts[0]["night"], "run": run}, {"parts": parts}, subruns=[part["subrun"] for part in parts])


def lstchain_merge_muon_files():
    given, _ = options(input_dir=VALUE, output_file=VALUE, run_number=VALUE, pattern=VALUE)
    required(given, "input_dir", "output_file", "run_number", "pattern")
    merge(given, "muons", "run_muons")


def lstchain_merge_hdf5_files():
    given, _ = options(input_dir=VALUE, output_file=VALUE, no_image=FLAG, no_progress=FLAG, run_number=VALUE, pattern=VALUE)
    required(given, "input_dir", "output_file", "run_number", "pattern")
    merge(given, "dl1b", "dl1")


def lstchain_dl1_to_dl2():
    given, _ = options(input_file=VALUE, input_files=VALUE, output_dir=VALUE, path_models=VALUE, config=VALUE)
    required(given, "input_file", "output_dir", "path_models", "config")
    dl1 = read(given["input_file"], "dl1")
    models = read(f"{given['path_models'].rstrip('/')}/models.json", "models")
    FAULTS.begin(dl1["run"])
    write(f"{given['output_dir']}/dl2_LST-1.Run{dl1['run']:05}.h5", "dl2", dl1, {"dl1": dl1, "models": models, "config": plain(given["config"])},
          models=[models["nsb_level"], models["line"]])


def lstchain_longterm_dl1_check():
    given, _ = options(input_dir=VALUE, output_file=VALUE, muons_dir=VALUE, batch=FLAG)
    required(given, "input_dir", "output_file", "muons_dir")
    checks = all_of(f"{given['input_dir']}/datacheck_dl1_LST-1.Run?????.h5", "run_check")
    muons = all_of(f"{given['muons_dir']}/muons_LST-1.Run*.fits", ("muons", "run_muons"))
    nights = {one["night"] for one in checks + muons}
    if len(nights) != 1:
        fail(f"checks of several nights: {sorted(nights)}")
    FAULTS.begin(nights.pop())
    stem = given["output_file"].removesuffix(".h5")
    for ending, kind in ((".h5", "night_check"), (".html", "page"), (".log", "log")):
        write(stem + ending, kind, {"night": checks[0]["night"]}, {"checks": checks, "muons": muons}, runs=[one["run"] for one in checks])


def lstchain_cherenkov_transparency():
    given, _ = options(update_datacheck_file=VALUE, input_dir=VALUE)
    required(given, "update_datacheck_file", "input_dir")
    night = read(given["update_datacheck_file"], "night_check")
    checks = all_of(f"{given['input_dir']}/datacheck_dl1_LST-1.Run?????.h5", "run_check")
    FAULTS.begin(night["night"])
    write(given["update_datacheck_file"], "night_check", night, {"night_check": night, "checks": checks}, runs=night["runs"], transparency=True)


def lstchain_create_irf_files():
    given, _ = options(point_like=FLAG, input_gamma_dl2=VALUE, output_irf_file=VALUE, config=VALUE, overwrite=FLAG)
    required(given, "input_gamma_dl2", "output_irf_file")
    gammas = read(given["input_gamma_dl2"], "gammas")
    write(given["output_irf_file"], "irf", {}, {"gammas": gammas, "config": plain(given["config"])})


def lstchain_create_dl3_file():
    given, _ = options(d=VALUE, o=VALUE, input_irf=VALUE, source_name=VALUE, source_ra=VALUE, source_dec=VALUE, overwrite=FLAG, config=VALUE)
    required(given, "d", "o", "input_irf", "source_name", "source_ra", "source_dec")
    if not given["source_ra"].endswith("deg") or not given["source_dec"].endswith("deg"):
        fail("angles need a unit", 2)
    dl2 = read(given["d"], "dl2")
    inputs = {"dl2": dl2, "irf": read(given["input_irf"], "irf"), "config": plain(given["config"]) if "config" in given else None}
    FAULTS.begin(dl2["run"])
    where = [given["source_name"], float(given["source_ra"][:-3]), float(given["source_dec"][:-3])]
    write(f"{given['o']}/dl3_LST-1.Run{dl2['run']:05}.fits.gz", "dl3", dl2, inputs, source=where)


def lstchain_create_dl3_index_files():
    given, _ = options(d=VALUE, o=VALUE, p=VALUE, overwrite=FLAG)
    required(given, "d", "o", "p")
    lists = all_of(f"{given['d']}/{given['p']}", "dl3")
    if len({one["source"][0] for one in lists}) != 1:
        fail("event lists of several sources")
    FAULTS.begin(lists[0]["run"])
    for name in ("hdu-index", "obs-index"):
        write(f"{given['o']}/{name}.fits.gz", name, {"night": lists[0]["night"]}, {"lists": lists}, runs=[one["run"] for one in lists])


def note_call():
    folder = os.environ.get("LSTCHAIN_CALLS")
    if not folder:
        return
    os.makedirs(folder, exist_ok=True)
    name = f"{PROGRAM}.{os.getpid()}.{time.monotonic_ns()}"
    with open(f"{folder}.{name}", "w") as file:
        json.dump([PROGRAM, *sys.argv[1:]], file)
    os.rename(f"{folder}.{name}", f"{folder}/{name}")  # whoever looks meanwhile sees whole ones


if __name__ == "__main__":
    if PROGRAM not in NAMES:
        fail(f"not one of {', '.join(NAMES)}", 127)
    note_call()
    globals()[PROGRAM]()
