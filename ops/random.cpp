#include <gradtape/ops/random.h>

#include <cmath>
#include <mutex>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/ops/math.h>

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

// The numbers, drawn in double and rounded to the tensor's type.
template <class Draw>
Tensor drawn(const char* op, const Shape& shape, TensorOptions options, Location where, Draw draw) {
  if (!is_floating(options.dtype))
    fail<DTypeError>(where, op, fmt::format("{} holds no fractions", name_of(options.dtype)), {}, "Use gt::randint for whole numbers.");
  Tensor x = empty(shape, {.dtype = options.dtype}, where);
  visit(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* numbers = x.data<T>();
    for (std::int64_t i = 0; i < x.numel(); ++i) numbers[i] = static_cast<T>(draw());
  });
  return x.to(options.device, where);
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

}  // namespace

void manual_seed(std::uint64_t seed) {
  std::lock_guard lock(shared_mutex);
  shared_generator = Generator(seed);
}

Tensor rand(const Shape& shape, Generator& generator, TensorOptions options, Location where) {
  // In fewer bits than float64's a number just below 1 would round to 1.
  const int bits = options.dtype == DType::float32 ? 24 : options.dtype == DType::float16 ? 11 : options.dtype == DType::bfloat16 ? 8 : 53;
  return drawn("rand", shape, options, where, [&] { return std::ldexp(static_cast<double>(generator.next() >> (64 - bits)), -bits); });
}
Tensor rand(const Shape& shape, TensorOptions options, Location where) {
  return with_shared([&](Generator& generator) { return rand(shape, generator, options, where); });
}

Tensor randn(const Shape& shape, Generator& generator, TensorOptions options, Location where) {
  return drawn("randn", shape, options, where, Normal{generator});
}
Tensor randn(const Shape& shape, TensorOptions options, Location where) {
  return with_shared([&](Generator& generator) { return randn(shape, generator, options, where); });
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Generator& generator, TensorOptions options, Location where) {
  if (low >= high) fail<ValueError>(where, "randint", fmt::format("there is no number from {} to below {}", low, high));
  Tensor x = empty(shape, {.dtype = options.dtype}, where);
  visit(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    T* numbers = x.data<T>();
    for (std::int64_t i = 0; i < x.numel(); ++i) numbers[i] = static_cast<T>(low + static_cast<std::int64_t>(generator.below(span)));
  });
  return x.to(options.device, where);
}
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, TensorOptions options, Location where) {
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
