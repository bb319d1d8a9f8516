"""Small inputs for the example workflows that have no real ones: the same bytes every time."""
import pathlib

VISITS = 12
DETECTORS = 9


def write(folder, name, text=""):
    path = pathlib.Path(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def touches(visit, detector):
    """The patches that a detector touches: its own, and the next one for every second visit."""
    own = (visit + detector) % 4
    return [own, (own + 1) % 4] if visit % 2 == 0 else [own]


def coadds(folder):
    """Visits in two bands, nine detectors each, on four patches of two tracts."""
    bands = "gr"
    rows = [f"{visit},{bands[visit % 2]},2026-11-20T0{visit % 10}:{visit:02}:00,{1 + visit / 20:.2f}" for visit in range(1, VISITS + 1)]
    write(folder, "visits.csv", "visit,band,begin,airmass\n" + "\n".join(rows) + "\n")
    pairs = [f"{visit},{detector},{7 + patch // 2},{patch}" for visit in range(1, VISITS + 1) for detector in range(DETECTORS) for patch in touches(visit, detector)]
    write(folder, "overlap.csv", "visit,detector,tract,patch\n" + "\n".join(pairs) + "\n")
    for visit in range(1, VISITS + 1):
        for detector in range(DETECTORS):
            write(folder, f"images/{visit:08}/{detector:03}.fits", f"image {visit} {detector}\n")


def calibration(folder, biases=12, flats=6, detectors=9, first=1):
    """A night of biases and flats; the flats' times run against their numbers, so that order by time and by key differ."""
    rows = [f"{first + i},bias,,2026-11-20T18:{i:02}:00" for i in range(biases)]
    rows += [f"{first + biases + i},flat,{'gr'[i % 2]},2026-11-20T19:{50 - i:02}:00" for i in range(flats)]
    write(folder, "log.ecsv", ECSV_LOG + "\n".join(rows) + "\n")
    for exposure in range(first, first + biases + flats):
        for detector in range(detectors):
            write(folder, f"raw/{exposure:06}_{detector}.fits", f"raw {exposure} {detector}\n")


ECSV_LOG = """# %ECSV 1.0
# ---
# delimiter: ','
# datatype:
# - {name: seqnum, datatype: int64}
# - {name: kind, datatype: string}
# - {name: filter, datatype: string}
# - {name: begin, datatype: string}
seqnum,kind,filter,begin
"""
