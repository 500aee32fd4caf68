// Parts of tensors by indices, read and written; what NumPy gives was printed by indexing.py, beside this file.
#include "tests/cuda/device.h"

namespace {

using namespace gradtape::indexing;
using gt::arange, gt::grad, gt::index_put, gt::sum, gt::tensor;

class CudaIndexing : public Cuda {};

const gt::TensorOptions float64{.dtype = gt::float64};
gt::Tensor counted(const gt::Shape& shape) {
  return gt::reshape(arange(0, gt::count_of(shape), 1, {.dtype = gt::float64}), shape);
}

struct Row {
  const char* text;
  gt::Tensor got;
  gt::Shape shape;
  std::vector<double> wanted;
};
// Of integers, on a device.
std::vector<Row> rows_on(gt::Device device) {
  using gt::masked_scatter, gt::masked_select, gt::nonzero, gt::take, gt::take_along_dim, gt::Tensor, gt::where;
  const auto there = [&](const Tensor& t) { return t.to(device); };
  const Tensor x = there(gt::reshape(arange(0, 24), {2, 3, 4})), v = there(arange(10, 15)),
               i = there(gt::tensor({1, 0})), j = there(gt::tensor({{0}, {2}, {-1}})),
               k = there(gt::tensor({3, -4, 1, 1})), mask = there(gt::tensor({true, false, true, false, true})),
               rows = there(gt::tensor({{true, false, true}, {false, false, true}})), none = !(rows == rows);
  const auto tensor = [&]<class T>(std::initializer_list<T> values) { return there(gt::tensor(values)); };
  const auto bytes = [&](std::initializer_list<std::uint8_t> values) { return there(gt::tensor(values)); };
  const auto int64s = [&](std::initializer_list<std::int64_t> values) { return there(gt::tensor(values)); };
  return {
      {"x[1]", x[1], {3, 4}, {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"x[-2]", x[-2], {3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
      {"x[{1, -1, 0}]", x[{1, -1, 0}], {}, {20}},
      {"x[{Slice(), Slice(1, None), 2}]", x[{Slice(), Slice(1, None), 2}], {2, 2}, {6, 10, 18, 22}},
      {"x[{Ellipsis, Slice(None, None, 3)}]",
       x[{Ellipsis, Slice(None, None, 3)}],
       {2, 3, 2},
       {0, 3, 4, 7, 8, 11, 12, 15, 16, 19, 20, 23}},
      {"x[{Slice(-9, 9), Slice(-1, None)}]",
       x[{Slice(-9, 9), Slice(-1, None)}],
       {2, 1, 4},
       {8, 9, 10, 11, 20, 21, 22, 23}},
      {"x[{Slice(1, 1)}]", x[{Slice(1, 1)}], {0, 3, 4}, {}},
      {"x[{0, None, Ellipsis, 1}]", x[{0, None, Ellipsis, 1}], {1, 3}, {1, 5, 9}},
      {"x[None]", x[None], {1, 2, 3, 4}, {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                          12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"x[Ellipsis]", x[Ellipsis], {2, 3, 4}, {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                               12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"v[{}]", v[{}], {5}, {10, 11, 12, 13, 14}},
      {"v[i]", v[i], {2}, {11, 10}},
      {"v[j]", v[j], {3, 1}, {10, 12, 14}},
      {"v[mask]", v[mask], {3}, {10, 12, 14}},
      {"v[{mask, None}]", v[{mask, None}], {3, 1}, {10, 12, 14}},
      {"x[i]", x[i], {2, 3, 4}, {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
      {"x[{Slice(), i}]", x[{Slice(), i}], {2, 2, 4}, {4, 5, 6, 7, 0, 1, 2, 3, 16, 17, 18, 19, 12, 13, 14, 15}},
      {"x[{Ellipsis, k}]", x[{Ellipsis, k}], {2, 3, 4}, {3,  0,  1,  1,  7,  4,  5,  5,  11, 8,  9,  9,
                                                         15, 12, 13, 13, 19, 16, 17, 17, 23, 20, 21, 21}},
      {"x[{Slice(), Slice(1, None), k}]",
       x[{Slice(), Slice(1, None), k}],
       {2, 2, 4},
       {7, 4, 5, 5, 11, 8, 9, 9, 19, 16, 17, 17, 23, 20, 21, 21}},
      {"x[{i, i}]", x[{i, i}], {2, 4}, {16, 17, 18, 19, 0, 1, 2, 3}},
      {"x[{i, j}]", x[{i, j}], {3, 2, 4}, {12, 13, 14, 15, 0,  1,  2,  3,  20, 21, 22, 23,
                                           8,  9,  10, 11, 20, 21, 22, 23, 8,  9,  10, 11}},
      {"x[{Slice(), j, k}]", x[{Slice(), j, k}], {2, 3, 4}, {3,  0,  1,  1,  11, 8,  9,  9,  11, 8,  9,  9,
                                                             15, 12, 13, 13, 23, 20, 21, 21, 23, 20, 21, 21}},
      {"x[{i, Slice(), i}]", x[{i, Slice(), i}], {2, 3}, {13, 17, 21, 0, 4, 8}},
      {"x[{i, Slice(1, 3), j}]", x[{i, Slice(1, 3), j}], {3, 2, 2}, {16, 20, 4, 8, 18, 22, 6, 10, 19, 23, 7, 11}},
      {"x[{i, Ellipsis, i}]", x[{i, Ellipsis, i}], {2, 3}, {13, 17, 21, 0, 4, 8}},
      {"x[{Slice(), i, Ellipsis, i}]", x[{Slice(), i, Ellipsis, i}], {2, 2}, {5, 17, 0, 12}},
      {"x[{Slice(), i, None, i}]", x[{Slice(), i, None, i}], {2, 2, 1}, {5, 17, 0, 12}},
      {"x[{0, Slice(), i}]", x[{0, Slice(), i}], {2, 3}, {1, 5, 9, 0, 4, 8}},
      {"x[{Slice(), 0, i}]", x[{Slice(), 0, i}], {2, 2}, {1, 0, 13, 12}},
      {"x[{i, 2}]", x[{i, 2}], {2, 4}, {20, 21, 22, 23, 8, 9, 10, 11}},
      {"x[{i, Slice(), 2}]", x[{i, Slice(), 2}], {2, 3}, {14, 18, 22, 2, 6, 10}},
      {"x[{None, i, None, Slice(), None}]",
       x[{None, i, None, Slice(), None}],
       {1, 2, 1, 3, 1, 4},
       {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
      {"x[rows]", x[rows], {3, 4}, {0, 1, 2, 3, 8, 9, 10, 11, 20, 21, 22, 23}},
      {"x[{rows, 1}]", x[{rows, 1}], {3}, {1, 9, 21}},
      {"x[{rows, k[{Slice(0, 3)}]}]", x[{rows, k[{Slice(0, 3)}]}], {3}, {3, 8, 21}},
      {"x[{Slice(), Slice(), x[{0, 0}] > 1}]",
       x[{Slice(), Slice(), x[{0, 0}] > 1}],
       {2, 3, 2},
       {2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23}},
      {"x[{i, rows[0]}]", x[{i, rows[0]}], {2, 4}, {12, 13, 14, 15, 8, 9, 10, 11}},
      {"x[none]", x[none], {0, 4}, {}},
      {"x[!none]", x[!none], {6, 4}, {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                      12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"x[x > 20]", x[x > 20], {3}, {21, 22, 23}},
      {"x[true]", x[true], {1, 2, 3, 4}, {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                          12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"x[{Slice(), false}]", x[{Slice(), false}], {2, 0, 3, 4}, {}},
      {"x[{0, true, i}]", x[{0, true, i}], {2, 4}, {4, 5, 6, 7, 0, 1, 2, 3}},
      {"v[bytes({0, 1, 1})]", v[bytes({0, 1, 1})], {3}, {10, 11, 11}},
      {"take(x, j)", take(x, j), {3, 1}, {0, 2, 23}},
      {"take_along_dim(x[0], j[{Slice(0, 2)}], 0)",
       take_along_dim(x[0], j[{Slice(0, 2)}], 0),
       {2, 4},
       {0, 1, 2, 3, 8, 9, 10, 11}},
      {"take_along_dim(x, tensor({23, 0}))", take_along_dim(x, tensor({23, 0})), {2}, {23, 0}},
      {"masked_select(x, rows[{Ellipsis, None}])",
       masked_select(x, rows[{Ellipsis, None}]),
       {12},
       {0, 1, 2, 3, 8, 9, 10, 11, 20, 21, 22, 23}},
      {"nonzero(rows)", nonzero(rows), {3, 2}, {0, 0, 0, 2, 1, 2}},
      {"where(rows)[1]", where(rows)[1], {3}, {0, 2, 2}},
      {"masked_scatter(v, mask, int64s({1, 2, 3, 4}))",
       masked_scatter(v, mask, int64s({1, 2, 3, 4})),
       {5},
       {1, 11, 2, 13, 3}},
      {"index_put(v, {i}, 7)", index_put(v, {i}, 7), {5}, {7, 7, 12, 13, 14}},
      {"index_put(v, {tensor({1, 1, 0})}, int64s({7, 8, 9}))",
       index_put(v, {tensor({1, 1, 0})}, int64s({7, 8, 9})),
       {5},
       {9, 8, 12, 13, 14}},
      {"index_put(v, {tensor({1, 1, 0})}, int64s({7, 8, 9}), true)",
       index_put(v, {tensor({1, 1, 0})}, int64s({7, 8, 9}), true),
       {5},
       {19, 26, 12, 13, 14}},
      {"index_put(v, {mask}, 0)", index_put(v, {mask}, 0), {5}, {0, 11, 0, 13, 0}},
      {"index_put(x, {Slice(), j, k}, 0)", index_put(x, {Slice(), j, k}, 0), {2, 3, 4}, {0,  0,  2,  0,  4, 5, 6,  7,
                                                                                         0,  0,  10, 0,  0, 0, 14, 0,
                                                                                         16, 17, 18, 19, 0, 0, 22, 0}},
      {"index_put(x, {i, Slice(1, 3), i}, int64s({-1, -2}))",
       index_put(x, {i, Slice(1, 3), i}, int64s({-1, -2})),
       {2, 3, 4},
       {0, 1, 2, 3, -1, 5, 6, 7, -2, 9, 10, 11, 12, 13, 14, 15, 16, -1, 18, 19, 20, -2, 22, 23}},
      {"index_put(x, {0, Slice(None, None, 2)}, int64s({-1, -2, -3, -4}))",
       index_put(x, {0, Slice(None, None, 2)}, int64s({-1, -2, -3, -4})),
       {2, 3, 4},
       {-1, -2, -3, -4, 4, 5, 6, 7, -1, -2, -3, -4, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"index_put(x, {Slice(1, None), rows[0], -1}, 5, true)",
       index_put(x, {Slice(1, None), rows[0], -1}, 5, true),
       {2, 3, 4},
       {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 20, 16, 17, 18, 19, 20, 21, 22, 28}},
  };
}
void expect_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(row.got.shape(), row.shape);
    EXPECT_EQ(row.got.dtype(), gt::int64);
    EXPECT_THAT(row.got, elements_near(row.wanted, 0.0));
  }
}

TEST(Indexing, GivesWhatNumpyGives) { expect_rows(rows_on(gt::Device::cpu())); }
TEST_F(CudaIndexing, GivesWhatNumpyGives) { expect_rows(rows_on(cuda)); }

TEST(Indexing, OfIntegersAndSlicesIsAView) {
  auto x = counted({2, 3, 4});
  x[{1, Slice(None, None, 2)}].fill_(-1);
  EXPECT_THAT((x[{1, Ellipsis, 0}]), near({-1, 16, -1}));
  x[tensor({1})].fill_(7);  // a copy
  EXPECT_THAT((x[{1, Ellipsis, 0}]), near({-1, 16, -1}));
}

// Differences of an op on inputs that are all of one walk.
void expect_gradients(const gt::Function& f, std::initializer_list<gt::Shape> shapes) {
  std::vector<gt::Tensor> inputs;
  for (const auto& shape : shapes) inputs.push_back(walk(shape, gt::between(-2, 2), static_cast<int>(inputs.size())));
  const auto first = gt::gradcheck(f, inputs), second = gt::gradgradcheck(f, inputs);
  EXPECT_TRUE(first) << first.text;
  EXPECT_TRUE(second) << second.text;
}

TEST(Indexing, HasTheGradientsOfDifferences) {
  const auto i = tensor({1, 0, 1}), j = tensor({{0}, {-1}});
  const auto mask = tensor({{true, false, true}, {false, false, true}});
  expect_gradients([=](const auto& x) { return x[0][{i, Slice(1, None), 2}] * x[0][{0, 0, i}][{Slice(), None}]; },
                   {{2, 3, 4}});
  expect_gradients([=](const auto& x) { return x[0][{i, Slice(), j}]; }, {{2, 3, 4}});
  expect_gradients([=](const auto& x) { return gt::square(x[0][mask]); }, {{2, 3, 4}});
  expect_gradients([=](const auto& x) { return x[0][{Ellipsis, 1}] * x[0][{Slice(), 1, Slice(0, 3)}]; }, {{2, 3, 4}});
  expect_gradients([=](const auto& x) { return gt::take(x[0], j); }, {{2, 3}});
  expect_gradients([=](const auto& x) { return gt::masked_select(x[0], mask); }, {{1, 3}});
  expect_gradients([=](const auto& x) { return gt::masked_scatter(x[0], mask, x[1]); }, {{2, 3}, {2, 2}});
  expect_gradients([=](const auto& x) { return gt::masked_fill(x[0], mask, x[1]); }, {{2, 3}, {}});
  expect_gradients([=](const auto& x) { return gt::take_along_dim(x[0], gt::abs(j), 0); }, {{2, 3}});
}

TEST(IndexPut, HasTheGradientsOfDifferences) {
  const auto i = tensor({1, 0, 1}), j = tensor({{0}, {-1}});
  const auto mask = tensor({{true, false, true}, {false, false, true}});
  for (const bool accumulate : {false, true}) {
    expect_gradients([=](const auto& x) { return index_put(x[0], {i, Slice(1, None), 2}, x[1], accumulate); },
                     {{2, 3, 4}, {2}});
    expect_gradients([=](const auto& x) { return index_put(x[0], {Slice(), i, None, j}, x[1], accumulate); },
                     {{2, 3, 4}, {2, 3, 2, 1}});
    expect_gradients([=](const auto& x) { return index_put(x[0], {mask}, x[1], accumulate); }, {{2, 3, 2}, {3, 1}});
    expect_gradients([=](const auto& x) { return index_put(x[0], {mask}, x[1], accumulate); }, {{2, 3, 2}, {}});
    expect_gradients([=](const auto& x) { return index_put(x[0], {1, Slice(None, None, 2)}, x[1], accumulate); },
                     {{2, 3, 2}, {2}});
    expect_gradients([=](const auto& x) { return index_put(x[0], {}, x[1], accumulate); }, {{2, 2}, {2}});
  }
}

TEST(IndexPut, OfSeveralForOnePlaceTheLastStaysAndGetsTheGradient) {
  const auto x = counted({3}).requires_grad_(), values = tensor({5.0, 6.0, 7.0}).requires_grad_();
  gt::Tape tape;
  const auto y = index_put(x, {tensor({-3, 2, 0})}, values);
  EXPECT_THAT(y, near({7, 1, 6}));
  sum(y * tensor({1.0, 10.0, 100.0})).backward();
  EXPECT_THAT(values.grad(), near({0, 100, 1}));
  EXPECT_THAT(x.grad(), near({0, 10, 0}));
}

TEST(IndexPut, InPlaceWritesViewsAndWhatIsIndexed) {
  auto x = counted({3, 3});
  x.index_put_({1, Slice(1, None)}, tensor({-1.0, -2.0}));
  x.index_put_({tensor({0, 0, 2}), 0}, 1, true);
  EXPECT_THAT(x, near({2, 1, 2, 3, -1, -2, 7, 7, 8}));
  x.index_put_({x > 2}, 0).index_put_({Ellipsis, 1}, 0.5, true);
  EXPECT_THAT(x, near({2, 1.5, 2, 0, -0.5, -2, 0, 0.5, 0}));
  auto w = counted({2}).requires_grad_();
  gt::Tape tape;
  EXPECT_THROW(w.index_put_({0}, 1), gt::TapeError);
  EXPECT_THROW((w * 2).index_put_({0}, 1), gt::TapeError);
}

TEST(Indexing, NamesWhatIsNotThere) {
  const auto x = counted({2, 3});
  EXPECT_ERROR(IndexError, (x[{Slice(), tensor({0, 2, -4})}]),
               "index: value -4 at position 2 is out of range\n  indices  [3]  int64  cpu\n"
               "  It must be at least -3 and below 3.");
  EXPECT_ERROR(IndexError, (x[{0, 1, 2}]),
               "index: indices for 3 dimensions\n  tensor  [2, 3]  float64  cpu\n  It has 2.");
  EXPECT_ERROR(IndexError, (x[{Ellipsis, Ellipsis}]),
               "index: there is more than one Ellipsis\n  tensor  [2, 3]  float64  cpu");
  EXPECT_ERROR(IndexError, (x[tensor({true, false, true})]),
               "index: the mask does not fit what it stands at, from dimension 0\n  tensor  [2, 3]  float64  cpu\n"
               "  mask    [3]     bool  cpu");
  EXPECT_THROW((x[{Ellipsis, tensor({true, false})}]), gt::IndexError);
  EXPECT_THROW(x[2], gt::IndexError);
  EXPECT_THROW((x[{Slice(None, None, -1)}]), gt::ValueError);
  EXPECT_THROW((x[{tensor({0, 1}), tensor({0, 1, 2})}]), gt::ShapeError);
  EXPECT_THROW(x[tensor({0.0})], gt::DTypeError);
  EXPECT_ERROR(ShapeError, index_put(x, {0}, tensor({1.0, 2.0})),
               "index_put: values do not broadcast to what is indexed\n  tensor  [2, 3]  float64  cpu\n"
               "  values  [2]     float64  cpu\n  It is [3].");
  EXPECT_THROW(index_put(x, {0}, tensor({1})), gt::DTypeError);
  EXPECT_THROW(index_put(tensor({1, 2}), {0}, 0.5), gt::DTypeError);
  EXPECT_THROW(gt::take(x, tensor({6})), gt::IndexError);
  EXPECT_THROW(gt::masked_scatter(x, x > 1, tensor({1.0, 2.0})), gt::ShapeError);
  EXPECT_THROW(gt::masked_fill(x, x > 1, tensor({1.0})), gt::ShapeError);
}

TEST(Indexing, OfNothingIsNothing) {
  const auto x = gt::zeros({2, 0}), none = gt::zeros({0}, {.dtype = gt::int64});
  EXPECT_EQ(x[none].shape(), (gt::Shape{0, 0}));
  EXPECT_EQ((x[{tensor({1, 1, 0}), none[{Slice(), None}]}]).shape(), (gt::Shape{0, 3}));
  EXPECT_EQ((x[{Slice(), Slice()}]).shape(), (gt::Shape{2, 0}));
  EXPECT_EQ(x[x == x].shape(), (gt::Shape{0}));
  EXPECT_EQ(index_put(x, {none}, 1).shape(), x.shape());
  EXPECT_THROW((x[{Slice(), tensor({0})}]), gt::IndexError);
  EXPECT_EQ(gt::nonzero(x).shape(), (gt::Shape{0, 2}));
  EXPECT_EQ(gt::nonzero(gt::scalar(2.0)).shape(), (gt::Shape{1, 0}));
  EXPECT_THAT(gt::where(gt::scalar(true))[0], near({0}));
  EXPECT_THAT(gt::scalar(3.0)[gt::scalar(true)], near({3}));
}

TEST(Indexing, ByWhatIsCountedIsRefusedInsideACapturedStep) {
  const auto x = counted({3});
  const auto step = [&](auto f) { return gt::capture({{"x", x}}, [=](const gt::Inputs& in) { return f(in["x"]); }); };
  EXPECT_THROW(step([](const gt::Tensor& t) { return t[t > 1]; }), gt::TapeError);
  EXPECT_THROW(step([](const gt::Tensor& t) { return gt::masked_select(t, t > 1); }), gt::TapeError);
  EXPECT_THROW(step([](const gt::Tensor& t) { return gt::one_hot(t.to(gt::int64)); }), gt::TapeError);
  const auto put = [](const gt::Tensor& t) { return index_put(t, {t > 1}, -1) + t[tensor({2, 0, 0})]; };
  EXPECT_THAT(step(put)({{"x", tensor({5.0, 0.0, 1.0})}}), near({0, 5, 6}));
}

TEST(Gather, NamesTheFirstOfManyIndicesThatIsOutOfRange) {
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min(), highest = std::numeric_limits<std::int64_t>::max();
  for (const std::size_t position : {0, 4095, 4096, 9998})
    for (const std::int64_t value : {lowest, std::int64_t(-1), std::int64_t(7), highest}) {
      std::vector<std::int64_t> list(10000, 6);
      list[position] = value;
      list[9999] = 8;
      EXPECT_ERROR(IndexError, gt::gather(counted({7}), 0, tensor(list, {10000})),
                   "gather: value " + std::to_string(value) + " at position " + std::to_string(position) +
                       " is out of range\n  indices  [10000]  int64  cpu\n  It must be at least 0 and below 7.");
    }
}

TEST(IndexOps, NameTheFirstIndexOutOfRangeOnAnyThread) {
  const gt::Shape square{300, 300};  // more than a chunk
  const auto x = gt::zeros(square), good = gt::zeros(square, {.dtype = gt::int64});
  std::vector<std::int64_t> list(90000, 0), parts(300, 0);
  list[299] = list[70000] = list[89999] = parts[299] = -1;
  const auto bad = tensor(list, square), bad_parts = tensor(parts, {300});
  const auto text = [](const char* op, const char* shape) {
    return std::string(op) + ": value -1 at position 299 is out of range\n  indices  " + shape +
           "  int64  cpu\n  It must be at least 0 and below 300.";
  };
  for (const int dim : {0, 1}) {
    EXPECT_ERROR(IndexError, gt::gather(x, dim, bad), text("gather", "[300, 300]"));
    EXPECT_ERROR(IndexError, gt::scatter(x, dim, bad, x), text("scatter", "[300, 300]"));
    EXPECT_ERROR(IndexError, gt::scatter_add(x, dim, bad, 300), text("scatter_add", "[300, 300]"));
    EXPECT_ERROR(IndexError, gt::index_select(x, dim, bad_parts), text("index_select", "[300]"));
    EXPECT_ERROR(IndexError, gt::index_add(x, dim, bad_parts, 300), text("index_add", "[300]"));
  }
  EXPECT_ERROR(IndexError, gt::index_add(gt::zeros({0, 300}), 1, bad_parts, 300), text("index_add", "[300]"));
  EXPECT_ERROR(IndexError, gt::index_select(gt::zeros({0, 300}), 1, bad_parts), text("index_select", "[300]"));
}

TEST(Scatter, PutsAndAddsElementByElement) {
  const auto x = counted({2, 3}), values = tensor({{10.0, 20.0, 30.0}, {40.0, 50.0, 60.0}});
  const auto i = tensor({{2, 2}, {0, 1}});
  EXPECT_THAT(gt::scatter(x, 1, i, values), near({0, 1, 20, 40, 50, 5}));
  EXPECT_THAT(gt::scatter_add(x, 1, i, values), near({0, 1, 32, 43, 54, 5}));
  EXPECT_THAT(gt::scatter(x, 1, i, -1), near({0, 1, -1, -1, -1, 5}));
  EXPECT_THAT(gt::scatter(x, 0, tensor({{1, 0}}), values), near({0, 20, 2, 10, 4, 5}));
  EXPECT_THAT(gt::gather(x, 0, tensor({{1, 0}})), near({3, 1}));
  EXPECT_ERROR(IndexError, gt::scatter(x, 1, tensor({{-1}}), values),
               "scatter: value -1 at position 0 is out of range\n  indices  [1, 1]  int32  cpu\n"
               "  It must be at least 0 and below 3.");
  EXPECT_THROW(gt::scatter(x, 1, tensor({{0}, {0}, {0}}), values), gt::ShapeError);
  EXPECT_THROW(gt::scatter_add(x, 1, tensor({{0, 1, 2, 0}}), values), gt::ShapeError);
  EXPECT_THROW(gt::scatter(x, 1, i, values.to(gt::float32)), gt::DTypeError);
  EXPECT_THROW(gt::scatter(tensor({1, 2}), 0, tensor({0}), 0.5), gt::DTypeError);
}

TEST(IndexAdd, AddsFillsAndCopiesParts) {
  const auto x = counted({3, 2}), parts = tensor({{1.0, 2.0}, {3.0, 4.0}});
  EXPECT_THAT(gt::index_add(x, 0, tensor({2, 2}), parts, -2), near({0, 1, 2, 3, -4, -7}));
  EXPECT_THAT(gt::index_copy(x, 0, tensor({2, 2}), parts), near({0, 1, 2, 3, 3, 4}));
  EXPECT_THAT(gt::index_fill(x, 1, tensor({-1}), 9), near({0, 9, 2, 9, 4, 9}));
  EXPECT_THAT(gt::index_add(tensor({true, false}), 0, tensor({1, 0}), tensor({true, true})), near({1, 1}));
  EXPECT_THROW(gt::index_add(x, 0, tensor({-1, 0}), parts), gt::IndexError);
  EXPECT_THROW(gt::index_add(x, 1, tensor({0, 1}), parts), gt::ShapeError);
}

TEST(IndexAdd, OfWidePartsHasTheBitsOfEachElementAdded) {
  auto values = walk({2, 100, 1500}).to(gt::float32);
  values.index_put_({0, 3, Slice(0, 9)}, -0.0);
  const auto x = walk({2, 40, 1500}, gt::between(-1, 1), 1).to(gt::float32);
  const auto list = (arange(0, 100) * 7).to(gt::int64) - gt::floor(arange(0, 100) * 7 / 37).to(gt::int64) * 37;
  const auto each = gt::expand(list[{None, Slice(), None}], values.shape());

  EXPECT_THAT(gt::index_add(values, 1, list, 40), the_same_as(gt::scatter_add(values, 1, each, 40)));
  EXPECT_THAT(gt::index_add(x, 1, list, values), the_same_as(gt::scatter_add(x, 1, each, values)));
  EXPECT_THAT(gt::index_copy(x, 1, list, values), the_same_as(gt::scatter(x, 1, each, values)));
  EXPECT_THAT(index_put(x, {Slice(), list}, 2, true),
              the_same_as(gt::scatter_add(x, 1, each, gt::full(each.shape(), 2))));
}

// torch 2: x = arange(1., 5.); x.scatter_reduce(0, tensor([0, 0, 2, 2, 3]), tensor([2., -3., 3., 3., 0.]), …)
TEST(ScatterReduce, GivesWhatTorchGives) {
  const auto x = tensor({1.0, 2.0, 3.0, 4.0}), values = tensor({2.0, -3.0, 3.0, 3.0, 0.0});
  const auto at = [&](const char* reduce, bool include_self) {
    return gt::scatter_reduce(x, 0, tensor({0, 0, 2, 2, 3}), values, reduce, include_self);
  };
  EXPECT_THAT(at("sum", true), near({0, 2, 9, 4}));
  EXPECT_THAT(at("sum", false), near({-1, 2, 6, 0}));
  EXPECT_THAT(at("mean", true), near({0, 2, 3, 2}));
  EXPECT_THAT(at("mean", false), near({-0.5, 2, 3, 0}));
  EXPECT_THAT(at("prod", true), near({-6, 2, 27, 0}));
  EXPECT_THAT(at("prod", false), near({-6, 2, 9, 0}));
  EXPECT_THAT(at("amax", true), near({2, 2, 3, 4}));
  EXPECT_THAT(at("amax", false), near({2, 2, 3, 0}));
  EXPECT_THAT(at("amin", true), near({-3, 2, 3, 0}));
  EXPECT_THAT(at("amin", false), near({-3, 2, 3, 0}));
  EXPECT_THAT(gt::scatter_reduce(tensor({5, 7}), 0, tensor({1, 1}), tensor({9, 8}), "amin"), near({5, 7}));
  EXPECT_THAT(gt::scatter_reduce(x, 0, tensor({1}), tensor({double(NAN)}), "amax"), near({1, NAN, 3, 4}));
  EXPECT_THROW(at("max", true), gt::ValueError);
}

TEST(ScatterReduce, SharesTheGradientAmongEquals) {
  const auto x = tensor({3.0, 1.0}).requires_grad_(), values = tensor({3.0, 2.0, 3.0}).requires_grad_();
  const auto i = tensor({0, 0, 0});
  gt::Tape tape;
  sum(gt::scatter_reduce(x, 0, i, values, "amax") * tensor({6.0, 5.0})).backward();
  EXPECT_THAT(x.grad(), near({2, 5}));
  EXPECT_THAT(values.grad(), near({2, 0, 2}));
  const auto others = grad(sum(gt::scatter_reduce(x, 0, i, values, "amax", false)), {x, values});
  EXPECT_THAT(others[0], near({0, 1}));
  EXPECT_THAT(others[1], near({0.5, 0, 0.5}));
}

TEST(ScatterReduce, OfAProductIsRightWithAnyNumberOfZeros) {
  const auto i = tensor({0, 0, 1, 1, 2, 2, 2});
  for (const bool include_self : {true, false}) {
    const auto product = [=](const auto& t) { return gt::scatter_reduce(t[0], 0, i, t[1], "prod", include_self); };
    const std::vector x{tensor({2.0, 0.0, 3.0, 5.0}), tensor({0.0, 4.0, 0.0, 0.0, 2.0, -1.0, 0.5})};
    const auto first = gt::gradcheck(product, x), second = gt::gradgradcheck(product, x);
    EXPECT_TRUE(first) << first.text;
    EXPECT_TRUE(second) << second.text;
  }
}

TEST(SliceScatter, ReplacesWhatSlicesName) {
  const auto x = counted({3, 3});
  EXPECT_THAT(gt::slice_scatter(x, gt::zeros({2, 3}, float64), 0, 1), near({0, 1, 2, 0, 0, 0, 0, 0, 0}));
  EXPECT_THAT(gt::select_scatter(x, gt::zeros({3}, float64), 1, -1), near({0, 1, 0, 3, 4, 0, 6, 7, 0}));
  EXPECT_THAT(gt::diagonal_scatter(x, gt::zeros({3}, float64)), near({0, 1, 2, 3, 0, 5, 6, 7, 0}));
  EXPECT_THAT(gt::diagonal_scatter(x, gt::zeros({2}, float64), -1), near({0, 1, 2, 0, 4, 5, 6, 0, 8}));
  EXPECT_ERROR(ShapeError, gt::slice_scatter(x, gt::zeros({3}, float64), 0, 1),
               "slice_scatter: values have the shape of what they replace\n  tensor  [3, 3]  float64  cpu\n"
               "  values  [3]     float64  cpu\n  It is [2, 3].");
  EXPECT_THROW(gt::select_scatter(x, gt::zeros({3}, float64), 1, 3), gt::IndexError);
}

TEST(Embedding, LooksUpRowsAndGivesPaddingNoGradient) {
  const auto weight = counted({3, 2}).requires_grad_();
  gt::Tape tape;
  const auto y = gt::embedding(tensor({{0, 2}, {2, 1}}), weight, -1);
  EXPECT_EQ(y.shape(), (gt::Shape{2, 2, 2}));
  EXPECT_THAT(y, near({0, 1, 4, 5, 4, 5, 2, 3}));
  EXPECT_THAT(grad(sum(y), weight), near({1, 1, 1, 1, 0, 0}));
  EXPECT_THROW(gt::embedding(tensor({3}), weight), gt::IndexError);
  EXPECT_THROW(gt::embedding(tensor({-1}), weight), gt::IndexError);
  EXPECT_THROW(gt::embedding(tensor({0}), weight, 3), gt::IndexError);
  EXPECT_THROW(gt::embedding(tensor({0}), counted({3})), gt::ShapeError);
}

TEST(EmbeddingBag, TakesSumsMeansAndTheLargest) {
  const auto weight = counted({4, 2}), i = tensor({3, 1, 0, 2}), begins = tensor({0, 3, 3});
  using Mode = gt::EmbeddingBagMode;
  EXPECT_THAT(gt::embedding_bag(i, weight, begins, {.mode = Mode::sum}), near({8, 11, 0, 0, 4, 5}));
  EXPECT_THAT(gt::embedding_bag(i, weight, begins), near({8 / 3.0, 11 / 3.0, 0, 0, 4, 5}));
  EXPECT_THAT(gt::embedding_bag(i, weight, begins, {.mode = Mode::max}), near({6, 7, 0, 0, 4, 5}));
  EXPECT_THAT(gt::embedding_bag(tensor({{3, 1}, {0, 2}}), weight), near({4, 5, 2, 3}));
  EXPECT_THAT(gt::embedding_bag(i, weight, tensor({0, 3, 4}), {.mode = Mode::sum, .include_last_offset = true}),
              near({8, 11, 4, 5}));
  EXPECT_THAT(gt::embedding_bag(i, weight, tensor({0, 2}),
                                {.mode = Mode::sum, .per_sample_weights = tensor({1.0, 2.0, 3.0, 4.0})}),
              near({10, 13, 16, 23}));
  EXPECT_ERROR(IndexError, gt::embedding_bag(i, weight, tensor({0, 3, 2})),
               "embedding_bag: value 2 at position 2 is out of range\n  offsets  [3]  int64  cpu\n"
               "  It must be at least 3 and below 5.");
  EXPECT_THROW(gt::embedding_bag(i, weight, tensor({1})), gt::IndexError);
  EXPECT_THROW(gt::embedding_bag(i, weight), gt::ShapeError);
}

TEST(OneHot, CountsTheClassesWhereTheyAreNotGiven) {
  EXPECT_THAT(gt::one_hot(tensor({2, 0})), near({0, 0, 1, 1, 0, 0}));
  EXPECT_THROW(gt::one_hot(tensor({1, -2})), gt::IndexError);
  EXPECT_THROW(gt::one_hot(gt::zeros({0}, {.dtype = gt::int64})), gt::ValueError);
}

TEST(Indexing, DoesNotDependOnThreads) {
  const auto x = walk({40, 3, 3000}).to(gt::float32), values = walk({100, 3, 3000}).to(gt::float32);
  const auto list = arange(0, 100) * 7 - gt::floor(arange(0, 100) * 7 / 40).to(gt::int64) * 40;
  const auto each = gt::expand(list[{Slice(), None, None}], {100, 3, 3000});
  const auto all = [&] {
    return std::vector{x[list], gt::index_add(x, 0, list, values), gt::scatter_add(x, 0, each, values),
                       gt::gather(x, 0, each), index_put(gt::transpose(x, 0, 1), {Slice(), list}, 1, true)};
  };
  const int before = gt::num_threads();
  gt::set_num_threads(1);
  const auto alone = all();
  gt::set_num_threads(2);
  const auto together = all();
  gt::set_num_threads(before);
  for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_THAT(together[i], the_same_as(alone[i]));
}

TEST_F(CudaIndexing, PutsAndReducesWithTheBitsOfTheCpu) {
  for (const std::int64_t count : {7, 300})  // few are looked through, many are sorted
    for (const auto type : {gt::float32, gt::float64, gt::int64, gt::uint8}) {
      const auto x = walk({13, 3}, gt::between(0, 100)).to(type),
                 parts = walk({count, 3}, gt::between(0, 100), 1).to(type);
      const auto list = gt::floor(walk({count}, gt::between(0, 13), 2)).to(gt::int64),
                 each = gt::floor(walk({count, 3}, gt::between(0, 13), 3)).to(gt::int64);
      for (const bool accumulate : {false, true})
        EXPECT_THAT(index_put(x.to(cuda), {list.to(cuda) - 13}, parts.to(cuda), accumulate),
                    the_same_as(index_put(x, {list - 13}, parts, accumulate)));
      EXPECT_THAT(gt::scatter(x.to(cuda), 0, each.to(cuda), parts.to(cuda)),
                  the_same_as(gt::scatter(x, 0, each, parts)));
      EXPECT_THAT(gt::scatter(x.to(cuda), 0, each.to(cuda), 3), the_same_as(gt::scatter(x, 0, each, 3)));
      for (const char* reduce : {"sum", "prod", "mean", "amax", "amin"})
        for (const bool include_self : {true, false})
          EXPECT_THAT(gt::scatter_reduce(x.to(cuda), 0, each.to(cuda), parts.to(cuda), reduce, include_self),
                      the_same_as(gt::scatter_reduce(x, 0, each, parts, reduce, include_self)));
    }
}

TEST_F(CudaIndexing, NamesWhatIsNotThereAndLivesOn) {
  const auto x = gt::zeros({2, 3}, {.device = cuda});
  const auto fault_of = [](const auto& f) -> std::string {
    try {
      f();
      gt::cuda::synchronize();
    } catch (const gt::IndexError& error) { return error.text(); }
    return "none";
  };
  EXPECT_EQ(fault_of([&] { x[{Slice(), tensor({0, 2, -4}).to(cuda)}]; }),
            "index: value -4 at position 2 is out of range\n  It must be at least -3 and below 3.");
  EXPECT_EQ(fault_of([&] { gt::scatter(x, 1, tensor({{0}, {-1}}).to(cuda), 1); }),
            "scatter: value -1 at position 1 is out of range\n  It must be at least 0 and below 3.");
  EXPECT_EQ(fault_of([&] { gt::embedding_bag(tensor({0, 1}).to(cuda), x, tensor({0, 2, 1}).to(cuda)); }),
            "embedding_bag: value 1 at position 2 is out of range\n  It must be at least 2 and below 3.");
  EXPECT_EQ(fault_of([&] { index_put(x, {tensor({1, -2}).to(cuda)}, 1); }), "none");
  EXPECT_THROW(x[tensor({0})], gt::DeviceError);
}

}  // namespace
