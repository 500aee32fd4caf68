#include <gradtape/ops/random.h>

#include <fmt/format.h>

#include <gradtape/autograd/capture.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/layout.h>
#include <gradtape/ops/distributions.h>

namespace gradtape {
namespace {

// Numbers of the result's type, each from next() in a type of its own.
template <class Next>
void write(const Launch& work, Next next) {
  const TensorData& x = *work.out();
  visit(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    T* numbers = elements<T>(&x);
    for (std::int64_t i = 0; i < x.count; ++i) numbers[i] = static_cast<T>(next());
  });
}

// The numbers of pairs one after the other.
struct Normal {
  Generator::Place& place;
  double spare = 0;
  bool has_spare = false;

  double operator()() {
    if (has_spare) {
      has_spare = false;
      return spare;
    }
    const double u = place.uniform(), v = place.uniform();
    const auto [first, second] = normal_pair(u, v);
    spare = second;
    has_spare = true;
    return first;
  }
};

// Kernels of the CPU write the numbers and the generator's place.
void draw_fractions(const Launch& work) {
  const Drawing place(work.out(1));
  if (work.as<Distribution>() == Distribution::normal) return write(work, Normal{*place});
  write(work, [&, bits = uniform_bits(work.out()->dtype)] { return uniform_number(place->next(), bits); });
}
constexpr Kernel fractions_kernel{draw_fractions, GT_ON_CUDA(draw_fractions_on_cuda)};

struct WholeNumbers {
  std::int64_t low;
  std::uint64_t count;
};
void draw_whole_numbers(const Launch& work) {
  const Drawing place(work.out(1));
  const auto& among = work.as<WholeNumbers>();
  write(work,
        [&] { return static_cast<std::int64_t>(static_cast<std::uint64_t>(among.low) + place->below(among.count)); });
}
// For a device, which cannot know how many words the numbers take.
void bring_whole_numbers(const Launch& work) {
  refuse_inside_capture(work.name,
                        "whole numbers are drawn on the CPU and cannot be brought to a device inside a captured step",
                        "Draw them before, and give them to the step as an input.");
  const Tensor here = new_tensor(work.name, work.out()->shape, {.dtype = work.out()->dtype});
  const TensorData* const tensors[] = {here.tensor_data(), work.out(1)};
  Launch on_cpu = work;
  on_cpu.tensors = tensors;
  draw_whole_numbers(on_cpu);
  copy_elements(*here.tensor_data(), *work.out());
}
constexpr Kernel whole_numbers_kernel{draw_whole_numbers, GT_ON_CUDA(bring_whole_numbers)};

// Fisher and Yates.
void shuffle(const Launch& work) {
  const Drawing place(work.out(1));
  auto* order = elements<std::int64_t>(work.out());
  for (std::int64_t i = work.out()->count - 1; i > 0; --i)
    std::swap(order[i], order[place->below(static_cast<std::uint64_t>(i) + 1)]);
}
constexpr Kernel shuffle_kernel{shuffle};

Tensor fractions(const char* op, Distribution distribution, const Shape& shape, Generator& generator,
                 TensorOptions options, Location at) {
  Call call(at);
  if (!is_floating(options.dtype))
    fail<DTypeError>(at, op, fmt::format("{} holds no fractions", name_of(options.dtype)), {},
                     "Use gt::randint for whole numbers.");
  Tensor x = new_tensor(op, shape, options, at);
  launch(fractions_kernel, op, distribution, {x, generator.place()}, {generator.place()});
  return x;
}

}  // namespace

void manual_seed(std::uint64_t seed) { shared_generator() = Generator(seed); }

Tensor rand(const Shape& shape, Generator& generator, TensorOptions options, Location at) {
  return fractions("rand", Distribution::uniform, shape, generator, options, at);
}
Tensor rand(const Shape& shape, TensorOptions options, Location at) {
  return rand(shape, shared_generator(), options, at);
}

Tensor randn(const Shape& shape, Generator& generator, TensorOptions options, Location at) {
  return fractions("randn", Distribution::normal, shape, generator, options, at);
}
Tensor randn(const Shape& shape, TensorOptions options, Location at) {
  return randn(shape, shared_generator(), options, at);
}

Tensor rand_like(const Tensor& x, Location at) {
  Call call(at);
  return rand(x.shape(), options_of(x));
}
Tensor randn_like(const Tensor& x, Location at) {
  Call call(at);
  return randn(x.shape(), options_of(x));
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Generator& generator, IntegerOptions options,
               Location at) {
  if (low >= high) fail<ValueError>(at, "randint", fmt::format("there is no number from {} to below {}", low, high));
  for (const std::int64_t bound : {low, high - 1})
    if (!holds(options.dtype, bound))
      fail<ValueError>(at, "randint",
                       fmt::format("{} cannot hold all whole numbers up to {}", name_of(options.dtype), bound), {},
                       "Draw as int64, and convert.");
  Call call(at);
  const Tensor x = new_tensor("randint", shape, {.dtype = options.dtype, .device = options.device}, at);
  const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  launch(whole_numbers_kernel, "randint", WholeNumbers{low, span}, {x, generator.place()}, {generator.place()});
  return x;
}
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, IntegerOptions options, Location at) {
  return randint(low, high, shape, shared_generator(), options, at);
}

Tensor randperm(std::int64_t count, Generator& generator, Location at) {
  if (count < 0) fail<ValueError>(at, "randperm", fmt::format("there are no {} numbers", count));
  const Tensor order = arange(0, count, 1, {}, at);
  launch(shuffle_kernel, "randperm", NoSettings(), {order, generator.place()}, {order, generator.place()});
  return order;
}
Tensor randperm(std::int64_t count, Location at) { return randperm(count, shared_generator(), at); }

}  // namespace gradtape
