// The largest, smallest or k-th numbers along a dimension, and where they stand.
#pragma once

#include <gradtape/ops/free.h>
#include <gradtape/ops/index/order_rows.h>
#include <gradtape/ops/values_and_indices.h>

namespace gradtape {

// Two outputs, of which the places have no gradient.
struct TopK {
  static constexpr auto name = "topk";
  int dim;
  std::int64_t size;  // of the dimension that was looked through

  static void backward(Backward& ctx);
  static std::vector<Example> examples();
};

// The k largest (or smallest) along a dimension, in order; of equals the first. NaN counts as the largest. The gradient
// goes to what was chosen. Throws ShapeError unless 0 ≤ k ≤ the dimension's size.
ValuesAndIndices topk(const Tensor& x, std::int64_t k, int dim = -1, bool largest = true,
                      Location at = Location::current());
// The largest along a dimension, or the smallest, and where the first of it stands, which alone gets the gradient: amax
// shares it among equals.
ValuesAndIndices max(const Tensor& x, int dim, bool keepdim = false, Location at = Location::current());
ValuesAndIndices min(const Tensor& x, int dim, bool keepdim = false, Location at = Location::current());
// The k-th smallest along a dimension, counted from 1, where sort would put it, and where it stands. Throws ShapeError
// unless 1 ≤ k ≤ the dimension's size.
ValuesAndIndices kthvalue(const Tensor& x, std::int64_t k, int dim = -1, bool keepdim = false,
                          Location at = Location::current());

// How a kernel orders the elements of a row.
template <class T> struct Ranking {
  bool largest;

  GT_FN static bool is_nan(T x) { return x != x; }
  GT_FN bool ahead(T a, T b) const {
    const bool above = is_nan(a) ? !is_nan(b) : a > b, below = is_nan(b) ? !is_nan(a) : b > a;
    return largest ? above : below;
  }
  // Does element a, at place i, come before b, at place j?
  GT_FN bool before(T a, std::int64_t i, T b, std::int64_t j) const { return ahead(a, b) || (!ahead(b, a) && i < j); }
};
void topk_on_cuda(const Launch& work);

}  // namespace gradtape
