// Sequential: modules and functions, one after the other.
#pragma once

#include <concepts>
#include <functional>

#include <gradtape/models/module.h>

namespace gradtape {

// A model is put together part by part: net.add<Linear>(784, 256).add(gt::relu).add<Linear>(256, 10). Parts are
// modules, made in place or owned by the caller, and functions from tensor to tensor. Parameters are named "0.weight",
// "2.weight", …
class Sequential : public Module {
 public:
  using Function = std::function<Tensor(const Tensor&)>;

  Sequential() = default;
  ~Sequential() override;
  // A module that lives at least as long as this one, and may be part of others too.
  Sequential& add(Module& module, Location at = Location::current());
  Sequential& add(Function function, Location at = Location::current());
  // An op with its default arguments, named plainly: add(gt::relu).
  Sequential& add(Tensor (*op)(const Tensor&, Location), Location at = Location::current());
  template <std::derived_from<Module> M, class... Arguments>
  Sequential& add(Arguments&&... arguments) {
    owned_.push_back(nullptr);
    owned_.back() = new M(std::forward<Arguments>(arguments)...);
    return add(*owned_.back());
  }

 protected:
  Tensor forward(const Tensor& x) const override;

 private:
  struct Part {
    const Module* module;
    Function function;
  };
  std::vector<Part> parts_;
  std::vector<Module*> owned_;  // (<memory> would add a sixth to the time that including this library takes)
};

}  // namespace gradtape
