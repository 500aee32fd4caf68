// Scans on a device: the bits of the CPU, by every kernel.
#include "tests/cuda/device.h"

namespace {

class CudaScans : public Cuda {};

TEST_F(CudaScans, HaveTheBitsOfTheCpu) {
  // A thread for each row, or for each group of it; a block for each row, of one tile and of two; one for each tile.
  for (const auto& [shape, dim] : std::vector<std::pair<gt::Shape, int>>{{{70, 10}, 1},
                                                                         {{300, 9}, 0},
                                                                         {{1100, 9}, 0},
                                                                         {{5000, 8}, 0},
                                                                         {{3, 70}, 1},
                                                                         {{2, 5000}, 1},
                                                                         {{2, 700, 3}, 1},
                                                                         {{13000}, 0},
                                                                         {{9000, 2}, 0}})
    for (const bool reverse : {false, true}) {
      SCOPED_TRACE(gt::to_string(shape) + (reverse ? " reversed" : ""));
      const auto at = gt::Location::current();
      const gt::Along along{dim, reverse};
      for (const auto type : {gt::float32, gt::float64}) {
        const auto x = walk(shape).to(type), a = walk(shape, gt::between(-1, 1), 1).to(type);
        const auto y = x.to(cuda), b = a.to(cuda);
        EXPECT_THAT(gt::scan(gt::Cumsum{}, y, along, at), the_same_as(gt::scan(gt::Cumsum{}, x, along, at)));
        EXPECT_THAT(gt::scan(gt::Logcumsumexp{}, y, along, at),
                    the_same_as(gt::scan(gt::Logcumsumexp{}, x, along, at)));
        EXPECT_THAT(gt::scan(gt::LinearRecurrence{}, b, y, along, at),
                    the_same_as(gt::scan(gt::LinearRecurrence{}, a, x, along, at)));
        EXPECT_THAT(gt::scan(gt::Cummax{}, y, along, at), the_same_as(gt::scan(gt::Cummax{}, x, along, at)));
      }
      const auto whole = (walk(shape) * 1000).to(gt::int64);
      EXPECT_THAT(gt::scan(gt::Cumsum{}, whole.to(cuda), along, at),
                  the_same_as(gt::scan(gt::Cumsum{}, whole, along, at)));
    }
}

TEST_F(CudaScans, GoBackWithTheBitsOfTheCpu) {
  for (const auto& shape : {gt::Shape{300}, gt::Shape{5, 40}, gt::Shape{2, 9, 3}})
    for (const auto type : {gt::float32, gt::float64})
      for (const bool reverse : {false, true}) {
        SCOPED_TRACE(gt::to_string(shape) + (reverse ? " reversed" : ""));
        const gt::Along along{shape.rank() > 1, reverse};
        const auto gradients = [&](gt::Device device) {
          const auto a = walk(shape, gt::between(-1, 1), 1).to(type).to(device).requires_grad_(),
                     b = walk(shape).to(type).to(device).requires_grad_();
          const auto at = gt::Location::current();
          gt::Tape tape;
          auto all = gt::grad(gt::sum(gt::square(gt::scan(gt::LinearRecurrence{}, a, b, along, at))), {a, b});
          all.push_back(gt::grad(gt::sum(gt::square(gt::scan(gt::Cumprod{}, b, along, at))), b));
          all.push_back(gt::grad(gt::sum(gt::square(gt::scan(gt::Logcumsumexp{}, b, along, at))), b));
          return all;
        };
        const auto here = gradients(gt::Device::cpu()), there = gradients(cuda);
        for (std::size_t i = 0; i < here.size(); ++i) EXPECT_THAT(there[i], the_same_as(here[i])) << i;
      }
}

TEST_F(CudaScans, HaveGradientsThere) {
  const auto x = walk({3, 70}), there = x.to(cuda).requires_grad_(), here = x.detach().requires_grad_();
  for (const auto& call : std::vector<std::function<gt::Tensor(const gt::Tensor&)>>{
           [](const auto& t) { return gt::cumsum(t, 1); }, [](const auto& t) { return gt::cumprod(t, 0); },
           [](const auto& t) { return gt::logcumsumexp(t, 1); }, [](const auto& t) { return gt::cummin(t, 1).values; },
           [](const auto& t) { return gt::diff(t, 2); }}) {
    gt::Tape tape;
    EXPECT_THAT(gt::grad(gt::sum(gt::square(call(there))), there),
                near(gt::grad(gt::sum(gt::square(call(here))), here), 1e-13));
  }
}

}  // namespace
