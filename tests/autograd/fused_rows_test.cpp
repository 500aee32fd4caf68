// A captured step on the CPU runs what goes row by row in blocks of rows: the bits are those of the step by hand.
#include <gradtape/ops/cpu/matmul.h>

#include "tests/support/near.h"

namespace {

struct Size {
  std::int64_t batch, features, classes;
};

// Three steps of softmax regression; what is left of them.
std::vector<double> trained(const Size& size, gt::DType dtype, const gt::CrossEntropyOptions& options, bool captured,
                            gt::ProgramReport* report = nullptr) {
  gt::SoftmaxRegression model(size.features, size.classes, {.dtype = dtype});
  gt::SGD optimizer(model.parameters(), {.lr = 0.5, .momentum = 0.5});
  gt::Generator numbers(1);
  const gt::Tensor x = gt::randn({size.batch, size.features}, numbers, {.dtype = dtype});
  const gt::Tensor labels = gt::randint(0, size.classes, {size.batch}, numbers);
  const gt::Step step = [&](const gt::Inputs& in) {
    gt::Tape tape;
    const gt::Tensor loss = gt::cross_entropy(model(in["x"]), in["labels"], options);
    loss.backward();
    optimizer.step();
    return loss.detach();
  };
  const std::vector<gt::NamedTensor> inputs{{"x", x}, {"labels", labels}};
  std::optional<gt::Program> program;
  std::vector<double> all;
  for (int run = 0; run < 3; ++run) {
    const gt::Tensor loss = !captured ? step(gt::Inputs(inputs))
                            : program ? (*program)()
                                      : (program = gt::capture(inputs, step))->result();
    for (const gt::Tensor& each :
         {loss, model.weight.detach(), model.bias.detach(), model.weight.grad(), model.bias.grad()})
      for (const double number : each.to_vector<double>()) all.push_back(number);
  }
  if (report) *report = program->report();
  return all;
}

TEST(FusedRows, HaveTheBitsOfTheStepByHand) {
  for (const Size& size :
       {Size{1, 40, 3}, {64, 784, 10}, {65, 784, 10}, {333, 784, 10}, {1000, 64, 2}, {500, 600, 33}, {2000, 40, 1}})
    for (const gt::DType dtype : {gt::float32, gt::float64})
      for (const auto reduction : {gt::Reduction::mean, gt::Reduction::sum})
        ASSERT_EQ(trained(size, dtype, {.reduction = reduction}, true),
                  trained(size, dtype, {.reduction = reduction}, false))
            << size.batch << " rows of " << size.features << " features, " << size.classes << " classes, "
            << gt::name_of(dtype);
}

TEST(FusedRows, DoNotDependOnTheThreads) {
  const int before = gt::num_threads();
  const Size size{2000, 300, 10};
  const auto by_hand = trained(size, gt::float32, {}, false);
  for (const int threads : {1, 2, 3}) {
    gt::set_num_threads(threads);
    EXPECT_EQ(trained(size, gt::float32, {}, true), by_hand) << threads << " threads";
  }
  gt::set_num_threads(before);
}

TEST(FusedRows, CountTheLabelsThatAreIgnored) {
  const Size size{300, 784, 10};
  const gt::CrossEntropyOptions options{.weight = gt::arange(1, 11, 1, {.dtype = gt::float32}), .ignore_index = 3};
  EXPECT_EQ(trained(size, gt::float32, options, true), trained(size, gt::float32, options, false));
}

TEST(FusedRows, OneWalkOverTheExamplesServesTheWholeStep) {
  if (!gt::parts_of_matmul<float>(1000, 10, 784, {nullptr, 784, 1}, {nullptr, 1, 784}).rows)
    GTEST_SKIP() << "no AVX2, or not optimized: the BLAS's product is not cut into rows";
  gt::ProgramReport report;
  trained({1000, 784, 10}, gt::float32, {}, true, &report);
  EXPECT_EQ(report.passes, 5) << "the labels' check, the seed, all that goes by rows, and the steps of weight and bias";
  EXPECT_GE(report.moved_before - report.moved, 4.0 * 1000 * (784 + 3 * 10)) << "x, logits, exponentials, gradient";
}

// The product's own rows are not finished before all steps are: what reads them waits.
TEST(FusedRows, WaitForASumOverAllRows) {
  gt::Generator numbers(2);
  const gt::Tensor x = gt::randn({400, 400}, numbers), y = gt::randn({400, 8}, numbers);
  const auto twice = [](const gt::Inputs& in) {
    const gt::Tensor products = gt::matmul(gt::t(in["x"]), in["y"]);
    return gt::matmul(in["x"], products) + gt::sum(products, {0});
  };
  const std::vector<gt::NamedTensor> inputs{{"x", x}, {"y", y}};
  auto program = gt::capture(inputs, twice);
  EXPECT_EQ(program().to_vector<float>(), twice(gt::Inputs(inputs)).to_vector<float>());
}

}  // namespace
