#pragma once
// The commands, one file each. Each gives osac's exit code (docs/reference/exit-codes.md).

#include "runtime/cli/arguments.h"

namespace osac::cli {

int run_cancel(const Arguments& arguments);
int run_certificates(const Arguments& arguments);
int run_check(const Arguments& arguments);
int run_clean(const Arguments& arguments);
int run_close(const Arguments& arguments);
int run_compile(const Arguments& arguments);
int run_cron(const Arguments& arguments);
int run_diff(const Arguments& arguments);
int run_doc(const Arguments& arguments);
int run_explain(const Arguments& arguments);
int run_fmt(const Arguments& arguments);
int run_graph(const Arguments& arguments);
int run_lint(const Arguments& arguments);
int run_log(const Arguments& arguments);
int run_metrics(const Arguments& arguments);
int run_new(const Arguments& arguments);
int run_plan(const Arguments& arguments);
int run_prov(const Arguments& arguments);
int run_query(const Arguments& arguments);
int run_registry(const Arguments& arguments);
int run_report(const Arguments& arguments);
int run_resubmit(const Arguments& arguments);
int run_run(const Arguments& arguments);
int run_simulate(const Arguments& arguments);
int run_site(const Arguments& arguments);
int run_status(const Arguments& arguments);
int run_submit(const Arguments& arguments);
int run_why(const Arguments& arguments);

}  // namespace osac::cli
