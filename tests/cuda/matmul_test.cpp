#include "tests/cuda/device.h"

#include <functional>

namespace {

class CudaMatmul : public Cuda {};
class CudaLinear : public Cuda {};

using Tensors = std::vector<gt::Tensor>;
using Function = std::function<gt::Tensor(const Tensors&)>;

gt::Tensor draw(const gt::Shape& shape, std::uint64_t stream, gt::DType type) {
  gt::Generator generator(7, stream);
  return gt::randn(shape, generator, {.dtype = gt::float64}).to(type);
}
Tensors draw_all(const std::vector<gt::Shape>& shapes, gt::DType type) {
  Tensors all;
  for (const auto& shape : shapes) all.push_back(draw(shape, all.size(), type));
  return all;
}
Tensors each(const Tensors& x, const std::function<gt::Tensor(const gt::Tensor&)>& change) {
  Tensors all;
  for (const auto& t : x) all.push_back(change(t));
  return all;
}

// Near, as sums of products are: within the rounding of their terms. `sizes` is the same sum over the terms' sizes.
void expect_near(const gt::Tensor& got, const gt::Tensor& wanted, const gt::Tensor& sizes) {
  ASSERT_EQ(got.device(), cuda);
  ASSERT_EQ(got.shape(), wanted.shape());
  ASSERT_EQ(got.dtype(), wanted.dtype());
  const double tolerance = wanted.dtype() == gt::float32 ? 2e-6 : 1e-14;
  const auto a = got.to_vector<double>(), b = wanted.to_vector<double>(), size = sizes.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i)
    ASSERT_LE(std::abs(a[i] - b[i]), tolerance * size[i]) << "element " << i << " is " << a[i] << ", wanted " << b[i];
}
void expect_as_on_the_cpu(const Function& product, const Tensors& x) {
  const auto there = each(x, [](const auto& t) { return t.to(cuda); }),
             sizes = each(x, [](const auto& t) { return gt::abs(t.to(gt::float64)); });
  expect_near(product(there), product(x), product(sizes));
}

template <class Check>
void on_each_example(const std::string& op, Check check) {
  for (const gt::OpEntry& entry : gradtape_op_table()) {
    if (entry.name != op) continue;
    for (const gt::Example& example : entry.examples())
      for (const auto type : {gt::float32, gt::float64}) {
        SCOPED_TRACE(op + ": " + example.text + " " + gt::name_of(type));
        check(example, draw_all(example.inputs, type));
      }
  }
}

TEST_F(CudaMatmul, EveryExampleIsAsOnTheCpu) {
  on_each_example("matmul",
                  [](const gt::Example& example, const Tensors& x) { expect_as_on_the_cpu(example.call, x); });
}
TEST_F(CudaLinear, EveryExampleIsAsOnTheCpu) {
  on_each_example("linear",
                  [](const gt::Example& example, const Tensors& x) { expect_as_on_the_cpu(example.call, x); });
}

// The gradients of the inputs, where `seed` makes the result's.
Tensors gradients(const Function& product, const Tensors& inputs,
                  const std::function<gt::Tensor(const gt::Tensor&)>& seed) {
  const auto x = each(inputs, [](const auto& t) { return t.detach().requires_grad_(); });
  gt::Tape tape;
  const auto y = product(x);
  return gt::grad(std::vector{y}, x, {.seeds = {seed(draw(y.shape(), 9, y.dtype()))}});
}
void expect_gradients_as_on_the_cpu(const Function& product, const Tensors& x) {
  const auto got = gradients(product, each(x, [](const auto& t) { return t.to(cuda); }),
                             [](const auto& seed) { return seed.to(cuda); });
  const auto wanted = gradients(product, x, [](const auto& seed) { return seed; });
  const auto sizes = gradients(product, each(x, [](const auto& t) { return gt::abs(t); }),
                               [](const auto& seed) { return gt::abs(seed); });
  for (std::size_t i = 0; i < x.size(); ++i) expect_near(got[i], wanted[i], sizes[i]);
}

TEST_F(CudaMatmul, GradientsAreAsOnTheCpu) {
  on_each_example("matmul", [](const gt::Example& example, const Tensors& x) {
    const gt::Shape &left = example.inputs[0], &right = example.inputs[1];
    const bool batches = left.rank() > 2 || right.rank() > 2,
               alike = left.rank() == 3 && right.rank() == 3 && left[0] == right[0];
    if (!batches || alike)
      expect_gradients_as_on_the_cpu(example.call, x);  // a broadcast input's gradient is a sum besides
  });
}
TEST_F(CudaLinear, GradientsOfInputsAndWeightsAreAsOnTheCpu) {
  on_each_example("linear", [](const gt::Example& example, const Tensors& x) {
    auto without_bias = [](const Tensors& both) { return gt::linear(both[0], both[1]); };
    auto with_bias = [&](const Tensors& both) { return gt::linear(both[0], both[1], x[2].to(both[0].device())); };
    if (x.size() == 2) expect_gradients_as_on_the_cpu(without_bias, x);
    else expect_gradients_as_on_the_cpu(with_bias, {x[0], x[1]});
  });
}

TEST_F(CudaMatmul, TakesMatricesHoweverTheyLie) {
  const Function products[] = {
      [](const Tensors& x) {
        return gt::matmul(gt::narrow(x[0], 1, 2, 5), gt::narrow(x[1], 0, 1, 5));
      },             // rows further apart than long
      [](const Tensors& x) {
        return gt::matmul(gt::t(gt::narrow(x[0], 1, 2, 5)), gt::narrow(x[0], 1, 1, 6));
      },      // one of them transposed
      [](const Tensors& x) {
        return gt::matmul(gt::slice(x[0], 1, 0, 8, 2), gt::slice(x[1], 0, 0, 8, 2));
      },         // gaps between elements
      [](const Tensors& x) {
        return gt::matmul(gt::narrow(x[0], 0, 3, 1), gt::narrow(x[1], 1, 4, 1));
      },             // a row, a column that is not dense
      [](const Tensors& x) {
        return gt::matmul(gt::expand(gt::narrow(x[0], 0, 3, 1), {4, 8}), x[1]);
      },              // one row, repeated
      [](const Tensors& x) {
        return gt::matmul(x[0], gt::expand(gt::narrow(x[1], 1, 0, 1), {8, 6}));
      },              // one column, repeated
      [](const Tensors& x) { return gt::matmul(gt::permute(x[2], {1, 0, 2}), gt::transpose(x[2], 0, 1)); },
      [](const Tensors& x) { return gt::matmul(gt::permute(x[2], {2, 1, 0}), gt::permute(x[2], {2, 0, 1})); },
      [](const Tensors& x) {
        return gt::matmul(gt::expand(x[3], {2, 5, 3, 3}), gt::narrow(x[4], 1, 1, 5));
      },        // batches of no common stride
      [](const Tensors& x) {
        return gt::matmul(gt::expand(gt::narrow(x[3], 0, 2, 1), {2, 6, 3, 3}), x[4]);
      }};       // one matrix for all
  for (const auto type : {gt::float32, gt::float64})
    for (const auto& product : products) {
      SCOPED_TRACE(&product - products);
      expect_as_on_the_cpu(product, draw_all({{7, 8}, {8, 6}, {3, 3, 3}, {5, 3, 3}, {2, 6, 3, 3}}, type));
    }
}

TEST_F(CudaMatmul, MixesTypesAsOnTheCpu) {
  const auto x = gt::arange(0, 6, 1, {.dtype = gt::int64}), y = gt::linspace(0, 1, 6, {.dtype = gt::float64});

  EXPECT_THAT(gt::matmul(x.to(cuda), y.to(cuda)), near(gt::matmul(x, y), 1e-14));
  EXPECT_THAT(gt::matmul(x.to(cuda), x.to(cuda)), near({0 + 1 + 4 + 9 + 16 + 25}));
}

TEST_F(CudaMatmul, KeepsEveryBitOfFloat32) {
  // TF32 has 10 bits behind the point: it would make 1 of this.
  const auto x = gt::full({64, 64}, 1 + std::ldexp(1, -20), {.device = cuda});

  EXPECT_THAT(gt::matmul(x, gt::eye(64, {.device = cuda})), the_same_as(x));
}

TEST_F(CudaLinear, TakesABiasThatIsNotAligned) {
  const auto x = draw_all({{9, 5}, {6, 5}, {7}}, gt::float32);
  expect_as_on_the_cpu([](const Tensors& x) { return gt::linear(x[0], x[1], gt::narrow(x[2], 0, 1, 6)); }, x);
  expect_as_on_the_cpu(
      [](const Tensors& x) {
        return gt::linear(gt::narrow(x[0], 1, 1, 3), gt::narrow(x[1], 1, 2, 3), gt::narrow(x[2], 0, 0, 6));
      },
      x);
}

TEST_F(CudaLinear, OfNoFeaturesIsTheBias) {
  const auto bias = gt::tensor({1.f, 2.f, 3.f});

  const auto y = gt::linear(gt::zeros({2, 0}, {.device = cuda}), gt::zeros({3, 0}, {.device = cuda}), bias.to(cuda));

  EXPECT_THAT(y, near({1, 2, 3, 1, 2, 3}));
}

TEST_F(CudaLinear, AllocatesNothingWhenWarm) {
  const auto x = draw({16, 32}, 0, gt::float32).to(cuda), weight = draw({8, 32}, 1, gt::float32).to(cuda),
             bias = draw({8}, 2, gt::float32).to(cuda);
  for (int i = 0; i < 2; ++i) gt::linear(gt::linear(x, weight, bias), gt::t(weight));
  const auto before = gt::cuda::memory_statistics();

  for (int i = 0; i < 3; ++i) gt::linear(gt::linear(x, weight, bias), gt::t(weight));

  EXPECT_EQ(gt::cuda::memory_statistics().allocations, before.allocations);
  EXPECT_EQ(gt::cuda::memory_statistics().in_use, before.in_use);
}

TEST_F(CudaMatmul, TakesTf32OnlyWhenAllowed) {
  EXPECT_FALSE(gt::cuda::tf32_allowed());
  const auto x = draw({40, 30}, 1, gt::float32), y = draw({20, 30}, 2, gt::float32), bias = draw({20}, 3, gt::float32);
  gt::cuda::allow_tf32(true);
  EXPECT_THAT(gt::linear(x.to(cuda), y.to(cuda), bias.to(cuda)), near(gt::linear(x, y, bias), 1e-1));
  EXPECT_THAT(gt::matmul(x.to(cuda), gt::t(y.to(cuda))), near(gt::matmul(x, gt::t(y)), 1e-1));
  gt::cuda::allow_tf32(false);
  EXPECT_THAT(gt::linear(x.to(cuda), y.to(cuda), bias.to(cuda)), near(gt::linear(x, y, bias), 1e-4));
}

TEST_F(CudaMatmul, AsksForOneDevice) {
  const auto here = gt::ones({2, 2}), there = gt::ones({2, 2}, {.device = cuda});
  EXPECT_ERROR(
      DeviceError, gt::matmul(there, here),
      "matmul: the tensors are on different devices\n  left   [2, 2]  float32  cuda:0\n  right  [2, 2]  float32  cpu\n"
      "  Bring them together: x.to(device).");
  EXPECT_ERROR(DeviceError, gt::linear(here, there),
               "linear: the tensors are on different devices\n  x       [2, 2]  float32  cpu\n  weight  [2, 2]  "
               "float32  cuda:0\n"
               "  Bring them together: x.to(device).");
  EXPECT_ERROR(
      DeviceError, gt::linear(there, there, gt::ones({2})),
      "linear: the tensors are on different devices\n  x     [2, 2]  float32  cuda:0\n  bias  [2]     float32  cpu\n"
      "  Bring them together: x.to(device).");
}

}  // namespace
