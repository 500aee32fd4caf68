// The op table that gt_add_ops() writes for a target: what generated tests, benchmarks and the op reference read.
#pragma once

#include <vector>

#include <gradtape/ops/example.h>
#include <gradtape/ops/family.h>

namespace gradtape {

struct OpEntry {
  const char* name;
  const char* family;
  std::vector<Example> (*examples)();  // null for an optimizer's step, which is no function of tensors
};

template <class Op, class Family>
consteval OpEntry entry_of() {
  OpEntry entry{Op::name, Family::name, nullptr};
  if constexpr (!requires { typename Family::Kernels; }) {
    static_assert(
        requires { std::vector<Example>(Op::examples()); },
        "examples are missing: static std::vector<gradtape::Example> examples()");
    entry.examples = Op::examples;
  } else if constexpr (requires(const typename Family::Kernels& kernels) { examples_of(kernels); }) {
    entry.examples = [] { return examples_of(kernels_of<Op, Family>()); };
  }
  return entry;
}

}  // namespace gradtape
