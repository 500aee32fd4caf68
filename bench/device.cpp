// On a CUDA device, where there is one: training steps and ops, recorded each time and captured, in µs; ops beside what
// a copy of as many bytes takes, products beside the fastest large one. (Google Benchmark prints JSON too:
// --benchmark_format=json.) The same shapes in PyTorch and JAX: peers/device.py.
#include <map>

#include <gradtape/gradtape.h>

#include "support.h"

namespace gt = gradtape;

namespace {

const gt::Device cuda = gt::Device::cuda();

gt::Tensor drawn(const gt::Shape& shape, std::uint64_t stream = 0) {
  gt::Generator generator(1, stream);
  return gt::randn(shape, generator);
}

// The best time of each, taking turns; the device is waited for at the end of each turn.
template <class... Runs>
std::array<double, sizeof...(Runs)> best_on_device(benchmark::State& state, Runs... runs) {
  auto turn = [](auto& run) {
    for (int i = 0; i < 20; ++i) run();
    gt::cuda::synchronize();
  };
  auto best = bench::best_in_turn(state, [&] { turn(runs); }...);
  for (double& time : best) time /= 20;
  return best;
}

void require_near(const gt::Tensor& there, const gt::Tensor& here, const std::string& what) {
  const gt::Tensor on_cpu = there.to(gt::Device::cpu());
  bench::require(on_cpu.shape() == here.shape() && gt::allclose(on_cpu, here, 1e-4, 1e-4), what);
}

// A step on inputs of its own, made on either device from the same numbers.
struct Step {
  std::vector<gt::NamedTensor> inputs;
  gt::Step run;
};
using MakeStep = std::function<Step(gt::Device)>;

// Recorded each time, and captured; the CPU's first result is theirs.
std::array<double, 2> time_of(benchmark::State& state, const MakeStep& make) {
  const Step here = make(gt::Device::cpu()), recorded = make(cuda), captured = make(cuda);
  gt::Program program = gt::capture(captured.inputs, captured.run);
  const gt::Inputs inputs(recorded.inputs);
  const gt::Tensor wanted = here.run(gt::Inputs(here.inputs));
  require_near(recorded.run(inputs), wanted, "recorded");
  require_near(program.result(), wanted, "captured");
  const auto best = best_on_device(state, [&] { recorded.run(inputs); }, [&] { program(); });
  state.counters["us"] = best[0] * 1e6;
  state.counters["captured_us"] = best[1] * 1e6;
  return best;
}

// What is moved in a second by a copy, and computed by a product, of a size that suits them: the machine's limits.
template <class Run>
double best_alone(Run run) {
  double best = INFINITY;
  for (int turn = 0; turn < 10; ++turn) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 10; ++i) run();
    gt::cuda::synchronize();
    if (turn > 0) best = std::min(best, bench::seconds_since(start) / 10);
  }
  return best;
}
double copied_bytes() {
  static const double best = [] {
    const gt::Tensor from = gt::zeros({1 << 26}, {.device = cuda});
    gt::Tensor to = gt::empty_like(from);
    return 2 * 4.0 * static_cast<double>(from.numel()) / best_alone([&] { to.copy_(from); });
  }();
  return best;
}
double product_flops(gt::DType dtype) {
  static std::map<gt::DType, double> all;
  const auto [found, is_new] = all.try_emplace(dtype, 0);
  if (is_new) {
    constexpr std::int64_t side = 8192;
    const gt::Tensor a = gt::ones({side, side}, {.dtype = dtype, .device = cuda});
    found->second = 2.0 * side * side * side / best_alone([&] { gt::matmul(a, a); });
  }
  return found->second;
}

// An op of one array of numbers: the bytes that it must move for each of them, with and without its gradient.
struct Pass {
  const char* name;
  gt::Tensor (*op)(const gt::Tensor&);
  double bytes, bytes_with_gradient;  // 0: there is none
};
const Pass passes[] = {
    {"tanh", [](const gt::Tensor& x) { return gt::tanh(x); }, 8, 20},
    {"exp", [](const gt::Tensor& x) { return gt::exp(x); }, 8, 20},
    {"add_row", [](const gt::Tensor& x) { return x + x[0]; }, 8, 0},
    {"bfloat16_tanh", [](const gt::Tensor& x) { return gt::tanh(x.to(gt::bfloat16)).to(gt::float32); }, 16, 0},
    {"sum", [](const gt::Tensor& x) { return gt::sum(x); }, 4, 8},
    {"sum_of_rows", [](const gt::Tensor& x) { return gt::sum(x, 1); }, 4, 8},
    {"sum_of_columns", [](const gt::Tensor& x) { return gt::sum(x, 0); }, 4, 8},
    {"softmax", [](const gt::Tensor& x) { return gt::softmax(x); }, 8, 20},
    {"log_softmax", [](const gt::Tensor& x) { return gt::log_softmax(x); }, 8, 20},
    {"layer_norm", [](const gt::Tensor& x) { return gt::layer_norm(x, {x.size(-1)}); }, 8, 20},
    {"cumsum", [](const gt::Tensor& x) { return gt::cumsum(x, 1); }, 8, 0},
    {"transpose", [](const gt::Tensor& x) { return gt::t(x).contiguous(); }, 8, 0},
    {"sort", [](const gt::Tensor& x) { return gt::sort(x, 1).values; }, 16, 0},
};
void pass(benchmark::State& state, const Pass& pass, bool with_gradient) {
  const gt::Shape shape{state.range(0), state.range(1)};
  const auto best = time_of(state, [&](gt::Device device) -> Step {
    const gt::Tensor x = drawn(shape).to(device);
    if (!with_gradient) return {{{"x", x}}, [op = pass.op](const gt::Inputs& in) { return op(in["x"]); }};
    const gt::Tensor leaf = x.clone().requires_grad_(), seed = gt::ones_like(pass.op(x));
    return {{{"x", x}}, [op = pass.op, leaf, seed](const gt::Inputs&) {
              gt::Tape tape;
              return gt::grad(std::vector{op(leaf)}, std::vector{leaf}, {.seeds = {seed}})[0];
            }};
  });
  const double bytes =
      static_cast<double>(gt::count_of(shape)) * (with_gradient ? pass.bytes_with_gradient : pass.bytes);
  state.counters["GB_per_s"] = bytes / best[1] * 1e-9;
  state.counters["of_copy"] = bytes / best[1] / copied_bytes();
}

void product(benchmark::State& state, gt::DType dtype) {
  const std::int64_t side = state.range(0);
  const auto best = time_of(state, [&](gt::Device device) -> Step {
    const gt::Tensor a = (drawn({side, side}) / std::sqrt(static_cast<double>(side))).to(dtype).to(device);
    return {{{"a", a}}, [](const gt::Inputs& in) { return gt::matmul(in["a"], in["a"]).to(gt::float32); }};
  });
  const double flops = 2.0 * static_cast<double>(side * side * side);
  state.counters["TFLOP_per_s"] = flops / best[1] * 1e-12;
  state.counters["of_large"] = flops / best[1] / product_flops(dtype);
}

// The three gradients of sum(tanh(a·x + b)).
void affine_tanh(benchmark::State& state) {
  time_of(state, [&](gt::Device device) -> Step {
    std::vector<gt::Tensor> leaves;
    for (std::uint64_t i = 0; i < 3; ++i) leaves.push_back(drawn({state.range(0)}, i).to(device).requires_grad_());
    return {{{"x", leaves[0].detach()}}, [leaves](const gt::Inputs&) {
              gt::Tape tape;
              return gt::grad(gt::sum(gt::tanh(leaves[0] * leaves[1] + leaves[2])), leaves)[0];
            }};
  });
}

// A training step on so many examples of so many features, by an optimizer.
template <class Optimizer, class Options>
Step training(std::shared_ptr<gt::Module> model, Options options, std::int64_t batch, std::int64_t features,
              std::int64_t classes, gt::Device device) {
  gt::Generator generator(2);
  const gt::Tensor labels = gt::randint(0, classes, {batch}, generator, {.dtype = gt::int64}).to(device);
  auto optimizer = std::make_shared<Optimizer>(model->parameters(), options);
  return {{{"x", drawn({batch, features}).to(device)}, {"labels", labels}}, [=](const gt::Inputs& in) {
            gt::Tape tape;
            const gt::Tensor loss = gt::cross_entropy((*model)(in["x"]), in["labels"]);
            loss.backward();
            optimizer->step();
            return loss.detach();
          }};
}
void softmax_step(benchmark::State& state) {
  time_of(state, [&](gt::Device device) {
    auto model =
        std::make_shared<gt::SoftmaxRegression>(state.range(1), state.range(2), gt::ModuleOptions{.device = device});
    return training<gt::SGD>(model, gt::SGDOptions{.lr = 0.1}, state.range(0), state.range(1), state.range(2), device);
  });
}
void network_step(benchmark::State& state) {
  time_of(state, [&](gt::Device device) {
    auto net = std::make_shared<gt::Sequential>();
    const auto options = [&](std::uint64_t seed) { return gt::LinearOptions{.device = device, .seed = seed}; };
    net->add<gt::Linear>(784, 256, options(1)).add(gt::relu).add<gt::Linear>(256, 128, options(2)).add(gt::relu);
    net->add<gt::Linear>(128, 10, options(3));
    return training<gt::Adam>(net, gt::AdamOptions{}, state.range(0), 784, 10, device);
  });
}
void adam_step(benchmark::State& state) {
  const auto best = time_of(state, [&](gt::Device device) -> Step {
    const gt::Tensor x = drawn({state.range(0)}).to(device), w = x.clone().requires_grad_();
    auto optimizer = std::make_shared<gt::Adam>(std::vector{w});
    return {{{"x", x}}, [=](const gt::Inputs& in) {
              gt::Tape tape;
              gt::sum(w * in["x"]).backward();
              optimizer->step();
              return w.detach();
            }};
  });
  // The product and its sum read and write 5 arrays, the gradient 2, Adam reads 4 and writes 3.
  state.counters["of_copy"] = 4.0 * 14 * static_cast<double>(state.range(0)) / best[1] / copied_bytes();
}

// Nothing is listed where there is no device.
[[maybe_unused]] const bool listed = [] {
  if (!gt::cuda::is_available()) return false;
  const auto add = [](const std::string& name, auto run) {
    return benchmark::RegisterBenchmark(("cuda_" + name).c_str(), run)->UseManualTime()->Iterations(5);
  };
  for (const std::int64_t batch : {128, 1024, 60000}) add("softmax_step", softmax_step)->Args({batch, 784, 10});
  add("softmax_step", softmax_step)->Args({256, 3072, 100})->Args({64, 8192, 1000});
  add("network_adam_step", network_step)->Arg(128)->Arg(4096);
  add("tanh_affine_and_gradients", affine_tanh)->Arg(100000)->Arg(10000000);
  add("adam_step", adam_step)->Arg(1 << 20)->Arg(1 << 24);
  for (const Pass& each : passes)
    for (const bool with_gradient : {false, true})
      if (!with_gradient || each.bytes_with_gradient > 0)
        add(each.name + std::string(with_gradient ? "_and_gradient" : ""),
            [&each, with_gradient](benchmark::State& state) { pass(state, each, with_gradient); })
            ->Args({1024, 1000})
            ->Args({4096, 4096})
            ->Args({64, 50257});
  for (const gt::DType dtype : {gt::float32, gt::bfloat16})
    add(std::string("matmul_") + gt::name_of(dtype), [dtype](benchmark::State& state) { product(state, dtype); })
        ->Arg(1024)
        ->Arg(4096);
  return true;
}();

}  // namespace
