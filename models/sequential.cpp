#include <gradtape/models/sequential.h>

#include <gradtape/autograd/error.h>

namespace gradtape {

Sequential::~Sequential() {
  for (const Module* module : owned_) delete module;
}
Sequential& Sequential::add(Module& module, Location at) {
  if (&module == this) fail<ValueError>(at, "Sequential", "a module cannot be part of itself");
  add_part(std::to_string(parts_.size()), module);
  parts_.push_back({&module, {}});
  return *this;
}
Sequential& Sequential::add(Function function, Location at) {
  if (!function) fail<ValueError>(at, "Sequential", "an empty function was added");
  parts_.push_back({nullptr, std::move(function)});
  return *this;
}
Sequential& Sequential::add(Tensor (*op)(const Tensor&, Location), Location at) {
  if (!op) fail<ValueError>(at, "Sequential", "a null function was added");
  return add([op](const Tensor& x) { return op(x, Location::current()); });
}

Tensor Sequential::forward(const Tensor& x) const {
  Tensor y = x;
  for (const Part& part : parts_) y = part.module ? (*part.module)(y) : part.function(y);
  return y;
}

}  // namespace gradtape
