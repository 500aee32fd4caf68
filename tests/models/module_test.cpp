#include <filesystem>

#include "tests/support/near.h"

namespace {

// A model of a guest.
struct Scale : gt::Module {
  explicit Scale(double by = 1) { add_parameter("by", factor, gt::tensor({by})); }
  gt::Tensor factor;
  gt::Tensor forward(const gt::Tensor& x) const override { return x * factor; }
};

TEST(Module, ParametersAreItsMembers) {
  gt::SoftmaxRegression model(2, 3);
  gt::Linear linear(2, 3);
  gt::LogisticRegression logistic(2);
  Scale own;
  gt::Sequential net;
  net.add(model).add(linear).add(logistic).add(own);
  for (gt::Tensor* member : {&model.weight, &linear.weight, &linear.bias, &logistic.bias, &own.factor}) {
    *member = gt::full(member->shape(), 7, {.dtype = member->dtype()});

    const auto all = net.parameters();

    EXPECT_TRUE(std::any_of(all.begin(), all.end(),
                            [&](const gt::Tensor& p) { return p.tensor_data() == member->tensor_data(); }));
    EXPECT_EQ(all.size(), 7u);
    EXPECT_TRUE(member->requires_grad());
  }
  EXPECT_EQ(net.named_parameters()[6].name, "3.by");
  EXPECT_EQ(own.factor.name(), "by");
}

TEST(Module, AnAssignedMemberIsLearnedSavedAndLoaded) {
  const auto file =
      (std::filesystem::temp_directory_path() / ("gradtape_module_" + std::to_string(::getpid()))).string();
  gt::SoftmaxRegression model(2, 2), other(2, 2);
  model.weight = gt::tensor({{1.f, 2.f}, {3.f, 4.f}});
  gt::SGD optimizer(model.parameters(), {.lr = 1});
  gt::save(model, file);
  {
    gt::Tape tape;
    gt::sum(model.weight * 2).backward();
  }

  optimizer.step();
  gt::load(other, file);

  EXPECT_THAT(model.weight, near({-1, 0, 1, 2}));
  EXPECT_THAT(other.weight, near({1, 2, 3, 4}));
  std::filesystem::remove(file);
}

TEST(Module, AnAssignedMemberThatIsFrozenStaysFrozen) {
  Scale model;
  model.factor = gt::tensor({2.0}).requires_grad_(false);
  EXPECT_FALSE(model.parameters()[0].requires_grad());

  model.factor *= 3;

  EXPECT_FALSE(model.parameters()[0].requires_grad());
  EXPECT_THAT(model.parameters()[0], near({6}));
}

TEST(Module, TakesARecordedTensorAndWholeNumbersAsTheyAre) {
  Scale model;
  auto by = gt::tensor({3.0}).requires_grad_();
  {
    gt::Tape tape;
    model.factor = by * 2;
    EXPECT_EQ(model.parameters()[0].tensor_data(), model.factor.tensor_data());
    gt::sum(model(gt::tensor({5.0}))).backward();
  }
  EXPECT_THAT(by.grad(), near({10}));
  model.factor = gt::tensor({3});
  EXPECT_EQ(model.parameters()[0].dtype(), gt::int32);
}

TEST(Module, LeavesOutAMemberWithoutATensorAndCountsASharedOneOnce) {
  gt::Linear a(2, 2), b(2, 2);
  gt::Sequential net;
  net.add(a).add(b);
  b.weight = a.weight;
  b.bias = {};

  EXPECT_EQ(net.parameters().size(), 2u);
  EXPECT_EQ(net.parameter_count(), 6);
}

TEST(Module, RefusesToBePartOfItselfByAnyWay) {
  struct Whole : gt::Module {
    void take(const gt::Module& part, gt::Location at = gt::Location::current()) { add_part("part", part, at); }
    gt::Tensor forward(const gt::Tensor& x) const override { return x; }
  };
  Whole alone, first, second, third;
  first.take(second);
  second.take(third);

  EXPECT_ERROR(ValueError, alone.take(alone), "add_part: \"part\" is the module itself, or has it as a part");
  EXPECT_ERROR(ValueError, third.take(first), "add_part: \"part\" is the module itself, or has it as a part");
  EXPECT_ERROR(ValueError, first.take(third), "add_part: there is a part \"part\" already");
  EXPECT_EQ(first.parameters().size(), 0u);
}

TEST(Module, VisitsAPartThatManyShareOnce) {
  gt::Linear bottom(1, 1);
  std::vector<std::unique_ptr<gt::Sequential>> levels;
  for (int level = 0; level < 60; ++level) {
    gt::Module& below = level ? static_cast<gt::Module&>(*levels.back()) : bottom;
    levels.push_back(std::make_unique<gt::Sequential>());
    levels.back()->add(below).add(below);
  }

  EXPECT_EQ(levels.back()->parameters().size(), 2u);
}

}  // namespace
