#!/usr/bin/env python3
"""Reads to variants on real phage reads and on a mutant whose variants are known: the calls are right."""
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import ROOT, Workspace, need

need("bwa", "samtools", "bcftools", "wgsim", "/usr/share/doc/bowtie2/examples/reads/reads_1.fq.gz")


class Variants(Workspace):
    def test_known_variants_are_called(self):
        for name in ["prepare.osa", "reads_to_variants.osa"]:
            shutil.copy(ROOT / "workflows/genomics" / name, self.folder)
        self.osac("run", "prepare.osa")
        self.osac("run", "reads_to_variants.osa")
        self.assertFalse(self.exists("work/mutant.bam"), "alignments are temporary")
        samples = subprocess.run(["bcftools", "query", "-l", "products/calls.vcf.gz"], cwd=self.folder, capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual(samples, ["lambda", "mutant"])
        called = subprocess.run(["bcftools", "query", "-s", "mutant", "-i", 'TYPE="snp" & GT="alt"', "-f", "%POS %REF %ALT\n", "products/calls.vcf.gz"],
                                cwd=self.folder, capture_output=True, text=True, check=True).stdout
        called = {int(line.split()[0]): line.split()[1:] for line in called.splitlines()}
        planted = {}
        for line in self.read("data/mutant_variants.txt").splitlines():
            chromosome, place, reference, other, copy = line.split("\t")
            if reference != "-" and other != "-":
                planted[int(place)] = reference
        self.assertGreater(len(planted), 30)
        found = set(planted) & set(called)
        self.assertGreaterEqual(len(found), 0.95 * len(planted), sorted(set(planted) - set(called)))
        self.assertTrue(all(called[place][0] == planted[place] for place in found))
        self.assertEqual(self.made(self.osac("run", "reads_to_variants.osa")), 0)


if __name__ == "__main__":
    unittest.main()
