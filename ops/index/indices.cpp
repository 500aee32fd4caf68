#include <gradtape/ops/index/indices.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>

namespace gradtape {

Tensor checked_indices(const char* op, const Tensor& indices, std::int64_t size, Location where, std::int64_t ignored) {
  if (is_floating(indices.dtype()) || indices.dtype() == DType::boolean)
    fail<DTypeError>(where, op, "indices and labels are integers", {{"indices", indices}}, "Convert them: x.to(gt::int64).");
  const Tensor dense = indices.detach().to(DType::int64).contiguous();
  const std::int64_t* at = dense.data<std::int64_t>();
  for (std::int64_t i = 0; i < dense.numel(); ++i)
    if ((at[i] < 0 || at[i] >= size) && (at[i] != ignored || ignored == 0)) [[unlikely]]
      fail<IndexError>(where, op, fmt::format("value {} at position {} is out of range", at[i], i), {{"indices", indices}},
                       fmt::format("It must be at least 0 and below {}.", size));
  return dense;
}

}  // namespace gradtape
