#include <gradtape/autograd/captured_step.h>
#include <gradtape/autograd/random.h>
#include <gradtape/cuda/stream.h>
#include <gradtape/ops/distributions.h>

namespace gradtape {
namespace {

using cuda::Wide;

template <int Count>
struct Words {
  std::uint64_t of[Count];

  // Two of a block of Philox, which is made once. Where an odd one is the first, neighbouring threads share a block,
  // and both make it.
  __device__ Words(const Generator::Place& place, std::uint64_t first) {
    const std::uint64_t begin = place.drawn + first;
    std::array<std::uint32_t, 4> block;
    for (int i = 0; i < Count; ++i) {
      if (i == 0 || (begin + i) % 2 == 0) block = Philox::block(place.seed, place.stream, (begin + i) / 2);
      of[i] = Philox::word(block, begin + i);
    }
  }
};

template <class T>
__device__ void make(const Words<Wide<T>::count>& words, Distribution distribution, Wide<T>& numbers) {
  if (distribution == Distribution::uniform) {
    constexpr int bits = uniform_bits(dtype_of<T>);
    for (int i = 0; i < Wide<T>::count; ++i) numbers.of[i] = static_cast<T>(uniform_number(words.of[i], bits));
    return;
  }
  constexpr int bits = uniform_bits(DType::float64);
  for (int i = 0; i < Wide<T>::count; i += 2) {
    const auto [first, second] = normal_pair(uniform_number(words.of[i], bits), uniform_number(words.of[i + 1], bits));
    numbers.of[i] = static_cast<T>(first);
    numbers.of[i + 1] = static_cast<T>(second);
  }
}

// 128 bits of numbers a thread.
template <class T>
__global__ void random_kernel(Distribution distribution, T* to, std::int64_t count, Generator::Place place,
                              const Generator::Place* cell) {
  const std::int64_t i = (std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x) * Wide<T>::count, left = count - i;
  if (left <= 0) return;
  if (cell) place = *cell;
  Wide<T> numbers;
  make<T>(Words<Wide<T>::count>(place, i), distribution, numbers);
  if (left >= Wide<T>::count) *reinterpret_cast<Wide<T>*>(to + i) = numbers;
  else
    for (int l = 0; l < left; ++l) to[i + l] = numbers.of[l];
}

// Where a device finds its random words: at a place, or in a graph, in a cell that the CPU fills before each launch.
struct Source {
  Generator::Place place;
  const Generator::Place* cell;
};
Source take_words(const Tensor& place, std::uint64_t words) {
  const auto take = [place, words] {
    Drawing drawing(place.tensor_data());
    const Generator::Place before = *drawing;
    drawing->drawn += words;
    return before;
  };
  Graph* const graph = detail::capturing ? detail::capturing->graph.get() : nullptr;
  if (!graph) return {take(), nullptr};
  void* cell = graph->new_cell(sizeof(Generator::Place));
  graph->before_launch.push_back([graph, cell, take] {
    const Generator::Place now = take();
    graph->fill_cell(cell, &now, sizeof now);
  });
  return {{}, static_cast<const Generator::Place*>(cell)};
}

}  // namespace

void draw_fractions_on_cuda(const Launch& work) {
  const TensorData& x = *work.out();
  const auto distribution = work.as<Distribution>();
  if (x.count == 0) return;
  const auto count = static_cast<std::uint64_t>(x.count);
  const Source words =
      take_words(tensor_of(work.out(1)), distribution == Distribution::normal ? count + count % 2 : count);
  visit(x.dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (is_floating(dtype_of<T>)) {
      const unsigned blocks = cuda::blocks_for((x.count + Wide<T>::count - 1) / Wide<T>::count);
      random_kernel<T><<<blocks, cuda::block_threads, 0, cuda::stream_of(work.device())>>>(
          distribution, elements<T>(&x), x.count, words.place, words.cell);
    }
  });
  cuda::check(cudaGetLastError(), work.name);
}

}  // namespace gradtape
