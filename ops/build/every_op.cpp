// Every op of a table, on every example: float32 against float64, gradients and second derivatives against differences,
// jvp against the Jacobian, strided inputs and the user's own memory against dense ones, replays against new runs. Compiled for each op
// table. With GT_TEST_DEVICE=cuda all of it is done there, and compared with the CPU.
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

#include <gtest/gtest.h>

#include <gradtape/gradtape.h>
#include <gradtape/ops/table.h>

namespace gt = gradtape;

std::span<const gt::OpEntry> GT_TABLE();

namespace {

const gt::Device cpu = gt::Device::cpu();
gt::Device device() {
  const char* name = std::getenv("GT_TEST_DEVICE");
  return name && name == std::string("cuda") ? gt::Device::cuda() : cpu;
}

class EveryOp : public testing::Test {
 protected:
  void SetUp() override {
    if (device() != cpu && !gt::cuda::is_available()) GTEST_SKIP() << "no CUDA device: none is there, or this build has no CUDA";
  }
};

// Numbers from an irrational walk over the range: the same each run, and no two alike, so that no kink is met by chance.
gt::Tensor draw(const gt::Shape& shape, gt::Range range, int input) {
  gt::Tensor x = gt::empty(shape, {.dtype = gt::float64});
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const double part = std::fmod(0.137 + 0.6180339887498949 * static_cast<double>(i) + 0.3331 * input, 1.0);
    x.data<double>()[i] = range.low + part * (range.high - range.low);
  }
  return x.to(device());
}
std::vector<gt::Tensor> draw_all(const gt::Example& example, int first = 0) {
  std::vector<gt::Tensor> inputs;
  for (const gt::Shape& shape : example.inputs) inputs.push_back(draw(shape, example.samples, first + static_cast<int>(inputs.size())));
  return inputs;
}

// The same numbers, laid out with the dimensions in reverse order and a gap between elements.
gt::Tensor strided(const gt::Tensor& x) {
  gt::Dims order;
  for (int d = x.dim() - 1; d >= 0; --d) order.push_back(d);
  const gt::Tensor wide = gt::stack({gt::permute(x, order).contiguous(), gt::zeros_like(gt::permute(x, order))}, -1);
  return gt::permute(gt::select(wide, -1, 0), order);
}

// The same numbers in memory of the user's own that ends where a page ends, with pages around it that nobody may touch.
gt::Tensor at_the_edge(const gt::Tensor& x) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t bytes = static_cast<std::size_t>(x.numel()) * gt::size_of(x.dtype()), inner = (bytes + page - 1) / page * page, all = inner + 2 * page;
  auto* pages = static_cast<std::byte*>(mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  std::byte* data = pages + page + inner - bytes;
  EXPECT_TRUE(pages != MAP_FAILED && mprotect(pages + page, inner, PROT_READ | PROT_WRITE) == 0);
  std::memcpy(data, x.contiguous().body()->data, bytes);
  return gt::from_blob(data, x.shape(), {.dtype = x.dtype()}, [=] { munmap(pages, all); });
}

double worst_gap(const gt::Tensor& got, const gt::Tensor& wanted) {
  if (!(got.shape() == wanted.shape())) return INFINITY;
  const auto a = got.to_vector<double>(), b = wanted.to_vector<double>();
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || std::isnan(b[i])) continue;
    const double gap = std::abs(a[i] - b[i]) / std::max(1.0, std::abs(b[i]));
    worst = std::max(worst, std::isnan(gap) ? INFINITY : gap);
  }
  return worst;
}

struct Case {
  std::string op, family;
  gt::Example example;
};
std::vector<Case> cases() {
  std::vector<Case> all;
  for (const gt::OpEntry& entry : GT_TABLE())
    for (gt::Example& example : entry.examples()) all.push_back({entry.name, entry.family, std::move(example)});
  return all;
}
#define EACH_CASE(c)                                          \
  for (const Case& c : cases())                               \
    if (SCOPED_TRACE(c.op + ": " + c.example.text); true)

TEST_F(EveryOp, Float32AgreesWithFloat64) {
  EACH_CASE(c) {
    const auto x = draw_all(c.example);
    std::vector<gt::Tensor> narrow, rounded;
    for (const auto& t : x) {
      narrow.push_back(t.to(gt::float32));
      rounded.push_back(narrow.back().to(gt::float64));
    }
    const gt::Tensor got = c.example.call(narrow), wanted = c.example.call(rounded);
    EXPECT_LE(worst_gap(got, wanted), 5e-6);
    if (gt::is_floating(got.dtype()) && !x.empty()) EXPECT_EQ(got.dtype(), gt::float32);
  }
}

TEST_F(EveryOp, NumbersOf16BitsAreComputedInFloat32) {
  for (const auto& [type, tolerance] : {std::pair{gt::float16, 4e-3}, std::pair{gt::bfloat16, 3e-2}})
    EACH_CASE(c) {
      std::vector<gt::Tensor> halves, singles;
      for (const auto& t : draw_all(c.example)) {
        halves.push_back(t.to(type).requires_grad_());
        singles.push_back(t.to(type).to(gt::float32).requires_grad_());
      }
      gt::Tape tape;
      const gt::Tensor got = c.example.call(halves), wanted = c.example.call(singles);
      EXPECT_LE(worst_gap(got, wanted), tolerance);
      if (!c.example.differentiable || halves.empty()) continue;
      const auto slopes = gt::grad(std::vector{got}, halves, {.allow_unused = true, .seeds = {gt::ones_like(got)}});
      const auto others = gt::grad(std::vector{wanted}, singles, {.allow_unused = true, .seeds = {gt::ones_like(wanted)}});
      for (std::size_t i = 0; i < slopes.size(); ++i) {
        ASSERT_EQ(slopes[i].defined(), others[i].defined());
        if (!slopes[i].defined()) continue;
        EXPECT_EQ(slopes[i].dtype(), type);
        EXPECT_LE(worst_gap(slopes[i], others[i]), 4 * tolerance);
      }
    }
}

TEST_F(EveryOp, GradientsAgreeWithDifferences) {
  EACH_CASE(c) {
    if (!c.example.differentiable) continue;
    const auto report = gt::gradcheck(c.example.call, draw_all(c.example));
    EXPECT_TRUE(report.ok) << report.text;
  }
}

TEST_F(EveryOp, SecondDerivativesAgreeWithDifferences) {
  EACH_CASE(c) {
    if (!c.example.differentiable) continue;
    const auto report = gt::gradgradcheck(c.example.call, draw_all(c.example));
    EXPECT_TRUE(report.ok) << report.text;
  }
}

// The gradients of y, weighted, on the tape or by the loops; undefined where there are none.
std::vector<gt::Tensor> gradients_of(const gt::Tensor& y, const std::vector<gt::Tensor>& x, bool recorded) {
  if (!y.requires_grad()) return std::vector<gt::Tensor>(x.size());
  const gt::Tensor weights = gt::cos(y.detach());
  return gt::grad(std::vector{y}, x,
                  {.create_graph = recorded, .retain_graph = true, .allow_unused = true, .seeds = {weights}});
}

// All derivatives of an example by its inputs but one, through each way that they are asked for: the value, gradients
// by the loops and recorded, second derivatives, a product with the Jacobian and one with the Hessian.
std::vector<gt::Tensor> derivatives_of(const gt::Example& example, std::vector<gt::Tensor> x, std::size_t held) {
  auto without_held = [=](std::vector<gt::Tensor> all) {
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(held));
    return all;
  };
  std::vector<gt::Tensor> tangents;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i != held) x[i] = x[i].detach().requires_grad_();
    tangents.push_back(draw(x[i].shape(), gt::between(-1, 1), 7));
  }
  const auto at = without_held(x);
  const gt::Function call = [&](std::vector<gt::Tensor> given) {
    given.insert(given.begin() + static_cast<std::ptrdiff_t>(held), x[held]);
    return example.call(given);
  };
  std::vector<gt::Tensor> all;
  {
    gt::Tape tape;
    auto append_gradients = [&](const gt::Tensor& y, bool recorded) {
      auto gradients = gradients_of(y, at, recorded);
      for (auto& g : gradients) all.push_back(g.defined() ? g.detach() : gt::Tensor());
      return gradients;
    };
    const gt::Tensor y = call(at);
    all.push_back(y.detach());
    append_gradients(y, false);
    for (const auto& g : append_gradients(y, true)) {
      append_gradients(g.defined() ? g : y.detach(), false);
      append_gradients(g.defined() ? g : y.detach(), true);
    }
  }
  std::vector<gt::Tensor> leaves;
  for (const auto& t : at) leaves.push_back(t.detach());
  all.push_back(gt::jvp(call, leaves, without_held(tangents)).product);
  const gt::Function total = [&](const std::vector<gt::Tensor>& given) { return gt::sum(call(given)); };
  for (auto& product : gt::hvp(total, leaves, without_held(tangents))) all.push_back(std::move(product));
  return all;
}
void expect_near(const std::vector<gt::Tensor>& got, const std::vector<gt::Tensor>& wanted, double tolerance) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].defined(), wanted[i].defined()) << i;
    if (!got[i].defined()) continue;
    EXPECT_EQ(got[i].dtype(), wanted[i].dtype()) << i;
    EXPECT_LE(worst_gap(got[i], wanted[i]), tolerance) << i << ":\n" << got[i] << "\nwanted:\n" << wanted[i];
  }
}

TEST_F(EveryOp, ARecordedSlopeIsThatOfTheLoops) {
  EACH_CASE(c) {
    if (!c.example.differentiable) continue;
    gt::Tape tape;
    std::vector<gt::Tensor> x;
    for (auto& t : draw_all(c.example)) x.push_back(t.requires_grad_());
    auto both_agree = [&](const gt::Tensor& y) {
      auto recorded = gradients_of(y, x, true);
      expect_near(recorded, gradients_of(y, x, false), 1e-12);
      return recorded;
    };
    const gt::Tensor y = c.example.call(x);
    if (!y.requires_grad()) continue;
    for (const auto& g : both_agree(y))
      if (g.defined() && g.requires_grad()) both_agree(g);
  }
}

TEST_F(EveryOp, ANumberDecidesNeitherTypeNorPrecisionNorDevice) {
  EACH_CASE(c) {
    if (c.family != "pointwise" || !c.example.differentiable) continue;
    const auto x = draw_all(c.example);
    for (std::size_t i = 0; x.size() > 1 && i < x.size(); ++i)
      for (const bool whole : {false, true}) {
        const auto [low, high] = c.example.samples;
        const double value = whole ? std::floor(high) : low + 0.7 * (high - low);
        auto with_number = x, with_tensor = x;
        const gt::Operand number(value), integer(static_cast<std::int64_t>(value));
        with_number[i] = whole ? integer.tensor : number.tensor;
        with_tensor[i] = gt::full({}, value, {.dtype = gt::float64, .device = device()});
        SCOPED_TRACE(std::to_string(value) + " as input " + std::to_string(i));
        expect_near(derivatives_of(c.example, with_number, i), derivatives_of(c.example, with_tensor, i), 1e-12);
      }
  }
}

TEST_F(EveryOp, ASlopeIsComputedInTheTypeOfTheResult) {
  EACH_CASE(c) {
    if (c.family != "pointwise" || !c.example.differentiable) continue;
    const auto x = draw_all(c.example);
    for (std::size_t i = 0; x.size() > 1 && i < x.size(); ++i)
      for (const gt::DType type : {gt::float32, gt::float16, gt::bfloat16, gt::int64, gt::boolean}) {
        auto mixed = x, wide = x;
        mixed[i] = x[i].to(type);
        wide[i] = mixed[i].to(gt::float64);
        if (c.example.call(mixed).dtype() != gt::float64) continue;  // numbers with dimensions decide
        SCOPED_TRACE(std::string(gt::name_of(type)) + " as input " + std::to_string(i));
        expect_near(derivatives_of(c.example, mixed, i), derivatives_of(c.example, wide, i), 1e-12);
      }
  }
}

TEST_F(EveryOp, MixedSecondDerivativesAgreeAtKinks) {
  const double points[] = {-1, 0, 0.5, 1, 2};
  std::string last;
  EACH_CASE(c) {
    if (c.family != "pointwise" || !c.example.differentiable || std::exchange(last, c.op) == c.op) continue;
    const std::size_t inputs = c.example.inputs.size();
    const auto count = static_cast<std::int64_t>(std::pow(std::size(points), inputs));
    gt::Tape tape;
    std::vector<gt::Tensor> x, slopes;
    for (std::int64_t every = 1; every < count; every *= std::ssize(points)) {
      std::vector<double> walk;
      for (std::int64_t i = 0; i < count; ++i) walk.push_back(points[i / every % std::ssize(points)]);
      x.push_back(gt::tensor(walk, {count}).to(device()).requires_grad_());
    }
    const gt::Tensor y = c.example.call(x);
    for (const auto& at : x) slopes.push_back(gt::grad(gt::sum(y), at, {.create_graph = true, .retain_graph = true}));
    auto second = [&](std::size_t i, std::size_t j) {
      gt::Tensor mixed;
      if (slopes[i].requires_grad())
        mixed = gt::grad(gt::sum(slopes[i]), x[j], {.retain_graph = true, .allow_unused = true});
      return (mixed.defined() ? mixed : gt::zeros_like(x[j])).to_vector<double>();
    };
    for (std::size_t j = 0; j < inputs; ++j)
      for (std::size_t i = 0; i < j; ++i) {
        const auto one = second(i, j), other = second(j, i);
        for (std::size_t k = 0; k < one.size(); ++k) {
          const bool told = !std::isnan(one[k]) && !std::isnan(other[k]);
          if (told && one[k] != other[k]) EXPECT_NEAR(one[k], other[k], 1e-12) << i << " and " << j << " at " << k;
        }
      }
  }
}

TEST_F(EveryOp, JvpAgreesWithDifferences) {
  EACH_CASE(c) {
    if (!c.example.differentiable) continue;
    const auto x = draw_all(c.example);
    std::vector<gt::Tensor> tangents, up, down;
    const double h = 1e-5;
    for (const auto& t : x) {
      tangents.push_back(draw(t.shape(), gt::between(-1, 1), 7));
      up.push_back(t + h * tangents.back());
      down.push_back(t - h * tangents.back());
    }
    const auto got = gt::jvp(c.example.call, x, tangents);
    EXPECT_LE(worst_gap(got.product, (c.example.call(up) - c.example.call(down)) / (2 * h)), 1e-6);
    EXPECT_LE(worst_gap(got.value, c.example.call(x)), 0);
  }
}

// The values and gradients of an example do not depend on how its inputs lie, nor where.
void expect_the_same(const gt::Example& example, const std::vector<gt::Tensor>& x, gt::Tensor (*lay_out)(const gt::Tensor&), double tolerance) {
  std::vector<gt::Tensor> laid_out;
  for (const auto& t : x) laid_out.push_back(lay_out(t));
  EXPECT_LE(worst_gap(example.call(laid_out), example.call(x)), tolerance);
  if (!example.differentiable) return;
  auto gradients = [&](std::vector<gt::Tensor> inputs) {
    gt::Tape tape;
    for (auto& t : inputs) t = t.detach().requires_grad_();
    const gt::Tensor y = example.call(inputs);
    if (!y.requires_grad()) return inputs;
    return gt::grad(std::vector{y}, inputs, {.allow_unused = true, .seeds = {draw(y.shape(), gt::between(-1, 1), 3).to(y.dtype()).to(y.device())}});
  };
  const auto got = gradients(laid_out), wanted = gradients(x);
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].defined(), wanted[i].defined());
    if (got[i].defined()) EXPECT_LE(worst_gap(got[i], wanted[i]), tolerance);
  }
}

// In float64 and in float32.
void expect_the_same_in_both_types(const gt::Example& example, gt::Tensor (*lay_out)(const gt::Tensor&), double single) {
  std::vector<gt::Tensor> narrow;
  for (const auto& t : draw_all(example)) narrow.push_back(t.to(gt::float32));
  expect_the_same(example, draw_all(example), lay_out, 1e-14);
  expect_the_same(example, narrow, lay_out, single);
}

TEST_F(EveryOp, StridedInputsGiveTheSame) {
  EACH_CASE(c) expect_the_same(c.example, draw_all(c.example), strided, 1e-14);
}

TEST_F(EveryOp, TheDeviceAgreesWithTheCpu) {
  if (device() == cpu) GTEST_SKIP() << "the device is the CPU";
  auto to_cpu = [](const gt::Tensor& x) { return x.to(cpu); };
  EACH_CASE(c) expect_the_same_in_both_types(c.example, to_cpu, 2e-6);
}

TEST_F(EveryOp, TheUsersOwnMemoryIsReadToItsEndAndNoFurther) {
  if (device() != cpu) GTEST_SKIP() << "the user's own memory is the CPU's";
  EACH_CASE(c) expect_the_same_in_both_types(c.example, at_the_edge, 1e-6);
}

// All that an op gives: the value, and its inputs' gradients and second derivatives where there are any.
std::vector<gt::Tensor> all_of(const gt::Example& example, const std::vector<gt::Tensor>& inputs) {
  gt::Tape tape;
  std::vector<gt::Tensor> x;
  for (const auto& t : inputs) x.push_back(example.differentiable ? t.detach().requires_grad_() : t);
  const gt::Tensor y = example.call(x);
  std::vector<gt::Tensor> all{y.detach()};
  auto append_gradients = [&](const gt::Tensor& of, bool again) {
    std::vector<gt::Tensor> gradients;
    if (of.requires_grad())
      gradients = gt::grad(std::vector{of}, x, {.create_graph = again, .retain_graph = true, .allow_unused = true, .seeds = {gt::cos(of.detach())}});
    std::erase_if(gradients, [](const gt::Tensor& g) { return !g.defined(); });
    for (const auto& g : gradients) all.push_back(g.detach());
    return gradients;
  };
  append_gradients(y, false);
  for (const auto& g : append_gradients(y, true)) append_gradients(g, false);
  return all;
}

std::vector<std::byte> bits_of(const gt::Tensor& x) {
  const gt::Tensor dense = x.contiguous();
  return {dense.body()->data, dense.body()->data + static_cast<std::size_t>(dense.numel()) * gt::size_of(dense.dtype())};
}

// A captured op, run again on other numbers, gives the bits that a new run gives; and once more on the first ones.
void expect_replay(const gt::Example& example, gt::DType type, gt::Tensor (*lay_out)(const gt::Tensor&)) {
  auto bound = [&](int first) {
    std::vector<gt::Bound> inputs;
    for (const auto& x : draw_all(example, first)) inputs.push_back({std::to_string(inputs.size()), x.to(type)});
    return inputs;
  };
  auto step = [&](const gt::Inputs& in) {
    std::vector<gt::Tensor> x;
    for (const gt::Bound& input : in.all()) x.push_back(lay_out(input.tensor));
    return all_of(example, x);
  };
  std::vector<gt::Tensor> got;
  gt::Program program = gt::capture(bound(0), [&](const gt::Inputs& in) {
    got = step(in);
    return got[0];
  });
  for (const int first : {10, 0}) {
    program(bound(first));
    const auto wanted = step(gt::Inputs(bound(first)));
    ASSERT_EQ(got.size(), wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i)
      EXPECT_TRUE(bits_of(got[i]) == bits_of(wanted[i])) << "result " << i << " of the replay:\n" << got[i] << "\nwanted:\n" << wanted[i];
  }
}

TEST_F(EveryOp, ACapturedStepGivesTheBitsOfANewRun) {
  if (device() != cpu) GTEST_SKIP() << "examples bring tensors to the device, which a captured step does not";
  auto as_it_lies = [](const gt::Tensor& x) { return x; };
  EACH_CASE(c) {
    for (const auto type : {gt::float64, gt::float32, gt::bfloat16}) expect_replay(c.example, type, as_it_lies);
    expect_replay(c.example, gt::float32, strided);
  }
}

TEST_F(EveryOp, GradientsHaveTheShapeAndTypeOfTheirInputs) {
  EACH_CASE(c) {
    if (!c.example.differentiable) continue;
    gt::Tape tape;
    std::vector<gt::Tensor> x;
    for (const auto& t : draw_all(c.example)) x.push_back(t.to(gt::float32).requires_grad_());
    const gt::Tensor y = c.example.call(x);
    const auto gradients = gt::grad(std::vector{y}, x, {.allow_unused = true, .seeds = {gt::ones_like(y)}});
    for (std::size_t i = 0; i < x.size(); ++i)
      if (gradients[i].defined()) {
        EXPECT_EQ(gradients[i].shape(), x[i].shape());
        EXPECT_EQ(gradients[i].dtype(), gt::float32);
      }
  }
}

TEST_F(EveryOp, HasAName) {
  for (const gt::OpEntry& entry : GT_TABLE()) {
    EXPECT_NE(std::string(entry.name), "");
    EXPECT_FALSE(entry.examples().empty()) << entry.name;
  }
}

}  // namespace
