// Sequential: modules and functions, one after the other.
#pragma once

#include <concepts>
#include <functional>
#include <memory>

#include <gradtape/models/module.h>

namespace gradtape {

// A model is put together part by part: net.add<Linear>(784, 256).add(gt::relu).add<Linear>(256, 10). Parts are modules,
// made in place or shared, and functions from tensor to tensor. Parameters are named "0.weight", "2.weight", …
class Sequential : public Module {
 public:
  using Function = std::function<Tensor(const Tensor&)>;

  Sequential() = default;
  Sequential& add(std::shared_ptr<Module> module);
  Sequential& add(Function function);
  // An op with its default arguments, named plainly: add(gt::relu).
  Sequential& add(Tensor (*op)(const Tensor&, Location));
  template <std::derived_from<Module> M, class... Arguments>
  Sequential& add(Arguments&&... arguments) {
    return add(std::make_shared<M>(std::forward<Arguments>(arguments)...));
  }

 protected:
  Tensor forward(const Tensor& x) const override;

 private:
  struct Part {
    std::shared_ptr<Module> module;
    Function function;
  };
  std::vector<Part> parts_;
};

}  // namespace gradtape
