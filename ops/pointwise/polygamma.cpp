#include <gradtape/ops/pointwise/polygamma.h>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/pointwise/digamma.h>

namespace gradtape {

Tensor polygamma(int n, const Tensor& x, Location at) {
  if (n < 0 || n > Polygamma::highest)
    fail<ValueError>(at, "polygamma", fmt::format("the order {} is not from 0 to {}", n, Polygamma::highest),
                     {{"tensor", x}});
  return n == 0 ? digamma(x, at) : pointwise(Polygamma{n}, at, x);
}

}  // namespace gradtape
