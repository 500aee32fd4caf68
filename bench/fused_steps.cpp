// Captured steps of pointwise ops, which run block by block, beside loops by hand: the same loops one after the other
// over arrays that stay in the first cache, and all of a step in one loop.
#include <gradtape/gradtape.h>
#include <gradtape/ops/pointwise.h>

#include "support.h"

namespace gt = gradtape;

namespace {

constexpr int ops = 1000;

// x·w and x + b in turn, with the gradient of x.
struct Chain {
  gt::Tensor x, w, b;
  explicit Chain(std::int64_t count)
      : x(gt::full({count}, 0.5)), w(gt::full({count}, 0.999)), b(gt::full({count}, 0.001)) {
    x.requires_grad_();
  }
  gt::Tensor step() {
    gt::Tape tape;
    gt::Tensor y = x;
    for (int i = 0; i < ops / 2; ++i) y = y * w + b;
    const gt::Tensor loss = gt::sum(y);
    loss.backward();
    return loss.detach();
  }
};

template <class Op>
gt::LoopFn forward_loop() {
  return gt::kernels_of<Op, gt::Pointwise>().loops[0].forward[gt::cpu_level()];
}
struct ChainByHand {
  const Chain& of;
  gt::Tensor y = gt::empty_like(of.x), gradient = gt::empty_like(of.x);
  double loss = 0;

  void operator()() {
    const gt::Multiply multiply;
    const gt::Add add;
    const float *w = of.w.data<float>(), *b = of.b.data<float>();
    const std::int64_t count = of.x.numel();
    float *at = y.data<float>(), *g = gradient.data<float>();
    const gt::Loop scale{.out = {at}, .in = {at, w}, .y = at, .gradient = nullptr, .step = {1, 1}, .count = count};
    const gt::Loop shift{.out = {at}, .in = {at, b}, .y = at, .gradient = nullptr, .step = {1, 1}, .count = count};
    const gt::Loop back{.out = {g}, .in = {g, w}, .y = g, .gradient = g, .step = {0, 1}, .count = count};
    std::copy_n(of.x.data<float>(), count, at);
    for (int i = 0; i < ops / 2; ++i) {
      forward_loop<gt::Multiply>()(&multiply, scale);
      forward_loop<gt::Add>()(&add, shift);
    }
    loss = 0;
    for (std::int64_t i = 0; i < count; ++i) loss += at[i];
    std::fill_n(g, count, 1.f);
    for (int i = 0; i < ops / 2; ++i)
      gt::kernels_of<gt::Multiply, gt::Pointwise>().loops[0].backward[0][gt::cpu_level()](&multiply, back);
  }
};

void captured_chain(benchmark::State& state) {
  gt::set_num_threads(1);
  Chain recorded(state.range(0)), to_capture(state.range(0));
  ChainByHand by_hand{recorded};
  gt::Program captured = gt::capture({}, [&](const gt::Inputs&) {
    to_capture.x.zero_grad();
    return to_capture.step();
  });
  captured(), by_hand(), recorded.step();
  bench::require(gt::all(to_capture.x.grad() == recorded.x.grad()).item() != 0, "the gradient of a captured chain");
  bench::require(gt::all(by_hand.gradient == recorded.x.grad()).item() != 0, "the gradient of a chain by hand");

  const auto best = bench::best_in_turn(state, [&] { captured(); }, by_hand);

  bench::report(state, best);
  state.counters["ns_an_op"] = best[0] / ops * 1e9;
}
BENCHMARK(captured_chain)->ArgName("elements")->Arg(1)->Arg(16)->Arg(1024)->UseManualTime();

// The sum of tanh(a·x + b), and three gradients.
struct Tanh {
  gt::Tensor a, x, b;
  explicit Tanh(std::int64_t count) {
    gt::Generator numbers(1);
    for (gt::Tensor* each : {&a, &x, &b}) *each = gt::randn({count}, numbers).requires_grad_();
  }
  gt::Tensor step() {
    gt::Tape tape;
    const gt::Tensor loss = gt::sum(gt::tanh(a * x + b));
    loss.backward();
    return loss.detach();
  }
};

struct Arrays {
  const float *a, *x, *b;
  float *da, *dx, *db;
  std::int64_t count;
  double total;
};
template <class V>
GT_FN void tanh_and_gradients(Arrays& arrays) {
  using P = gt::Pack<V>;
  using Wide = gt::Vec<double, gt::Lanes<V>::count>;
  const Arrays p = arrays;
  Wide total{};
  const auto step = [&](std::int64_t i) GT_INLINE {
    const P a = gt::load<V>(p.a, i), x = gt::load<V>(p.x, i);
    const P y = tanh(a * x + gt::load<V>(p.b, i));
    const P slope = P(1) - y * y;
    gt::store<V>(p.da, i, slope * x);
    gt::store<V>(p.dx, i, slope * a);
    gt::store<V>(p.db, i, slope);
    return y;
  };
  std::int64_t i = 0;
  for (; i + gt::Lanes<V>::count <= p.count; i += gt::Lanes<V>::count)
    total += __builtin_convertvector(step(i).v, Wide);
  double sum = 0;
  for (int k = 0; k < gt::Lanes<V>::count; ++k) sum += total[k];
  if (i < p.count) {
    const P y = step(i);  // the arrays are padded
    for (int k = 0; i + k < p.count; ++k) sum += static_cast<double>(y.v[k]);
  }
  arrays.total = sum;
}
GT_512 void tanh_512(Arrays& arrays) { tanh_and_gradients<gt::Vec<float, 16>>(arrays); }
GT_256 void tanh_256(Arrays& arrays) { tanh_and_gradients<gt::Vec<float, 8>>(arrays); }
GT_128 void tanh_128(Arrays& arrays) { tanh_and_gradients<gt::Vec<float, 4>>(arrays); }

void captured_tanh(benchmark::State& state) {
  gt::set_num_threads(1);
  Tanh recorded(state.range(0)), to_capture(state.range(0));
  const gt::Tensor da = gt::empty_like(recorded.a.detach()), dx = gt::empty_like(da), db = gt::empty_like(da);
  Arrays arrays{recorded.a.data<float>(),
                recorded.x.data<float>(),
                recorded.b.data<float>(),
                da.data<float>(),
                dx.data<float>(),
                db.data<float>(),
                da.numel(),
                0};
  const auto by_hand = [&] { (gt::cpu_level() == 2 ? tanh_512 : gt::cpu_level() == 1 ? tanh_256 : tanh_128)(arrays); };
  gt::Program captured = gt::capture({}, [&](const gt::Inputs&) {
    for (gt::Tensor* each : {&to_capture.a, &to_capture.x, &to_capture.b}) each->zero_grad();
    return to_capture.step();
  });
  const double loss = recorded.step().item();
  captured(), by_hand();
  bench::require(captured.result().item() == loss, "the captured loss");
  bench::require(std::abs(arrays.total - loss) <= 1e-6 * static_cast<double>(arrays.count), "the loss by hand");
  for (const auto& [ours, theirs, name] :
       {std::tuple{&Tanh::a, &da, "a"}, {&Tanh::x, &dx, "x"}, {&Tanh::b, &db, "b"}}) {
    const gt::Tensor gradient = (recorded.*ours).grad();
    bench::require(gt::all((to_capture.*ours).grad() == gradient).item() != 0,
                   std::string("the captured gradient of ") + name);
    bench::require(gt::amax(gt::abs(*theirs - gradient)).item() == 0, std::string("the gradient by hand of ") + name);
  }

  const auto best = bench::best_in_turn(state, [&] { captured(); }, by_hand);

  bench::report(state, best);
}
BENCHMARK(captured_tanh)->ArgName("elements")->Arg(1000)->Arg(100'000)->Arg(10'000'000)->UseManualTime();

}  // namespace
