#include <gradtape/ops/index/unique.h>

#include <gradtape/autograd/capture.h>
#include <gradtape/ops/index/gather.h>
#include <gradtape/ops/index/sort.h>
#include <gradtape/ops/pointwise/subtract.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

void runs_on_cpu(const Launch& work) {
  std::int64_t *runs = elements<std::int64_t>(work.out(0)), *starts = elements<std::int64_t>(work.out(1));
  const std::int64_t count = work.in(0)->count;
  visit(work.in(0)->dtype, [&](auto zero) {
    const auto* x = elements<decltype(zero)>(work.in(0));
    std::int64_t run = -1;
    for (std::int64_t i = 0; i < count; ++i) {
      if (i == 0 || x[i] != x[i - 1]) starts[++run] = i;
      runs[i] = run;
    }
    starts[run + 1] = count;
  });
}
constexpr Kernel runs_kernel{runs_on_cpu, GT_ON_CUDA(runs_on_cuda), nullptr, no_flops};

struct Runs {
  Tensor of_elements, starts, counts;
};
// Of a dense row that is not empty.
Runs runs_of(const char* op, const Tensor& row) {
  const std::int64_t count = row.numel();
  const TensorOptions integers{.dtype = DType::int64, .device = row.device()};
  const Tensor runs = new_tensor(op, {count}, integers), starts = new_tensor(op, {count + 1}, integers);
  launch(runs_kernel, op, NoSettings(), {runs, starts}, {row});
  const std::int64_t found = select(runs, 0, -1).item<std::int64_t>() + 1;
  const Tensor first = narrow(starts, 0, 0, found);
  return {runs, first, narrow(starts, 0, 1, found) - first};
}

UniqueValues none_of(const Tensor& x) {
  const Tensor none = new_tensor("unique", {0}, {.dtype = DType::int64, .device = x.device()});
  return {flatten(x), reshape(none, x.shape()), none};
}

// Of all elements of x: put in order first, or as they come.
UniqueValues unique_of(const char* op, const Tensor& x, bool in_order, bool inverse, Location at) {
  refuse_inside_capture(op, "how many there are cannot be asked inside a captured step",
                        "Find them before, and give them to the step as an input.");
  if (x.numel() == 0) return none_of(x);
  const Tensor flat = x.dim() == 1 ? x : reshape(x, {-1}, at);
  if (!in_order) {
    const auto [runs, first, counts] = runs_of(op, flat.detach().contiguous());
    return {gather(flat, 0, first, at), reshape(runs, x.shape()), counts};
  }
  const auto [sorted, places] = sort(flat.detach());
  const auto [runs, first, counts] = runs_of(op, sorted);
  const Tensor back = inverse ? reshape(scatter_distinct(runs, 0, places, flat.numel()), x.shape()) : Tensor();
  return {gather(flat, 0, gather(places, 0, first), at), back, counts};
}

UniqueValues only_asked(UniqueValues found, bool inverse, bool counts) {
  if (!inverse) found.inverse = Tensor();
  if (!counts) found.counts = Tensor();
  return found;
}

}  // namespace

UniqueValues unique(const Tensor& x, bool, bool return_inverse, bool return_counts, Location at) {
  Call call(at);
  return only_asked(unique_of("unique", x, true, return_inverse, at), return_inverse, return_counts);
}
UniqueValues unique_consecutive(const Tensor& x, bool return_inverse, bool return_counts, Location at) {
  Call call(at);
  return only_asked(unique_of("unique_consecutive", x, false, return_inverse, at), return_inverse, return_counts);
}

}  // namespace gradtape
