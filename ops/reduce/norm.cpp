#include <gradtape/ops/reduce/norm.h>

#include <cmath>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>

namespace gradtape {

Tensor norm(const Tensor& x, double p, Axes dims, bool keepdim, Location at) {
  if (std::isnan(p)) fail<ValueError>(at, "norm", "p is NaN", {{"tensor", x}});
  if (p == 0) return reduce(L0Norm{}, x, dims, keepdim, at);
  if (p == 1) return reduce(L1Norm{}, x, dims, keepdim, at);
  if (p == 2) return reduce(L2Norm{}, x, dims, keepdim, at);
  if (p == INFINITY) return reduce(MaxNorm{}, x, dims, keepdim, at);
  if (p == -INFINITY) return reduce(MinNorm{}, x, dims, keepdim, at);
  const Tensor y = reduce(PNorm{p}, x, dims, keepdim, at);
  if (p < 0 && x.numel() == 0 && y.numel() > 0)
    fail<ShapeError>(at, "norm", fmt::format("p is {}, and there is nothing to choose from", p), {{"tensor", x}});
  return y;
}

Tensor norm(const Tensor& x, std::string_view name, Axes dims, bool keepdim, Location at) {
  if (name != "fro")
    fail<ValueError>(at, "norm", fmt::format("there is no norm \"{}\"", name), {{"tensor", x}}, "\"fro\" is there.");
  const std::size_t count = dims.size() ? dims.size() : static_cast<std::size_t>(x.dim());
  if (count != 2)
    fail<ValueError>(at, "norm", fmt::format("\"fro\" is of matrices: two dimensions, not {}", count), {{"tensor", x}});
  return norm(x, 2, dims, keepdim, at);
}

}  // namespace gradtape
