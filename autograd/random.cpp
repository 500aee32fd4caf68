#include <gradtape/autograd/random.h>

#include <atomic>
#include <mutex>

#include <gradtape/autograd/fork.h>
#include <gradtape/autograd/launch.h>

namespace gradtape {
namespace {

// There before any constructor of a global that draws, and after any destructor.
union Lasting {
  constexpr Lasting() : generator() {}
  ~Lasting() {}
  Generator generator;
};
constinit Lasting shared;
constinit std::atomic<const TensorData*> shared_place = nullptr;
constinit std::mutex shared_mutex;
// A forked process may draw, whichever thread was about to.
const int survives_fork = detail::hold_while_forking<shared_mutex>();

Tensor tensor_of(const Generator::Place& place) {
  Tensor x = empty({3}, {.dtype = DType::int64});
  *Drawing(x.tensor_data()) = place;
  return x;
}

void move(const Launch& work) {
  const Generator::Place place = *Drawing(work.in(0));
  *Drawing(work.out()) = place;
}
constexpr Kernel move_kernel{move, nullptr, nullptr, no_flops};

}  // namespace

std::uint64_t Generator::Place::next() {
  const std::uint64_t number = drawn++;
  return Philox::word(Philox::block(seed, stream, number / 2), number);
}

double Generator::Place::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

// Lemire, "Fast random integer generation in an interval", 2019: the rare products that would favour some numbers are
// drawn again.
std::uint64_t Generator::Place::below(std::uint64_t limit) {
  using Wide = unsigned __int128;
  Wide product = Wide(next()) * limit;
  if (static_cast<std::uint64_t>(product) < limit) {
    const std::uint64_t unfair = -limit % limit;
    while (static_cast<std::uint64_t>(product) < unfair) product = Wide(next()) * limit;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

Generator::Generator(const Generator& other) : first_(other.now()) {
  if (watcher) go_to(other.place());
}
Generator& Generator::operator=(const Generator& other) {
  if (watcher) go_to(other.place());
  *Drawing(place().tensor_data()) = other.now();
  return *this;
}
void Generator::start() {
  if (watcher) go_to(tensor_of(first_));
}
// Work that is kept.
void Generator::go_to(const Tensor& from) { launch(move_kernel, "generator", NoSettings(), {place()}, {from}); }

Generator::Place Generator::skip(std::uint64_t numbers) {
  Drawing place(this->place().tensor_data());
  const Place before = *place;
  place->drawn += numbers;
  return before;
}
const Tensor& Generator::place() const {
  if (!place_.defined()) place_ = tensor_of(first_);
  return place_;
}
Generator::Place Generator::now() const {
  return place_.defined() ? *reinterpret_cast<Place*>(place_.tensor_data()->data) : first_;
}

Generator& shared_generator() {
  std::lock_guard lock(shared_mutex);
  if (!shared_place) shared_place = shared.generator.place().tensor_data();
  return shared.generator;
}

Drawing::Drawing(const TensorData* place) : place_(elements<Generator::Place>(place)), shared_(place == shared_place) {
  if (shared_) shared_mutex.lock();
}
Drawing::~Drawing() {
  if (shared_) shared_mutex.unlock();
}

}  // namespace gradtape
