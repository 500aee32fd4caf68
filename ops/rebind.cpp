#include <gradtape/ops/rebind.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/leaf.h>

namespace gradtape {

void require_rebindable(const char* op, const Tensor& a, Location at) {
  if (a.defined() && a.tensor_data()->requires_grad)
    fail<TapeError>(
        at, op,
        "a new tensor in the place of one that asks for a gradient would part it from the gradient and the optimizer",
        {{"left", a}}, "Write in place with add_() or copy_(), let an optimizer step, or assign: a = a - b.");
}
void stay_frozen(const Tensor& before, Tensor& after) {
  if (detail::is_frozen(before.tensor_data()) && is_floating(after.dtype()) && !after.requires_grad())
    after.requires_grad_(false);
}

}  // namespace gradtape
