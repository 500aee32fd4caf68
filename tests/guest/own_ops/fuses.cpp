// The guest's ops and the library's in one kernel, which is compiled while the program runs, from their headers' texts.
#include <cstring>
#include <iostream>

#include <gradtape/autograd/fused_kernel.h>
#include <gradtape/gradtape.h>

#include "more/tanh_affine.h"
#include "tanh_affine.h"

namespace gt = gradtape;

// Keeps launches of ops without settings.
struct Collector : gt::Watcher {
  std::vector<gt::Launch> launches;
  std::vector<std::vector<gt::Tensor>> held;
  std::vector<std::vector<const gt::TensorData*>> tensors;

  void see(const gt::Launch& work) override {
    launches.push_back(work);
    tensors.emplace_back(work.tensors, work.tensors + work.writes + work.reads);
    held.emplace_back();
    for (const auto* x : tensors.back()) held.back().push_back(gt::tensor_of(x));
    launches.back().tensors = tensors.back().data();  // which stays where it is
    pass_on(work);
  }
};

int main() {
  if (!gt::cuda::is_available()) {
    std::cout << "no CUDA device\n";
    return 0;
  }
  const auto here = gt::randn({3, 1001});
  const auto a = gt::select(here, 0, 0).to(gt::Device::cuda()), x = gt::select(here, 0, 1).to(gt::Device::cuda()),
             b = gt::select(here, 0, 2).to(gt::Device::cuda());
  Collector seen;
  gt::Tensor y;
  {
    const gt::Watching watching(seen);
    y = mine::affine_tanh(a, gt::exp(mine::tanh_affine(a, x, b)), b);
    y = gt::pointwise(mine::Soft{}, gt::Location::current(), y);
  }
  const auto wanted = y.to_vector<float>();
  y.fill_(0);
  std::vector<const gt::Launch*> launches;
  for (const gt::Launch& work : seen.launches) launches.push_back(&work);
  std::string why_not;
  const auto kernel = gt::device::fuse(launches, {}, why_not);
  if (!kernel) {
    std::cout << "not fused: " << why_not << '\n';
    return 1;
  }
  kernel->launch();
  const auto got = y.to_vector<float>();
  const bool same = launches.size() == 4 && std::memcmp(got.data(), wanted.data(), got.size() * sizeof(float)) == 0;
  std::cout << (same ? "the same bits\n" : "other bits\n");
  return same ? 0 : 1;
}
