// Each op of the op table over much memory: forward, and a recorded step of forward and backward, beside what the
// machine allows. That is the bytes that must move (inputs, indices and result; what the tape kept, the result's
// gradient and the inputs' gradients) at the triad's bandwidth, or where they take longer, loops by hand over the same
// matrix; for products their multiply-adds.
#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>

#include <gradtape/gradtape.h>
#include <gradtape/ops/cpu/transpose.h>
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
  std::size_t listed = 0;  // bytes of indices
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
      {"gather",
       {{square},
        [](const Inputs& x) { return gt::gather(x[0], 1, places()); },
        gt::between(-2, 2),
        true,
        0,
        8 * side * side}},
      {"scatter_add",
       {{square},
        [](const Inputs& x) { return gt::scatter_add(x[0], 1, places(), side); },
        gt::between(-2, 2),
        true,
        0,
        8 * side * side}},
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

// Loops by hand over the matrix: what an op must do with each element, in the most direct way.
struct Matrix {
  const float* x;
  const std::int64_t* places;
  float* y;
  const float* more[2];
  float* also;
  std::int64_t* found;
  std::int64_t row(std::int64_t r) const { return r * side; }
};
struct Picks {
  template <class V>
  static void run(const Matrix& of) {
    for (std::int64_t r = 0; r < side; ++r)
      for (std::int64_t i = of.row(r); i < of.row(r + 1); ++i) of.y[i] = of.x[of.row(r) + of.places[i]];
  }
};
struct AddsAtPlaces {
  template <class V>
  static void run(const Matrix& of) {
    for (std::int64_t r = 0; r < side; ++r) {
      std::fill_n(of.y + of.row(r), side, 0.f);
      for (std::int64_t i = of.row(r); i < of.row(r + 1); ++i) of.y[of.row(r) + of.places[i]] += of.x[i];
    }
  }
};
// In square blocks of packs.
struct Transposes {
  template <class V>
  GT_FN static void run(const Matrix& of) {
    constexpr int lanes = gt::Lanes<V>::count;
    for (std::int64_t r = 0; r < side; r += lanes)
      for (std::int64_t c = 0; c < side; c += lanes) {
        V block[lanes];
        GT_UNROLL
        for (int k = 0; k < lanes; ++k) block[k] = gt::load<V>(of.x, of.row(c + k) + r).v;
        gt::transpose(block);
        GT_UNROLL
        for (int k = 0; k < lanes; ++k) gt::store<V>(of.y, of.row(r + k) + c, gt::Pack<V>(block[k]));
      }
  }
};
// Half a pack of floats, as doubles.
template <class V>
using Doubles = gt::Vec<double, gt::Lanes<V>::count / 2>;
template <class V, class Each>
GT_FN void each_as_doubles(const float* row, Each each) {
  constexpr int lanes = gt::Lanes<V>::count / 2;
  for (std::int64_t i = 0; i < side; i += 4 * lanes) GT_UNROLL
  for (int k = 0; k < 4; ++k) each(k, gt::converted<Doubles<V>>(gt::load<gt::Vec<float, lanes>>(row, i + k * lanes).v));
}
struct SumsOfDoubles {
  template <class V>
  GT_FN static void run(const Matrix& of) {
    for (std::int64_t r = 0; r < side; ++r) {
      Doubles<V> sums[4] = {};
      each_as_doubles<V>(of.x + of.row(r), [&](int k, auto x) GT_INLINE { sums[k] += x; });
      of.y[r] = static_cast<float>((sums[0] + sums[1] + sums[2] + sums[3])[0]);
    }
  }
};
struct SumsOfNumbers {  // without NaN
  template <class V>
  GT_FN static void run(const Matrix& of) {
    using Pack = gt::Pack<Doubles<V>>;
    for (std::int64_t r = 0; r < side; ++r) {
      Pack sums[4] = {Pack(0), Pack(0), Pack(0), Pack(0)};
      each_as_doubles<V>(of.x + of.row(r), [&](int k, auto number) GT_INLINE {
        const Pack x = number;
        sums[k] = sums[k] + where(x == x, x, Pack(0));
      });
      of.y[r] = static_cast<float>((sums[0] + sums[1] + sums[2] + sums[3]).v[0]);
    }
  }
};
struct SquaresOfDoubles {
  template <class V>
  GT_FN static void run(const Matrix& of) {
    for (std::int64_t r = 0; r < side; ++r) {
      Doubles<V> sums[4] = {};
      const double mean = of.y[r];
      each_as_doubles<V>(of.x + of.row(r), [&](int k, auto x) GT_INLINE { sums[k] += (x - mean) * (x - mean); });
      of.y[r] = static_cast<float>((sums[0] + sums[1] + sums[2] + sums[3])[0]);
    }
  }
};
struct LogsOfExpsOfDoubles {
  template <class V>
  GT_FN static void run(const Matrix& of) {
    using Pack = gt::Pack<Doubles<V>>;
    Pack sum(0);
    for (std::int64_t r = 0; r < side; ++r)
      each_as_doubles<V>(of.x + of.row(r), [&](int, auto x) GT_INLINE { sum = sum + log(exp(Pack(x))); });
    of.y[0] = static_cast<float>(sum.v[0]);
  }
};
// Of each row the largest, and the sum of exponentials below it.
struct SumsOfExps {
  template <class V>
  GT_FN static void run(const Matrix& of) {
    using Pack = gt::Pack<V>;
    constexpr int lanes = gt::Lanes<V>::count;
    for (std::int64_t r = 0; r < side; ++r) {
      const float* const row = of.x + of.row(r);
      Pack tops[2] = {Pack(-INFINITY), Pack(-INFINITY)}, sums[2] = {Pack(0), Pack(0)};
      for (std::int64_t i = 0; i < side; i += 2 * lanes) GT_UNROLL
      for (int k = 0; k < 2; ++k) tops[k] = max(gt::load<V>(row, i + k * lanes), tops[k]);
      float top = -INFINITY;
      for (int lane = 0; lane < lanes; ++lane) top = std::max({top, tops[0].v[lane], tops[1].v[lane]});
      for (std::int64_t i = 0; i < side; i += 2 * lanes) GT_UNROLL
      for (int k = 0; k < 2; ++k) sums[k] = sums[k] + exp(gt::load<V>(row, i + k * lanes) - Pack(top));
      of.y[r] = (sums[0] + sums[1]).v[0];
    }
  }
};
struct Exps {
  template <class V>
  GT_FN static void run(const Matrix& of) {
    for (std::int64_t i = 0; i < side * side; i += gt::Lanes<V>::count)
      gt::store<V>(of.y, i, exp(gt::load<V>(of.x, i)));
  }
};
// Of four rows at once, for each sum waits for the one before it.
struct RunningSums {
  template <class V>
  static void run(const Matrix& of) {
    for (std::int64_t r = 0; r < side; r += 4) {
      const float *a = of.x + of.row(r), *b = a + side, *c = b + side, *d = c + side;
      float *p = of.y + of.row(r), *q = p + side, *s = q + side, *t = s + side;
      double in_a = 0, in_b = 0, in_c = 0, in_d = 0;
      for (std::int64_t i = 0; i < side; ++i) {
        p[i] = static_cast<float>(in_a += a[i]), q[i] = static_cast<float>(in_b += b[i]);
        s[i] = static_cast<float>(in_c += c[i]), t[i] = static_cast<float>(in_d += d[i]);
      }
    }
  }
};
// Of four rows too.
struct RunningRecurrences {
  template <class V>
  static void run(const Matrix& of) {
    const float *const a = of.x, *const b = of.more[0];
    for (std::int64_t r = 0; r < side; r += 4) {
      double h[4] = {};
      for (std::int64_t i = of.row(r); i < of.row(r + 1); ++i) GT_UNROLL
      for (std::int64_t k = 0; k < 4; ++k) {
        const std::int64_t at = i + of.row(k);
        of.y[at] = static_cast<float>(h[k] = h[k] * a[at] + b[at]);
      }
    }
  }
};
// From the last result on: what is carried is the gradient of b, and with what stood before that of a. (Products have
// no b.)
template <bool both>
struct RecurrencesBack {
  template <class V>
  static void run(const Matrix& of) {
    const float *const a = of.x, *const h = of.more[0], *const gradient = of.more[1];
    for (std::int64_t r = 0; r < side; r += 4) {
      double carried[4];
      for (std::int64_t k = 0; k < 4; ++k) carried[k] = gradient[of.row(r + k + 1) - 1];
      for (std::int64_t i = side - 1; i > 0; --i) GT_UNROLL
      for (std::int64_t k = 0; k < 4; ++k) {
        const std::int64_t at = of.row(r + k) + i;
        of.y[at] = static_cast<float>(carried[k] * h[at - 1]);
        if (both) of.also[at] = static_cast<float>(carried[k]);
        carried[k] = carried[k] * a[at] + gradient[at - 1];
      }
      for (std::int64_t k = 0; k < 4; ++k) {
        of.y[of.row(r + k)] = 0;
        if (both) of.also[of.row(r + k)] = static_cast<float>(carried[k]);
      }
    }
  }
};
// The largest of four rows so far, and where each stands.
struct RunningTops {
  template <class V>
  static void run(const Matrix& of) {
    for (std::int64_t r = 0; r < side; r += 4) {
      float tops[4] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
      std::int64_t places[4] = {};
      for (std::int64_t i = 0; i < side; ++i) GT_UNROLL
      for (std::int64_t k = 0; k < 4; ++k) {
        const float x = of.x[of.row(r + k) + i];
        const bool later = !(x < tops[k]);
        tops[k] = later ? x : tops[k], places[k] = later ? i : places[k];
        of.found[of.row(r + k) + i] = places[k];
      }
    }
  }
};
// Seconds.
template <class Loop>
double time_by_hand() {
  gt::Generator numbers(3);
  auto random = [&] { return gt::rand({side, side}, numbers); };
  const gt::Tensor x = random(), y = random(), more[2] = {random(), random()}, also = random(),
                   found = gt::zeros({side, side}, {.dtype = gt::int64});
  const Matrix of{x.data<float>(),    places().data<std::int64_t>(),
                  y.data<float>(),    {more[0].data<float>(), more[1].data<float>()},
                  also.data<float>(), found.data<std::int64_t>()};
  void (*run[3])(const Matrix&);
  gt::set_for_each_target<Loop, float>(run);
  double best = INFINITY;
  for (int i = 0; i < 30; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run[gt::cpu_level()](of);
    best = std::min(best, bench::seconds_since(start));
  }
  return best;
}

// What loops by hand take where an op does more than move bytes: forward, and in a step.
struct ByHand {
  double forward = 0, step = 0;
};
ByHand by_hand(const std::string& op) {
  const auto is_one_of = [&](std::initializer_list<const char*> names) {
    return std::find(names.begin(), names.end(), op) != names.end();
  };
  if (is_one_of({"gather", "scatter_add"})) {
    const double picks = time_by_hand<Picks>(), adds = time_by_hand<AddsAtPlaces>();
    return {op == "gather" ? picks : adds, picks + adds};
  }
  if (op == "copy") {
    const double transposes = time_by_hand<Transposes>();
    return {transposes, transposes};
  }
  if (is_one_of({"sum", "mean", "nansum", "nanmean"})) {
    const bool all = is_one_of({"sum", "mean"});
    const double sums = all ? time_by_hand<SumsOfDoubles>() : time_by_hand<SumsOfNumbers>();
    return {sums, sums};
  }
  if (is_one_of({"var", "std"})) {
    const double sums = time_by_hand<SumsOfDoubles>(), squares = time_by_hand<SquaresOfDoubles>();
    return {sums + squares, 2 * sums + squares};
  }
  if (is_one_of({"logsumexp", "softmax", "log_softmax", "softmax_cross_entropy"})) {
    const double sums = time_by_hand<SumsOfExps>(), exps = time_by_hand<Exps>();
    return {sums, op == "softmax" ? sums : sums + exps};
  }
  if (op == "cumsum" || op == "cumprod") {
    const double sums = time_by_hand<RunningSums>();
    return {sums, sums + (op == "cumsum" ? sums : time_by_hand<RecurrencesBack<false>>())};
  }
  if (op == "linear_recurrence") {
    const double recurrences = time_by_hand<RunningRecurrences>();
    return {recurrences, recurrences + time_by_hand<RecurrencesBack<true>>()};
  }
  if (op == "logcumsumexp") {
    const double logs = time_by_hand<LogsOfExpsOfDoubles>();
    return {logs, logs + 2 * time_by_hand<Exps>() + time_by_hand<RecurrencesBack<false>>()};
  }
  if (op == "cummax" || op == "cummin") return {time_by_hand<RunningTops>()};
  return {};
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
  const std::size_t moved = bytes_of(x) + bytes_of({y}) + c.listed;
  const ByHand loops = by_hand(name);
  const double fma = c.products > 0 ? bench::fma_rate() : 1;
  if (!c.differentiable) {
    const auto best = bench::best_in_turn(state, forward);
    state.counters["forward_us"] = best[0] * 1e6;
    state.counters["forward/limit"] =
        best[0] / std::max(loops.forward, static_cast<double>(moved) / bench::triad_rate(moved));
    return;
  }
  const auto seed = gt::randn(y.shape(), numbers);
  const Step single = recorded(c, x, seed), exact = recorded(c, precise, seed.to(gt::float64));
  for (std::size_t i = 0; i < x.size(); ++i)
    bench::require(near(single.gradients[i], exact.gradients[i]),
                   std::string("float32 and float64 gradients of ") + name);

  const auto best = bench::best_in_turn(state, [&] { recorded(c, x, seed); }, forward);

  const std::size_t back = single.kept_bytes + bytes_of({seed}) + bytes_of(single.gradients);
  const auto limit = [&](double products, std::size_t bytes, double loop) {
    return c.products > 0 ? products / fma
                          : std::max(loop, static_cast<double>(bytes) / bench::triad_rate(moved + back));
  };
  state.counters["us"] = best[0] * 1e6;
  state.counters["us/limit"] = best[0] / limit(3 * c.products, moved + back, loops.step);
  state.counters["forward_us"] = best[1] * 1e6;
  state.counters["forward/limit"] = best[1] / limit(c.products, moved, loops.forward);
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
