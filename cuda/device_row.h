// A row on a device: the words that rowwise and reduce ops speak, lent by the threads that share it. For .cu files.
#pragma once

#include <gradtape/autograd/device_memory.h>
#include <gradtape/cuda/stream.h>
#include <gradtape/ops/math.h>
#include <gradtape/ops/row_words.h>

namespace gradtape::cuda {

// A number of threads' results side by side in shared memory: 32 bits next to 32 bits, so that no two threads meet in a
// bank.
struct Scratch {
  static constexpr std::size_t bytes_of_a_thread = 16;
  void* memory;
  int threads;

  template <class V>
  __device__ void put(int i, Pack<V> x) const {
    static_cast<V*>(memory)[i] = x.v;
  }
  template <class V>
  __device__ void put(int i, const Compensated<Pack<V>>& x) const {
    put(i, x.sum);
    put(i + threads, x.lost);
  }
  template <class V>
  __device__ void get(int i, Pack<V>& x) const {
    x.v = static_cast<const V*>(memory)[i];
  }
  template <class V>
  __device__ void get(int i, Compensated<Pack<V>>& x) const {
    get(i, x.sum);
    get(i + threads, x.lost);
  }
};

// What another thread of the warp holds, by a shuffle of its parts.
template <class V, class Shuffle>
__device__ Pack<V> shuffled(Pack<V> x, Shuffle shuffle) {
  return shuffle(x.v);
}
template <class P, class Shuffle>
__device__ Compensated<P> shuffled(const Compensated<P>& x, Shuffle shuffle) {
  return {shuffled(x.sum, shuffle), shuffled(x.lost, shuffle)};
}
// Of a warp, for its first thread.
template <class P, class Join>
__device__ P joined_in_warp(P mine, Join join) {
  for (int lanes = 16; lanes > 0; lanes /= 2)
    mine = join(mine, shuffled(mine, [=](auto v) { return __shfl_down_sync(0xffffffffu, v, lanes); }));
  return mine;
}

// One thread has a row of its own in shared memory. It begins somewhere inside, so that threads that read at once meet
// different banks: rows of 2ᵏ · odd elements fall on the same banks in 2ᵏ groups, and each group begins an element
// later.
struct ThreadRow {
  static constexpr int rows = 64, threads = 64;  // of a block
  static constexpr std::int64_t longest = 32;  // of the rows it is for
  std::int64_t start;

  __device__ static int row() { return threadIdx.x; }
  template <class S>
  __device__ static ThreadRow of(std::int64_t columns) {
    constexpr int at_once = 128 / sizeof(S), most = sizeof(S) == 4 ? 5 : 4;
    const int twos = columns == 0 ? 0 : ::min(most, __ffsll(columns) - 1);
    return {static_cast<std::int64_t>(threadIdx.x % at_once >> (most - twos))};
  }
  template <class Take>
  __device__ void each(std::int64_t columns, Take take) const {
    for (std::int64_t i = 0; i < columns; ++i) take(i + start < columns ? i + start : i + start - columns);
  }
  template <class P, class Take, class Join>
  __device__ P word(std::int64_t columns, P answer, Take take, Join) {
    each(columns, [&](std::int64_t i) { take(answer, i); });
    return answer;
  }
  template <class Take>
  __device__ void work(std::int64_t columns, Take take) {
    each(columns, take);
  }
  __device__ bool writes() const { return true; }
};

// A warp has a row of its own in shared memory.
struct WarpRow {
  static constexpr int rows = 8, threads = 32 * rows;
  static constexpr std::int64_t longest = 256;

  __device__ static int row() { return threadIdx.x / 32; }
  template <class S>
  __device__ static WarpRow of(std::int64_t) {
    return {};
  }
  template <class Take>
  __device__ void each(std::int64_t columns, Take take) const {
    for (std::int64_t i = threadIdx.x % 32; i < columns; i += 32) take(i);
  }
  template <class P, class Take, class Join>
  __device__ P word(std::int64_t columns, P answer, Take take, Join join) {
    each(columns, [&](std::int64_t i) { take(answer, i); });
    return shuffled(joined_in_warp(answer, join), [](auto v) { return __shfl_sync(0xffffffffu, v, 0); });
  }
  template <class Take>
  __device__ void work(std::int64_t columns, Take take) {
    each(columns, take);
  }
  __device__ bool writes() const { return threadIdx.x % 32 == 0; }
};

// What a launch does where a long row is split over blocks: one word after the other, each in a launch of its own. The
// words before it read what their blocks left.
struct Split {
  int phase = -1;  // the word, or -1: all of them, in one launch and a block
  std::int64_t splits = 1, each = 0;  // blocks for each row, elements for each block
  std::int64_t rows = 0;
  void* parts = nullptr;  // [words, rows, splits] of 16 bytes

  template <class P>
  __device__ P* at(int word, std::int64_t row, std::int64_t split) const {
    static_assert(sizeof(P) <= 16);
    return reinterpret_cast<P*>(static_cast<char*>(parts) + 16 * ((word * rows + row) * splits + split));
  }
};

// The threads of a block share `width` rows whose elements lie side by side, or one: each takes every `parts`-th
// element of its row. Their results are joined in an order that the shape alone decides.
struct BlockRow {
  static constexpr int rows = 1;
  Scratch scratch;
  Split split;
  int width, side, part, parts;
  std::int64_t row;
  bool idle;  // a thread that only waits with the others
  int shift;  // of a dense row: so many elements lie before it in its 128 bytes, so that neighbouring threads read
              // whole sectors
  int words = 0;

  // Of the rows [first, rows) the block takes those from `first` on, which begin at this element of memory.
  __device__ static BlockRow of(void* scratch, const Split& split, int width, std::int64_t first, std::int64_t rows,
                                std::int64_t begin) {
    const int side = static_cast<int>(threadIdx.x) % width, part = static_cast<int>(threadIdx.x) / width,
              parts = static_cast<int>(blockDim.x) / width;
    const bool idle = part >= parts || first + side >= rows;
    const int shift = width == 1 ? static_cast<int>(begin % 32) : 0;
    return {{scratch, static_cast<int>(blockDim.x)}, split, width, side, part, parts, first + side, idle, shift};
  }
  template <class Take>
  __device__ void each(std::int64_t columns, Take take) const {
    if (idle) return;
    const std::int64_t first = split.phase < 0 ? 0 : blockIdx.y * split.each;
    const std::int64_t last = split.phase < 0 || first + split.each > columns ? columns : first + split.each;
    for (std::int64_t i = first + part - shift; i < last; i += parts)
      if (i >= first) take(i);
  }
  template <class P, class Take, class Join>
  __device__ P word(std::int64_t columns, P answer, Take take, Join join) {
    const int number = words++;
    if (split.phase < 0 || number == split.phase) {
      each(columns, [&](std::int64_t i) { take(answer, i); });
      answer = joined(answer, join);
      if (split.phase >= 0 && part == 0 && !idle) *split.at<P>(number, row, blockIdx.y) = answer;
    } else if (number < split.phase) {
      if (!idle)
        for (std::int64_t s = part; s < split.splits; s += parts) answer = join(answer, *split.at<P>(number, row, s));
      answer = joined(answer, join);
    }
    return answer;
  }
  template <class Take>
  __device__ void work(std::int64_t columns, Take take) {
    const int number = words++;
    if (split.phase < 0 || number == split.phase) each(columns, take);
  }
  // Is this the thread that writes the row's one result, and is it reckoned by now?
  __device__ bool writes() const { return part == 0 && !idle && (split.phase < 0 || split.phase == words); }

 private:
  // Of all threads of a row, for all of them.
  template <class P, class Join>
  __device__ P joined(P mine, Join join) const {
    P all;
    if (width == 1) {
      mine = joined_in_warp(mine, join);
      if (threadIdx.x % 32 == 0) scratch.put(threadIdx.x / 32, mine);
      __syncthreads();
      scratch.get(0, all);
      for (int w = 1; w < blockDim.x / 32; ++w) all = join(all, taken<P>(w));
    } else {
      scratch.put(threadIdx.x, mine);
      __syncthreads();
      scratch.get(side, all);
      for (int p = 1; p < parts; ++p) all = join(all, taken<P>(p * width + side));
    }
    __syncthreads();
    return all;
  }
  template <class P>
  __device__ P taken(int i) const {
    P x;
    scratch.get(i, x);
    return x;
  }
};

template <class S, class Team>
struct DeviceRow {
  using Real = Pack<S>;
  using Value = Pack<S>;
  S* data;
  std::int64_t columns, stride;
  Team* team;

  __device__ Value count() const { return Value(static_cast<S>(columns)); }
  template <class Each = Itself>
  __device__ Value max(Each each = {}) const {
    return fold(lowest<S>, Larger(), each);
  }
  template <class Each = Itself>
  __device__ Value min(Each each = {}) const {
    return fold(highest<S>, Smaller(), each);
  }
  __device__ Value norm() const { return norm_of<S>(*this); }
  template <class Each, class... Rows>
  __device__ Value sum(Each each, const Rows&... others) const {
    return fold(S(0), Plus(), each, others...);
  }
  template <class Each>
  __device__ Value product(Each each) const {
    return fold(S(1), Times(), each);
  }
  template <class Each>
  __device__ Value total(Each each) const {
    if constexpr (std::is_integral_v<S>) {
      return sum(each);
    } else {
      return total_of(columns, each);
    }
  }
  template <class Holds>
  __device__ Value count_where(Holds holds) const {
    return total([=](Real v) GT_INLINE { return where(holds(v), Real(S(1)), Real(S(0))); });
  }
  // Where it is not asked for, all threads of the row speak the word with no numbers.
  template <class Each>
  __device__ Value total_where(Mask<S> asked, Each each) const {
    return total_of(asked.m ? columns : 0, each);
  }
  // As on the CPU: where the value stands first, or the first NaN.
  __device__ std::int64_t index_of(Value value) const {
    using Place = Pack<std::int64_t>;
    auto take = [&](Place& first, std::int64_t i) {
      const S x = at(i).v;
      if ((x == value.v || (value.v != value.v && x != x)) && i < first.v) first = Place(i);
    };
    return team->word(columns, Place(columns), take, [](Place a, Place b) { return b.v < a.v ? b : a; }).v;
  }
  template <class Each, class... Rows>
  __device__ void assign(Each each, const Rows&... rows) {
    team->work(columns, [&](std::int64_t i) { data[i * stride] = Real(each(rows.at(i)...)).v; });
  }
  __device__ Real at(std::int64_t i) const { return data[i * stride]; }

 private:
  template <class Each>
  __device__ Value total_of(std::int64_t some, Each each) const {
    using Sum = Compensated<Real>;
    auto take = [&](Sum& all, std::int64_t i) { all.add(Real(each(at(i)))); };
    auto join = [](Sum a, const Sum& b) {
      a.add(b);
      return a;
    };
    return team->word(some, Sum{Real(S(0)), Real(S(0))}, take, join).value();
  }
  template <class Join, class Each, class... Rows>
  __device__ Value fold(S start, Join join, Each each, const Rows&... others) const {
    return team->word(
        columns, Value(start), [&](Value& all, std::int64_t i) { all = join(all, Real(each(at(i), others.at(i)...))); },
        join);
  }
};

constexpr int row_threads = 256;
// So many bytes of rows are held in shared memory.
constexpr std::int64_t held_bytes = 40 * 1024;

// Rows in shared memory that lie there as they lie in memory: read and written as one run, by whole sectors.
template <class S, class Team>
struct Run {
  std::int64_t first, left;  // the run's first row, and how many there are from there on
  int columns, elements;

  __device__ Run(std::int64_t rows, std::int64_t row_length)
      : first(std::int64_t(blockIdx.x) * Team::rows),
        left(rows - first),
        columns(static_cast<int>(row_length)),
        elements((left < Team::rows ? static_cast<int>(left) : Team::rows) * columns) {}
  // The room that a run takes; run k begins at k times it.
  __device__ S* room(void* memory, int k) const { return static_cast<S*>(memory) + k * Team::rows * columns; }
  __device__ void read(S* to, const void* from) const {
    for (int i = threadIdx.x; i < elements; i += Team::threads)
      to[i] = static_cast<const S*>(from)[first * columns + i];
  }
  __device__ void write(void* to, const S* from) const {
    for (int i = threadIdx.x; i < elements; i += Team::threads) static_cast<S*>(to)[first * columns + i] = from[i];
  }
  // Has this thread a row?
  __device__ bool has_row() const { return Team::row() < left; }
  __device__ std::int64_t number() const { return first + Team::row(); }
  __device__ DeviceRow<S, Team> row(S* run, Team& team) const {
    return {run + Team::row() * columns, columns, 1, &team};
  }
};
template <class S, class Team>
std::size_t bytes_of_run(std::int64_t columns) {
  return Team::rows * static_cast<std::size_t>(columns) * sizeof(S);
}
template <class Team>
unsigned blocks_of_runs(std::int64_t rows) {
  return launch_blocks((rows + Team::rows - 1) / Team::rows);
}

// Over how many blocks each of so many rows is split, where a row alone keeps a block busy for long.
inline std::int64_t splits_for(std::int64_t rows, std::int64_t columns, std::int64_t least_columns) {
  constexpr std::int64_t wanted_blocks = 1024;
  const std::int64_t most = columns / least_columns, wanted = wanted_blocks / rows;
  return most < 2 || wanted < 2 ? 1 : most < wanted ? most : wanted;
}

// Calls launch(split) for each word of rows that are split over blocks, and once more for who writes their results.
template <class Each>
void launch_split(const char* op, Device device, Split split, int words, bool once_more, std::int64_t rows,
                  std::int64_t columns, Each launch) {
  const device::ScratchBuffer parts(op, device, 16 * static_cast<std::size_t>(words * rows * split.splits));
  split.rows = rows;
  split.each = ((columns + split.splits - 1) / split.splits + 63) / 64 * 64;  // whole sectors
  split.parts = parts.data();
  for (split.phase = 0; split.phase < words + once_more; ++split.phase) launch(split);
}

}  // namespace gradtape::cuda
