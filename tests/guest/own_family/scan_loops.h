// Turns one scan op struct into its loops. Included by generated files only, after the op's header.
#pragma once

#include <gradtape/ops/math.h>

#include "scan.h"

namespace mine {

template <class Op, class S>
void scan_lines(const Lines& lines) {
  for (std::int64_t i = 0; i < lines.rows * lines.columns; ++i) {
    const gradtape::Pack<S> x(static_cast<const S*>(lines.in)[i]);
    S* const y = static_cast<S*>(lines.out) + i;
    *y = i % lines.columns ? Op::forward(gradtape::Pack<S>(y[-1]), x).v : x.v;
  }
}

template <class Op>
constexpr ScanRow Scan::kernels(const ScanCuda* cuda) {
  ScanRow row{};
  row.name = Op::name;
  row.backward = scan_backward;
  row.takes_directions = true;
  row.loops[0] = scan_lines<Op, float>;
  row.loops[1] = scan_lines<Op, double>;
  row.cuda = cuda;
  row.gradient = Op::gradient;
  row.samples = Op::samples;
  return row;
}

}  // namespace mine
