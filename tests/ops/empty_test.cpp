// Ops on shapes with a 0 in them, and on sizes whose product is beyond all counting.
#include <chrono>

#include <gradtape/ops/table.h>

#include "tests/support/near.h"

std::span<const gt::OpEntry> gradtape_op_table();

namespace {

constexpr std::int64_t many = std::int64_t(1) << 40;

// The call gives that shape, zeros if it has elements, and gradients (recorded ones too) of its inputs' shapes.
void expect_zeros(const std::vector<gt::Shape>& inputs, const gt::Function& call, const gt::Shape& wanted) {
  for (const bool create_graph : {false, true}) {
    gt::Tape tape;
    std::vector<gt::Tensor> x;
    for (const auto& shape : inputs) x.push_back(gt::ones(shape, {.dtype = gt::float64}).requires_grad_());
    const auto y = call(x);
    ASSERT_TRUE(y.shape() == wanted) << gt::to_string(y.shape()) << ", wanted " << gt::to_string(wanted);
    for (const double number : y.to_vector<double>()) EXPECT_EQ(number, 0);
    const auto gradients = gt::grad(gt::sum(y), x, {.create_graph = create_graph});
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_TRUE(gradients[i].shape() == inputs[i]) << gt::to_string(gradients[i].shape());
      if (create_graph) gt::sum(gradients[i]).item();
    }
  }
}

TEST(Empty, MatrixProductsOfNothingAreZeros) {
  struct Case {
    gt::Shape left, right, wanted;
  };
  for (const auto& [left, right, wanted] : {Case{{5, 5, 0}, {0, 5}, {5, 5, 5}},
                                            {{2, 0}, {0, 3}, {2, 3}},
                                            {{5, 5, 0}, {0}, {5, 5}},
                                            {{0}, {0}, {}},
                                            {{0}, {0, 4}, {4}},
                                            {{4, 0}, {0}, {4}},
                                            {{2, 3, 0}, {2, 0, 4}, {2, 3, 4}},
                                            {{3, 0}, {2, 0, 4}, {2, 3, 4}},
                                            {{0, 3, 4}, {4, 2}, {0, 3, 2}},
                                            {{2, 0, 4}, {4, 3}, {2, 0, 3}},
                                            {{2, 3, 4}, {4, 0}, {2, 3, 0}},
                                            {{0, 3, 4}, {0, 4, 2}, {0, 3, 2}},
                                            {{1, 3, 4}, {0, 4, 2}, {0, 3, 2}},
                                            {{0, 0, 0}, {0, 0}, {0, 0, 0}},
                                            {{2, 3, 0, 0}, {0, 0}, {2, 3, 0, 0}},
                                            {{5, 1, 5, 0}, {3, 0, 5}, {5, 3, 5, 5}}}) {
    SCOPED_TRACE(gt::to_string(left) + " by " + gt::to_string(right));
    expect_zeros({left, right}, [](const auto& x) { return gt::matmul(x[0], x[1]); }, wanted);
  }
}

TEST(Empty, LinearOfNothingIsItsBias) {
  struct Case {
    gt::Shape x, weight, wanted;
  };
  for (const auto& [x, weight, wanted] : {Case{{3, 0}, {4, 0}, {3, 4}},
                                          {{2, 5, 0}, {4, 0}, {2, 5, 4}},
                                          {{0}, {4, 0}, {4}},
                                          {{0, 3}, {4, 3}, {0, 4}},
                                          {{2, 0, 3}, {4, 3}, {2, 0, 4}},
                                          {{2, 3}, {0, 3}, {2, 0}},
                                          {{2, 2, 3}, {0, 3}, {2, 2, 0}},
                                          {{0, 0}, {0, 0}, {0, 0}}}) {
    SCOPED_TRACE(gt::to_string(x) + " by " + gt::to_string(weight));
    expect_zeros({x, weight}, [](const auto& in) { return gt::linear(in[0], in[1]); }, wanted);
    expect_zeros({x, weight, {weight[0]}}, [](const auto& in) { return gt::linear(in[0], in[1], in[2] - 1); }, wanted);
  }
}

TEST(Empty, EveryPointwiseOpBroadcastsNothing) {
  struct Case {
    gt::Shape a, b, wanted;
  };
  const std::vector<Case> cases{{{0}, {0}, {0}},          {{0}, {}, {0}},        {{0}, {1}, {0}},
                                {{3, 0}, {3, 1}, {3, 0}}, {{3, 1}, {0}, {3, 0}}, {{0, 3}, {3}, {0, 3}},
                                {{1, 1}, {2, 0}, {2, 0}}, {{}, {0, 4}, {0, 4}}};
  for (const gt::OpEntry& op : gradtape_op_table()) {
    if (op.family != std::string("pointwise")) continue;
    const gt::Example example = op.examples()[0];
    for (const auto& [a, b, wanted] : cases) {
      SCOPED_TRACE(std::string(op.name) + " of " + gt::to_string(a) + " and " + gt::to_string(b));
      std::vector<gt::Shape> shapes{a, b, a};
      shapes.resize(example.inputs.size());
      const gt::Shape own = shapes.size() == 1 ? a : wanted;
      if (gt::count_of(own) != 0) continue;
      if (example.differentiable) expect_zeros(shapes, example.call, own);
      std::vector<gt::Tensor> integers;
      for (const auto& shape : shapes) integers.push_back(gt::ones(shape, {.dtype = gt::int64}));
      EXPECT_TRUE(example.call(integers).shape() == own);
    }
  }
}

TEST(Empty, EveryRowwiseOpTakesAnyDimension) {
  for (const gt::OpEntry& op : gradtape_op_table()) {
    if (op.family != std::string("rowwise")) continue;
    for (const gt::Example& example : op.examples())
      for (const gt::Shape& shape : {gt::Shape{0, 3}, {3, 0}, {0, 0}, {2, 0, 3}, {2, 3, 0}, {0}}) {
        if (shape.rank() != example.inputs[0].rank()) continue;
        SCOPED_TRACE(std::string(op.name) + " like " + example.text + " of " + gt::to_string(shape));
        expect_zeros({shape}, example.call, shape);
      }
  }
}

// What sum, prod, … of nothing are, over each choice of dimensions; those that choose throw where there is nothing to
// choose from.
TEST(Empty, EveryReduceOpTakesAnyDimension) {
  for (const gt::OpEntry& op : gradtape_op_table()) {
    if (op.family != std::string("reduce")) continue;
    for (const gt::Example& example : op.examples())
      for (const gt::Shape& shape : {gt::Shape{0, 3}, {3, 0}, {0, 0}, {2, 0, 3}, {2, 3, 0}, {0, 3, 2}, {0}}) {
        if (shape.rank() != example.inputs[0].rank()) continue;
        SCOPED_TRACE(std::string(op.name) + " like " + example.text + " of " + gt::to_string(shape));
        for (const bool create_graph : {false, true}) {
          gt::Tape tape;
          auto x = gt::ones(shape, {.dtype = gt::float64}).requires_grad_();
          try {
            const auto y = example.call({x});
            if (!example.differentiable) continue;
            const auto gradient = gt::grad(gt::sum(y), x, {.create_graph = create_graph});
            EXPECT_TRUE(gradient.shape() == shape);
          } catch (const gt::ShapeError& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr("there is nothing to choose from"));
          }
        }
      }
  }
}

TEST(Empty, ViewsAndIndicesTakeNothing) {
  const auto none = gt::empty({0}, {.dtype = gt::int64});
  const auto columns = [](const gt::Shape& shape) { return gt::zeros(shape, {.dtype = gt::int64}); };
  expect_zeros({{0, 3}}, [&](const auto& x) { return gt::index_select(x[0], 0, none); }, {0, 3});
  expect_zeros({{3, 0}}, [&](const auto& x) { return gt::index_select(x[0], 0, columns({5})); }, {5, 0});
  expect_zeros({{3, 0}}, [&](const auto& x) { return gt::index_select(x[0], 1, none); }, {3, 0});
  expect_zeros({{0, 3}}, [&](const auto& x) { return gt::index_add(x[0], 0, none, 2); }, {2, 3});
  expect_zeros({{3, 0}}, [&](const auto& x) { return gt::index_add(x[0], 0, columns({3}), 2); }, {2, 0});
  expect_zeros({{0, 3}}, [&](const auto& x) { return gt::gather(x[0], 0, columns({0, 3})); }, {0, 3});
  expect_zeros({{3, 0}}, [&](const auto& x) { return gt::gather(x[0], 0, columns({5, 0})); }, {5, 0});
  expect_zeros({{0, 3}}, [&](const auto& x) { return gt::scatter_add(x[0], 0, columns({0, 3}), 4); }, {4, 3});
  expect_zeros({{0, 3}}, [](const auto& x) { return gt::reshape(x[0], {7, 0, 2}); }, {7, 0, 2});
  expect_zeros({{0, 3}}, [](const auto& x) { return gt::flatten(x[0]); }, {0});
  expect_zeros({{0, 3}}, [](const auto& x) { return gt::expand(x[0], {2, 0, 3}); }, {2, 0, 3});
  expect_zeros({{1, 3}}, [](const auto& x) { return gt::expand(x[0], {0, 3}); }, {0, 3});
  expect_zeros({{2, 0, 3}}, [](const auto& x) { return gt::permute(x[0], {1, 2, 0}); }, {0, 3, 2});
  expect_zeros({{0, 3}}, [](const auto& x) { return gt::narrow(x[0], 1, 1, 2); }, {0, 2});
  expect_zeros({{0, 3}}, [](const auto& x) { return gt::select(x[0], 1, 2); }, {0});
  expect_zeros({{0, 3}, {0, 3}}, [](const auto& x) { return gt::cat({x[0], x[1]}, 1); }, {0, 6});
  expect_zeros({{0, 3}, {0, 3}}, [](const auto& x) { return gt::stack({x[0], x[1]}); }, {2, 0, 3});
}

// Within half a second, where loops over 2⁴⁰ would take an hour.
class HugeEmpty : public testing::Test {
 protected:
  ~HugeEmpty() override { EXPECT_LT(std::chrono::steady_clock::now() - begun_, std::chrono::milliseconds(500)); }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

TEST_F(HugeEmpty, IsPrintedAtOnce) {
  EXPECT_EQ(gt::to_string(gt::empty({many, 0})),
            "[[],\n [],\n [],\n …,\n [],\n [],\n []]\nfloat32 [1099511627776, 0] cpu");
  EXPECT_EQ(gt::to_string(gt::empty({INT64_MAX, INT64_MAX, 0})).size(),
            gt::to_string(gt::empty({INT64_MAX, INT64_MAX, 0}, {.dtype = gt::int64})).size() + 2);
  EXPECT_EQ(gt::to_string(gt::empty({0, 3})), "[]\nfloat32 [0, 3] cpu");
  EXPECT_EQ(gt::to_string(gt::empty({3, 0})), "[[],\n [],\n []]\nfloat32 [3, 0] cpu");
}

TEST_F(HugeEmpty, IsPickedFromAtOnce) {
  const auto none = gt::empty({0}, {.dtype = gt::int64});
  const auto x = gt::empty({many, 0});

  EXPECT_EQ(gt::gather(x, 1, gt::empty({many, 0}, {.dtype = gt::int64})).numel(), 0);
  EXPECT_EQ(gt::scatter_add(x, 1, gt::empty({many, 0}, {.dtype = gt::int64}), 0).numel(), 0);
  EXPECT_EQ(gt::index_select(x, 1, none).numel(), 0);
  EXPECT_EQ(gt::index_select(gt::empty({many, 5, 0}), 1, gt::tensor({3, 3})).numel(), 0);
  EXPECT_EQ(gt::index_add(gt::empty({many, 2, 0}), 1, gt::tensor({3, 3}), 4).numel(), 0);
  EXPECT_EQ(gt::one_hot(gt::empty({many, 0}, {.dtype = gt::int64}), 7).numel(), 0);
}

TEST_F(HugeEmpty, IsReducedAtOnce) {
  const auto x = gt::empty({INT64_MAX, INT64_MAX, 0}), y = gt::empty({0, many, many});

  EXPECT_EQ(gt::sum(x).item(), 0);
  EXPECT_EQ(gt::sum(y, {1}).numel(), 0);
  EXPECT_EQ(gt::var(y, {2}).numel(), 0);
  EXPECT_EQ(gt::amax(y, {1}).numel(), 0);
  EXPECT_EQ(gt::argmax(y, 2).numel(), 0);
  EXPECT_ERROR(OutOfMemoryError, gt::sum(x, {2}),
               "sum: a [9223372036854775807, 9223372036854775807] tensor of float32 does not fit into memory");
  EXPECT_THROW(gt::mean(y, {0}), gt::OutOfMemoryError);
  auto z = gt::zeros({0, many, many}).requires_grad_();
  for (const bool create_graph : {false, true}) {
    gt::Tape tape;
    EXPECT_EQ(gt::grad(gt::sum(gt::var(z, {1})), z, {.create_graph = create_graph}).numel(), 0);
    EXPECT_EQ(gt::grad(gt::sum(gt::softmax(z, 1) * z), z, {.create_graph = create_graph}).numel(), 0);
  }
}

TEST_F(HugeEmpty, IsViewedAtOnce) {
  const auto x = gt::empty({many, many, 0});

  EXPECT_ERROR(ShapeError, gt::flatten(x, 0, 1),
               "flatten: the dimensions have more elements together than can be counted\n"
               "  tensor  [1099511627776, 1099511627776, 0]  float32  cpu");
  EXPECT_TRUE(gt::flatten(x).shape() == gt::Shape{0});
  EXPECT_TRUE(gt::flatten(x, 1, 2).shape() == (gt::Shape{many, 0}));
  EXPECT_EQ(gt::slice(gt::empty({0, many, many}), 1, 5, INT64_MAX, 1 << 30).numel(), 0);
  EXPECT_EQ(gt::select(gt::empty({many, many, 0}), 0, many - 1).numel(), 0);
  EXPECT_EQ(gt::permute(x, {2, 0, 1}).contiguous().numel(), 0);
  EXPECT_EQ(gt::matmul(gt::empty({many, 0, 5}), gt::ones({5, 3})).numel(), 0);
  EXPECT_EQ(gt::matmul(gt::transpose(gt::empty({many, 5, 0}), 1, 2), gt::ones({5, 3})).numel(), 0);
  EXPECT_EQ(gt::linear(gt::empty({many, 0, 5}), gt::ones({3, 5})).numel(), 0);
  EXPECT_EQ((gt::permute(x, {2, 0, 1}) + gt::expand(gt::ones({1, 1}), {many, 1})).numel(), 0);
}

TEST_F(HugeEmpty, IsJoinedOrRefusedByName) {
  const auto x = gt::empty({INT64_MAX, 0});

  EXPECT_ERROR(ShapeError, gt::cat({x, x}),
               "cat: the parts are longer together than can be counted\n"
               "  first  [9223372036854775807, 0]  float32  cpu\n  other  [9223372036854775807, 0]  float32  cpu");
  EXPECT_EQ(gt::cat({x, x}, 1).numel(), 0);
}

TEST(HugeSizes, AreRefusedByTheOpThatMeetsThem) {
  const std::int64_t half = std::int64_t(1) << 31;
  const auto column = gt::expand(gt::ones({1, 1}), {half, 1}), row = gt::expand(gt::ones({1, 1}), {1, half});
  const std::string does_not_fit = ": a [2147483648, 2147483648] tensor of float32 does not fit into memory";

  EXPECT_ERROR(OutOfMemoryError, column + row, "add" + does_not_fit);
  EXPECT_ERROR(OutOfMemoryError, column - row.to(gt::float32), "subtract" + does_not_fit);
  EXPECT_ERROR(OutOfMemoryError, gt::linear(gt::zeros({half, 0}), gt::zeros({half, 0})), "linear" + does_not_fit);
  EXPECT_ERROR(OutOfMemoryError, gt::matmul(gt::zeros({half, 0}), gt::zeros({0, half})), "matmul" + does_not_fit);
  EXPECT_ERROR(OutOfMemoryError, gt::matmul(column, row), "matmul" + does_not_fit);
  EXPECT_THROW(gt::where(column > 0, column, row), gt::OutOfMemoryError);
  EXPECT_THROW(
      gt::gather(gt::zeros({1, 1}), 0, gt::expand(gt::zeros({1, 1}, {.dtype = gt::int64}), {INT64_MAX >> 4, 1})),
      gt::OutOfMemoryError);
  EXPECT_THROW(gt::scatter_add(gt::zeros({1, 3}), 0, gt::zeros({1, 3}, {.dtype = gt::int64}), INT64_MAX),
               gt::OutOfMemoryError);
  EXPECT_THROW(gt::index_add(gt::zeros({1, 3}), 0, gt::zeros({1}, {.dtype = gt::int64}), INT64_MAX),
               gt::OutOfMemoryError);
  EXPECT_THROW(gt::one_hot(gt::zeros({3}, {.dtype = gt::int64}), INT64_MAX), gt::OutOfMemoryError);
  EXPECT_THROW(gt::eye(INT64_MAX), gt::OutOfMemoryError);
  EXPECT_THROW(gt::rand({INT64_MAX, 2}), gt::OutOfMemoryError);
  EXPECT_THROW(gt::linspace(0, 1, INT64_MAX), gt::OutOfMemoryError);
}

TEST(HugeSizes, AreNotCopiedOut) {
  const std::int64_t count = std::int64_t(1) << 58;
  const auto x = gt::expand(gt::tensor({1.5}), {count});

  const auto refusal = [&](int size) {
    return "OutOfMemoryError: to_vector: 288230376151711744 elements of " + std::to_string(size) +
           " bytes do not fit into memory\n  tensor  [288230376151711744]  float64  cpu";
  };

  EXPECT_THROW(x.clone(), gt::OutOfMemoryError);
  EXPECT_THAT([&] { x.to_vector<double>(); }, testing::ThrowsMessage<gt::OutOfMemoryError>(refusal(8)));
  EXPECT_THAT([&] { x.to_vector<float>(); }, testing::ThrowsMessage<gt::OutOfMemoryError>(refusal(4)));
  EXPECT_THAT([&] { x.to_vector<bool>(); }, testing::ThrowsMessage<gt::OutOfMemoryError>(refusal(1)));
  EXPECT_EQ(gt::to_string(x), "[1.5, 1.5, 1.5, …, 1.5, 1.5, 1.5]\nfloat64 [288230376151711744] cpu");
}

}  // namespace
