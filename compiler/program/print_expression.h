#pragma once
// An expression of a program as text, with names for its references. `task` is whose ports and metrics it may use, or null.

#include "compiler/program/program.h"

namespace osac::program {

std::string print_expression(const Program& program, const Task* task, ExprId id, const Strings& strings);

}  // namespace osac::program
