#include "tests/cuda/device.h"

namespace {

class CudaIndex : public Cuda {};
class CudaLosses : public Cuda {};
class CudaFaults : public Cuda {};

gt::Tensor labels_of(std::int64_t count, std::int64_t classes) {
  auto labels = gt::empty({count}, {.dtype = gt::int64});
  for (std::int64_t i = 0; i < count; ++i) labels.data<std::int64_t>()[i] = (i * i + 3 * i) % classes;
  return labels;
}

TEST_F(CudaIndex, PicksAndAddsWithTheBitsOfTheCpu) {
  for (const std::int64_t count : {5, 700})  // few are looked through, many are sorted
    for (const auto type : {gt::float32, gt::float64, gt::int64, gt::uint8}) {
      const auto x = walk({13, 3}, gt::between(0, 100)).to(type),
                 parts = walk({count, 3}, gt::between(0, 100)).to(type), list = labels_of(count, 13);
      EXPECT_THAT(gt::index_select(x.to(cuda), 0, list.to(cuda)), the_same_as(gt::index_select(x, 0, list)));
      EXPECT_THAT(gt::index_add(parts.to(cuda), 0, list.to(cuda), 13), the_same_as(gt::index_add(parts, 0, list, 13)));
      const auto each = gt::reshape(labels_of(2 * count * 3, 13), {2, count, 3}),
                 wide = walk({2, 13, 3}, gt::between(0, 100)).to(type);
      const auto picked = gt::gather(wide, 1, each);
      EXPECT_THAT(gt::gather(wide.to(cuda), 1, each.to(cuda)), the_same_as(picked));
      EXPECT_THAT(gt::scatter_add(picked.to(cuda), 1, each.to(cuda), 13),
                  the_same_as(gt::scatter_add(picked, 1, each, 13)));
    }
  EXPECT_THAT(gt::one_hot(labels_of(7, 4).to(cuda), 4), the_same_as(gt::one_hot(labels_of(7, 4), 4)));
  EXPECT_EQ(gt::one_hot(labels_of(7, 4), 4, {.device = cuda}).device(), cuda);
  EXPECT_THAT(
      gt::index_add(gt::zeros({0, 2}, {.device = cuda}), 0, gt::zeros({0}, {.dtype = gt::int64, .device = cuda}), 3),
      the_same_as(gt::zeros({3, 2})));
}

// Rows of 128 bits, and of more than a block's threads; rows that do not begin at 128 bits; outer dimensions.
TEST_F(CudaIndex, RowsOfAnyWidthHaveTheBitsOfTheCpu) {
  for (const std::int64_t inner : {1, 4, 6, 64, 2600})
    for (const auto type : {gt::float32, gt::float16, gt::int64, gt::uint8})
      for (const std::int64_t offset : {0, 1}) {
        SCOPED_TRACE(gt::to_string(gt::Shape{inner, offset}) + gt::name_of(type));
        const auto list = labels_of(40, 9);
        const auto from_offset = [&](const gt::Shape& shape) {
          return walk({gt::count_of(shape) + offset}, gt::between(0, 50)).to(type);
        };
        const auto laid = [&](const gt::Tensor& flat, const gt::Shape& shape) {
          return gt::reshape(gt::narrow(flat, 0, offset, gt::count_of(shape)), shape);
        };
        const gt::Shape parts_shape{3, 40, inner}, whole_shape{3, 9, inner};
        const auto parts = from_offset(parts_shape), whole = from_offset(whole_shape);
        const auto parts_there = laid(parts.to(cuda), parts_shape), whole_there = laid(whole.to(cuda), whole_shape);
        const auto parts_here = laid(parts, parts_shape), whole_here = laid(whole, whole_shape);
        const auto there = list.to(cuda);

        EXPECT_THAT(gt::index_select(whole_there, 1, there), the_same_as(gt::index_select(whole_here, 1, list)));
        EXPECT_THAT(gt::index_add(parts_there, 1, there, 9), the_same_as(gt::index_add(parts_here, 1, list, 9)));
        EXPECT_THAT(gt::index_copy(whole_there, 1, there, parts_there),
                    the_same_as(gt::index_copy(whole_here, 1, list, parts_here)));
        EXPECT_THAT(gt::index_fill(whole_there, 1, there, 7), the_same_as(gt::index_fill(whole_here, 1, list, 7)));
      }
}

TEST_F(CudaIndex, ElementsAreCombinedAsOnTheCpu) {
  for (const std::int64_t count : {1, 9, 100})
    for (const char* how : {"sum", "prod", "amax", "amin"}) {
      const auto x = walk({2, 5, 3}).to(gt::float32),
                 comes = walk({2, count, 3}, gt::between(0.5, 1.5)).to(gt::float32),
                 list = gt::reshape(labels_of(2 * count * 3, 5), {2, count, 3});
      for (const bool include : {true, false})
        EXPECT_THAT(gt::scatter_reduce(x.to(cuda), 1, list.to(cuda), comes.to(cuda), how, include),
                    the_same_as(gt::scatter_reduce(x, 1, list, comes, how, include)))
            << how << " of " << count;
      EXPECT_THAT(gt::scatter(x.to(cuda), 1, list.to(cuda), comes.to(cuda)),
                  the_same_as(gt::scatter(x, 1, list, comes)));
    }
}

TEST_F(CudaIndex, BagsOfAnyLengthAreFound) {
  auto begins = gt::zeros({700}, {.dtype = gt::int64});  // some empty, some of hundreds
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < 700; ++i, at += i % 50 == 0 ? 300 : i % 3) begins.data<std::int64_t>()[i] = at;
  const auto list = labels_of(at + 9, 20), weight = walk({20, 4}).to(gt::float64);

  EXPECT_THAT(gt::embedding_bag(list.to(cuda), weight.to(cuda), begins.to(cuda)),
              the_same_as(gt::embedding_bag(list, weight, begins)));
}

TEST_F(CudaLosses, OfLabelsAreThoseOfTheCpu) {
  constexpr std::pair<std::int64_t, std::int64_t> sizes[] = {{1, 2},     {128, 10}, {70, 32},   {9, 33},
                                                             {300, 100}, {5, 301},  {3, 11000}, {0, 5}};
  for (const auto& [rows, classes] : sizes)
    for (const auto type : {gt::float32, gt::float64})
      for (const auto reduction : {gt::Reduction::none, gt::Reduction::mean, gt::Reduction::sum})
        for (const bool weighted : {false, true}) {
          SCOPED_TRACE(gt::to_string(gt::Shape{rows, classes}) + gt::name_of(type));
          const double tolerance = type == gt::float32 ? 2e-6 : 1e-13;
          auto labels = labels_of(rows, classes);
          for (std::int64_t i = 2; i < rows; i += 5) labels.data<std::int64_t>()[i] = -100;
          const auto weight = weighted ? walk({classes}, gt::between(0.5, 2)).to(type) : gt::Tensor();
          const auto x = walk({rows, classes}).to(type).requires_grad_(), there = x.detach().to(cuda).requires_grad_();
          const auto far = weighted ? weight.to(cuda) : gt::Tensor();
          gt::Tape tape;
          for (const bool softmax : {true, false}) {
            auto loss = [&](const gt::Tensor& scores, const gt::Tensor& right, const gt::Tensor& w) {
              return softmax ? gt::cross_entropy(scores, right, {.weight = w, .reduction = reduction})
                             : gt::nll_loss(scores, right, {.weight = w, .reduction = reduction});
            };
            const auto wanted = loss(x, labels, weight), got = loss(there, labels.to(cuda), far);
            EXPECT_THAT(got, near(wanted, tolerance));
            const auto seed = walk(wanted.shape()).to(type);
            const auto slope = gt::grad(std::vector{wanted}, std::vector{x}, {.seeds = {seed}})[0];
            const auto theirs = gt::grad(std::vector{got}, std::vector{there}, {.seeds = {seed.to(cuda)}})[0];
            EXPECT_EQ(theirs.device(), cuda);
            EXPECT_THAT(theirs, near(slope, tolerance));
          }
        }
}

TEST_F(CudaLosses, OverIgnoredLabelsAloneAreZero) {
  const auto x = walk({3, 4}).to(cuda).requires_grad_(),
             labels = gt::full({3}, -100, {.dtype = gt::int64, .device = cuda});
  gt::Tape tape;
  const auto loss = gt::cross_entropy(x, labels);
  EXPECT_EQ(loss.item(), 0);
  EXPECT_THAT(gt::grad(loss, x), near(gt::zeros({3, 4})));
  EXPECT_EQ(gt::cross_entropy(x, labels, {.label_smoothing = 0.1}).item(), 0);
  EXPECT_EQ(gt::cross_entropy(x, gt::zeros_like(labels), {.ignore_index = 0}).item(), 0);
}

TEST_F(CudaLosses, ATermOfWeightZeroIsZero) {
  for (const std::int64_t classes : {3, 33, 301, 11000})
    for (const auto type : {gt::float32, gt::float64})
      for (const double hidden : {-HUGE_VAL, HUGE_VAL, std::nan("")}) {
        SCOPED_TRACE(gt::to_string(gt::Shape{classes}) + gt::name_of(type) + std::to_string(hidden));
        auto scores = gt::zeros({2, classes}, {.dtype = type});
        gt::select(gt::select(scores, 0, 0), 0, 1).fill_(hidden);  // at the label of weight 0
        auto weight = gt::ones({classes}, {.dtype = type});
        gt::select(weight, 0, 1).zero_();
        const auto labels = gt::tensor({1, 2}).to(cuda);
        const auto x = scores.to(cuda).requires_grad_(), w = weight.to(cuda);
        gt::Tape tape;
        const auto loss = gt::cross_entropy(x, labels, {.weight = w});
        const auto g = gt::grad(loss, x, {.retain_graph = true}), again = gt::grad(loss, x, {.create_graph = true});

        EXPECT_NEAR(loss.item(), std::log(static_cast<double>(classes)), 1e-5);
        EXPECT_THAT(gt::select(g, 0, 0), near(gt::zeros({classes})));
        EXPECT_THAT(again, near(g, 1e-6));
        EXPECT_NEAR(gt::sum(g).item(), 0, 1e-5);
        EXPECT_EQ(gt::nll_loss(x, labels, {.weight = w}).item(), 0);
      }
  const auto y = gt::tensor({1.0, 0.0}).to(cuda), certain = gt::tensor({HUGE_VAL, -HUGE_VAL}).to(cuda);
  EXPECT_EQ(gt::binary_cross_entropy_with_logits(certain, y).item(), 0);
  const auto logits = gt::tensor({{1.0, -HUGE_VAL, 2.0}}).to(cuda), soft = gt::tensor({{0.0, 0.0, 1.0}}).to(cuda);
  EXPECT_NEAR(gt::cross_entropy(logits, soft).item(), 0.31326168751822286, 1e-14);
}

TEST_F(CudaFaults, NameOpPositionAndValueWhenNextWaitedFor) {
  const auto x = gt::ones({5, 3}, {.device = cuda});
  const auto bad = gt::tensor({0, 7, 1, -1, 2}).to(cuda);
  const int line = __LINE__ + 1;
  const auto y = gt::index_select(x, 0, bad);
  gt::gather(x, 1, gt::full({5, 1}, 99, {.dtype = gt::int64, .device = cuda}));  // the first one counts

  try {
    y.to_vector<float>();
    FAIL();
  } catch (const gt::IndexError& error) {
    EXPECT_EQ(error.what(),
              "IndexError: index_select: value 7 at position 1 is out of range\n"
              "  It must be at least 0 and below 5.\n  at " __FILE__ ":" +
                  std::to_string(line));
  }
  EXPECT_THAT(x + 1, near(gt::full({5, 3}, 2)));  // and the device works on
  EXPECT_THAT(gt::index_select(x, 0, gt::zeros_like(bad)), near(x)) << "a check begins afresh";
}

TEST_F(CudaFaults, OfLabelsStopTheStep) {
  auto w = walk({4, 3}).to(gt::float32).to(cuda).requires_grad_();
  const auto before = w.detach().clone();
  gt::Adam optimizer({w});
  auto step = [&](const gt::Tensor& labels) {
    gt::Tape tape;
    gt::cross_entropy(w * 2, labels.to(cuda)).backward();
    optimizer.step();
  };
  step(gt::tensor({0, 1, 3, 1}));
  step(gt::tensor({0, 1, 2, 1}));  // good labels, but it was not yet known that those before were bad
  EXPECT_THROW(gt::cuda::synchronize(), gt::IndexError);
  EXPECT_THAT(w, the_same_as(before));
  step(gt::tensor({0, 1, 2, 1}));
  EXPECT_THAT(w, testing::Not(the_same_as(before)));
  for (const auto& call : std::vector<std::function<void()>>{
           [&] { gt::one_hot(gt::tensor({5}).to(cuda), 5); },
           [&] { gt::index_add(w, 0, gt::tensor({0, 1, 2, 9}).to(cuda), 4); },
           [&] { gt::scatter_add(w, 0, gt::full({4, 3}, 4, {.dtype = gt::int64, .device = cuda}), 4); },
           [&] { gt::nll_loss(w, gt::tensor({0, 1, 2, 3}).to(cuda)); }}) {
    call();
    EXPECT_THROW(gt::cuda::synchronize(), gt::IndexError);
    gt::cuda::synchronize();
  }
}

TEST_F(CudaFaults, LabelsElsewhereAreRefusedAtOnce) {
  EXPECT_ERROR(DeviceError, gt::cross_entropy(gt::ones({2, 2}, {.device = cuda}), gt::tensor({0, 1})),
               "cross_entropy: the tensors are on different devices\n  logits  [2, 2]  float32  cuda:0\n  labels  [2]  "
               "   int32  cpu\n"
               "  Bring them together: x.to(device).");
  EXPECT_THROW(gt::gather(gt::ones({2}, {.device = cuda}), 0, gt::tensor({0, 1})), gt::DeviceError);
  EXPECT_THROW(gt::index_select(gt::ones({2}, {.device = cuda}), 0, gt::tensor({0})), gt::DeviceError);
}

}  // namespace
