#include "tests/cuda/device.h"

namespace {

// On the CPU, and on a CUDA device where there is one.
std::vector<gt::Device> devices() {
  std::vector<gt::Device> all{gt::Device::cpu()};
  if (gt::cuda::is_available()) all.push_back(gt::Device::cuda());
  return all;
}

class CudaCapture : public Cuda {};

gt::Tensor numbers(const gt::Shape& shape, double from, gt::Device device) {
  return gt::reshape(
             gt::sin(gt::arange(from, from + static_cast<double>(gt::count_of(shape)), 1, {.dtype = gt::float32})),
             shape)
      .to(device);
}

// Steps by hand and steps of a program leave the same bits, with a learning rate that changes on the way.
template <class Optimizer, class Options>
void expect_same_training(Options options, gt::Device device) {
  auto train = [&](bool captured) {
    gt::Linear model(4, 3, {.device = device, .seed = 5});
    Optimizer optimizer(model.parameters(), options);
    const gt::Step step = [&](const gt::Inputs& in) {
      gt::Tape tape;
      const auto loss = gt::cross_entropy(model(in["x"]), in["labels"]);
      loss.backward();
      optimizer.step();
      return loss.detach();
    };
    std::vector<double> results;
    std::optional<gt::Program> program;
    for (int i = 0; i < 6; ++i) {
      if (i == 4) optimizer.set_lr(options.lr / 2);
      const std::vector<gt::NamedTensor> inputs{{"labels", gt::tensor({0, 1, 2, i % 3, 1}).to(device)},
                                                {"x", numbers({5, 4}, i, device)}};
      if (!captured) {
        results.push_back(step(gt::Inputs(inputs)).item());
      } else if (!program) {
        program = gt::capture(inputs, step);
        results.push_back(program->result().item());
      } else {
        results.push_back((*program)(inputs).item());
      }
    }
    for (const auto& parameter : model.parameters())
      for (const double number : parameter.to_vector<double>()) results.push_back(number);
    return results;
  };
  EXPECT_EQ(train(true), train(false));
}

void train_both_ways(gt::Device device) {
  expect_same_training<gt::SGD>(gt::SGDOptions{.lr = 0.1}, device);
  expect_same_training<gt::SGD>(gt::SGDOptions{.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01}, device);
  expect_same_training<gt::Adam>(gt::AdamOptions{.lr = 0.01}, device);
  expect_same_training<gt::AdamW>(gt::AdamWOptions{.lr = 0.01}, device);
}

TEST(Capture, StepsAsByHand) { train_both_ways(gt::Device::cpu()); }

TEST_F(CudaCapture, StepsAsByHand) { train_both_ways(cuda); }

TEST_F(CudaCapture, KeepsItsMemoryToItself) {
  const auto device = gt::Device::cuda();
  gt::capture({{"x", gt::ones({1}, {.device = device})}},
              [](const gt::Inputs& in) { return in["x"]; });  // makes cuBLAS ready, with memory of its own
  const auto in_use = gt::cuda::memory_statistics().in_use;
  {
    auto w = numbers({1000}, 0, device).requires_grad_();
    auto program = gt::capture({{"x", numbers({1000}, 1, device)}}, [&](const gt::Inputs& in) {
      gt::Tape tape;
      const auto y = gt::sum(gt::tanh(in["x"] * w));
      y.backward();
      return y.detach();
    });
    const auto first = w.grad().to_vector<double>();
    w.zero_grad();
    std::vector<gt::Tensor> others;  // would lie where the program works, if that were free
    for (int i = 0; i < 10; ++i) others.push_back(gt::full({1000}, 7, {.device = device}));
    w.zero_grad();
    program();
    for (const auto& other : others) EXPECT_EQ(gt::sum(other).item(), 7000);
    const auto before = gt::cuda::memory_statistics();
    for (int i = 0; i < 3; ++i) w.zero_grad(), program();
    EXPECT_EQ(gt::cuda::memory_statistics().allocations, before.allocations);
    EXPECT_EQ(gt::cuda::memory_statistics().in_use, before.in_use);
  }
  EXPECT_EQ(gt::cuda::memory_statistics().in_use, in_use);
}

TEST(Capture, RefusesWhatItCouldNotRunAgain) {
  for (const auto device : devices()) {
    const auto x = gt::ones({2, 3}, {.device = device});
    auto program = gt::capture({{"x", x}}, [](const gt::Inputs& in) { return in["x"] * 2; });
    EXPECT_THAT(program({{"x", x + 1}}), near(gt::full({2, 3}, 4)));
    EXPECT_THROW(program({{"x", gt::ones({4, 3})}}), gt::ShapeError);
    EXPECT_THROW(program({{"x", x.to(gt::float64)}}), gt::DTypeError);
    EXPECT_ERROR(ValueError, program({{"y", x}}), "program: there is no input \"y\"\n  There are: \"x\".");
    EXPECT_ERROR(ValueError, program(std::vector<gt::NamedTensor>{}), "program: 0 inputs were given, 1 are wanted");
    EXPECT_ERROR(
        TapeError, gt::capture({{"x", x}}, [](const gt::Inputs& in) { return in["x"] * gt::sum(in["x"]).item(); }),
        "item: elements cannot be read inside a captured step\n  Return the tensor from the step, and read it there.");
    EXPECT_ERROR(ValueError, gt::capture({{"x", x}, {"x", x}}, [](const gt::Inputs& in) { return in["x"]; }),
                 "capture: input \"x\" is given twice");
    EXPECT_THROW(gt::capture({{"x", x}}, [](const gt::Inputs&) { return gt::Tensor(); }), gt::ValueError);
    const gt::Step inner = [&](const gt::Inputs&) { return x; };
    EXPECT_THROW(gt::capture({{"x", x}}, [&](const gt::Inputs&) { return gt::capture({}, inner).result(); }),
                 gt::TapeError);
    EXPECT_THROW(gt::capture({{"x", x}}, {}), gt::ValueError);
    EXPECT_THAT(program({{"x", x}}), near(gt::full({2, 3}, 2))) << "and it works on";
    EXPECT_THAT(x + 1, near(gt::full({2, 3}, 2)));
    if (device == gt::Device::cpu()) continue;
    EXPECT_THROW(
        gt::capture({{"x", x}}, [](const gt::Inputs& in) { return in["x"] + gt::ones({3}).to(gt::Device::cuda()); }),
        gt::TapeError);
    EXPECT_THROW(gt::capture({{"x", x}, {"y", gt::ones({2})}}, [](const gt::Inputs& in) { return in["x"]; }),
                 gt::DeviceError);
    EXPECT_THAT(gt::sum(x), near({6}));
  }
}

// A parameter, an optimizer, and a step that leaves a gradient of 2 x.
struct Slope {
  explicit Slope(gt::Device device)
      : w(gt::full({3}, 1, {.device = device}).requires_grad_()),
        x(gt::ones({3}, {.device = device})),
        sgd({w}, {.lr = 0.1}) {}
  gt::Tensor backward(const gt::Tensor& input) {
    gt::Tape tape;
    const auto loss = gt::sum(w * input * 2);
    loss.backward();
    return loss.detach();
  }
  gt::Program program(bool steps) {
    return gt::capture({{"x", x}}, [this, steps](const gt::Inputs& in) {
      const auto loss = backward(in["x"]);
      if (steps) sgd.step();
      return loss;
    });
  }
  double weight() const { return gt::mean(w).item(); }
  double gradient() const { return w.grad().defined() ? gt::mean(w.grad()).item() : 0; }

  gt::Tensor w, x;
  gt::SGD sgd;
};

TEST(Capture, LeavesGradientsAsByHand) {
  for (const auto device : devices()) {
    Slope by_hand(device), captured(device);
    std::vector<double> wanted, got;
    auto note = [](const Slope& slope, std::vector<double>& all) {
      all.insert(all.end(), {slope.gradient(), slope.weight()});
    };
    std::optional<gt::Program> program;
    for (int i = 0; i < 12; ++i) {
      by_hand.backward(by_hand.x * i);
      if (!program) program = captured.program(false);
      (*program)({{"x", captured.x * i}});
      if (i == 0) captured.w.zero_grad(), by_hand.w.zero_grad();  // capture() has run it once
      for (Slope* slope : {&by_hand, &captured}) {
        if (i % 4 == 2) slope->sgd.step();
        if (i == 7) slope->w.zero_grad();
        if (i == 9) slope->backward(slope->x);
      }
      note(by_hand, wanted), note(captured, got);
    }
    EXPECT_EQ(got, wanted);
  }
}

TEST(Capture, AddsToAGradientThatIsLeft) {
  for (const auto device : devices()) {
    Slope slope(device);
    slope.backward(slope.x * 10);
    auto program = slope.program(false);
    EXPECT_EQ(slope.gradient(), 22);
    slope.sgd.step();
    program();
    EXPECT_EQ(slope.gradient(), 2);
  }
}

TEST(Capture, RefusesAGradientThatTheStepDidNotMake) {
  for (const auto device : devices()) {
    Slope slope(device);
    slope.backward(slope.x * 10);
    EXPECT_THROW(slope.program(true), gt::TapeError);
    const std::string parameter =
        device == gt::Device::cpu() ? "\n  parameter  [3]  float32  cpu\n" : "\n  parameter  [3]  float32  cuda:0\n";
    EXPECT_ERROR(TapeError, gt::capture({{"x", slope.x}}, [&](const gt::Inputs&) { return slope.w.grad(); }),
                 "grad: a gradient from before the captured step would be read in it" + parameter +
                     "  Call backward() inside the step, and before capture() step the optimizer or call zero_grad().");
    slope.w.zero_grad();
    auto program = slope.program(true);
    EXPECT_NEAR(slope.weight(), 0.8, 1e-6);
    slope.backward(slope.x);
    EXPECT_ERROR(TapeError, program(),
                 "program: a gradient from outside of the step, which no optimizer has used, would be read in it" +
                     parameter + "  Step the optimizer or call zero_grad() before the program runs.");
    slope.sgd.step();
    program();
    EXPECT_NEAR(slope.weight(), 0.4, 1e-6);
  }
}

// As by hand, what was done stays done.
TEST(Capture, AStepThatThrows) {
  for (const auto device : devices()) {
    Slope slope(device);
    gt::Adam adam({slope.w}, {.lr = 0.1});
    for (const bool steps : {true, false})
      EXPECT_THROW(gt::capture({{"x", slope.x}},
                               [&](const gt::Inputs& in) -> gt::Tensor {
                                 slope.backward(in["x"]);
                                 if (steps) adam.step();
                                 throw std::string("no");
                               }),
                   std::string);
    EXPECT_EQ(slope.gradient(), 2);
    EXPECT_NEAR(slope.weight(), 0.9, 1e-6);
  }
}

TEST(Capture, MarksWhatItWrites) {
  for (const auto device : devices()) {
    const auto w = gt::ones({3}, {.device = device}).requires_grad_();
    auto buffer = gt::zeros({3}, {.device = device});
    auto program = gt::capture({{"x", gt::ones({3}, {.device = device})}}, [&](const gt::Inputs& in) {
      buffer.add_(in["x"]);
      return in["x"] * 2;
    });
    for (const auto& written : {program.result(), buffer}) {
      gt::Tape tape;
      const auto loss = gt::sum(w * written);
      {
        gt::NoGrad pause;
        program();
      }
      EXPECT_THROW(gt::grad(loss, {w}), gt::TapeError);
    }
    EXPECT_THAT(buffer, near(gt::full({3}, 3)));
  }
}

TEST(Capture, StandsAlone) {
  for (const auto device : devices()) {
    auto inner =
        gt::capture({{"x", gt::ones({3}, {.device = device})}}, [](const gt::Inputs& in) { return in["x"] * 2; });
    EXPECT_ERROR(TapeError, gt::capture({{"x", gt::ones({3})}}, [&](const gt::Inputs&) { return inner(); }),
                 "program: a program runs inside a step that is captured\n  Call what it was captured from.");
  }
}

TEST(Capture, RefusesAnOptimizerThatGoesFirst) {
  for (const auto device : devices()) {
    Slope slope(device);
    auto program = gt::capture({{"x", slope.x}}, [&](const gt::Inputs& in) {
      slope.sgd.step();
      return slope.backward(in["x"]);
    });
    EXPECT_THROW(program(), gt::TapeError);
    slope.sgd.step();
    program();
    EXPECT_NEAR(slope.weight(), 0.8, 1e-6);
    EXPECT_EQ(slope.gradient(), 2);
  }
}

TEST(Capture, LetsAStepHaveLeavesOfItsOwn) {
  for (const auto device : devices()) {
    auto program = gt::capture({{"x", gt::full({2}, 3, {.device = device})}}, [](const gt::Inputs& in) {
      gt::Tensor leaf = in["x"].clone().requires_grad_();
      gt::Tape tape;
      gt::sum(leaf * leaf).backward();
      return leaf.grad();
    });
    EXPECT_THAT(program.result(), near({6, 6}));
    EXPECT_THAT(program({{"x", gt::full({2}, 5)}}), near({10, 10}));
  }
}

TEST(Capture, RefusesToBeRecorded) {
  for (const auto device : devices()) {
    const auto x = gt::ones({3}, {.device = device});
    const auto leaf = x.clone().requires_grad_();
    const gt::Step step = [](const gt::Inputs& in) { return in["x"] * 2; };
    EXPECT_ERROR(TapeError, gt::capture({{"x", leaf}}, step),
                 "capture: input \"x\" requires a gradient, and the step reads a copy of it\n"
                 "  Let the step refer to it, as to a parameter, or call detach().");
    auto program = gt::capture({{"x", x}}, step);
    gt::Tape tape;
    EXPECT_ERROR(TapeError, program(),
                 "program: a tape is open, and would not see what the program computes\n  Run it outside, or under a "
                 "gt::NoGrad.");
  }
}

TEST(Capture, TakesItsOwnMemoryAsInput) {
  for (const auto device : devices()) {
    const auto one = gt::ones({2}, {.device = device});
    auto seen = gt::zeros({2}, {.device = device});
    auto program = gt::capture({{"a", one}, {"b", one}}, [&](const gt::Inputs& in) {
      seen.copy_(in["b"]);
      return in["a"];
    });
    program({{"a", one * 2}, {"b", program.result()}});
    EXPECT_THAT(seen, near({1, 1}));
    EXPECT_THAT(program.result(), near({2, 2}));
  }
}

TEST(Capture, StepsOnWithAnOptimizerThatIsGone) {
  for (const auto device : devices()) {
    Slope slope(device);
    auto optimizer = std::make_unique<gt::SGD>(std::vector{slope.w}, gt::SGDOptions{.lr = 0.1, .momentum = 0.5});
    auto program = gt::capture({{"x", slope.x}}, [&](const gt::Inputs& in) {
      const auto loss = slope.backward(in["x"]);
      optimizer->step();
      return loss;
    });
    auto other = std::make_unique<gt::SGD>(std::move(*optimizer));
    other->set_lr(0.2);
    optimizer.reset();
    program();
    EXPECT_NEAR(slope.weight(), 0.8 - 0.2 * 3, 1e-6) << "it goes by the rate of the optimizer that it became";
    other.reset();
    std::vector<gt::Tensor> others;  // would lie where the states are, if that were free
    for (int i = 0; i < 10; ++i) others.push_back(gt::full({3}, 7, {.device = device}));
    program();
    EXPECT_NEAR(slope.weight(), 0.2 - 0.2 * 3.5, 1e-6);
  }
}

TEST(Capture, KnowsWhatWasMovedAway) {
  auto program = gt::capture({}, [](const gt::Inputs&) { return gt::ones({2}); });
  const auto moved = std::move(program);
  EXPECT_ERROR(ValueError, program(), "program: it was moved away");
}

// An optimizer of tensor ops.
struct Plain : gt::Optimizer {
  explicit Plain(std::vector<gt::Tensor> parameters)
      : Optimizer(std::move(parameters), 0.1, 0, gt::Location::current()) {}
  void update(std::span<gt::UpdateTarget> targets, gt::Location) override {
    for (auto& target : targets) target.parameter->add_(target.gradient * *target.lr, -1);
  }
};
TEST(Capture, StepsOptimizersOfTensorOps) {
  for (const auto device : devices()) {
    Slope slope(device);
    Plain plain({slope.w});
    auto program = gt::capture({{"x", slope.x}}, [&](const gt::Inputs& in) {
      const auto loss = slope.backward(in["x"]);
      plain.step();
      return loss;
    });
    plain.set_lr(0.2);
    program();
    EXPECT_NEAR(slope.weight(), 0.4, 1e-6);
  }
}
TEST(Capture, RefusesAnUpdateByANumberThatChanges) {
  struct ByNumber : Plain {
    using Plain::Plain;
    void update(std::span<gt::UpdateTarget> targets, gt::Location) override {
      for (auto& target : targets) target.parameter->add_(target.gradient, -lr());
    }
  };
  Slope slope(gt::Device::cpu());
  ByNumber optimizer({slope.w});
  const gt::Step step = [&](const gt::Inputs& in) {
    EXPECT_EQ(optimizer.lr(), 0.1);
    const auto loss = slope.backward(in["x"]);
    optimizer.step();
    return loss;
  };
  step(gt::Inputs({{"x", slope.x}}));
  EXPECT_NEAR(slope.weight(), 0.8, 1e-6);
  EXPECT_THAT([&] { gt::capture({{"x", slope.x}}, step); },
              testing::ThrowsMessage<gt::TapeError>(testing::StartsWith(
                  "TapeError: lr: the learning rate, as a number, would stay what it is in later steps\n"
                  "  Compute with the tensor: target.lr.")));
}

// Runs one of several programs, the same step by hand, or what else, and says where the parameters are.
template <class Do>
void expect_the_same_by_hand(Do each) {
  for (const auto device : devices()) {
    auto train = [&](bool captured) {
      std::vector<gt::Tensor> w{gt::full({3}, 1, {.device = device}), gt::full({2, 2}, 2, {.device = device})};
      for (auto& one : w) one.requires_grad_();
      gt::AdamW adam(w, {.lr = 0.1});
      auto step = [&](std::size_t first) {
        return [&, first](const gt::Inputs& in) {
          gt::Tape tape;
          gt::Tensor loss = gt::sum(in["x"]);
          for (std::size_t i = first; i < w.size(); ++i) loss = loss + gt::sum(w[i] * w[i] * in["x"]);
          loss.backward();
          adam.step();
          return loss.detach();
        };
      };
      const gt::Step both = step(0), last = step(1);
      const std::vector<gt::NamedTensor> inputs{{"x", gt::full({1}, 3, {.device = device})}};
      std::vector<gt::Program> programs;
      if (captured) programs.push_back(gt::capture(inputs, both)), programs.push_back(gt::capture(inputs, last));
      else both(gt::Inputs(inputs)), last(gt::Inputs(inputs));
      for (int i = 0; i < 6; ++i)
        each(i, adam, [&](std::size_t which, bool by_hand) {
          if (captured && !by_hand) programs[which]();
          else (which ? last : both)(gt::Inputs(inputs));
        });
      std::vector<double> results;
      for (const auto& one : w)
        for (const double number : one.to_vector<double>()) results.push_back(number);
      return results;
    };
    EXPECT_EQ(train(true), train(false));
  }
}
TEST(Capture, CountsTheStepsOfTwoProgramsAndThoseByHand) {
  expect_the_same_by_hand([](int i, auto&, auto step) { step(i % 3 == 1, i == 3); });
}
TEST(Capture, GoesByTheLearningRateOfEachTime) {
  expect_the_same_by_hand([](int i, auto& adam, auto step) {
    if (i == 1 || i == 4) adam.set_lr(0.01 * i);
    step(i % 2 == 0, i == 2);
    if (i == 2) adam.set_lr(adam.lr() / 2);
  });
}
TEST(Capture, SetsALearningRateInTheStepEachTime) {
  for (const auto device : devices()) {
    auto train = [&](bool captured) {
      Slope slope(device);
      const gt::Step step = [&](const gt::Inputs& in) {
        slope.sgd.set_lr(0.2);
        const auto loss = slope.backward(in["x"]);
        slope.sgd.step();
        return loss;
      };
      std::optional<gt::Program> program;
      if (captured) program = gt::capture({{"x", slope.x}}, step);
      else step(gt::Inputs({{"x", slope.x}}));
      slope.sgd.set_lr(0.5);
      if (captured) (*program)();
      else step(gt::Inputs({{"x", slope.x}}));
      return slope.weight();
    };
    EXPECT_EQ(train(true), train(false));
  }
}

TEST_F(CudaCapture, RefusesWorkOnTheCpu) {
  const auto x = gt::ones({2}, {.device = gt::Device::cuda()});
  auto count = gt::zeros({1});
  const std::vector<gt::Step> steps{[&](const gt::Inputs& in) { return count.add_(gt::ones({1})), in["x"] * 2; },
                                    [&](const gt::Inputs& in) { return gt::tanh(count), in["x"] * 2; },
                                    [&](const gt::Inputs& in) { return gt::rand({2}), in["x"] * 2; }};
  for (const auto& step : steps) EXPECT_THROW(gt::capture({{"x", x}}, step), gt::TapeError);
  EXPECT_THAT(count, near({0}));
}

TEST(Capture, StepsEachParameterByItsOwnCount) {
  for (const auto device : devices()) {
    auto train = [&](bool captured) {
      std::vector<gt::Tensor> all;
      for (int i = 0; i < 3; ++i) all.push_back(gt::ones({2}, {.device = device}).requires_grad_());
      gt::Adam adam(all, {.lr = 0.1});
      auto step = [&](const std::vector<std::size_t>& of) {
        gt::Tape tape;
        gt::Tensor loss = gt::zeros({}, {.device = device});
        for (const std::size_t i : of) loss = loss + gt::sum(all[i] * all[i]);
        loss.backward();
        adam.step();
        return loss.detach();
      };
      const gt::Step captured_step = [&](const gt::Inputs&) { return step({0, 1, 2}); };
      const std::vector<gt::NamedTensor> inputs{{"x", all[0].detach()}};
      for (int i = 0; i < 2; ++i) step({0, 1});
      std::optional<gt::Program> program;
      if (captured) program = gt::capture(inputs, captured_step);
      else captured_step(gt::Inputs(inputs));
      for (const auto& of : {std::vector<std::size_t>{2}, {2}, {1, 2}}) step(of);
      if (captured) (*program)();
      else captured_step(gt::Inputs(inputs));
      std::vector<std::vector<double>> results;
      for (const auto& w : all) results.push_back(w.to_vector<double>());
      return results;
    };
    EXPECT_EQ(train(true), train(false));
  }
}

TEST_F(CudaCapture, LeavesNoMemoryBehind) {
  const auto x = gt::ones({64, 64}, {.device = gt::Device::cuda()});
  gt::capture({{"x", x}}, [&](const gt::Inputs& in) { return gt::matmul(in["x"], x); });
  gt::cuda::release_spare_memory();
  EXPECT_EQ(gt::cuda::memory_statistics().reserved, gt::cuda::memory_statistics().in_use);
}

TEST_F(CudaCapture, KeepsWhatItReadsOfAnotherProgram) {
  const gt::TensorOptions there{.device = gt::Device::cuda()};
  auto kept = gt::capture({{"x", gt::ones({1000}, there)}}, [](const gt::Inputs& in) {
                return in["x"] * 2;
              }).result();  // that program is gone
  auto program = gt::capture({{"x", gt::ones({1000}, there)}}, [&](const gt::Inputs& in) {
    const auto y = in["x"] + kept;
    kept = {};
    return y;
  });
  std::vector<gt::Tensor> others;
  for (int i = 0; i < 10; ++i) others.push_back(gt::full({1000}, 7, there));
  EXPECT_EQ(gt::mean(program()).item(), 3);
}

// It goes after everything else of the program.
gt::Tensor in_a_global_variable;
std::optional<gt::Program> program_in_a_global_variable;
TEST_F(CudaCapture, OutlivesMain) {
  in_a_global_variable = gt::ones({1000}, {.device = gt::Device::cuda()}) + 1;
  program_in_a_global_variable =
      gt::capture({{"x", in_a_global_variable}}, [](const gt::Inputs& in) { return in["x"] * 2; });
  EXPECT_EQ(gt::mean(program_in_a_global_variable->result()).item(), 4);
}

// What steps of a program leave, after its first: each on its inputs.
std::vector<std::vector<double>> replayed(const gt::Step& step,
                                          const std::vector<std::vector<gt::NamedTensor>>& inputs) {
  gt::Program program = gt::capture(inputs[0], step);
  std::vector<std::vector<double>> results{program.result().to_vector<double>()};
  for (std::size_t i = 1; i < inputs.size(); ++i) results.push_back(program(inputs[i]).to_vector<double>());
  return results;
}
std::vector<std::vector<double>> by_hand(const gt::Step& step,
                                         const std::vector<std::vector<gt::NamedTensor>>& inputs) {
  std::vector<std::vector<double>> results;
  for (const auto& in : inputs) results.push_back(step(gt::Inputs(in)).to_vector<double>());
  return results;
}

TEST(Capture, ABadLabelAtAReplayIsRefusedWhereTheOpStands) {
  const auto x = numbers({2, 3}, 0, gt::Device::cpu());
  auto program = gt::capture({{"x", x}, {"labels", gt::tensor({0, 2})}},
                             [](const gt::Inputs& in) { return gt::cross_entropy(in["x"], in["labels"]); });
  const auto line = static_cast<std::uint32_t>(__LINE__) - 1;
  const double first = program.result().item();

  try {
    program({{"x", x}, {"labels", gt::tensor({0, 3})}});
    ADD_FAILURE() << "nothing was thrown";
  } catch (const gt::IndexError& error) {
    EXPECT_EQ(error.text(),
              "cross_entropy: value 3 at position 1 is out of range\n  labels  [2]  int32  cpu\n  It must be at least "
              "0 and below 3.");
    EXPECT_EQ(error.where().line, line);
  }

  EXPECT_EQ(program({{"x", x}, {"labels", gt::tensor({0, 2})}}).item(), first) << "and it works on";
}

TEST(Capture, LossesCountTheLabelsOfTheReplay) {
  const auto x = numbers({4, 3}, 0, gt::Device::cpu()).to(gt::float64), weight = gt::tensor({0.5, 1.0, 2.0});
  const std::vector<std::vector<gt::NamedTensor>> inputs{
      {{"x", x}, {"labels", gt::tensor({0, 1, 2, 1})}, {"weight", weight}},
      {{"x", x}, {"labels", gt::tensor({-100, 1, -100, 0})}, {"weight", weight * 2}},
      {{"x", x}, {"labels", gt::tensor({-100, -100, -100, -100})}, {"weight", weight}}};
  auto gradients_of = [&](auto loss) {
    return [loss](const gt::Inputs& in) {
      gt::Tape tape;
      const auto scores = in["x"].detach().requires_grad_();
      const auto value = loss(gt::log_softmax(scores, 1), in["labels"], in["weight"]);
      const auto first = gt::grad(value, std::vector{scores}, {.create_graph = true, .retain_graph = true})[0];
      const auto direct = gt::grad(value, std::vector{scores}, {.retain_graph = true})[0];
      const auto second = gt::grad(gt::sum(first * first), std::vector{scores})[0];
      return gt::cat({gt::reshape(value, {1}), gt::flatten(first), gt::flatten(direct), gt::flatten(second)}).detach();
    };
  };
  auto cross_entropy = [](const auto& scores, const auto& labels, const auto& w) {
    return gt::cross_entropy(scores, labels, {.weight = w});
  };
  auto nll = [](const auto& scores, const auto& labels, const auto& w) {
    return gt::nll_loss(scores, labels, {.weight = w});
  };

  EXPECT_EQ(replayed(gradients_of(cross_entropy), inputs), by_hand(gradients_of(cross_entropy), inputs));
  EXPECT_EQ(replayed(gradients_of(nll), inputs), by_hand(gradients_of(nll), inputs));
}

TEST(Capture, RandomNumbersGoOn) {
  const std::vector<std::vector<gt::NamedTensor>> three(3);
  auto draws = [](auto&... generator) {
    return gt::cat({gt::rand({3}, generator...), gt::randn({3}, generator...),
                    gt::randint(0, 100, {3}, generator..., {.dtype = gt::float32}),
                    gt::randperm(5, generator...).to(gt::float32)});
  };
  gt::Generator one(7), other(7);
  const auto with_own = replayed([&](const gt::Inputs&) { return draws(one); }, three);
  EXPECT_EQ(with_own, by_hand([&](const gt::Inputs&) { return draws(other); }, three));
  EXPECT_NE(with_own[1], with_own[2]);

  gt::manual_seed(7);
  const auto with_shared = replayed([&](const gt::Inputs&) { return draws(); }, three);
  gt::manual_seed(7);
  EXPECT_EQ(with_shared, by_hand([&](const gt::Inputs&) { return draws(); }, three));

  const auto seeded = replayed([&](const gt::Inputs&) { return gt::manual_seed(7), draws(); }, three);
  EXPECT_EQ(seeded[2], with_shared[0]) << "a step that sets the seed sets it each time";
}

TEST(Capture, AGeneratorThatTheStepMakesStartsAnew) {
  for (const auto device : devices()) {
    auto draw = [&](bool captured) {
      gt::Generator outside(5);
      const gt::Step step = [&](const gt::Inputs& in) {
        gt::Generator own(1), same = own, later = outside;
        const gt::TensorOptions there{.device = device};
        const auto first = gt::rand({3}, own, there) - gt::rand({3}, same, there);
        own = outside;
        return gt::cat(
                   {first, gt::randn({3}, own, there), gt::rand({3}, later, there), gt::rand({1}, outside, there)}) +
               in["x"];
      };
      const std::vector<gt::NamedTensor> inputs{{"x", gt::zeros({1}, {.device = device})}};
      return captured ? replayed(step, {inputs, inputs, inputs}) : by_hand(step, {inputs, inputs, inputs});
    };
    const auto drawn = draw(true);
    EXPECT_EQ(drawn, draw(false));
    EXPECT_EQ(drawn[1][0], 0);
    EXPECT_NE(drawn[1][3], drawn[2][3]);
  }
}

TEST(Capture, WhatAStepWritesOverIsNewEachTime) {
  std::vector<std::vector<gt::NamedTensor>> inputs;
  for (int i = 0; i < 3; ++i) inputs.push_back({{"x", gt::full({2, 2}, i, {.dtype = gt::float64})}});
  const gt::Step step = [](const gt::Inputs& in) {
    const auto& x = in["x"];
    const auto row = gt::select(x, 0, 0);
    std::vector<gt::Tensor> all{gt::tensor({1., 2.}),
                                gt::tensor(std::vector<double>{3, 4}, {2}),
                                gt::full({2}, 5, {.dtype = gt::float64}),
                                gt::arange(0, 2, 1, {.dtype = gt::float64}),
                                gt::linspace(0, 1, 2, {.dtype = gt::float64}),
                                row.clone()};
    for (auto& one : all) one.add_(row);
    for (auto& one : {gt::tensor({{1., 2.}, {3., 4.}}), gt::eye(2, {.dtype = gt::float64}),
                      gt::expand(gt::scalar(1.), {2, 2}).clone()})
      all.push_back(gt::flatten(gt::Tensor(one).add_(x)));
    auto number = gt::scalar(2.), strided = gt::t(gt::empty({2, 2}, {.dtype = gt::float64}));
    number.add_(gt::sum(x));
    strided.fill_(3).add_(x);
    all.push_back(gt::reshape(number, {1}));
    all.push_back(gt::flatten(strided));
    all.push_back(gt::flatten(gt::jacobian([](const gt::Tensor& y) { return y * y; }, row)));
    return gt::cat(all);
  };

  EXPECT_EQ(replayed(step, inputs), by_hand(step, inputs));
}

TEST(Capture, TheResultLiesInTheSamePlace) {
  auto program = gt::capture({{"x", gt::ones({2})}}, [](const gt::Inputs& in) { return in["x"] * 2; });
  const gt::Tensor result = program.result();
  const auto* at = result.data<float>();

  EXPECT_EQ(program({{"x", gt::full({2}, 3)}}).data<float>(), at);
  EXPECT_THAT(result, near({6, 6}));
}

TEST(Capture, ReadsWhatWasMadeBeforeWhereItLies) {
  float own[2] = {1, 2};
  auto fixed = gt::tensor({3.f, 4.f});
  const auto wrapped = gt::from_blob(own, {2});
  auto program = gt::capture({}, [&](const gt::Inputs&) { return fixed + wrapped; });
  own[0] = 10;
  fixed.fill_(5);

  EXPECT_THAT(program(), near({15, 7}));
}

TEST(Capture, RefusesWhatTheCpuCouldNotRunAgain) {
  const auto x = gt::ones({2});
  EXPECT_ERROR(
      TapeError, gt::capture({{"x", x}}, [](const gt::Inputs& in) { return in["x"] * in["x"].data<float>()[0]; }),
      "data: elements cannot be read inside a captured step\n  Return the tensor from the step, and read it there.");
  EXPECT_THROW(gt::capture({{"x", x}}, [](const gt::Inputs& in) { return gt::Tensor(1.0).add_(gt::sum(in["x"])); }),
               gt::TapeError);
}

}  // namespace
