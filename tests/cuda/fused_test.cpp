// Neighbouring launches as one kernel, which is compiled while the test runs.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <list>

#include <gradtape/autograd/fused_kernel.h>
#include <gradtape/autograd/graph.h>
#include <gradtape/cuda/device_part.h>
#include <gradtape/cuda/runtime_compiler.h>

#include "tests/cuda/device.h"

namespace {

namespace fs = std::filesystem;

// While it lives, a variable of the environment is another.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (before_) setenv(name_, before_->c_str(), 1);
    else unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

// Keeps the launches that it sees, and what they work on.
class Collector : public gt::Watcher {
 public:
  void see(const gt::Launch& work) override {
    Kept& one = kept_.emplace_back();
    one.settings.resize(work.settings_bytes + 1);
    if (work.settings_bytes) std::memcpy(one.settings.data(), work.settings, work.settings_bytes);
    one.tensors.assign(work.tensors, work.tensors + work.writes + work.reads);
    for (const auto* x : one.tensors) one.held.push_back(gt::tensor_of(x));
    one.work = work;
    one.work.settings = one.settings.data();
    one.work.tensors = one.tensors.data();
    pass_on(work);
  }
  std::vector<const gt::Launch*> launches() const {
    std::vector<const gt::Launch*> all;
    for (const Kept& one : kept_) all.push_back(&one.work);
    return all;
  }
  std::vector<gt::Tensor> written() const {
    std::vector<gt::Tensor> all;
    for (const Kept& one : kept_)
      for (int i = 0; i < one.work.writes; ++i)
        if (one.held[i].defined()) all.push_back(one.held[i]);
    return all;
  }

 private:
  struct Kept {
    gt::Launch work;
    std::vector<std::byte> settings;
    std::vector<const gt::TensorData*> tensors;
    std::vector<gt::Tensor> held;
  };
  std::list<Kept> kept_;
};

using Step = std::function<std::vector<gt::Tensor>()>;

// The step's launches as one kernel: it writes the results, to the bit, and nothing else. How many bytes it moves.
double expect_fused(const Step& step) {
  Collector seen;
  std::vector<gt::Tensor> results, wanted, others;
  {
    const gt::Watching watching(seen);
    results = step();
  }
  const auto is_a_result = [&](const gt::Tensor& x) {
    return std::ranges::any_of(results, [&](const auto& y) { return y.tensor_data()->data == x.tensor_data()->data; });
  };
  for (const auto& y : results) wanted.push_back(y.clone());
  std::vector<const void*> passing;
  for (auto& x : seen.written()) {
    gt::Tensor all = x.detach();
    if (!is_a_result(x)) {
      passing.push_back(x.tensor_data()->data);
      others.push_back(x);
    }
    all.fill_(1);
  }
  EXPECT_GT(seen.launches().size(), 1u);

  std::string why_not;
  const auto kernel = gt::device::fuse(seen.launches(), passing, why_not);
  EXPECT_TRUE(kernel) << why_not;
  if (!kernel) return 0;
  kernel->launch();

  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_THAT(results[i], the_same_as(wanted[i])) << "result " << i;
  for (const auto& x : others) EXPECT_THAT(x, the_same_as(gt::ones_like(x))) << "of what passes by";
  return kernel->bytes();
}

class CudaFused : public Cuda {
 protected:
  void SetUp() override {
    Cuda::SetUp();
    if (IsSkipped()) return;
    fs::remove_all(folder_);
    gt::cuda::forget_compiled();
    compiled_before_ = gt::cuda::compile_count();
  }
  std::int64_t compiles() const { return gt::cuda::compile_count() - compiled_before_; }
  void TearDown() override { fs::remove_all(folder_); }

  const fs::path folder_ = fs::temp_directory_path() / ("gradtape-fused-" + std::to_string(getpid()));
  const Environment cache_{"GT_CACHE_DIR", folder_.string()};
  std::int64_t compiled_before_ = 0;
};

gt::Tensor there(const gt::Shape& shape, int input, gt::DType type = gt::float32) {
  return walk(shape, gt::between(-2, 2), input).to(type).to(cuda);
}
// y, and the gradients of what it is made of.
std::vector<gt::Tensor> with_gradients(const gt::Tensor& y, const std::vector<gt::Tensor>& x, const gt::Tensor& seed) {
  auto all = gt::grad(std::vector{y}, x, {.seeds = {seed}});
  all.push_back(y.detach());
  return all;
}

// Leaky, between bounds that are settings.
Step settings_step(double low, double slope) {
  const auto x = there({37}, 1).requires_grad_(), seed = there({37}, 2);
  return [=] {
    gt::Tape tape;
    return with_gradients(gt::leaky_relu(gt::clamp(x, low, 1.5), slope), {x}, seed);
  };
}

TEST_F(CudaFused, AChainAndItsGradientsAreOneKernelForAllSizes) {
  for (const std::int64_t n : {1003, 1, 4, 4096}) {
    const auto a = there({n}, 0).requires_grad_(), x = there({n}, 1).requires_grad_(),
               b = there({n}, 2).requires_grad_();
    const auto seed = there({n}, 3);
    const double bytes = expect_fused([&] {
      gt::Tape tape;
      return with_gradients(gt::tanh(a * x + b), {a, x, b}, seed);
    });
    EXPECT_EQ(bytes, 8 * 4 * static_cast<double>(n));  // four read, and four written
  }
  EXPECT_EQ(compiles(), 1);
}

TEST_F(CudaFused, SettingsAreNoPartOfItsText) {
  expect_fused(settings_step(-0.5, 0.25));
  expect_fused(settings_step(-1.5, 0.125));
  EXPECT_EQ(compiles(), 1);
}

TEST_F(CudaFused, TakesNumbersMasksAndSingleElements) {
  for (const auto type : {gt::float64, gt::float32}) {
    const auto x = there({41}, 0, type).requires_grad_(), y = there({41}, 1, type).requires_grad_(),
               one = there({1}, 2, type), seed = there({41}, 3, type);
    const auto mask = there({41}, 4) > 0;
    expect_fused([&] {
      gt::Tape tape;
      return with_gradients(gt::where(x > y, 0.1 * x, gt::where(mask, y * y, one)), {x, y}, seed);
    });
  }
}

TEST_F(CudaFused, ReadsWhatIsBroadcastWhereItLies) {
  for (const std::int64_t columns : {12, 5}) {
    const auto x = there({7, columns}, 0).requires_grad_();
    const auto bias = there({columns}, 1), scale = there({7, 1}, 2), one = there({}, 3);
    expect_fused([&] {
      gt::Tape tape;
      return with_gradients(gt::relu(x * scale + bias), {x}, gt::expand(one, {7, columns}));
    });
  }
  EXPECT_EQ(compiles(), 1);
}

TEST_F(CudaFused, CopiesAndFillsJoin) {
  const auto x = there({7, 5}, 0), one = there({}, 1);
  expect_fused([&] {
    const auto seed = gt::expand(one, {7, 5}).clone(), bound = gt::full_like(x, 0.5);
    return std::vector{seed * x, (x > bound).to(gt::float64), gt::exp(x.to(gt::float64)).to(gt::float32)};
  });
}

TEST_F(CudaFused, IntegersStayIntegers) {
  const auto x = there({19}, 0, gt::int64) * (std::int64_t(1) << 53) + 1, y = there({19}, 1, gt::int64);
  const auto bytes = there({19}, 2, gt::uint8);
  expect_fused([&] { return std::vector{gt::where(x > y, x * 3, y - bytes), x * 3}; });
}

TEST_F(CudaFused, WhatIsWrittenInPlaceIsReadBefore) {
  const auto x = there({21}, 0), y = x.clone();
  Collector seen;
  const auto z = [&] {
    const gt::Watching watching(seen);
    return gt::exp(y);
  }();
  const auto launch = *seen.launches().front();
  const gt::TensorData* tensors[] = {y.tensor_data(), y.tensor_data()};  // exp(y) over y
  gt::Launch in_place = launch;
  in_place.tensors = tensors;
  const gt::Launch* twice[] = {&in_place, &launch};
  std::string why_not;
  const auto kernel = gt::device::fuse(twice, {}, why_not);
  ASSERT_TRUE(kernel) << why_not;

  kernel->launch();

  EXPECT_THAT(y, the_same_as(gt::exp(x)));
  EXPECT_THAT(z, the_same_as(gt::exp(gt::exp(x))));
}

TEST_F(CudaFused, SaysWhyNot) {
  const auto x = there({4, 6}, 0), long_one = there({25}, 0), on_cpu = walk({4});
  const auto why_not = [](const Step& step) {
    Collector seen;
    const gt::Watching watching(seen);
    step();
    std::string why;
    EXPECT_FALSE(gt::device::fuse(seen.launches(), {}, why));
    return why;
  };
  EXPECT_EQ(why_not([&] { return std::vector{gt::exp(x), gt::exp(long_one)}; }), "exp goes over other elements");
  EXPECT_EQ(why_not([&] { return std::vector{gt::exp(gt::t(x))}; }), "an input lies in another order than the result");
  EXPECT_EQ(why_not([&] { return std::vector{gt::exp(gt::slice(long_one, 0, 1, 25))}; }),
            "an input does not lie at a multiple of 16 bytes");
  EXPECT_EQ(why_not([&] { return std::vector{gt::sum(x)}; }), "sum is no pointwise work");
  EXPECT_EQ(why_not([&] { return std::vector{gt::exp(on_cpu)}; }), "exp is done on the CPU");
  EXPECT_EQ(why_not([] { return std::vector<gt::Tensor>(); }), "");
  EXPECT_EQ(compiles(), 0);
}

TEST_F(CudaFused, SaysHowManyGoTogether) {
  const auto x = there({8}, 0), one = there({1}, 1);
  Collector seen;
  const auto y = [&] {
    const gt::Watching watching(seen);
    return gt::sum(gt::tanh(x * one));
  }();
  auto launches = seen.launches();
  EXPECT_EQ(gt::device::fusible(launches, {}), 2u);

  // A result over some of what is read.
  const auto room = there({12}, 2), first = gt::slice(room, 0, 0, 8), last = gt::slice(room, 0, 4, 12);
  gt::Launch over = *launches[1];
  const gt::TensorData* tensors[] = {last.tensor_data(), first.tensor_data()};
  over.tensors = tensors;
  launches[1] = &over;
  EXPECT_EQ(gt::device::fusible(launches, {}), 1u);
  const void* const passing[] = {last.tensor_data()->data};
  EXPECT_EQ(gt::device::fusible(launches, passing), 2u);
}

TEST_F(CudaFused, GoesIntoAGraph) {
  const auto x = there({33}, 0);
  Collector seen;
  auto y = [&] {
    const gt::Watching watching(seen);
    return gt::exp(gt::sin(x));
  }();
  const auto wanted = y.clone();
  std::string why_not;
  const auto kernel = gt::device::fuse(seen.launches(), {}, why_not);
  ASSERT_TRUE(kernel) << why_not;
  const auto graph = gt::device::open_graph(cuda);
  kernel->launch();
  gt::device::close_graph(*graph);
  y.fill_(0);

  graph->launch();

  EXPECT_THAT(y, the_same_as(wanted));
}

TEST_F(CudaFused, IsCompiledOnceForAllPrograms) {
  const auto compiled_anew = [&] {
    gt::cuda::forget_compiled();  // as another program
    const auto before = gt::cuda::compile_count();
    expect_fused(settings_step(-0.5, 0.25));
    return gt::cuda::compile_count() - before;
  };
  const auto file = [&] {
    std::vector<fs::path> files;
    for (const auto& one : fs::directory_iterator(folder_)) files.push_back(one.path());
    EXPECT_EQ(files.size(), 1u);
    return files.front();
  };
  const auto text_of = [](const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  };
  EXPECT_EQ(compiled_anew(), 1);
  EXPECT_EQ(compiled_anew(), 0);

  const std::string whole = text_of(file());
  for (const std::string& broken : {std::string(), whole.substr(0, whole.size() / 2), whole + " ",
                                    "not a kernel\n" + whole, std::string(whole).replace(whole.size() / 2, 1, "?")}) {
    std::ofstream(file()) << broken;
    EXPECT_EQ(compiled_anew(), 1);
    EXPECT_EQ(text_of(file()), whole);
  }
  for (const std::string& folder : {std::string(), std::string("0"), std::string("/proc/none"), file().string()}) {
    const Environment elsewhere("GT_CACHE_DIR", folder);
    EXPECT_EQ(compiled_anew(), 1);
  }
}

TEST_F(CudaFused, WithoutNvrtcThereIsNone) {
  const Environment none("GT_NVRTC", "/nowhere/libnvrtc.so");
  Collector seen;
  const auto x = there({5}, 0);
  const gt::Watching watching(seen);
  gt::exp(x);
  std::string why_not;
  EXPECT_EQ(gt::device::fusible(seen.launches(), {}), 1u);
  EXPECT_FALSE(gt::device::fuse(seen.launches(), {}, why_not));
  EXPECT_EQ(why_not, "NVRTC is not there");
}

TEST_F(CudaFused, RunsOnEachDevice) {
  if (gt::cuda::device_count() < 2) GTEST_SKIP() << "one device";
  const auto step = settings_step(-0.5, 0.25);
  expect_fused(step);
  Collector seen;
  const auto x = there({37}, 0), on_other = x.to(gt::Device::cuda(1));
  gt::Tensor y;
  {
    const gt::Watching watching(seen);
    y = gt::exp(on_other);
  }
  y.fill_(0);
  std::string why_not;
  const auto kernel = gt::device::fuse(seen.launches(), {}, why_not);
  ASSERT_TRUE(kernel) << why_not;
  kernel->launch();
  EXPECT_THAT(y, the_same_as(gt::exp(x).to(gt::Device::cuda(1))));
}

// Every op of the family, its gradients beside it, some a kernel.
TEST_F(CudaFused, EveryOpHasTheBitsOfItsOwnKernel) {
  std::vector<Step> steps;
  for (const gt::OpEntry& entry : gradtape_op_table()) {
    if (entry.family != std::string("pointwise")) continue;
    const gt::Example example = entry.examples().front();
    std::vector<gt::Tensor> x;
    for (std::size_t i = 0; i < example.inputs.size(); ++i)
      x.push_back(walk({5}, example.samples, static_cast<int>(i)).to(gt::float32).to(cuda).requires_grad_());
    const auto seed = there({5}, 3);
    steps.push_back([=] {
      gt::Tape tape;
      const auto y = example.call(x);
      if (!example.differentiable) return std::vector{y};
      auto all = gt::grad(std::vector{y}, x, {.allow_unused = true, .seeds = {seed}});
      std::erase_if(all, [](const gt::Tensor& g) { return !g.defined(); });
      all.push_back(y.detach());
      return all;
    });
  }
  std::erase_if(steps, [](const Step& step) {  // those of integers, which are converted first
    Collector seen;
    const gt::Watching watching(seen);
    step();
    return gt::device::fusible(seen.launches(), {}) < seen.launches().size();
  });
  EXPECT_GE(steps.size(), 110u);
  constexpr std::size_t some = 8;
  for (std::size_t first = 0; first < steps.size(); first += some)
    expect_fused([&] {
      std::vector<gt::Tensor> all;
      for (std::size_t k = first; k < std::min(first + some, steps.size()); ++k)
        for (auto& y : steps[k]()) all.push_back(y);
      return all;
    });
}

TEST(DevicePart, LeavesOutWhatIsDoneWithTensors) {
  const auto known = [](std::string_view name) { return name == "known.h"; };
  EXPECT_EQ(gt::cuda::device_part(R"(// A header.
#pragma once
#include <vector>
#include "known.h"
namespace mine {
struct Base { static constexpr const char* what = "not { an op"; };
template <class T> struct Part : Base { T value = T(1), rest{2}; };
struct Op final : public Base {
 public:
  static constexpr auto name = "op";
  double low = f(1'000);
  template <class Real> GT_FN Real forward(Real x) const { return x < 0 ? x : Real(low); }
  Op(double x) : low(x), high{x} { low += 1; }
  bool operator==(const Op&) const = default;
  static Tensor tensors(const Tensor& x) { return x; }  // on tensors }
};
template <class Real> requires(true) GT_FN Real word(Real x) { return x; }
enum class Kind { one, two };
Tensor op(const Tensor& x, Location at = Location::current());
inline Tensor& operator*=(Tensor& a, const Operand& b) { return a = a * b; }
const double pi = 3.14;
}
)",
                                  known),
            R"(#pragma once
#include "known.h"
namespace mine {
struct Base {
static constexpr const char* what = "not { an op";
};
template <class T> struct Part : Base {
T value = T(1), rest{2};
};
struct Op final : public Base {
public:
static constexpr auto name = "op";
double low = f(1'000);
template <class Real> GT_FN Real forward(Real x) const { return x < 0 ? x : Real(low); }
};
template <class Real> requires(true) GT_FN Real word(Real x) { return x; }
enum class Kind { one, two };
const double pi = 3.14;
}
)");
}

}  // namespace
