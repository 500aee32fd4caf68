// Each op of the op table over much memory: forward, and a recorded step of forward and backward, beside what the
// machine allows. That is the bytes that must move (inputs and result; what the tape kept, the result's gradient and
// the inputs' gradients) at the triad's bandwidth, or for products their multiply-adds.
#include <map>
#include <optional>

#include <gradtape/gradtape.h>
#include <gradtape/ops/table.h>

#include "support.h"

namespace gt = gradtape;

std::span<const gt::OpEntry> gradtape_op_table();

namespace {

constexpr std::int64_t side = 1024;
using Inputs = std::vector<gt::Tensor>;

struct Case {
  std::vector<gt::Shape> shapes;
  gt::Function call;
  gt::Range samples = gt::between(-2, 2);
  bool differentiable = true;
  double products = 0;  // multiply-adds of forward; backward does twice as many
  gt::DType type = gt::float32;
};

gt::Tensor indices(std::int64_t below, const gt::Shape& shape) {
  gt::Generator numbers(2);
  return gt::randint(0, below, shape, numbers);
}
const gt::Tensor& labels() {
  static const auto all = indices(side, {side});
  return all;
}
const gt::Tensor& places() {
  static const auto all = indices(side, {side, side});
  return all;
}

// Ops whose examples take no size, or that are to be timed another way. Both sides of a view's copy are counted as it
// is made contiguous.
const std::map<std::string, Case>& cases_of_their_own() {
  static const gt::Shape square{side, side};
  static const std::map<std::string, Case> cases{
      {"matmul",
       {{square, square},
        [](const Inputs& x) { return gt::matmul(x[0], x[1]); },
        gt::between(-2, 2),
        true,
        1.0 * side * side * side}},
      {"linear",
       {{square, square},
        [](const Inputs& x) { return gt::linear(x[0], x[1]); },
        gt::between(-2, 2),
        true,
        1.0 * side * side * side}},
      {"copy", {{square}, [](const Inputs& x) { return gt::t(x[0]).contiguous(); }}},
      {"cat", {{square, square}, [](const Inputs& x) { return gt::cat({x[0], x[1]}, 1); }}},
      {"slice_backward",
       {{square},
        [](const Inputs& x) { return gt::cat({gt::slice(x[0], 1, 0, side / 2), gt::slice(x[0], 1, side / 2)}, 1); }}},
      {"gather", {{square}, [](const Inputs& x) { return gt::gather(x[0], 1, places()); }}},
      {"scatter_add", {{square}, [](const Inputs& x) { return gt::scatter_add(x[0], 1, places(), side); }}},
      {"index_select", {{square}, [](const Inputs& x) { return gt::index_select(x[0], 0, labels()); }}},
      {"index_add", {{square}, [](const Inputs& x) { return gt::index_add(x[0], 0, labels(), side); }}},
      {"nll", {{square}, [](const Inputs& x) { return gt::nll(x[0], labels(), {}, -1, gt::Reduction::mean); }}},
      {"softmax_cross_entropy",
       {{square},
        [](const Inputs& x) { return gt::softmax_cross_entropy(x[0], labels(), {}, -1, gt::Reduction::mean); }}},
  };
  return cases;
}
// None for ops that move no numbers, or whose examples take no size.
std::optional<Case> case_of(const gt::OpEntry& entry) {
  if (const auto own = cases_of_their_own().find(entry.name); own != cases_of_their_own().end()) return own->second;
  const auto examples = entry.examples ? entry.examples() : std::vector<gt::Example>();
  const auto found = std::find_if(examples.begin(), examples.end(), [](const gt::Example& e) { return e.scalable; });
  if (found == examples.end()) return {};
  Case made{std::vector<gt::Shape>(found->inputs.size(), {side, side}), found->call, found->samples,
            found->differentiable};
  // A pointwise op that gives integers takes them alone, and its example would make them of other numbers.
  if (std::string_view(entry.family) == gt::Pointwise::name)
    made.type = made.call(Inputs(found->inputs.size(), gt::zeros({1}))).dtype() == gt::int64 ? gt::int64 : gt::float32;
  return made;
}

struct Step {
  gt::Tensor value;
  std::vector<gt::Tensor> gradients;
  std::size_t kept_bytes = 0;
};
Step recorded(const Case& c, const Inputs& x, const gt::Tensor& seed) {
  gt::Tape tape;
  Step step{c.call(x), {}, tape.kept_bytes()};
  step.gradients = gt::grad(std::vector{step.value}, x, {.seeds = {seed}});
  return step;
}

std::size_t bytes_of(const std::vector<gt::Tensor>& tensors) {
  std::size_t bytes = 0;
  for (const auto& x : tensors) bytes += static_cast<std::size_t>(x.numel()) * size_of(x.dtype());
  return bytes;
}
bool near(const gt::Tensor& got, const gt::Tensor& wanted) {
  const auto exact = wanted.to(gt::float64);
  return gt::amax(gt::abs(got.to(gt::float64) - exact) / (1 + gt::abs(exact))).item() <= 1e-4;
}
Inputs at(gt::DType type, const Inputs& x, bool differentiable) {
  Inputs cast;
  for (const auto& t : x) {
    cast.push_back(t.detach().to(type).clone());
    if (differentiable) cast.back().requires_grad_();
  }
  return cast;
}

void time_op(benchmark::State& state, const char* name, const Case& c) {
  gt::set_num_threads(1);
  gt::Generator numbers(1);
  Inputs drawn;
  for (const gt::Shape& shape : c.shapes)
    drawn.push_back(c.samples.low + (c.samples.high - c.samples.low) * gt::rand(shape, numbers));
  const Inputs x = at(c.type, drawn, c.differentiable), precise = at(gt::float64, drawn, c.differentiable);
  const gt::Tensor y = c.call(x);
  bench::require(near(y, c.call(precise)), std::string("float32 and float64 of ") + name);
  auto forward = [&] { c.call(x); };
  std::size_t moved = bytes_of(x) + bytes_of({y});
  const double fma = c.products > 0 ? bench::fma_rate() : 1;
  if (!c.differentiable) {
    const auto best = bench::best_in_turn(state, forward);
    state.counters["forward_us"] = best[0] * 1e6;
    state.counters["forward/limit"] = best[0] * bench::triad_rate(moved) / static_cast<double>(moved);
    return;
  }
  const auto seed = gt::randn(y.shape(), numbers);
  const Step single = recorded(c, x, seed), exact = recorded(c, precise, seed.to(gt::float64));
  for (std::size_t i = 0; i < x.size(); ++i)
    bench::require(near(single.gradients[i], exact.gradients[i]),
                   std::string("float32 and float64 gradients of ") + name);

  const auto best = bench::best_in_turn(state, [&] { recorded(c, x, seed); }, forward);

  const std::size_t back = single.kept_bytes + bytes_of({seed}) + bytes_of(single.gradients);
  const auto limit = [&](double products, std::size_t bytes) {
    return c.products > 0 ? products / fma : static_cast<double>(bytes) / bench::triad_rate(moved + back);
  };
  state.counters["us"] = best[0] * 1e6;
  state.counters["us/limit"] = best[0] / limit(3 * c.products, moved + back);
  state.counters["forward_us"] = best[1] * 1e6;
  state.counters["forward/limit"] = best[1] / limit(c.products, moved);
}

const bool registered = [] {
  for (const gt::OpEntry& entry : gradtape_op_table())
    if (const auto found = case_of(entry))
      // Ops of one name differ by how many matrices they take.
      benchmark::RegisterBenchmark(
          (std::string("op/") + entry.name + "/" + std::to_string(found->shapes.size())).c_str(),
          [&entry, c = *found](benchmark::State& state) { time_op(state, entry.name, c); })
          ->UseManualTime();
  return true;
}();

}  // namespace
