// Every op of a table, on every example: float32 against float64, gradients and second derivatives against differences,
// jvp against the Jacobian, strided inputs and the user's own memory against dense ones, replays against new runs.
// Compiled for each op table. With GT_TEST_DEVICE=cuda all of it is done there, and compared with the CPU.
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iomanip>
#include <set>
#include <sstream>
#include <stdexcept>

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
    if (device() != cpu && !gt::cuda::is_available())
      GTEST_SKIP() << "no CUDA device: none is there, or this build has no CUDA";
  }
};

// Numbers from an irrational walk over the range: the same each run, and no two alike, so that no kink is met by
// chance.
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
  for (const gt::Shape& shape : example.inputs)
    inputs.push_back(draw(shape, example.samples, first + static_cast<int>(inputs.size())));
  return inputs;
}

std::vector<gt::Tensor> converted(std::vector<gt::Tensor> all, gt::DType type) {
  for (gt::Tensor& x : all) x = x.to(type);
  return all;
}
std::vector<gt::Tensor> leaves_of(std::vector<gt::Tensor> all) {
  for (gt::Tensor& x : all) x = x.detach().requires_grad_();
  return all;
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
  const std::size_t bytes = static_cast<std::size_t>(x.numel()) * gt::size_of(x.dtype()),
                    inner = (bytes + page - 1) / page * page, all = inner + 2 * page;
  auto* pages = static_cast<std::byte*>(mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  std::byte* data = pages + page + inner - bytes;
  EXPECT_TRUE(pages != MAP_FAILED && mprotect(pages + page, inner, PROT_READ | PROT_WRITE) == 0);
  std::memcpy(data, x.contiguous().tensor_data()->data, bytes);
  return gt::from_blob(data, x.shape(), {.dtype = x.dtype()}, [=] { munmap(pages, all); });
}

// What is wrong with an op is thrown: it ends the op's checks, so that one fault is reported once.
void require(bool holds, const std::string& otherwise) {
  if (!holds) throw std::runtime_error(otherwise);
}

// Relative above 1, absolute below. Two NaN agree; one beside a number does not.
double gap_of(double got, double wanted) {
  if (got == wanted || (std::isnan(got) && std::isnan(wanted))) return 0;
  const double gap = std::abs(got - wanted) / std::max(1.0, std::abs(wanted));
  return std::isnan(gap) ? INFINITY : gap;
}
std::string in_full(double x) {
  std::ostringstream text;
  text << std::setprecision(17) << x;
  return std::isnan(x) ? "nan" : text.str();  // of either sign
}
void require_near(const std::string& what, const gt::Tensor& got, const gt::Tensor& wanted, double tolerance) {
  require(got.shape() == wanted.shape(),
          what + ": has shape " + gt::to_string(got.shape()) + ", wanted " + gt::to_string(wanted.shape()));
  const auto a = got.to_vector<double>(), b = wanted.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (gap_of(a[i], b[i]) <= tolerance) continue;
    std::ostringstream text;
    text << what << ": element " << i << " is " << in_full(a[i]) << ", wanted " << in_full(b[i]) << " within "
         << tolerance;
    throw std::runtime_error(text.str());
  }
}
void require_alike(const std::string& what, const gt::Tensor& got, const gt::Tensor& wanted, double tolerance) {
  require(got.defined() == wanted.defined(),
          what + (got.defined() ? ": there is one, none was wanted" : ": there is none"));
  if (got.defined()) require_near(what, got, wanted, tolerance);
}

// Every example of every op, or of a family's. An op with a fault is left out from then on, here and in later tests.
void each_example(const std::function<void(const gt::Example&)>& check, const std::string& family = "") {
  static std::set<const gt::OpEntry*> faulty;
  for (const gt::OpEntry& op : GT_TABLE()) {
    if (!op.examples || faulty.contains(&op) || (!family.empty() && family != op.family)) continue;
    std::string text = "its examples";
    try {
      const auto examples = op.examples();
      require(!examples.empty(), "there are none");
      for (const gt::Example& example : examples) {
        text = example.text;
        check(example);
      }
    } catch (const std::exception& fault) {
      faulty.insert(&op);
      ADD_FAILURE() << op.name << ": " << text << ": " << fault.what() << "\nThis op is tried no further.";
    }
  }
}

void each_differentiable(const std::function<void(const gt::Example&)>& check, const std::string& family = "") {
  auto check_if_it_is = [&](const gt::Example& example) {
    if (example.differentiable) check(example);
  };
  each_example(check_if_it_is, family);
}
// Calls check(example, i) for each input of those that have several.
void each_input(const std::function<void(const gt::Example&, std::size_t)>& check) {
  auto check_all = [&](const gt::Example& example) {
    for (std::size_t i = 0; example.inputs.size() > 1 && i < example.inputs.size(); ++i) check(example, i);
  };
  each_differentiable(check_all, "pointwise");
}

// The gradients of y from a seed, on the tape or by the loops; undefined where there are none.
std::vector<gt::Tensor> gradients_of(const gt::Tensor& y, const std::vector<gt::Tensor>& x, bool recorded,
                                     const gt::Tensor& seed) {
  if (!y.requires_grad()) return std::vector<gt::Tensor>(x.size());
  return gt::grad(std::vector{y}, x,
                  {.create_graph = recorded, .retain_graph = true, .allow_unused = true, .seeds = {seed}});
}
// The same weighted, so that no symmetry makes them vanish.
std::vector<gt::Tensor> gradients_of(const gt::Tensor& y, const std::vector<gt::Tensor>& x, bool recorded) {
  return gradients_of(y, x, recorded, gt::cos(y.detach()));
}

TEST_F(EveryOp, Float32AgreesWithFloat64) {
  each_example([](const gt::Example& example) {
    const auto narrow = converted(draw_all(example), gt::float32);
    const gt::Tensor got = example.call(narrow), wanted = example.call(converted(narrow, gt::float64));
    require_near("in float32", got, wanted, 5e-6);
    require(!gt::is_floating(got.dtype()) || narrow.empty() || got.dtype() == gt::float32,
            "of float32 it gives another floating type");
  });
}

TEST_F(EveryOp, NumbersOf16BitsAreComputedInFloat32) {
  each_example([](const gt::Example& example) {
    for (const auto& [type, tolerance] : {std::pair{gt::float16, 4e-3}, std::pair{gt::bfloat16, 3e-2}}) {
      const auto halves = leaves_of(converted(draw_all(example), type)),
                 singles = leaves_of(converted(halves, gt::float32));
      gt::Tape tape;
      const gt::Tensor got = example.call(halves), wanted = example.call(singles);
      require_near("in 16 bits", got, wanted, tolerance);
      if (!example.differentiable) continue;
      const auto slopes = gradients_of(got, halves, false, gt::ones_like(got)),
                 others = gradients_of(wanted, singles, false, gt::ones_like(wanted));
      for (std::size_t i = 0; i < slopes.size(); ++i) {
        require_alike("gradient " + std::to_string(i) + " in 16 bits", slopes[i], others[i], 4 * tolerance);
        require(!slopes[i].defined() || slopes[i].dtype() == type,
                "a gradient in 16 bits has another type than its input");
      }
    }
  });
}

TEST_F(EveryOp, GradientsAgreeWithDifferences) {
  each_differentiable([](const gt::Example& example) {
    const auto report = gt::gradcheck(example.call, draw_all(example));
    require(report.ok, report.text);
  });
}

TEST_F(EveryOp, SecondDerivativesAgreeWithDifferences) {
  each_differentiable([](const gt::Example& example) {
    const auto report = gt::gradgradcheck(example.call, draw_all(example));
    require(report.ok, report.text);
  });
}

// What a call gives, its gradients and its second derivatives, each by the loops and recorded.
std::vector<gt::Tensor> values_and_slopes(const gt::Function& call, const std::vector<gt::Tensor>& x) {
  gt::Tape tape;
  std::vector<gt::Tensor> all;
  auto append_gradients = [&](const gt::Tensor& y, bool recorded) {
    auto gradients = y.defined() ? gradients_of(y, x, recorded) : std::vector<gt::Tensor>(x.size());
    for (auto& g : gradients) all.push_back(g.defined() ? g.detach() : gt::Tensor());
    return gradients;
  };
  const gt::Tensor y = call(x);
  all.push_back(y.detach());
  append_gradients(y, false);
  for (const auto& g : append_gradients(y, true))
    for (const bool recorded : {false, true}) append_gradients(g, recorded);
  return all;
}

// All derivatives of an example by its inputs but one, through each way that they are asked for: those, a product with
// the Jacobian and one with the Hessian.
std::vector<gt::Tensor> derivatives_of(const gt::Example& example, const std::vector<gt::Tensor>& x, std::size_t held) {
  auto without_held = [=](std::vector<gt::Tensor> all) {
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(held));
    return all;
  };
  std::vector<gt::Tensor> tangents;
  for (const auto& t : x) tangents.push_back(draw(t.shape(), gt::between(-1, 1), 7));
  const gt::Function call = [&](std::vector<gt::Tensor> given) {
    given.insert(given.begin() + static_cast<std::ptrdiff_t>(held), x[held]);
    return example.call(given);
  };
  const auto at = without_held(x);
  auto all = values_and_slopes(call, leaves_of(at));
  all.push_back(gt::jvp(call, at, without_held(tangents)).product);
  const gt::Function total = [&](const std::vector<gt::Tensor>& given) { return gt::sum(call(given)); };
  for (auto& product : gt::hvp(total, at, without_held(tangents))) all.push_back(std::move(product));
  return all;
}
void require_all_near(const std::string& what, const std::vector<gt::Tensor>& got,
                      const std::vector<gt::Tensor>& wanted) {
  require(got.size() == wanted.size(), what + ": not as many derivatives");
  for (std::size_t i = 0; i < got.size(); ++i) {
    const std::string which = what + ", derivative " + std::to_string(i);
    require_alike(which, got[i], wanted[i], 1e-12);
    if (got[i].defined()) require(got[i].dtype() == wanted[i].dtype(), which + " is " + gt::name_of(got[i].dtype()));
  }
}

TEST_F(EveryOp, ARecordedSlopeIsThatOfTheLoops) {
  each_differentiable([](const gt::Example& example) {
    gt::Tape tape;
    const auto x = leaves_of(draw_all(example));
    auto both_agree = [&](const gt::Tensor& y) {
      auto recorded = gradients_of(y, x, true);
      require_all_near("recorded", recorded, gradients_of(y, x, false));
      return recorded;
    };
    for (const auto& g : both_agree(example.call(x)))
      if (g.defined()) both_agree(g);
  });
}

void require_number_decides_nothing(const gt::Example& example, std::size_t input, bool whole) {
  const auto [low, high] = example.samples;
  const double value = whole ? std::floor(high) : low + 0.7 * (high - low);
  const auto x = draw_all(example);
  auto with_number = x, with_tensor = x;
  const gt::Operand number(value), integer(static_cast<std::int64_t>(value));
  with_number[input] = whole ? integer.tensor : number.tensor;
  with_tensor[input] = gt::full({}, value, {.dtype = gt::float64, .device = device()});
  require_all_near(in_full(value) + " as input " + std::to_string(input), derivatives_of(example, with_number, input),
                   derivatives_of(example, with_tensor, input));
}
TEST_F(EveryOp, ANumberDecidesNeitherTypeNorPrecisionNorDevice) {
  each_input([](const gt::Example& example, std::size_t input) {
    for (const bool whole : {false, true}) require_number_decides_nothing(example, input, whole);
  });
}

void require_slopes_of_the_results_type(const gt::Example& example, std::size_t input, gt::DType type) {
  auto mixed = draw_all(example), wide = mixed;
  mixed[input] = mixed[input].to(type);
  wide[input] = mixed[input].to(gt::float64);
  if (example.call(mixed).dtype() != gt::float64) return;  // numbers with dimensions decide
  require_all_near(std::string(gt::name_of(type)) + " as input " + std::to_string(input),
                   derivatives_of(example, mixed, input), derivatives_of(example, wide, input));
}
TEST_F(EveryOp, ASlopeIsComputedInTheTypeOfTheResult) {
  each_input([](const gt::Example& example, std::size_t input) {
    for (const gt::DType type : {gt::float32, gt::float16, gt::bfloat16, gt::int64, gt::boolean})
      require_slopes_of_the_results_type(example, input, type);
  });
}

// Every pair of kinks and what lies between them, for two or three inputs.
std::vector<gt::Tensor> at_kinks(std::size_t inputs) {
  const double points[] = {-1, 0, 0.5, 1, 2};
  const auto count = static_cast<std::int64_t>(std::pow(std::size(points), inputs));
  std::vector<gt::Tensor> x;
  for (std::int64_t every = 1; every < count; every *= std::ssize(points)) {
    std::vector<double> walk;
    for (std::int64_t i = 0; i < count; ++i) walk.push_back(points[i / every % std::ssize(points)]);
    x.push_back(gt::tensor(walk, {count}).to(device()).requires_grad_());
  }
  return x;
}
TEST_F(EveryOp, MixedSecondDerivativesAgreeAtKinks) {
  each_differentiable(
      [](const gt::Example& example) {
        if (example.inputs[0].rank() > 0) return;  // one example an op
        gt::Tape tape;
        const auto x = at_kinks(example.inputs.size());
        const gt::Tensor y = example.call(x);
        std::vector<gt::Tensor> slopes;
        for (const auto& at : x)
          slopes.push_back(gt::grad(gt::sum(y), at, {.create_graph = true, .retain_graph = true}));
        auto second = [&](std::size_t i, std::size_t j) {
          gt::Tensor mixed;
          if (slopes[i].requires_grad())
            mixed = gt::grad(gt::sum(slopes[i]), x[j], {.retain_graph = true, .allow_unused = true});
          return (mixed.defined() ? mixed : gt::zeros_like(x[j])).to_vector<double>();
        };
        for (std::size_t j = 0; j < x.size(); ++j)
          for (std::size_t i = 0; i < j; ++i) {
            const auto one = second(i, j), other = second(j, i);
            for (std::size_t k = 0; k < one.size(); ++k)
              require(std::isnan(one[k]) || std::isnan(other[k]) || gap_of(one[k], other[k]) <= 1e-12,
                      "mixed second derivatives of inputs " + std::to_string(i) + " and " + std::to_string(j) +
                          " at kinks " + std::to_string(k) + " are " + in_full(one[k]) + " and " + in_full(other[k]));
          }
      },
      "pointwise");
}

TEST_F(EveryOp, JvpAgreesWithDifferences) {
  each_differentiable([](const gt::Example& example) {
    const auto x = draw_all(example);
    std::vector<gt::Tensor> tangents, up, down;
    const double h = 1e-5;
    for (const auto& t : x) {
      tangents.push_back(draw(t.shape(), gt::between(-1, 1), 7));
      up.push_back(t + h * tangents.back());
      down.push_back(t - h * tangents.back());
    }
    const auto got = gt::jvp(example.call, x, tangents);
    const gt::Tensor value = example.call(x), difference = (example.call(up) - example.call(down)) / (2 * h);
    require_near("the value beside jvp", got.value, value, 0);
    // A value that is not finite has no differences.
    require_near("jvp", got.product, gt::where(value - value == 0, difference, got.product), 1e-6);
  });
}

// Gradients in many directions of their own, [3, *shape]: random ones, none, and ones.
gt::Tensor directions_for(const gt::Tensor& y, int seed) {
  return gt::stack({draw(y.shape(), gt::between(-1, 1), seed), gt::zeros_like(y.detach()), gt::ones_like(y.detach())});
}
void require_directions_as_each_alone(const gt::Tensor& y, const std::vector<gt::Tensor>& x, bool recorded) {
  const gt::Tensor seeds = directions_for(y, 5);
  const auto all = gradients_of(y, x, recorded, seeds);
  for (std::int64_t i = 0; i < seeds.size(0); ++i) {
    const auto alone = gradients_of(y, x, recorded, gt::select(seeds, 0, i));
    for (std::size_t k = 0; k < x.size(); ++k) {
      const std::string what = "gradient " + std::to_string(k) + " in direction " + std::to_string(i);
      require(all[k].defined() == alone[k].defined(), what + ": there is one alone, or together, not both");
      if (all[k].defined()) require_near(what, gt::select(all[k], 0, i), alone[k], 1e-12);
    }
  }
}

TEST_F(EveryOp, ManyDirectionsGiveWhatEachGivesAlone) {
  each_differentiable([](const gt::Example& example) {
    gt::Tape tape;
    const auto x = leaves_of(draw_all(example));
    const gt::Tensor y = example.call(x);
    for (const bool recorded : {false, true}) require_directions_as_each_alone(y, x, recorded);
    // And of the gradients, through all that the first walk recorded.
    for (const gt::Tensor& g : gradients_of(y, x, true))
      if (g.defined() && g.requires_grad()) require_directions_as_each_alone(g, x, false);
  });
}

// The values and gradients of an example do not depend on how its inputs lie, nor where.
void require_the_same(const gt::Example& example, const std::vector<gt::Tensor>& x,
                      gt::Tensor (*lay_out)(const gt::Tensor&), double tolerance) {
  std::vector<gt::Tensor> laid_out;
  for (const auto& t : x) laid_out.push_back(lay_out(t));
  require_near("laid out otherwise", example.call(laid_out), example.call(x), tolerance);
  if (!example.differentiable) return;
  auto gradients = [&](const std::vector<gt::Tensor>& inputs) {
    gt::Tape tape;
    const auto leaves = leaves_of(inputs);
    const gt::Tensor y = example.call(leaves), seed = draw(y.shape(), gt::between(-1, 1), 3);
    return gradients_of(y, leaves, false, seed.to(y.dtype()).to(y.device()));
  };
  const auto got = gradients(laid_out), wanted = gradients(x);
  for (std::size_t i = 0; i < got.size(); ++i)
    require_alike("gradient " + std::to_string(i) + ", laid out otherwise", got[i], wanted[i], tolerance);
}

// In float64 and in float32.
void require_the_same_in_both_types(const gt::Example& example, gt::Tensor (*lay_out)(const gt::Tensor&),
                                    double single) {
  require_the_same(example, draw_all(example), lay_out, 1e-14);
  require_the_same(example, converted(draw_all(example), gt::float32), lay_out, single);
}

TEST_F(EveryOp, StridedInputsGiveTheSame) {
  each_example([](const gt::Example& example) { require_the_same(example, draw_all(example), strided, 1e-14); });
}

TEST_F(EveryOp, TheDeviceAgreesWithTheCpu) {
  if (device() == cpu) GTEST_SKIP() << "the device is the CPU";
  auto to_cpu = [](const gt::Tensor& x) { return x.to(cpu); };
  each_example([&](const gt::Example& example) { require_the_same_in_both_types(example, to_cpu, 2e-6); });
}

TEST_F(EveryOp, TheUsersOwnMemoryIsReadToItsEndAndNoFurther) {
  if (device() != cpu) GTEST_SKIP() << "the user's own memory is the CPU's";
  each_example([](const gt::Example& example) { require_the_same_in_both_types(example, at_the_edge, 1e-6); });
}

std::vector<std::byte> bits_of(const gt::Tensor& x) {
  if (!x.defined()) return {};
  const gt::Tensor dense = x.contiguous();
  return {dense.tensor_data()->data,
          dense.tensor_data()->data + static_cast<std::size_t>(dense.numel()) * gt::size_of(dense.dtype())};
}

// A captured op, run again on other numbers, gives the bits that a new run gives; and once more on the first ones.
void require_replay(const gt::Example& example, gt::DType type, gt::Tensor (*lay_out)(const gt::Tensor&)) {
  auto bound = [&](int first) {
    std::vector<gt::NamedTensor> inputs;
    for (const auto& x : draw_all(example, first)) inputs.push_back({std::to_string(inputs.size()), x.to(type)});
    return inputs;
  };
  auto step = [&](const gt::Inputs& in) {
    std::vector<gt::Tensor> x;
    for (const gt::NamedTensor& input : in.all()) x.push_back(lay_out(input.tensor));
    return values_and_slopes(example.call, example.differentiable ? leaves_of(x) : x);
  };
  std::vector<gt::Tensor> got;
  gt::Program program = gt::capture(bound(0), [&](const gt::Inputs& in) {
    got = step(in);
    return got[0];
  });
  for (const int first : {10, 0}) {
    program(bound(first));
    const auto wanted = step(gt::Inputs(bound(first)));
    for (std::size_t i = 0; i < got.size(); ++i)
      require(bits_of(got[i]) == bits_of(wanted[i]), "result " + std::to_string(i) + " of the replay:\n" +
                                                         gt::to_string(got[i]) + "\nwanted:\n" +
                                                         gt::to_string(wanted[i]));
  }
}

TEST_F(EveryOp, ACapturedStepGivesTheBitsOfANewRun) {
  if (device() != cpu) GTEST_SKIP() << "examples bring tensors to the device, which a captured step does not";
  auto as_it_lies = [](const gt::Tensor& x) { return x; };
  each_example([&](const gt::Example& example) {
    for (const auto type : {gt::float64, gt::float32, gt::bfloat16}) require_replay(example, type, as_it_lies);
    require_replay(example, gt::float32, strided);
  });
}

TEST_F(EveryOp, GradientsHaveTheShapeAndTypeOfTheirInputs) {
  each_differentiable([](const gt::Example& example) {
    gt::Tape tape;
    const auto x = leaves_of(converted(draw_all(example), gt::float32));
    const gt::Tensor y = example.call(x);
    const auto gradients = gradients_of(y, x, false, gt::ones_like(y));
    for (std::size_t i = 0; i < x.size(); ++i)
      require(!gradients[i].defined() || (gradients[i].shape() == x[i].shape() && gradients[i].dtype() == gt::float32),
              "gradient " + std::to_string(i) + " has another shape or type than its input");
  });
}

TEST_F(EveryOp, HasAName) {
  for (const gt::OpEntry& entry : GT_TABLE()) EXPECT_NE(std::string(entry.name), "");
}

}  // namespace
