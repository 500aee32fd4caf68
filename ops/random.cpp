#include <gradtape/ops/random.h>

#include <mutex>
#include <optional>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/fork.h>
#include <gradtape/autograd/graph.h>
#include <gradtape/autograd/perform.h>
#include <gradtape/cuda/random.h>
#include <gradtape/ops/distributions.h>

namespace gradtape {
namespace {

std::mutex shared_mutex;
constinit Generator shared_generator;  // there before any constructor of a global that draws
// A forked process may draw, whichever thread was about to.
const int survives_fork = hold_while_forking<shared_mutex>();

// Others may draw from the shared one at the same time.
std::unique_lock<std::mutex> lock_if_shared(const Generator& generator) {
  return &generator == &shared_generator ? std::unique_lock(shared_mutex) : std::unique_lock<std::mutex>();
}
void seed_shared(std::uint64_t seed) {
  std::lock_guard lock(shared_mutex);
  shared_generator = Generator(seed);
}

// A generator that a captured step draws on from at each replay.
class Kept {
 public:
  explicit Kept(Generator& generator) : generator_(&generator), life_(generator.lifetime()) {}
  void require_alive(const char* op) const {
    if (life_.expired())
      fail<TapeError>({}, op, "the generator that a captured step draws from is gone", {},
                      "Let it live as long as the program.");
  }
  Generator::Place skip(std::uint64_t words) const {
    const auto lock = lock_if_shared(*generator_);
    return generator_->skip(words);
  }
  bool is_alive() const { return !life_.expired(); }

 private:
  Generator* generator_;
  std::weak_ptr<const void> life_;
};

// Fills x, on the CPU, by fill(x, generator).
template <class Fill>
void draw(const char* op, const Tensor& x, Generator& generator, Fill fill) {
  std::optional<Kept> kept;
  if (kept_work) kept.emplace(generator);
  perform(
      [op, kept, fill, &generator](const Tensor& x) {
        if (kept) kept->require_alive(op);
        const auto lock = lock_if_shared(generator);
        fill(x, generator);
      },
      x);
}

// Numbers of x's type, each from next() in a type of its own.
template <class Next>
void write(const Tensor& x, Next next) {
  visit(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* numbers = elements<T>(x);
    for (std::int64_t i = 0; i < x.numel(); ++i) numbers[i] = static_cast<T>(next());
  });
}

Tensor room_for_fractions(const char* op, const Shape& shape, TensorOptions options, Location where) {
  if (!is_floating(options.dtype))
    fail<DTypeError>(where, op, fmt::format("{} holds no fractions", name_of(options.dtype)), {},
                     "Use gt::randint for whole numbers.");
  return new_tensor(op, shape, options, where);
}

// In a step that is being captured: each later launch draws the next numbers.
void draw_at_each_launch(const char* op, Generator& generator, std::uint64_t words) {
  auto again = [op, words, kept = Kept(generator)] {
    kept.require_alive(op);
    const Generator::Place place = kept.skip(words);
    refilling->fill_cell(&place, sizeof place);
  };
  auto take_back = [words, kept = Kept(generator)] {
    if (kept.is_alive()) kept.skip(-words);
  };
  capturing->refills.push_back({std::move(again), std::move(take_back)});
}

// The same numbers, drawn by a device.
Tensor drawn_there(const char* op, cuda::Distribution distribution, const Shape& shape, Generator& generator,
                   TensorOptions options, Location where) {
  Call call(where);
  Tensor x = room_for_fractions(op, shape, options, where);
  if (x.numel() == 0) return x;
  const auto count = static_cast<std::uint64_t>(x.numel()),
             words = distribution == cuda::Distribution::normal ? count + count % 2 : count;
  {
    const auto lock = lock_if_shared(generator);
    cuda::launch_random(
        {options.device, distribution, options.dtype, x.body()->data, x.numel(), generator.skip(words)});
  }
  if (capturing) draw_at_each_launch(op, generator, words);
  return x;
}

// The numbers of pairs one after the other.
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
  perform([seed] { seed_shared(seed); });
  if (capturing) capturing->refills.push_back({[seed] { seed_shared(seed); }, [] {}});
}

Tensor rand(const Shape& shape, Generator& generator, TensorOptions options, Location where) {
  if (options.device != Device::cpu())
    return drawn_there("rand", cuda::Distribution::uniform, shape, generator, options, where);
  const Tensor x = room_for_fractions("rand", shape, options, where);
  draw("rand", x, generator, [bits = uniform_bits(options.dtype)](const Tensor& x, Generator& generator) {
    write(x, [&] { return uniform_number(generator.next(), bits); });
  });
  return x;
}
Tensor rand(const Shape& shape, TensorOptions options, Location where) {
  return rand(shape, shared_generator, options, where);
}

Tensor randn(const Shape& shape, Generator& generator, TensorOptions options, Location where) {
  if (options.device != Device::cpu())
    return drawn_there("randn", cuda::Distribution::normal, shape, generator, options, where);
  const Tensor x = room_for_fractions("randn", shape, options, where);
  draw("randn", x, generator, [](const Tensor& x, Generator& generator) { write(x, Normal{generator}); });
  return x;
}
Tensor randn(const Shape& shape, TensorOptions options, Location where) {
  return randn(shape, shared_generator, options, where);
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Generator& generator, IntegerOptions options,
               Location where) {
  if (low >= high) fail<ValueError>(where, "randint", fmt::format("there is no number from {} to below {}", low, high));
  for (const std::int64_t bound : {low, high - 1})
    if (!holds(options.dtype, bound))
      fail<ValueError>(where, "randint",
                       fmt::format("{} cannot hold all whole numbers up to {}", name_of(options.dtype), bound), {},
                       "Draw as int64, and convert.");
  if (options.device != Device::cpu())
    refuse_inside_capture("randint",
                          "whole numbers are drawn on the CPU and cannot be brought to a device inside a captured step",
                          "Draw them before, and give them to the step as an input.");
  const Tensor x = new_tensor("randint", shape, {.dtype = options.dtype}, where);
  const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  draw("randint", x, generator, [=](const Tensor& x, Generator& generator) {
    write(x, [&] { return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + generator.below(span)); });
  });
  return x.to(options.device, where);
}
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, IntegerOptions options, Location where) {
  return randint(low, high, shape, shared_generator, options, where);
}

// Fisher and Yates.
Tensor randperm(std::int64_t count, Generator& generator, Location where) {
  if (count < 0) fail<ValueError>(where, "randperm", fmt::format("there are no {} numbers", count));
  const Tensor order = arange(0, count, 1, {}, where);
  draw("randperm", order, generator, [count](const Tensor& order, Generator& generator) {
    auto* at = elements<std::int64_t>(order);
    for (std::int64_t i = count - 1; i > 0; --i)
      std::swap(at[i], at[generator.below(static_cast<std::uint64_t>(i) + 1)]);
  });
  return order;
}
Tensor randperm(std::int64_t count, Location where) { return randperm(count, shared_generator, where); }

}  // namespace gradtape
