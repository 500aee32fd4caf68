// How two parts of a row are joined. Outside the rows, whose own max() would hide the word.
#pragma once

#include <gradtape/ops/vocabulary.h>

namespace gradtape {

struct Larger {
  template <class P> GT_FN P operator()(P a, P b) const { return max(a, b); }
};
struct Smaller {
  template <class P> GT_FN P operator()(P a, P b) const { return min(a, b); }
};
struct Plus {
  template <class P> GT_FN P operator()(P a, P b) const { return a + b; }
};
struct Times {
  template <class P> GT_FN P operator()(P a, P b) const { return a * b; }
};

}  // namespace gradtape
