// Shapes changed and elements moved: values against plain index arithmetic.

#include "tests/support/near.h"

namespace {

using Index = std::vector<std::int64_t>;

const gt::DType all_types[] = {gt::float32, gt::float64, gt::int64,   gt::int32,
                               gt::uint8,   gt::boolean, gt::float16, gt::bfloat16};

// The numbers 1, 2, … in a shape.
gt::Tensor counted(const gt::Shape& shape, gt::DType dtype = gt::float64) {
  return gt::reshape(gt::arange(1, gt::count_of(shape) + 1, 1, {.dtype = dtype}), shape);
}

double element(const gt::Tensor& x, const Index& index) {
  std::int64_t place = 0;
  for (std::size_t d = 0; d < index.size(); ++d) place = place * x.shape()[static_cast<int>(d)] + index[d];
  return x.to_vector<double>()[static_cast<std::size_t>(place)];
}

// x has this shape, and each element is what a function of its index says.
void expect_elements(const gt::Tensor& x, const gt::Shape& shape, const std::function<double(const Index&)>& wanted) {
  ASSERT_EQ(x.shape(), shape);
  const auto got = x.to_vector<double>();
  Index index(static_cast<std::size_t>(shape.rank()));
  for (std::size_t i = 0; i < got.size(); ++i) {
    auto left = static_cast<std::int64_t>(i);
    for (int d = shape.rank() - 1; d >= 0; --d) {
      index[static_cast<std::size_t>(d)] = left % shape[d];
      left /= shape[d];
    }
    ASSERT_EQ(got[i], wanted(index)) << "element " << i;
  }
}

// Both orders of derivatives against differences.
void expect_slopes(const gt::Function& f, const std::vector<gt::Shape>& shapes) {
  std::vector<gt::Tensor> inputs;
  for (const auto& shape : shapes) inputs.push_back(gt::sin(counted(shape)));
  const auto squared = [&](const std::vector<gt::Tensor>& x) {
    return gt::square(f(x));
  };  // a second order to be checked
  const auto first = gt::gradcheck(squared, inputs), second = gt::gradgradcheck(squared, inputs);
  EXPECT_TRUE(first) << first.text;
  EXPECT_TRUE(second) << second.text;
}

std::int64_t modulo(std::int64_t i, std::int64_t size) { return ((i % size) + size) % size; }

TEST(Flip, TurnsDimensionsRound) {
  const auto x = counted({2, 3, 4});
  expect_elements(gt::flip(x, {0, -1}), {2, 3, 4},
                  [&](const Index& i) { return element(x, {1 - i[0], i[1], 3 - i[2]}); });
  expect_elements(gt::flip(gt::transpose(x, 0, 2), {1}), {4, 3, 2},
                  [&](const Index& i) { return element(x, {i[2], 2 - i[1], i[0]}); });
  EXPECT_THAT(gt::flip(x, {}), near(x));
  EXPECT_THAT(gt::fliplr(counted({2, 3})), near({3, 2, 1, 6, 5, 4}));
  EXPECT_THAT(gt::flipud(counted({2, 3})), near({4, 5, 6, 1, 2, 3}));
  EXPECT_THAT(gt::flip(gt::scalar(3.0), {0}), near({3}));
  EXPECT_EQ(gt::flip(gt::ones({2, 0}), {0, 1}).shape(), (gt::Shape{2, 0}));
  EXPECT_THROW(gt::flip(x, {3}), gt::IndexError);
  EXPECT_THROW(gt::fliplr(gt::ones({3})), gt::IndexError);
  EXPECT_ERROR(IndexError, gt::flip(gt::ones({2, 3}), {1, -1}),
               "flip: dimension 1 is named twice\n  tensor  [2, 3]  float32  cpu");
}

TEST(Flip, OfAVectorLongerThanAPartIsWhole) {
  const auto x = counted({100003});
  expect_elements(gt::flip(x, {0}), {100003}, [&](const Index& i) { return static_cast<double>(100003 - i[0]); });
  expect_elements(gt::roll(x, 5), {100003},
                  [&](const Index& i) { return static_cast<double>(1 + modulo(i[0] - 5, 100003)); });
}

TEST(Rot90, TurnsFromTheFirstDimensionToTheSecond) {
  const auto x = counted({2, 3});
  EXPECT_THAT(gt::rot90(x), near({3, 6, 2, 5, 1, 4}));  // as numpy.rot90
  EXPECT_THAT(gt::rot90(x, 2), near({6, 5, 4, 3, 2, 1}));
  EXPECT_THAT(gt::rot90(x, -1), near({4, 1, 5, 2, 6, 3}));
  EXPECT_THAT(gt::rot90(x, 1, {1, 0}), near({4, 1, 5, 2, 6, 3}));
  EXPECT_THAT(gt::rot90(x, 4), near(x));
  EXPECT_THROW(gt::rot90(x, 1, {0}), gt::IndexError);
  EXPECT_THROW(gt::rot90(x, 1, {1, 1}), gt::IndexError);
  expect_slopes([](const auto& x) { return gt::rot90(x[0]); }, {{2, 3}});
}

TEST(Roll, ComesInAtTheFront) {
  const auto x = counted({3, 4});
  for (const std::int64_t shift : {-9, -1, 0, 2, 4, 11})
    expect_elements(gt::roll(x, shift, 1), {3, 4},
                    [&](const Index& i) { return element(x, {i[0], modulo(i[1] - shift, 4)}); });
  expect_elements(gt::roll(x, {1, -1}, {0, 1}), {3, 4},
                  [&](const Index& i) { return element(x, {modulo(i[0] - 1, 3), modulo(i[1] + 1, 4)}); });
  EXPECT_THAT(gt::roll(x, 1), near({12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_THAT(gt::roll(x, {1, 1}, {0, 0}), near(gt::roll(x, 2, 0)));
  EXPECT_EQ(gt::roll(gt::ones({0, 2}), 3, 0).shape(), (gt::Shape{0, 2}));
  EXPECT_THROW(gt::roll(x, {1, 2}, {0}), gt::ShapeError);
  EXPECT_THROW(gt::roll(x, 1, 2), gt::IndexError);
}

TEST(Repeat, PutsAllAgainBesideItself) {
  const auto x = counted({2, 3});
  expect_elements(gt::repeat(x, {2, 2, 3}), {2, 4, 9},
                  [&](const Index& i) { return element(x, {i[1] % 2, i[2] % 3}); });
  expect_elements(gt::tile(x, {2}), {2, 6}, [&](const Index& i) { return element(x, {i[0], i[1] % 3}); });
  expect_elements(gt::repeat(gt::t(x), {1, 2}), {3, 4}, [&](const Index& i) { return element(x, {i[1] % 2, i[0]}); });
  EXPECT_EQ(gt::repeat(x, {0, 1}).shape(), (gt::Shape{0, 3}));
  EXPECT_EQ(gt::repeat(gt::ones({0}), {4}).shape(), (gt::Shape{0}));
  EXPECT_THAT(gt::tile(gt::scalar(2.0), {3}), near({2, 2, 2}));
  EXPECT_EQ(gt::repeat(gt::ones({1, 2, 1, 2, 1}), {2, 2, 2, 2, 2}).numel(), 128);
  EXPECT_THROW(gt::repeat(x, {2}), gt::ShapeError);
  EXPECT_THROW(gt::repeat(x, {1, -1}), gt::ValueError);
}

TEST(RepeatInterleave, PutsEachAgainBesideItself) {
  const auto x = counted({2, 3});
  expect_elements(gt::repeat_interleave(x, 2, 1), {2, 6}, [&](const Index& i) { return element(x, {i[0], i[1] / 2}); });
  EXPECT_THAT(gt::repeat_interleave(x, 2), near({1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6}));
  EXPECT_THAT(gt::repeat_interleave(x, gt::tensor({2, 0, 1}), -1), near({1, 1, 3, 4, 4, 6}));
  EXPECT_THAT(gt::repeat_interleave(x, gt::tensor({3}), 0),
              near({1, 2, 3, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 4, 5, 6}));
  EXPECT_EQ(gt::repeat_interleave(x, 0, 0).shape(), (gt::Shape{0, 3}));
  EXPECT_THROW(gt::repeat_interleave(x, -1), gt::ValueError);
  EXPECT_THROW(gt::repeat_interleave(x, gt::tensor({1, -1}), 0), gt::ValueError);
  EXPECT_THROW(gt::repeat_interleave(x, gt::tensor({1, 1}), 1), gt::ShapeError);
  EXPECT_THROW(gt::repeat_interleave(x, gt::tensor({1.0, 1.0}), 0), gt::DTypeError);
  expect_slopes([](const auto& x) { return gt::repeat_interleave(x[0], gt::tensor({2, 0, 1}), 1); }, {{2, 3}});
}

// Where the result reads x, step by step; -1 outside.
std::int64_t source(std::int64_t i, std::int64_t size, gt::PadMode mode) {
  if (mode == gt::PadMode::constant) return i < 0 || i >= size ? -1 : i;
  if (mode == gt::PadMode::circular) return modulo(i, size);
  if (mode == gt::PadMode::replicate) return std::min(std::max<std::int64_t>(i, 0), size - 1);
  while (i < 0 || i >= size) i = i < 0 ? -i : 2 * (size - 1) - i;
  return i;
}

TEST(Pad, GoesOnAsItsModeSays) {
  using enum gt::PadMode;
  const auto x = counted({4, 5});
  for (const auto mode : {constant, reflect, replicate, circular})
    for (const auto& [left, right, above, below] :
         {std::array<std::int64_t, 4>{1, 2, 3, 0}, {4, 4, 3, 3}, {-2, 1, 2, -1}, {0, -3, -1, -1}, {0, 0, 2, 2}}) {
      const auto y = gt::pad(x, {left, right, above, below}, {.mode = mode, .value = 0.5});
      expect_elements(y, {4 + above + below, 5 + left + right}, [&, above = above, left = left](const Index& i) {
        const std::int64_t row = source(i[0] - above, 4, mode), column = source(i[1] - left, 5, mode);
        return row < 0 || column < 0 ? 0.5 : element(x, {row, column});
      });
    }
  expect_elements(gt::pad(gt::transpose(x, 0, 1), {1, 0}), {5, 5},
                  [&](const Index& i) { return i[1] == 0 ? 0 : element(x, {i[1] - 1, i[0]}); });
}

TEST(Pad, RefusesWhatCannotGoOn) {
  const auto x = gt::ones({3, 2});
  EXPECT_THAT(gt::pad(gt::scalar(1.0), {}), near({1}));
  EXPECT_THAT(gt::pad(gt::ones({0}), {1, 1}, {.value = 4}), near({4, 4}));
  EXPECT_EQ(gt::pad(x, {-1, -1}).numel(), 0);
  EXPECT_THROW(gt::pad(x, {1}), gt::ShapeError);
  EXPECT_THROW(gt::pad(x, {1, 1, 1, 1, 1, 1}), gt::ShapeError);
  EXPECT_THROW(gt::pad(x, {-2, -1}), gt::ShapeError);
  EXPECT_THROW(gt::pad(x, {2, 0}, {.mode = gt::PadMode::reflect}), gt::ShapeError);
  EXPECT_THROW(gt::pad(x, {0, 3}, {.mode = gt::PadMode::circular}), gt::ShapeError);
  EXPECT_THROW(gt::pad(x, {INT64_MAX, 0}), gt::Error);
  EXPECT_THROW(gt::pad(gt::ones({0}), {1, 1}, {.mode = gt::PadMode::replicate}), gt::ShapeError);
}

TEST(Pad, AddsGradientsWhereElementsWereReadAgain) {
  const auto x = gt::tensor({1.0, 2.0, 3.0}).requires_grad_();
  gt::Tape tape;
  const auto weights = gt::tensor({1.0, 10.0, 100.0, 1000.0, 10000.0, 100000.0});
  const auto slope = [&](gt::PadMode mode) {
    return gt::grad(gt::sum(gt::pad(x, {2, 1}, {.mode = mode}) * weights), x);
  };
  EXPECT_THAT(slope(gt::PadMode::reflect), near({100, 101010, 10001}));
  EXPECT_THAT(slope(gt::PadMode::replicate), near({111, 1000, 110000}));
  EXPECT_THAT(slope(gt::PadMode::circular), near({100100, 1001, 10010}));
  EXPECT_THAT(slope(gt::PadMode::constant), near({100, 1000, 10000}));
}

TEST(MovedElements, KeepTheirTypeAndBits) {
  const auto numbers = gt::tensor({{0.0, 1.0, 2.0}, {3.0, 4.0, 5.0}});
  for (const auto type : all_types) {
    const auto x = numbers.to(type), wide = x.to(gt::float64);
    const auto expect_alike = [&](auto f) {
      EXPECT_EQ(f(x).dtype(), type);
      EXPECT_THAT(f(x), near(f(wide), 0)) << gt::name_of(type);
    };
    expect_alike([](const gt::Tensor& x) { return gt::flip(x, {0, 1}); });
    expect_alike([](const gt::Tensor& x) { return gt::roll(x, 2); });
    expect_alike([](const gt::Tensor& x) { return gt::repeat(x, {2, 3}); });
    expect_alike([](const gt::Tensor& x) { return gt::repeat_interleave(x, 2, 1); });
    expect_alike([](const gt::Tensor& x) { return gt::pad(x, {1, 1}, {.value = 1}); });
    expect_alike([](const gt::Tensor& x) { return gt::pad(x, {1, 1}, {.mode = gt::PadMode::reflect}); });
    expect_alike([](const gt::Tensor& x) { return gt::tril(x); });
    expect_alike([](const gt::Tensor& x) { return gt::triu(x, 1); });
    expect_alike([](const gt::Tensor& x) { return gt::diagflat(x, 1); });
    expect_alike([](const gt::Tensor& x) { return gt::diagonal(x, 1); });
    expect_alike([](const gt::Tensor& x) { return gt::unfold(x, 1, 2, 1); });
    expect_alike([](const gt::Tensor& x) { return gt::hstack({x, x}); });
  }
  EXPECT_THAT(gt::flip(gt::tensor({-0.f, NAN}), {0}), near({NAN, 0}));
}

TEST(Views, ShareTheirElements) {
  const std::pair<const char*, gt::Tensor (*)(const gt::Tensor&)> views[] = {
      {"view", [](const gt::Tensor& x) { return gt::view(x, {6, -1}); }},
      {"unflatten", [](const gt::Tensor& x) { return gt::unflatten(x, 2, {2, 2}); }},
      {"ravel", [](const gt::Tensor& x) { return gt::ravel(x); }},
      {"movedim", [](const gt::Tensor& x) { return gt::movedim(x, 0, 2); }},
      {"swapaxes", [](const gt::Tensor& x) { return gt::swapaxes(x, 0, 1); }},
      {"broadcast_to", [](const gt::Tensor& x) { return gt::broadcast_to(x, {2, 2, 3, 4}); }},
      {"diagonal", [](const gt::Tensor& x) { return gt::diagonal(x, 1, 1, 2); }},
      {"unfold", [](const gt::Tensor& x) { return gt::unfold(x, 2, 3, 1); }},
      {"tensor_split", [](const gt::Tensor& x) { return gt::tensor_split(x, 2, 1)[1]; }},
      {"hsplit", [](const gt::Tensor& x) { return gt::hsplit(x, {1})[0]; }},
      {"atleast_3d", [](const gt::Tensor& x) { return gt::atleast_3d(gt::select(x, 0, 0)); }},
      {"reshape of a part", [](const gt::Tensor& x) { return gt::reshape(gt::narrow(x, 1, 1, 2), {2, 8}); }},
  };
  for (const auto& [name, view] : views) {
    gt::Tensor x = gt::zeros({2, 3, 4});
    const gt::Tensor part = view(x);
    x.fill_(7);
    EXPECT_EQ(gt::amin(part).item(), 7) << name;
  }
  gt::Tensor x = gt::zeros({3, 3});
  gt::diagonal(x).fill_(1);
  EXPECT_THAT(x, near(gt::eye(3)));
}

TEST(View, ThrowsWhereACopyWereNeeded) {
  const auto x = counted({2, 3, 4});
  const auto part = gt::narrow(x, 2, 0, 2);  // [2, 3, 2], rows apart
  EXPECT_THAT(gt::view(part, {6, 2}), near(part));
  EXPECT_THAT(gt::view(part, {2, 3, 1, 2}), near(part));
  EXPECT_THAT(gt::view(gt::expand(gt::tensor({1.0, 2.0}), {4, 2}), {2, 2, 2}), near({1, 2, 1, 2, 1, 2, 1, 2}));
  EXPECT_THAT(gt::view_as(x, gt::ones({4, 6})), near(x));
  EXPECT_THAT(gt::reshape(part, {3, 4}), near(part));
  EXPECT_THROW(gt::view(part, {3, 4}), gt::ShapeError);
  EXPECT_THROW(gt::view(part, {-1}), gt::ShapeError);
  EXPECT_ERROR(ShapeError, gt::view(gt::t(gt::ones({2, 3})), {6}),
               "view: no strides give the elements this order in the shape [6]\n  tensor  [3, 2]  float32  cpu\n"
               "  gt::reshape copies them where it must.");
  EXPECT_ERROR(ShapeError, gt::view(gt::ones({2, 3}), {4}),
               "view: 6 elements do not fill the shape [4]\n  tensor  [2, 3]  float32  cpu");
}

// Every shape of 24 elements, of parts that lie in every way: as a copy of them has it.
TEST(Reshape, OfAPartIsThatOfItsCopy) {
  const gt::Shape shapes[] = {{24},      {2, 12},   {3, 8},    {4, 6},     {6, 4},
                              {2, 3, 4}, {4, 3, 2}, {2, 2, 6}, {1, 24, 1}, {3, 2, 2, 2}};
  const auto x = counted({4, 6, 8});
  const gt::Tensor parts[] = {
      gt::slice(gt::slice(x, 1, 0, 6, 2), 2, 0, 4, 2), gt::narrow(gt::select(x, 0, 1), 1, 2, 4),
      gt::permute(gt::narrow(gt::narrow(x, 1, 0, 3), 2, 0, 2), {2, 0, 1}),
      gt::expand(gt::narrow(gt::select(gt::select(x, 0, 0), 0, 0), 0, 0, 4), {6, 4}),
      gt::expand(gt::unsqueeze(gt::narrow(gt::select(gt::select(x, 0, 0), 0, 0), 0, 0, 4), 1), {4, 6})};
  for (const auto& part : parts)
    for (const auto& shape : shapes) {
      const auto got = gt::reshape(part, shape);
      EXPECT_EQ(got.shape(), shape);
      EXPECT_THAT(got, near(part.contiguous())) << gt::to_string(part.shape()) << " as " << gt::to_string(shape);
    }
}

TEST(Unflatten, FillsASizeThatIsLeft) {
  const auto x = counted({2, 12});
  EXPECT_EQ(gt::unflatten(x, -1, {3, -1, 2}).shape(), (gt::Shape{2, 3, 2, 2}));
  EXPECT_THAT(gt::unflatten(x, 0, {1, 2}), near(x));
  EXPECT_EQ(gt::unflatten(gt::ones({0, 3}), 0, {0, 5}).shape(), (gt::Shape{0, 5, 3}));
  EXPECT_THROW(gt::unflatten(x, 2, {2}), gt::IndexError);
  EXPECT_THROW(gt::unflatten(x, 0, {}), gt::ShapeError);
  EXPECT_ERROR(ShapeError, gt::unflatten(gt::ones({2, 12}), 1, {5, -1}),
               "unflatten: dimension 1 does not fill [5, -1]\n  tensor  [2, 12]  float32  cpu");
}

TEST(Movedim, KeepsTheOrderOfTheOthers) {
  const auto x = counted({2, 3, 4, 5});
  EXPECT_EQ(gt::movedim(x, 1, -1).shape(), (gt::Shape{2, 4, 5, 3}));
  EXPECT_EQ(gt::moveaxis(x, {0, 1}, {-1, 0}).shape(), (gt::Shape{3, 4, 5, 2}));
  EXPECT_EQ(gt::movedim(x, {3, 2}, {0, 1}).shape(), (gt::Shape{5, 4, 2, 3}));
  expect_elements(gt::movedim(x, {3, 0}, {0, 2}), {5, 3, 2, 4},
                  [&](const Index& i) { return element(x, {i[2], i[1], i[3], i[0]}); });
  EXPECT_EQ(gt::swapdims(x, 0, 3).shape(), (gt::Shape{5, 3, 4, 2}));
  EXPECT_THAT(gt::movedim(gt::scalar(1.0), 0, 0), near({1}));
  EXPECT_THROW(gt::movedim(x, {0, 1}, {0}), gt::IndexError);
  EXPECT_THROW(gt::movedim(x, {0, 0}, {1, 2}), gt::IndexError);
  EXPECT_THROW(gt::movedim(x, 0, 4), gt::IndexError);
  expect_slopes([](const auto& x) { return gt::movedim(x[0], {2, 0}, {0, 1}); }, {{2, 3, 2}});
}

TEST(T, LeavesWhatHasFewerDimensions) {
  const auto x = gt::tensor({{1, 2}, {3, 4}});
  EXPECT_THAT(gt::t(x), near({1, 3, 2, 4}));
  EXPECT_EQ(gt::t(x[0]).shape(), (gt::Shape{2}));
  EXPECT_EQ(gt::t(x[0][1]).item(), 2);
  EXPECT_THROW(gt::t(gt::ones({1, 2, 3})), gt::ShapeError);
}

TEST(Atleast, RaisesWhereNumPyDoes) {
  const auto shapes = [](auto f) {
    return std::vector{f(gt::scalar(1.0)).shape(), f(gt::ones({2})).shape(), f(gt::ones({2, 3})).shape()};
  };
  EXPECT_EQ(shapes([](const gt::Tensor& x) { return gt::atleast_1d(x); }), (std::vector<gt::Shape>{{1}, {2}, {2, 3}}));
  EXPECT_EQ(shapes([](const gt::Tensor& x) { return gt::atleast_2d(x); }),
            (std::vector<gt::Shape>{{1, 1}, {1, 2}, {2, 3}}));
  EXPECT_EQ(shapes([](const gt::Tensor& x) { return gt::atleast_3d(x); }),
            (std::vector<gt::Shape>{{1, 1, 1}, {1, 2, 1}, {2, 3, 1}}));
}

TEST(Stacks, JoinAsNumPyDoes) {
  const auto a = gt::tensor({1.0, 2.0}), b = gt::tensor({3.0, 4.0}), m = gt::tensor({{5.0, 6.0}, {7.0, 8.0}});
  EXPECT_THAT(gt::hstack({a, b}), near({1, 2, 3, 4}));
  EXPECT_THAT(gt::hstack({m, m}), near({5, 6, 5, 6, 7, 8, 7, 8}));
  EXPECT_EQ(gt::hstack({gt::scalar(1.0), gt::scalar(2.0)}).shape(), (gt::Shape{2}));
  EXPECT_THAT(gt::vstack({a, m}), near({1, 2, 5, 6, 7, 8}));
  EXPECT_EQ(gt::dstack({a, b}).shape(), (gt::Shape{1, 2, 2}));
  EXPECT_THAT(gt::dstack({m, m}), near({5, 5, 6, 6, 7, 7, 8, 8}));
  EXPECT_THAT(gt::column_stack({a, m}), near({1, 5, 6, 2, 7, 8}));
  EXPECT_THAT(gt::concatenate({a, b}), near(gt::concat({a, b}, -1)));
  EXPECT_THROW(gt::hstack({}), gt::ValueError);
  EXPECT_THROW(gt::vstack({a, gt::ones({3})}), gt::ShapeError);
  expect_slopes([](const auto& x) { return gt::dstack({x[0], x[1]}); }, {{2}, {1, 2, 1}});
}

TEST(TensorSplit, GivesSoManyPartsOrCutsAtPlaces) {
  const auto sizes = [](const std::vector<gt::Tensor>& parts) {
    Index all;
    for (const auto& part : parts) all.push_back(part.size(0));
    return all;
  };
  const auto x = counted({7, 2});
  EXPECT_EQ(sizes(gt::tensor_split(x, 3)), (Index{3, 2, 2}));
  EXPECT_EQ(sizes(gt::tensor_split(gt::ones({2}), 4)), (Index{1, 1, 0, 0}));
  EXPECT_EQ(sizes(gt::tensor_split(x, {2, 5})), (Index{2, 3, 2}));
  EXPECT_EQ(sizes(gt::tensor_split(x, {-2, 9})), (Index{5, 2, 0}));
  EXPECT_EQ(sizes(gt::tensor_split(x, std::span<const std::int64_t>{})), (Index{7}));
  EXPECT_EQ(sizes(gt::vsplit(x, {3})), (Index{3, 4}));
  EXPECT_EQ(sizes(gt::split_with_sizes(x, {3, 4})), (Index{3, 4}));
  EXPECT_EQ(gt::hsplit(x, 2)[1].shape(), (gt::Shape{7, 1}));
  EXPECT_EQ(sizes(gt::hsplit(gt::ones({6}), 3)), (Index{2, 2, 2}));
  EXPECT_THROW(gt::tensor_split(x, 0), gt::ValueError);
  EXPECT_THROW(gt::hsplit(x, 0), gt::ValueError);
  EXPECT_THROW(gt::vsplit(gt::ones({4}), 2), gt::ShapeError);
  EXPECT_ERROR(ShapeError, gt::vsplit(gt::ones({7, 2}), 2),
               "vsplit: 2 equal parts along dimension 0\n  tensor  [7, 2]  float32  cpu\n"
               "  For parts that differ: gt::tensor_split.");
  expect_slopes(
      [](const auto& x) { return gt::cat({gt::tensor_split(x[0], 3)[1], gt::tensor_split(x[0], {1, 3})[1]}); },
      {{5, 2}});
}

TEST(Meshgrid, GivesTheCoordinatesOfAGrid) {
  const auto a = gt::tensor({1.0, 2.0}), b = gt::tensor({3.0, 4.0, 5.0});
  const auto ij = gt::meshgrid({a, b}), xy = gt::meshgrid({a, b}, "xy");
  EXPECT_THAT(ij[0], near({1, 1, 1, 2, 2, 2}));
  EXPECT_THAT(ij[1], near({3, 4, 5, 3, 4, 5}));
  EXPECT_EQ(xy[0].shape(), (gt::Shape{3, 2}));
  EXPECT_THAT(xy[0], near({1, 2, 1, 2, 1, 2}));
  EXPECT_THAT(xy[1], near({3, 3, 4, 4, 5, 5}));
  EXPECT_EQ(gt::meshgrid({a, b, gt::scalar(1.0)}, "xy")[2].shape(), (gt::Shape{3, 2, 1}));
  EXPECT_THAT(gt::cartesian_prod({a, b}), near({1, 3, 1, 4, 1, 5, 2, 3, 2, 4, 2, 5}));
  EXPECT_THROW(gt::meshgrid({a, b}, "yx"), gt::ValueError);
  EXPECT_THROW(gt::meshgrid({gt::ones({2, 2})}), gt::ShapeError);
  expect_slopes([](const auto& x) { return gt::meshgrid({x[0], x[1]}, "xy")[0] * gt::meshgrid({x[0], x[1]}, "xy")[1]; },
                {{2}, {3}});
}

TEST(BroadcastTensors, MeetInOneShape) {
  const auto all = gt::broadcast_tensors({gt::ones({3, 1}), gt::ones({2, 1, 4}), gt::scalar(1.f)});
  for (const auto& x : all) EXPECT_EQ(x.shape(), (gt::Shape{2, 3, 4}));
  EXPECT_EQ(gt::expand_as(gt::ones({1}), all[0]).shape(), (gt::Shape{2, 3, 4}));
  EXPECT_EQ(gt::reshape_as(all[0], gt::ones({6, 4})).shape(), (gt::Shape{6, 4}));
  EXPECT_THROW(gt::broadcast_tensors({gt::ones({2}), gt::ones({3})}), gt::ShapeError);
}

TEST(Tril, LeavesTheTriangleAndNothingElse) {
  const auto x = counted({2, 3, 4});
  for (const std::int64_t k : {-5, -2, -1, 0, 1, 3, 9}) {
    expect_elements(gt::tril(x, k), {2, 3, 4}, [&](const Index& i) { return i[2] - i[1] <= k ? element(x, i) : 0; });
    expect_elements(gt::triu(x, k), {2, 3, 4}, [&](const Index& i) { return i[2] - i[1] >= k ? element(x, i) : 0; });
  }
  EXPECT_THAT(gt::tril(gt::full({2, 2}, NAN), -1), near({0, 0, NAN, 0}));
  EXPECT_THAT(gt::triu(gt::t(gt::tensor({{1, 2}, {3, 4}}))), near({1, 3, 0, 4}));
  EXPECT_EQ(gt::tril(gt::ones({3, 0})).shape(), (gt::Shape{3, 0}));
  EXPECT_ERROR(ShapeError, gt::triu(gt::ones({3})), "triu: there is no matrix\n  tensor  [3]  float32  cpu");
}

TEST(TrilIndices, AreThePlacesOfTheTriangle) {
  for (const std::int64_t k : {-3, -1, 0, 2, 7}) {
    const auto low = gt::tril_indices(3, 4, k), high = gt::triu_indices(3, 4, k);
    const auto count = [](const gt::Tensor& mask) { return gt::sum(mask).item<std::int64_t>(); };
    EXPECT_EQ(low.shape(), (gt::Shape{2, count(gt::tril(gt::ones({3, 4}, {.dtype = gt::int64}), k))}));
    EXPECT_EQ(high.shape(), (gt::Shape{2, count(gt::triu(gt::ones({3, 4}, {.dtype = gt::int64}), k))}));
  }
  EXPECT_THAT(gt::tril_indices(3, 2), near({0, 1, 1, 2, 2, 0, 0, 1, 0, 1}));
  EXPECT_THAT(gt::triu_indices(2, 3, 1, {.dtype = gt::int32}), near({0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(gt::triu_indices(2, 3, 1, {.dtype = gt::int32}).dtype(), gt::int32);
  EXPECT_EQ(gt::tril_indices(0, 3).shape(), (gt::Shape{2, 0}));
  EXPECT_THROW(gt::tril_indices(-1, 3), gt::ShapeError);
}

TEST(Diagonal, StandsWhereRowAndColumnGoTogether) {
  const auto x = counted({2, 3, 4});
  for (const std::int64_t k : {-3, -2, 0, 1, 3, 8}) {
    const std::int64_t down = std::max<std::int64_t>(-k, 0), right = std::max<std::int64_t>(k, 0);
    const std::int64_t length = std::max<std::int64_t>(0, std::min(3 - down, 4 - right));
    expect_elements(gt::diagonal(x, k, 1, -1), {2, length},
                    [&](const Index& i) { return element(x, {i[0], i[1] + down, i[1] + right}); });
  }
  expect_elements(gt::diagonal(x, 1, 2, 0), {3, 1}, [&](const Index& i) { return element(x, {i[1] + 1, i[0], i[1]}); });
  EXPECT_THAT(gt::diag(counted({2, 2})), near({1, 4}));
  EXPECT_THAT(gt::trace(gt::tensor({{1, 2}, {3, 4}})), near({5}));
  EXPECT_EQ(gt::trace(gt::tensor({{1, 2}, {3, 4}})).dtype(), gt::int64);
  EXPECT_THROW(gt::diagonal(x, 0, 1, 1), gt::IndexError);
  EXPECT_THROW(gt::diagonal(gt::ones({3})), gt::IndexError);
  EXPECT_THROW(gt::trace(x), gt::ShapeError);
  EXPECT_THROW(gt::diag(x), gt::ShapeError);
}

TEST(DiagEmbed, PutsItBack) {
  const auto x = counted({2, 3});
  for (const std::int64_t k : {-2, 0, 1}) {
    const auto y = gt::diag_embed(x, k);
    EXPECT_THAT(gt::diagonal(y, k, -2, -1), near(x));
    EXPECT_EQ(gt::sum(y).item(), 21);
    EXPECT_EQ(y.size(1), 3 + std::abs(k));
    EXPECT_THAT(gt::diagonal(gt::diag_embed(x, k, 0, 2), k, 0, 2), near(x));
  }
  EXPECT_THAT(gt::diag(gt::tensor({1, 2}), 1), near({0, 1, 0, 0, 0, 2, 0, 0, 0}));
  EXPECT_THAT(gt::diagflat(gt::tensor({{1, 2}})), near({1, 0, 0, 2}));
  EXPECT_THAT(gt::diagflat(gt::scalar(3)), near({3}));
  EXPECT_THROW(gt::diag_embed(gt::scalar(1.0)), gt::ShapeError);
  EXPECT_THROW(gt::diag_embed(x, 0, 1, 1), gt::IndexError);
  EXPECT_THROW(gt::diag_embed(x, INT64_MIN), gt::ShapeError);
}

TEST(Unfold, GivesWindowsAndAddsTheirGradients) {
  const auto x = counted({2, 7});
  expect_elements(gt::unfold(x, 1, 3, 2), {2, 3, 3},
                  [&](const Index& i) { return element(x, {i[0], 2 * i[1] + i[2]}); });
  expect_elements(gt::unfold(x, 0, 2, 5), {1, 7, 2}, [&](const Index& i) { return element(x, {i[2], i[1]}); });
  const auto w = gt::ones({5}, {.dtype = gt::float64}).requires_grad_();
  gt::Tape tape;
  EXPECT_THAT(gt::grad(gt::sum(gt::unfold(w, 0, 3, 1)), w), near({1, 2, 3, 2, 1}));
  EXPECT_THROW(gt::unfold(x, 1, 8, 1), gt::ValueError);
  EXPECT_THROW(gt::unfold(gt::scalar(1.0), 0, 1, 1), gt::IndexError);
  EXPECT_ERROR(ValueError, gt::unfold(gt::ones({3}), 0, 2, 0),
               "unfold: windows of 2 every 0 in a dimension of size 3\n  tensor  [3]  float32  cpu");
}

TEST(Products, AreMatmulOfTheirShapesAlone) {
  const auto a = counted({2, 3}), b = counted({3, 4}), v = counted({3}), u = counted({2});
  EXPECT_THAT(gt::mm(a, b), near(gt::matmul(a, b)));
  EXPECT_THAT(gt::mv(a, v), near({14, 32}));
  EXPECT_THAT(gt::dot(v, v), near({14}));
  EXPECT_THAT(gt::vdot(v, v), near({14}));
  EXPECT_THAT(gt::bmm(gt::stack({a, a}), gt::stack({b, b})), near(gt::stack({gt::mm(a, b), gt::mm(a, b)})));
  EXPECT_THAT(gt::addmm(gt::ones({4}, {.dtype = gt::float64}), a, b, 2, -1), near(2 - gt::mm(a, b)));
  EXPECT_THAT(gt::addmv(u, a, v), near({15, 34}));
  EXPECT_THAT(gt::addmv(gt::full({2}, NAN), a, v, 0), near({14, 32}));
  EXPECT_THAT(gt::baddbmm(gt::ones({1, 4}), gt::stack({a}), gt::stack({b}), 1, 0.5),
              near(1 + 0.5 * gt::stack({gt::mm(a, b)})));
  EXPECT_THROW(gt::mm(a, v), gt::ShapeError);
  EXPECT_THROW(gt::mv(v, a), gt::ShapeError);
  EXPECT_THROW(gt::bmm(gt::ones({1, 2, 3}), gt::ones({2, 3, 4})), gt::ShapeError);
  EXPECT_THROW(gt::dot(v, u), gt::ShapeError);
  EXPECT_THROW(gt::addmm(gt::ones({3}), a, b), gt::ShapeError);
  EXPECT_THROW(gt::addmm(gt::ones({2, 2, 4}), a, b), gt::ShapeError);
  EXPECT_ERROR(ShapeError, gt::dot(gt::ones({2, 2}), gt::ones({2})),
               "dot: tensors of 1 and 1 dimensions were wanted\n  left   [2, 2]  float32  cpu\n"
               "  right  [2]     float32  cpu\n  For other tensors: gt::matmul.");
  expect_slopes([](const auto& x) { return gt::addmm(x[0], x[1], x[2], 0.5, 2); }, {{2}, {2, 3}, {3, 2}});
  expect_slopes([](const auto& x) { return gt::dot(x[0], x[1]); }, {{3}, {3}});
}

TEST(Tensordot, SumsOverTheNamedDimensions) {
  const auto a = counted({3, 4, 5}) - 1, b = counted({4, 3, 2}) - 1;
  // NumPy's example of tensordot.
  EXPECT_THAT(gt::tensordot(a, b, {1, 0}, {0, 1}), near({4400, 4730, 4532, 4874, 4664, 5018, 4796, 5162, 4928, 5306}));
  EXPECT_THAT(gt::tensordot(counted({2, 3}), counted({3, 2}), 1, 0),
              near(gt::matmul(counted({2, 3}), counted({3, 2}))));
  EXPECT_EQ(gt::tensordot(gt::ones({2}), gt::ones({3}), {}, {}).shape(), (gt::Shape{2, 3}));
  EXPECT_THAT(gt::tensordot(counted({2, 3}), counted({2, 3}), {0, 1}, {0, 1}), near({91}));
  EXPECT_THAT(gt::outer(counted({2}), counted({3})), near({1, 2, 3, 2, 4, 6}));
  EXPECT_EQ(gt::outer(gt::tensor({1, 2}), gt::tensor({3})).dtype(), gt::int32);
  EXPECT_THAT(gt::inner(counted({2, 2}), counted({3, 2})), near({5, 11, 17, 11, 25, 39}));
  EXPECT_THAT(gt::inner(gt::scalar(2.0), counted({3})), near({2, 4, 6}));
  EXPECT_THAT(gt::kron(gt::tensor({{1, 2}, {3, 4}}), gt::tensor({1, 10})), near({1, 10, 2, 20, 3, 30, 4, 40}));
  EXPECT_EQ(gt::kron(gt::ones({2}), gt::ones({2, 3})).shape(), (gt::Shape{2, 6}));
  EXPECT_THROW(gt::tensordot(a, b, {0}, {0}), gt::ShapeError);
  EXPECT_THROW(gt::tensordot(a, b, {0, 1}, {0}), gt::ShapeError);
  EXPECT_THROW(gt::tensordot(a, b, 0, 3), gt::IndexError);
  EXPECT_THROW(gt::outer(a, b), gt::ShapeError);
  EXPECT_THROW(gt::inner(gt::ones({2}), gt::ones({3})), gt::ShapeError);
  expect_slopes([](const auto& x) { return gt::tensordot(x[0], x[1], {0}, {1}); }, {{2, 3}, {2, 2}});
  expect_slopes([](const auto& x) { return gt::kron(x[0], x[1]); }, {{2, 1}, {2}});
}

TEST(Einsum, SumsOverLettersThatAreNotLeft) {
  const auto a = counted({2, 3}), b = counted({3, 4}), s = counted({3, 3}), batch = counted({2, 2, 3});
  EXPECT_THAT(gt::einsum("ij,jk->ik", {a, b}), near(gt::matmul(a, b)));
  EXPECT_THAT(gt::einsum("ij,jk", {a, b}), near(gt::matmul(a, b)));
  EXPECT_THAT(gt::einsum("ij,jk->ki", {a, b}), near(gt::t(gt::matmul(a, b))));
  EXPECT_THAT(gt::einsum("ij", {gt::t(a)}), near(gt::t(a)));
  EXPECT_THAT(gt::einsum("ba", {a}), near(gt::t(a)));
  EXPECT_THAT(gt::einsum("ij->", {a}), near({21}));
  EXPECT_THAT(gt::einsum("ii", {s}), near({15}));
  EXPECT_THAT(gt::einsum("ii->i", {s}), near({1, 5, 9}));
  EXPECT_THAT(gt::einsum("i,j->ij", {counted({2}), counted({3})}), near({1, 2, 3, 2, 4, 6}));
  EXPECT_THAT(gt::einsum("bi, bi -> b", {a, a}), near({14, 77}));
  EXPECT_THAT(gt::einsum("ij,ij->ij", {a, a}), near(a * a));
  EXPECT_THAT(gt::einsum("bij,jk->bik", {batch, b}), near(gt::matmul(batch, b)));
  EXPECT_THAT(gt::einsum("...ij,...jk->...ik", {gt::unsqueeze(batch, 1), gt::stack({b, b, b})}),
              near(gt::matmul(gt::unsqueeze(batch, 1), gt::stack({b, b, b}))));
  EXPECT_THAT(gt::einsum("...i,i", {batch, counted({3})}), near(gt::matmul(batch, counted({3}))));
  EXPECT_THAT(gt::einsum("ij,jk,kl->il", {a, b, counted({4, 2})}), near(gt::matmul(gt::matmul(a, b), counted({4, 2}))));
  EXPECT_THAT(gt::einsum("ij,jk->k", {a, b}), near(gt::sum(gt::matmul(a, b), {0})));
  EXPECT_THAT(gt::einsum("ijk,jil->kl", {counted({3, 4, 5}) - 1, counted({4, 3, 2}) - 1}),
              near({4400, 4730, 4532, 4874, 4664, 5018, 4796, 5162, 4928, 5306}));
  EXPECT_THAT(gt::einsum("iij,j->ij", {counted({2, 2, 3}), counted({3})}), near({1, 4, 9, 10, 22, 36}));
  expect_slopes([](const auto& x) { return gt::einsum("bi,ij,bj->b", {x[0], x[1], x[0]}); }, {{2, 3}, {3, 3}});
}

TEST(Einsum, SumsOverBroadcastDimensionsThatAreNotLeft) {
  const auto one = counted({1, 3}), two = counted({2, 3});
  EXPECT_THAT(gt::einsum("...i,...i->", {one, two}), near({46}));
  EXPECT_THAT(gt::einsum("...i,...i->i", {two, one}), near({5, 14, 27}));
  EXPECT_THAT(gt::einsum("...i,...i,...i->i", {one, one, two}), near({5, 28, 81}));
  expect_slopes([](const auto& x) { return gt::einsum("...i,...i->i", {x[0], x[1]}); }, {{1, 3}, {2, 3}});
}

TEST(Einsum, RefusesWhatItCannotRead) {
  const auto a = gt::ones({2, 3});
  EXPECT_THROW(gt::einsum("ij,jk", {a}), gt::ValueError);
  EXPECT_THROW(gt::einsum("i1", {a}), gt::ValueError);
  EXPECT_THROW(gt::einsum("ij->->", {a}), gt::ValueError);
  EXPECT_THROW(gt::einsum("ij->k", {a}), gt::ValueError);
  EXPECT_THROW(gt::einsum("ij->ii", {a}), gt::ValueError);
  EXPECT_THROW(gt::einsum("", std::initializer_list<gt::Tensor>{}), gt::ValueError);
  EXPECT_THROW(gt::einsum("ijk", {a}), gt::ShapeError);
  EXPECT_THROW(gt::einsum("i", {a}), gt::ShapeError);
  EXPECT_THROW(gt::einsum("ij,ij", {a, gt::ones({1, 3})}), gt::ShapeError);  // only "..." broadcasts
  EXPECT_ERROR(ShapeError, gt::einsum("ii", {gt::ones({2, 3})}),
               "einsum: \"ii\": sizes of one letter differ\n  tensor  [2, 3]  float32  cpu\n"
               "  other   [2, 3]  float32  cpu");
}

TEST(Dims, AreOneNumberAListOrASpan) {
  const auto x = counted({2, 3});
  const std::vector<int> run_time{0, -1};
  EXPECT_THAT(gt::flip(x, 0), near(gt::flip(x, {0})));
  EXPECT_THAT(gt::flip(x, std::span<const int>(run_time)), near(gt::flip(x, {0, 1})));
  EXPECT_EQ(gt::permute(x, std::span<const int>(std::vector{1, 0})).shape(), (gt::Shape{3, 2}));
  EXPECT_EQ(gt::zeros(3).shape(), (gt::Shape{3}));
  EXPECT_THROW(gt::flip(x, std::span<const int>(std::vector<int>(9))), gt::ShapeError);
}

TEST(Members, AreTheFunctionsOfTheirNames) {
  const auto x = gt::sin(counted({2, 3})), y = gt::cos(counted({3, 2}));
  const auto same = [](const gt::Tensor& member, const gt::Tensor& function) {
    EXPECT_EQ(member.shape(), function.shape());
    EXPECT_EQ(member.dtype(), function.dtype());
    EXPECT_THAT(member, near(function, 0));
  };
  same(x.reshape({3, -1}), gt::reshape(x, {3, 2}));
  same(x.view(6), gt::view(x, {6}));
  same(x.flatten(), gt::flatten(x));
  same(x.unsqueeze(1).squeeze(1), x);
  same(x.unsqueeze(0).squeeze(), x);
  same(x.permute({1, 0}), gt::t(x));
  same(x.transpose(0, -1), gt::t(x));
  same(x.t(), gt::t(x));
  same(x.expand({2, 2, 3}), gt::expand(x, {2, 2, 3}));
  same(x.repeat({1, 2}), gt::repeat(x, {1, 2}));
  same(x.select(1, -1), gt::select(x, 1, 2));
  same(x.narrow(1, 1, 2), gt::narrow(x, 1, 1, 2));
  same(x.slice(1, 0, 3, 2), gt::slice(x, 1, 0, 3, 2));
  same(x.unfold(1, 2, 1), gt::unfold(x, 1, 2, 1));
  same(x.split(2, 1)[1], gt::narrow(x, 1, 2, 1));
  same(x.split({1, 2}, 1)[1], gt::narrow(x, 1, 1, 2));
  same(x.chunk(2)[1], gt::narrow(x, 0, 1, 1));
  same(x.unbind(1)[0], gt::select(x, 1, 0));
  same(x.index_select(1, gt::tensor({2, 0})), gt::index_select(x, 1, gt::tensor({2, 0})));
  same(x.gather(1, gt::tensor({{2}, {0}})), gt::gather(x, 1, gt::tensor({{2}, {0}})));
  same(x.masked_fill(x > 0, 2), gt::masked_fill(x, x > 0, 2));
  same(x.sum(), gt::sum(x));
  same(x.sum({}, true), gt::sum(x, {}, true));
  same(x.sum(1), gt::sum(x, {1}));
  same(x.sum({0, -1}, true), gt::sum(x, {0, 1}, true));
  same(x.mean(0), gt::mean(x, {0}));
  same(x.prod(0), gt::prod(x, {0}));
  same(x.amax(0), gt::amax(x, {0}));
  same(x.amin(0), gt::amin(x, {0}));
  same((x > 0).any(0), gt::any(x > 0, {0}));
  same((x > 0).all(0), gt::all(x > 0, {0}));
  same(x.var(1, 0), gt::var(x, {1}, 0));
  same(x.std(), gt::std(x));
  same(x.max(), gt::amax(x));
  same(x.min(), gt::amin(x));
  same(x.max(1).indices, gt::max(x, 1).indices);
  same(x.min(1, true).values, gt::min(x, 1, true).values);
  same(x.argmax(), gt::argmax(x));
  same(x.argmin(), gt::argmin(x));
  same(x.argmax(0), gt::argmax(x, 0));
  same(x.argmin(0, true), gt::argmin(x, 0, true));
  same(x.softmax(0), gt::softmax(x, 0));
  same(x.log_softmax(), gt::log_softmax(x));
  same(x.matmul(y), gt::matmul(x, y));
  same(x.mm(y), gt::mm(x, y));
  same(x.flatten().dot(y.flatten()), gt::dot(gt::flatten(x), gt::flatten(y)));
  same(x.add(1), x + 1);
  same(x.sub(x.t().t()), x - x);
  same(x.mul(x), x * x);
  same(x.div(2), x / 2);
  same(x.pow(2), gt::pow(x, 2));
  same(x.exp(), gt::exp(x));
  same(x.abs().log(), gt::log(gt::abs(x)));
  same(x.abs().sqrt(), gt::sqrt(gt::abs(x)));
  same(x.square(), gt::square(x));
  same(x.sin(), gt::sin(x));
  same(x.cos(), gt::cos(x));
  same(x.tanh(), gt::tanh(x));
  same(x.sigmoid(), gt::sigmoid(x));
  same(x.relu(), gt::relu(x));
  same(x.clamp(-0.5, 0.5), gt::clamp(x, -0.5, 0.5));
}

TEST(Members, NameTheLineOfTheirCall) {
  const auto x = gt::ones({2, 3});
  EXPECT_ERROR(ShapeError, x.add(gt::ones({4})),
               "add: the shapes do not broadcast\n  left   [2, 3]  float32  cpu\n  right  [4]     float32  cpu\n"
               "  Sizes must be equal, or 1, counted from the last dimension.");
  EXPECT_ERROR(IndexError, x.sum(2),
               "sum: there is no dimension 2\n  tensor  [2, 3]  float32  cpu\n  -2 to 1 are there.");
  EXPECT_ERROR(ShapeError, x.view({4}), "view: 6 elements do not fill the shape [4]\n  tensor  [2, 3]  float32  cpu");
}

TEST(NewTensors, TakeOneNumberAsLibtorchsDo) {
  EXPECT_EQ(gt::tensor(2.0).shape(), (gt::Shape{}));
  EXPECT_EQ(gt::tensor(2.0).dtype(), gt::float64);
  EXPECT_EQ(gt::tensor(2).dtype(), gt::int32);
  EXPECT_EQ(gt::tensor(true).dtype(), gt::boolean);
  EXPECT_EQ(gt::tensor({2}).shape(), (gt::Shape{1}));
  EXPECT_EQ(gt::tensor<std::int64_t>({2}).shape(), (gt::Shape{1}));
  EXPECT_THAT(gt::arange(4), near({0, 1, 2, 3}));
  EXPECT_EQ(gt::arange(4).dtype(), gt::int64);
  EXPECT_THAT(gt::arange(2.5), near({0, 1, 2}));
  EXPECT_EQ(gt::arange(2.5).dtype(), gt::float32);
  EXPECT_EQ(gt::arange(3, {.dtype = gt::int32}).dtype(), gt::int32);
}

}  // namespace
