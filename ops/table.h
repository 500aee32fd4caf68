// The op table that gt_add_ops() writes for a target: what generated tests, benchmarks and the op reference read.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <gradtape/ops/example.h>
#include <gradtape/ops/pointwise.h>
#include <gradtape/ops/reduce.h>
#include <gradtape/ops/rowwise.h>

namespace gradtape {

struct OpEntry {
  const char* name;
  const char* family;
  std::vector<Example> (*examples)();
};

// Calls that cover a family's shapes: empty, one element, a lane more or less, broadcast, every dimension.
std::vector<Example> examples_of(const PointwiseRow& row);
std::vector<Example> examples_of(const RowwiseRow& row);
std::vector<Example> examples_of(const ReduceRow& row);

}  // namespace gradtape
