#include <array>

#include "tests/support/near.h"

namespace {

gt::Tensor numbers(const gt::Shape& shape, gt::DType dtype, std::uint64_t seed) {
  gt::Generator generator(seed);
  return gt::randn(shape, generator, {.dtype = gt::float64}).to(dtype);
}

// Row by row, in double precision.
gt::Tensor by_hand(const gt::Tensor& a, const gt::Tensor& b) {
  const std::int64_t m = a.size(0), k = a.size(1), n = b.size(1);
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  auto c = gt::zeros({m, n}, {.dtype = gt::float64});
  double* out = c.data<double>();
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t p = 0; p < k; ++p)
      for (std::int64_t j = 0; j < n; ++j)
        out[i * n + j] += x[static_cast<std::size_t>(i * k + p)] * y[static_cast<std::size_t>(p * n + j)];
  return c;
}

TEST(Matmul, IsRightInEveryShapeAndLayout) {
  const std::int64_t sizes[][3] = {{1, 1, 1},      {1, 7, 1},     {3, 5, 2},      {17, 33, 9},
                                   {64, 64, 10},   {65, 784, 10}, {130, 70, 100}, {5, 1000, 3},
                                   {600, 20, 530}, {10, 64, 700}, {2, 0, 3},      {0, 4, 3}};
  for (auto [m, k, n] : sizes)
    for (gt::DType dtype : {gt::float32, gt::float64})
      for (int layout = 0; layout < 4; ++layout) {
        SCOPED_TRACE(testing::Message() << m << "x" << k << "x" << n << ", layout " << layout);
        const auto a = layout & 1 ? gt::t(numbers({k, m}, dtype, 1)) : numbers({m, k}, dtype, 1);
        const auto b = layout & 2 ? gt::t(numbers({n, k}, dtype, 2)) : numbers({k, n}, dtype, 2);

        const auto c = gt::matmul(a, b);

        EXPECT_EQ(c.shape(), (gt::Shape{m, n}));
        EXPECT_THAT(c, near(by_hand(a, b), dtype == gt::float32 ? 1e-4 : 1e-12));
      }
}

TEST(Matmul, HasTheSameBitsForAnyNumberOfThreads) {
  const int before = gt::num_threads();
  for (const auto& [m, k, n] : {std::array{60, 700, 40}, std::array{256, 900, 100}, std::array{40, 700, 300}}) {
    SCOPED_TRACE(testing::Message() << m << "x" << k << "x" << n);
    const auto a = numbers({m, k}, gt::float32, 1), b = numbers({k, n}, gt::float32, 2);
    gt::set_num_threads(1);
    const auto alone = gt::matmul(a, b).to_vector<float>();
    for (const int threads : {2, 3, 16}) {
      gt::set_num_threads(threads);
      EXPECT_EQ(gt::matmul(a, b).to_vector<float>(), alone) << threads;
    }
  }
  gt::set_num_threads(before);
}

TEST(Matmul, FollowsNumpyForVectorsAndBatches) {
  const auto v = gt::tensor({1.0, 2.0}), m = gt::tensor({{1.0, 2.0}, {3.0, 4.0}});

  EXPECT_THAT(gt::matmul(v, v), near({5}));
  EXPECT_EQ(gt::matmul(v, v).dim(), 0);
  EXPECT_THAT(gt::matmul(m, v), near({5, 11}));
  EXPECT_THAT(gt::matmul(v, m), near({7, 10}));
  EXPECT_EQ(gt::matmul(gt::ones({5, 1, 2, 3}), gt::ones({4, 3, 6})).shape(), (gt::Shape{5, 4, 2, 6}));
  EXPECT_EQ(gt::matmul(gt::ones({3}), gt::ones({4, 3, 6})).shape(), (gt::Shape{4, 6}));
}

TEST(Linear, IsTheProductWithTheTransposedWeight) {
  const auto x = numbers({2, 5, 7}, gt::float64, 1), w = numbers({3, 7}, gt::float64, 2),
             b = numbers({3}, gt::float64, 3);

  EXPECT_THAT(gt::linear(x, w, b), near(gt::matmul(x, gt::t(w)) + b, 1e-12));
}

TEST(Views, MoveNoNumbersAndIndexAsNumpyDoes) {
  const auto x = gt::reshape(gt::arange(0, 24), {2, 3, 4});

  EXPECT_THAT(gt::slice(x, 2, -3, -1, 1), near({1, 2, 5, 6, 9, 10, 13, 14, 17, 18, 21, 22}));
  EXPECT_THAT(gt::slice(x, 2, 0, 4, 3), near({0, 3, 4, 7, 8, 11, 12, 15, 16, 19, 20, 23}));
  EXPECT_THAT(gt::select(gt::select(x, 0, -1), 0, 1), near({16, 17, 18, 19}));
  EXPECT_EQ(gt::permute(x, {2, 0, 1}).shape(), (gt::Shape{4, 2, 3}));
  EXPECT_EQ(gt::flatten(x, 1).shape(), (gt::Shape{2, 12}));
  EXPECT_EQ(gt::reshape(x, {-1, 8}).shape(), (gt::Shape{3, 8}));
  EXPECT_EQ(gt::unsqueeze(x, -1).shape(), (gt::Shape{2, 3, 4, 1}));
  EXPECT_EQ(gt::squeeze(gt::ones({1, 3, 1})).shape(), (gt::Shape{3}));
  EXPECT_EQ(gt::slice(x, 0, 0, 1).data<std::int64_t>(), x.data<std::int64_t>());
  EXPECT_THAT(gt::cat({gt::arange(0, 2), gt::arange(5, 7)}), near({0, 1, 5, 6}));
  EXPECT_THAT(gt::stack({gt::arange(0, 2), gt::arange(5, 7)}, 1), near({0, 5, 1, 6}));
  EXPECT_THAT(gt::one_hot(gt::tensor({2, 0}), 3), near({0, 0, 1, 1, 0, 0}));
  EXPECT_THAT(gt::gather(gt::tensor({{1, 2}, {3, 4}}), 1, gt::tensor({{1}, {0}})), near({2, 3}));
}

}  // namespace
