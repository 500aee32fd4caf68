#include <gradtape/ops/view/copy.h>

namespace gradtape {

void Copy::backward(Backward& ctx) {
  const Copy op = ctx.attributes<Copy>();
  ctx.add(0, ctx.take_gradient().to(op.from).to(op.device));
}

std::vector<Example> Copy::examples() {
  return {{"dense", {{3, 4}}, [](const auto& x) { return x[0].contiguous(); }},
          {"a clone", {{3, 4}}, [](const auto& x) { return x[0].clone(); }},
          {"to its own type", {{3}}, [](const auto& x) { return x[0].to(x[0].dtype()); }}};
}

}  // namespace gradtape
