// One way to call an op, for generated tests and benchmarks.
#pragma once

#include <string>
#include <vector>

#include <gradtape/autograd/grad.h>
#include <gradtape/ops/vocabulary.h>

namespace gradtape {

struct Example {
  std::string text;           // what is special about it
  std::vector<Shape> inputs;  // drawn from `samples`
  Function call;
  Range samples = between(-2, 2);
  bool differentiable = true;
  bool scalable = false;  // the call takes inputs of any size [n, m], all alike
};

}  // namespace gradtape
