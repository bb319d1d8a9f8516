#!/usr/bin/env bash
# Simulates a night, reduces it, and says where the products are. Works in build/demo, so that the repository stays clean.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
osac=$PWD/build/release/osac
work=build/demo
mkdir -p "$work"
cp workflows/auxtel/{simulate.osa,night.osa,observing_plan.ecsv,site.yaml} "$work"

echo "== a simulated camera takes the night's exposures"
"$osac" run "$work/simulate.osa" --day 2024-09-18
echo
echo "== the night is reduced"
"$osac" run "$work/night.osa" --day 2024-09-18
"$osac" graph "$work/night.osa" --day 2024-09-18 -o "$work/night.pdf"
(cd "$work" && "$osac" prov -w night -o provenance.pdf)

night=$work/data/20240918
echo
echo "stacks and previews:  $night/products/stack_{i,r}.fits, stack_{i,r}.jpg"
echo "metrics per exposure: $night/products/summary.ecsv"
sed -n '/^exposure/,$p' "$night/products/summary.ecsv" | column -t | sed 's/^/    /'
echo "workflow graph:       $work/night.pdf"
echo "provenance:           $work/provenance.pdf"
