#include <gradtape/ops/random.h>

#include <cmath>
#include <mutex>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/perform.h>
#include <gradtape/ops/math.h>

namespace gradtape {
namespace {

std::mutex shared_mutex;
Generator shared_generator;

// Fills x by fill(x, generator), from the generator given, or from the one that all threads share. A captured step draws on from it at each
// replay, so it must live as long.
template <class Fill>
void draw(const Tensor& x, Generator* given, Fill fill) {
  perform(
      [=](const Tensor& x) {
        if (given) return fill(x, *given);
        std::lock_guard lock(shared_mutex);
        fill(x, shared_generator);
      },
      x);
}

// Numbers of x's type, each from draw() in a type of its own.
template <class Draw>
void write(const Tensor& x, Draw draw) {
  visit(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* numbers = elements<T>(x);
    for (std::int64_t i = 0; i < x.numel(); ++i) numbers[i] = static_cast<T>(draw());
  });
}

Tensor room_for_fractions(const char* op, const Shape& shape, TensorOptions options, Location where) {
  if (!is_floating(options.dtype))
    fail<DTypeError>(where, op, fmt::format("{} holds no fractions", name_of(options.dtype)), {}, "Use gt::randint for whole numbers.");
  return empty(shape, {.dtype = options.dtype}, where);
}

// Box and Muller's pairs, with our own exp-log-sine, so that every machine has the same.
struct Normal {
  Generator& generator;
  double spare = 0;
  bool has_spare = false;

  double operator()() {
    using Real = Pack<double>;
    if (has_spare) {
      has_spare = false;
      return spare;
    }
    const Real radius = sqrt(Real(-2.0) * log(Real(1 - generator.uniform())));
    const Real angle(6.283185307179586 * generator.uniform());
    spare = (radius * sin(angle)).v;
    has_spare = true;
    return (radius * cos(angle)).v;
  }
};

Tensor uniform(const Shape& shape, Generator* given, TensorOptions options, Location where) {
  const Tensor x = room_for_fractions("rand", shape, options, where);
  // In fewer bits than float64's a number just below 1 would round to 1.
  const int bits = options.dtype == DType::float32 ? 24 : options.dtype == DType::float16 ? 11 : options.dtype == DType::bfloat16 ? 8 : 53;
  draw(x, given, [bits](const Tensor& x, Generator& generator) {
    write(x, [&] { return std::ldexp(static_cast<double>(generator.next() >> (64 - bits)), -bits); });
  });
  return x.to(options.device, where);
}

Tensor normal(const Shape& shape, Generator* given, TensorOptions options, Location where) {
  const Tensor x = room_for_fractions("randn", shape, options, where);
  draw(x, given, [](const Tensor& x, Generator& generator) { write(x, Normal{generator}); });
  return x.to(options.device, where);
}

Tensor whole(std::int64_t low, std::int64_t high, const Shape& shape, Generator* given, TensorOptions options, Location where) {
  if (low >= high) fail<ValueError>(where, "randint", fmt::format("there is no number from {} to below {}", low, high));
  const Tensor x = empty(shape, {.dtype = options.dtype}, where);
  const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  draw(x, given, [=](const Tensor& x, Generator& generator) {
    write(x, [&] { return low + static_cast<std::int64_t>(generator.below(span)); });
  });
  return x.to(options.device, where);
}

// Fisher and Yates.
Tensor permutation(std::int64_t count, Generator* given, Location where) {
  if (count < 0) fail<ValueError>(where, "randperm", fmt::format("there are no {} numbers", count));
  Tensor order = arange(0, static_cast<double>(count), 1, {.dtype = DType::int64}, where);
  draw(order, given, [count](const Tensor& order, Generator& generator) {
    auto* at = elements<std::int64_t>(order);
    for (std::int64_t i = count - 1; i > 0; --i) std::swap(at[i], at[generator.below(static_cast<std::uint64_t>(i) + 1)]);
  });
  return order;
}

}  // namespace

void manual_seed(std::uint64_t seed) {
  perform([seed] {
    std::lock_guard lock(shared_mutex);
    shared_generator = Generator(seed);
  });
}

Tensor rand(const Shape& shape, Generator& generator, TensorOptions options, Location where) { return uniform(shape, &generator, options, where); }
Tensor rand(const Shape& shape, TensorOptions options, Location where) { return uniform(shape, nullptr, options, where); }
Tensor randn(const Shape& shape, Generator& generator, TensorOptions options, Location where) { return normal(shape, &generator, options, where); }
Tensor randn(const Shape& shape, TensorOptions options, Location where) { return normal(shape, nullptr, options, where); }
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Generator& generator, TensorOptions options, Location where) {
  return whole(low, high, shape, &generator, options, where);
}
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, TensorOptions options, Location where) {
  return whole(low, high, shape, nullptr, options, where);
}
Tensor randperm(std::int64_t count, Generator& generator, Location where) { return permutation(count, &generator, where); }
Tensor randperm(std::int64_t count, Location where) { return permutation(count, nullptr, where); }

}  // namespace gradtape
