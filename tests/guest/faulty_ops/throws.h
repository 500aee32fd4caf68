// Ops that throw: in their second example, and where the examples are asked for.
#pragma once

#include <stdexcept>

#include <gradtape/ops/free.h>

namespace faulty {

struct Throws {
  static constexpr auto name = "throws";

  static void backward(gradtape::Backward&) {}
  static std::vector<gradtape::Example> examples() {
    auto call = [](const std::vector<gradtape::Tensor>& x) {
      if (x[0].numel() == 3) throw std::runtime_error("three are too many");
      return x[0];
    };
    return {{"two", {{2}}, call}, {"three", {{3}}, call}};
  }
};

struct ThrowsBefore {
  static constexpr auto name = "throws_before";

  static void backward(gradtape::Backward&) {}
  static std::vector<gradtape::Example> examples() { throw std::runtime_error("no example is at hand"); }
};

}  // namespace faulty
