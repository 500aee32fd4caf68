#include <gradtape/ops/random.h>

#include <mutex>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/graph.h>
#include <gradtape/cuda/random.h>
#include <gradtape/ops/distributions.h>

namespace gradtape {
namespace {

std::mutex shared_mutex;
Generator shared_generator;

// Draws from the generator that all threads share.
template <class Draw>
Tensor with_shared(Draw draw) {
  std::lock_guard lock(shared_mutex);
  return draw(shared_generator);
}

void require_floating(const char* op, DType type, Location where) {
  if (!is_floating(type)) fail<DTypeError>(where, op, fmt::format("{} holds no fractions", name_of(type)), {}, "Use gt::randint for whole numbers.");
}

// The shared one may be drawn from by others at the same time.
std::unique_lock<std::mutex> lock_if_shared(const Generator& generator) {
  return &generator == &shared_generator ? std::unique_lock(shared_mutex) : std::unique_lock<std::mutex>();
}

// In a step that is being captured: each later launch draws the next numbers.
void draw_at_each_launch(const char* op, Generator& generator, std::uint64_t words) {
  auto draw = [op, &generator, words, life = generator.lifetime()] {
    if (life.expired()) fail<TapeError>({}, op, "the generator that a captured step draws from is gone", {}, "Let it live as long as the program.");
    const auto lock = lock_if_shared(generator);
    const Generator::Place place = generator.skip(words);
    refilling->fill_cell(&place, sizeof place);
  };
  auto take_back = [&generator, words, life = generator.lifetime()] {
    const auto lock = lock_if_shared(generator);
    if (!life.expired()) generator.skip(-words);
  };
  capturing->refills.push_back({std::move(draw), std::move(take_back)});
}

// The same numbers, drawn by a device.
Tensor drawn_there(cuda::Distribution distribution, const Shape& shape, Generator& generator, TensorOptions options, Location where) {
  Call call(where);
  const bool in_pairs = distribution == cuda::Distribution::normal;
  const char* op = in_pairs ? "randn" : "rand";
  require_floating(op, options.dtype, where);
  if (!capturing)
    refuse_inside_capture(op, "a step that is captured on the CPU cannot draw numbers on a device", "Give it an input that is on the device.");
  Tensor x = empty(shape, options, where);
  if (x.numel() == 0) return x;
  const auto count = static_cast<std::uint64_t>(x.numel()), words = in_pairs ? count + count % 2 : count;
  cuda::launch_random({options.device, distribution, options.dtype, x.body()->data, x.numel(), generator.skip(words)});
  if (capturing) draw_at_each_launch(op, generator, words);
  return x;
}

// The numbers, drawn in double and rounded to the tensor's type.
template <class Draw>
Tensor drawn(const char* op, const Shape& shape, TensorOptions options, Location where, Draw draw) {
  require_floating(op, options.dtype, where);
  Tensor x = empty(shape, {.dtype = options.dtype}, where);
  visit(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* numbers = x.data<T>();
    for (std::int64_t i = 0; i < x.numel(); ++i) numbers[i] = static_cast<T>(draw());
  });
  return x;
}

// Those of a pair one after the other.
struct Normal {
  Generator& generator;
  double spare = 0;
  bool has_spare = false;

  double operator()() {
    if (has_spare) {
      has_spare = false;
      return spare;
    }
    const double u = generator.uniform(), v = generator.uniform();
    const auto [first, second] = normal_pair(u, v);
    spare = second;
    has_spare = true;
    return first;
  }
};

}  // namespace

void manual_seed(std::uint64_t seed) {
  std::lock_guard lock(shared_mutex);
  shared_generator = Generator(seed);
}

Tensor rand(const Shape& shape, Generator& generator, TensorOptions options, Location where) {
  if (options.device != Device::cpu()) return drawn_there(cuda::Distribution::uniform, shape, generator, options, where);
  return drawn("rand", shape, options, where, [&, bits = uniform_bits(options.dtype)] { return uniform_number(generator.next(), bits); });
}
Tensor rand(const Shape& shape, TensorOptions options, Location where) {
  return with_shared([&](Generator& generator) { return rand(shape, generator, options, where); });
}

Tensor randn(const Shape& shape, Generator& generator, TensorOptions options, Location where) {
  if (options.device != Device::cpu()) return drawn_there(cuda::Distribution::normal, shape, generator, options, where);
  return drawn("randn", shape, options, where, Normal{generator});
}
Tensor randn(const Shape& shape, TensorOptions options, Location where) {
  return with_shared([&](Generator& generator) { return randn(shape, generator, options, where); });
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Generator& generator, IntegerOptions options, Location where) {
  if (low >= high) fail<ValueError>(where, "randint", fmt::format("there is no number from {} to below {}", low, high));
  if (options.device != Device::cpu())
    refuse_inside_capture("randint", "whole numbers are drawn on the CPU and cannot be brought to a device inside a captured step",
                          "Draw them before, and give them to the step as an input.");
  Tensor x = empty(shape, {.dtype = options.dtype}, where);
  visit(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    T* numbers = x.data<T>();
    for (std::int64_t i = 0; i < x.numel(); ++i) numbers[i] = static_cast<T>(low + static_cast<std::int64_t>(generator.below(span)));
  });
  return x.to(options.device, where);
}
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, IntegerOptions options, Location where) {
  return with_shared([&](Generator& generator) { return randint(low, high, shape, generator, options, where); });
}

// Fisher and Yates.
Tensor randperm(std::int64_t count, Generator& generator, Location where) {
  if (count < 0) fail<ValueError>(where, "randperm", fmt::format("there are no {} numbers", count));
  Tensor order = arange(0, static_cast<double>(count), 1, {.dtype = DType::int64}, where);
  auto* at = order.data<std::int64_t>();
  for (std::int64_t i = count - 1; i > 0; --i) std::swap(at[i], at[generator.below(static_cast<std::uint64_t>(i) + 1)]);
  return order;
}
Tensor randperm(std::int64_t count, Location where) {
  return with_shared([&](Generator& generator) { return randperm(count, generator, where); });
}

}  // namespace gradtape
