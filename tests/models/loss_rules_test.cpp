// What holds of every loss: PyTorch's numbers, derivatives, types, shapes, reductions, empty batches, captured steps.
#include "tests/models/losses.h"

namespace {

double total(const std::vector<double>& numbers) {
  double sum = 0;
  for (const double number : numbers) sum += number;
  return sum;
}

TEST(EveryLoss, IsThatOfPytorch) {
  for (const ByPytorch& row : by_pytorch) {
    SCOPED_TRACE(row.name);
    const Loss& loss = losses_by_name.at(row.name);
    const Tensors x = inputs_of(row);

    EXPECT_THAT(loss(x, gt::Reduction::none), elements_near(row.each, 1e-12));
    EXPECT_THAT(loss(x, gt::Reduction::sum), near({total(row.each)}, 1e-12));
    const auto [mean, gradient] = loss_and_gradient(row, x);
    EXPECT_THAT(mean, near({row.mean}, 1e-12));
    EXPECT_THAT(gradient, elements_near(row.gradient, 1e-12));
  }
  EXPECT_EQ(losses_by_name.size(), by_pytorch.size());
}

TEST(EveryLoss, HasItsDerivatives) {
  for (const ByPytorch& row : by_pytorch)
    for (const auto reduction : {gt::Reduction::none, gt::Reduction::mean}) {
      auto call = [&](const Tensors& x) { return losses_by_name.at(row.name)(x, reduction); };
      const auto first = gt::gradcheck(call, inputs_of(row)), second = gt::gradgradcheck(call, inputs_of(row));
      EXPECT_TRUE(first) << row.name << ": " << first.text;
      EXPECT_TRUE(second) << row.name << ": " << second.text;
    }
}

TEST(EveryLoss, OfNarrowNumbersIsComputedInFloat32) {
  for (const ByPytorch& row : by_pytorch)
    for (const auto type : {gt::float32, gt::float16, gt::bfloat16}) {
      SCOPED_TRACE(testing::Message() << row.name << " of " << gt::name_of(type));
      const Tensors narrow = inputs_of(row, type);
      Tensors wide;
      for (const auto& x : narrow) wide.push_back(gt::is_floating(x.dtype()) ? x.to(gt::float64) : x);
      const auto got = loss_and_gradient(row, narrow), wanted = loss_and_gradient(row, wide);

      EXPECT_EQ(got.loss.dtype(), gt::float32);
      EXPECT_THAT(got.loss, near(wanted.loss, 2e-6));
      EXPECT_EQ(got.gradient.dtype(), type);
      EXPECT_THAT(got.gradient, near(wanted.gradient, type == gt::float32 ? 2e-6 : type == gt::float16 ? 1e-3 : 8e-3));
    }
}

TEST(EveryLoss, RefusesWhatWouldOnlyFitByBroadcasting) {
  for (const ByPytorch& row : by_pytorch) {
    Tensors x = inputs_of(row);
    for (std::size_t i = 1; i < x.size(); ++i) {
      Tensors other = x;
      other[i] = gt::unsqueeze(gt::unsqueeze(x[i], 0), 0);
      EXPECT_THROW(losses_by_name.at(row.name)(other, gt::Reduction::none), gt::ShapeError) << row.name << " " << i;
    }
  }
}

TEST(EveryLoss, OfAnEmptyBatchIsEmptyZeroOrNan) {
  for (const ByPytorch& row : by_pytorch) {
    Tensors x = inputs_of(row);
    if (std::string(row.name).find(" of one") != std::string::npos) continue;
    for (auto& input : x) input = gt::narrow(input, 0, 0, 0);
    const Loss& loss = losses_by_name.at(row.name);

    EXPECT_EQ(loss(x, gt::Reduction::none).numel(), 0) << row.name;
    EXPECT_EQ(loss(x, gt::Reduction::sum).item(), 0) << row.name;
    EXPECT_TRUE(std::isnan(loss(x, gt::Reduction::mean).item())) << row.name;
  }
}

TEST(EveryLoss, OfACapturedStepIsThatOfANewOne) {
  for (const ByPytorch& row : by_pytorch) {
    const Tensors x = inputs_of(row, gt::float32);
    std::vector<gt::NamedTensor> inputs;
    for (const auto& input : x) inputs.push_back({std::to_string(inputs.size()), input});
    gt::Program step = gt::capture(inputs, [&](const gt::Inputs& in) {
      Tensors given;
      for (const auto& [name, input] : in.all()) given.push_back(input.detach());
      const auto [loss, gradient] = loss_and_gradient(row, given);
      return gt::cat({gt::reshape(loss, {1}), gt::flatten(gradient)});
    });
    inputs[0].tensor = x[0] * 0.5 + 0.01;
    const auto got = step(inputs);
    const auto [loss, gradient] = loss_and_gradient(row, [&] {
      Tensors given = x;
      given[0] = inputs[0].tensor;
      return given;
    }());

    EXPECT_THAT(got, near(gt::cat({gt::reshape(loss, {1}), gt::flatten(gradient)}), 0)) << row.name;
  }
}

TEST(EveryLoss, ButKlDivRefusesBatchmean) {
  for (const ByPytorch& row : by_pytorch) {
    if (std::string(row.name).starts_with("kl_div")) {
      const double rows = static_cast<double>(row.inputs[0].shape[0]);
      EXPECT_THAT(losses_by_name.at(row.name)(inputs_of(row), gt::Reduction::batchmean),
                  near({total(row.each) / rows}, 1e-12));
      continue;
    }
    EXPECT_THROW(losses_by_name.at(row.name)(inputs_of(row), gt::Reduction::batchmean), gt::ValueError) << row.name;
  }
}

}  // namespace
