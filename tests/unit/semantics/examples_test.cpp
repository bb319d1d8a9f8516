#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

#include "tests/unit/semantics/checked.h"

using namespace osac;

namespace {

std::string contents(const std::string& path) {
  std::ifstream file(std::string(OSAC_SOURCE_DIR) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::string camera =
    "tool combine_frames { in frames : [file]  out image : file  run \"combine {frames} {len(frames)} -o {image}\" }\n";
const std::string astromatic = R"(
tool source_extractor {
    in  image     : file
    out catalogue : file
    param threshold : float = 1.5
    run "sex {image} -t {threshold} -c {scratch}/x -o {catalogue}"
}
tool scamp { in catalogues : [file]  in reference : file  out headers : [file]  run "scamp {catalogues} -r {reference} --headers {headers}" }
tool swarp { in images : [file]  in headers : [file]  out stack : file  run "swarp {images} --headers {headers} > {stack}" }
)";

const std::string auxtel_night = R"(## One night of AuxTel-like imaging.
workflow auxtel_night

import std.gnuastro   (combine_frames)
import std.astromatic (source_extractor, scamp, swarp)

param day   : date
param night : path  = "data/{day:%Y%m%d}"
param sigma : float = 3.0                     # detection threshold

enum ImageType { BIAS, DARK, FLAT, SCIENCE }

## The night's exposure log, as the camera control system writes it.
table log = ecsv "{night}/exposures.ecsv" {
    seqnum     : int
    image_type : ImageType
    exptime    : duration
    filter     : text?
    obsid      : text unique
    begin      : time utc
}

dimension exposure : int  from log.seqnum implies filter order by begin
dimension filter   : text from log.filter

dataset raw       for exposure = external "{night}/raw/AT_O_{day:%Y%m%d}_{exposure:06}.fits"
dataset bias                   = "{night}/calib/bias.fits"
dataset dark                   = "{night}/calib/dark.fits"
dataset flat      for filter   = "{night}/calib/flat_{filter}.fits"
dataset reduced   for exposure = "{night}/reduced/{exposure:06}.fits"
dataset detected  for exposure = "{night}/catalogues/{exposure:06}.ldac"
dataset header    for exposure = "{night}/catalogues/{exposure:06}.head"
dataset reference              = external "{night}/reference.ldac"
dataset stack     for filter   = "{night}/products/stack_{filter}.fits"
dataset preview   for filter   = "{night}/products/stack_{filter}.jpg"
dataset summary                = "{night}/products/summary.ecsv"

task master_bias {
    in  frames = all raw where image_type == BIAS min 3
    out bias
    use combine_frames(frames: frames, image: bias)
}

task master_dark {
    in  frames = all raw where image_type == DARK min 3
    in  bias
    out dark
    run "astarithmetic {frames} {len(frames)} 3 0.2 sigclip-mean {bias} - 60 / -g1 float32 -o {dark}"
}

task master_flat for filter {
    in  frames = all raw where image_type == FLAT min 3
    in  bias, dark
    out flat
    run "astarithmetic {frames} {len(frames)} 3 0.2 sigclip-mean {bias} - {dark} 2 x - set-f f f medianvalue / -g1 float32 -o {flat}"
}

task reduce for exposure where image_type == SCIENCE {
    in  raw, bias, dark
    in  flat                                    # of this exposure's filter: exposure implies it
    out reduced
    memory 1 GiB  time 5 min
    run "astarithmetic {raw} {bias} - {dark} {exptime:s} x - {flat} / -g1 float32 --wcsfile={raw} --wcshdu=1 -o {reduced}"
}

task detect for exposure where image_type == SCIENCE {
    in  reduced
    out detected
    metric n_sources : int
    metric fwhm      : float arcsec
    metric sky       : float adu
    expect fwhm < 2 arcsec else warn "poor seeing in exposure {exposure}"
    use source_extractor(image: reduced, catalogue: detected, threshold: sigma)
}

task solve for filter {
    in  catalogues = all detected
    in  reference
    out header for exposure where image_type == SCIENCE    # one process, a file for each of its exposures
    time 2 min
    retry 1 on timeout
    use scamp(catalogues: catalogues, reference: reference, headers: header)
}

task coadd for filter {
    in  frames  = all reduced survivors min 2
    in  headers = all header
    out stack
    use swarp(images: frames, headers: headers, stack: stack)
}

task look for filter {
    in  stack
    out preview
    run "astconvertt {stack} -h0 --fluxlow=-20 --fluxhigh=150 -o {preview}"
}

task summarise {
    in  catalogues = all detected survivors min 1
    out summary
    script python """
        import sys; sys.path.insert(0, {night})
        ...
    """
}

goal stack, preview, summary
)";

const std::string reads_to_variants = R"(## Reads to variants, for every sample that has a pair of files.
workflow reads_to_variants

param reference : path = "data/lambda.fa"

dimension sample : text from scan "data/{sample}_1.fq.gz"

dataset genome             = external "{reference}"
dataset index              = "work/genome/"                          # a directory
dataset reads_1 for sample = external "data/{sample}_1.fq.gz"
dataset reads_2 for sample = external "data/{sample}_2.fq.gz"
dataset aligned for sample = temp "work/{sample}.bam"
dataset calls              = "products/calls.vcf.gz"

task build_index {
    in  genome
    out index
    run "bwa index -p {index}/genome {genome}"
}

task align for sample {
    in  reads_1, reads_2, index
    out aligned
    cpus 2  memory 1 GiB
    run "bwa mem -t {cpus} {index}/genome {reads_1} {reads_2} | samtools sort -o {aligned} -"
}

task call {
    in  genome
    in  bams = all aligned
    out calls
    metric n_variants : int
    run """
        bcftools mpileup -f {genome} {bams} | bcftools call -mv -Oz -o {calls}
        echo "{{\"n_variants\": $(bcftools view -H {calls} | wc -l)}}" >> "$OSA_METRICS"
    """
}

goal calls
)";

}  // namespace

TEST_CASE("a night of imaging has no diagnostics, and says how its tasks hang together") {
  const auto checked = check(auxtel_night, {{"std.gnuastro", camera}, {"std.astromatic", astromatic}});
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("task solve") ==
        "task solve over (filter) basis (filter)\n"
        "  tool scamp\n"
        "  in catalogues = detected : [file] gather\n"
        "  in reference = reference : file broadcast\n"
        "  out header = header : [file] finer\n"
        "    where (exposure.image_type == SCIENCE)\n"
        "  time 2min\n"
        "  retry 1 on timeout\n"
        "  command words\n"
        "    text(\"scamp\")\n"
        "    text({port(catalogues) @word})\n"
        "    text(\"-r\")\n"
        "    text({port(reference) @word})\n"
        "    text(\"--headers\")\n"
        "    text({port(header) @word})\n");
  CHECK(checked->printed("goal") == "goal stack, preview, summary\n");
}

TEST_CASE("reads to variants has no diagnostics") {
  const auto checked = check(reads_to_variants);
  REQUIRE(checked->lines() == Lines{});
  CHECK(checked->printed("dataset index") == "dataset index over () basis () directory\n  path \"work/genome/\"\n");
  CHECK(checked->printed("dimension sample") == "dimension sample : text\n  from scan text(\"data/\" {sample} \"_1.fq.gz\")\n");
}

TEST_CASE("the examples among the workflows have no diagnostics") {
  CHECK(check(contents("workflows/coadds/sky_coadds.osa"))->lines() == Lines{});
  CHECK(check(contents("workflows/calibration/calibration_chain.osa"))->lines() == Lines{});
  const auto lst1 = check(contents("workflows/lst1/night.osa"), {{"std.lstchain", contents("stdlib/std/lstchain.osa")}});
  REQUIRE(lst1->lines() == Lines{});
  CHECK(lst1->printed("goal") == "goal production, target_check, run_muons, dl2, night_check, check_plots\n");
  CHECK(lst1->printed("task merge_dl1").find("  in cleaning = cleaning : file chain implicit\n") != std::string::npos);
}
