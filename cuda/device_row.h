// A row on a device: the words that rowwise and reduce ops speak, lent by the threads that share it. For .cu files.
#pragma once

#include <gradtape/autograd/device_memory.h>
#include <gradtape/cuda/stream.h>
#include <gradtape/ops/math.h>
#include <gradtape/ops/row_words.h>

namespace gradtape::cuda {

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
  // Of a row's elements, the block's first, and how many are its.
  __device__ std::int64_t begin() const { return phase < 0 ? 0 : blockIdx.y * each; }
  __device__ int count(std::int64_t columns, std::int64_t begin) const {
    if (phase < 0) return static_cast<int>(columns);
    const std::int64_t left = columns - begin;
    return static_cast<int>(left < each ? (left < 0 ? 0 : left) : each);
  }
};

// Over how many blocks each of so many rows is split, where a row alone keeps a block busy for long.
inline std::int64_t splits_for(std::int64_t rows, std::int64_t columns, std::int64_t least_columns) {
  constexpr std::int64_t wanted_blocks = 1024;
  const std::int64_t most = columns / least_columns, wanted = wanted_blocks / rows;
  return most < 2 || wanted < 2 ? 1 : most < wanted ? most : wanted;
}

// The number f of each number of a word's state.
template <class V, class F>
__device__ Pack<V> mapped(Pack<V> x, F f) {
  return f(x.v);
}
template <template <class> class Two, class V, class F>
__device__ Two<Pack<V>> mapped(const Two<Pack<V>>& x, F f) {
  const auto& [a, b] = x;
  return {mapped(a, f), mapped(b, f)};
}
// Of a team's threads, for its first. `lanes` is a power of two, up to a warp.
template <class P, class Join>
__device__ P joined_in_warp(P mine, Join join, int lanes) {
  for (int step = lanes / 2; step > 0; step /= 2)
    mine = join(mine, mapped(mine, [=](auto v) { return __shfl_down_sync(0xffffffffu, v, step, lanes); }));
  return mine;
}

// What all teams share: `threads` of them, of which this is number `lane`, have row number `row`. An idle one only
// waits with the others.
struct Team {
  Split split;
  std::int64_t row, begin;  // and which of its elements is the team's first
  int threads, lane;
  bool idle;
  int words = 0;

  __device__ bool leads() const { return lane == 0 && !idle; }
  // Are all words spoken, and is this the thread that writes the row's one result?
  __device__ bool done() const { return split.phase < 0 || split.phase == words; }
  __device__ bool writes() const { return leads() && done(); }
};

// One thread has a row of its own in shared memory. It begins somewhere inside, so that threads that read at once meet
// different banks: rows of 2ᵏ · odd elements fall on the same banks in 2ᵏ groups, and each group begins an element
// later.
struct ThreadRow : Team {
  static constexpr int rows = 64;  // of a block
  static constexpr std::int64_t longest = 32;  // of the rows it is for
  int columns, start;

  template <class S>
  struct Data {
    S* data;
  };
  template <class S>
  __device__ static ThreadRow of(int columns) {
    constexpr int at_once = 128 / sizeof(S), most = sizeof(S) == 4 ? 5 : 4;
    const int twos = columns == 0 ? 0 : ::min(most, __ffs(columns) - 1);
    return {{{}, 0, 0, 1, 0, false}, columns, static_cast<int>(threadIdx.x % at_once) >> (most - twos)};
  }
  template <class Use, class... S>
  __device__ void each(Use use, const Data<S>&... rows) const {
    for (int i = 0, at = start; i < columns; ++i) {
      use(at, Pack<S>(rows.data[at])...);
      at = at + 1 == columns ? 0 : at + 1;
    }
  }
  template <class Each, class S, class... In>
  __device__ void write(const Data<S>& to, Each value, const Data<In>&... rows) const {
    for (int i = 0, at = start; i < columns; ++i) {
      to.data[at] = Pack<S>(value(Pack<In>(rows.data[at])...)).v;
      at = at + 1 == columns ? 0 : at + 1;
    }
  }
  template <class P, class Join>
  __device__ P joined(P mine, Join) const {
    return mine;
  }
};

// As many elements as 128 bits hold, or the first `count` of them; at once where they are `wide`: all, and aligned.
template <class S>
__device__ Wide<S> wide_at(const S* from, bool wide, int count = Wide<S>::count) {
  if (wide) return *reinterpret_cast<const Wide<S>*>(from);
  Wide<S> x;
  for (int j = 0; j < Wide<S>::count; ++j) x.of[j] = j < count ? from[j] : S(0);
  return x;
}
template <class S>
__device__ void put_wide(S* to, const Wide<S>& x, bool wide, int count = Wide<S>::count) {
  if (wide) {
    *reinterpret_cast<Wide<S>*>(to) = x;
  } else {
    for (int j = 0; j < Wide<S>::count; ++j)
      if (j < count) to[j] = x.of[j];
  }
}
template <class S>
__device__ bool is_aligned(const S* p) {
  return reinterpret_cast<std::uintptr_t>(p) % sizeof(Wide<S>) == 0;
}

// How dense rows are dealt out to threads. Rows that are held lie in shared memory, each element at the thread that
// works on it.
struct RowPlan {
  static constexpr int most_threads = 256, scratch_bytes = 2 * 32 * 16;
  static constexpr std::int64_t longest_of_singles = 32;  // of the rows that are taken element by element
  int threads = 2, block;  // of a row; of a block: powers of two
  int slots;               // 128 bits each, that a thread holds of a row, and one more for single elements
  int rooms = 0;           // rows that are held
  int room_of[3] = {-1, -1, -1};  // the rows that a kernel speaks of, or -1: it stays where it is
  Split split;

  template <class S>
  static RowPlan of(std::int64_t rows, std::int64_t columns) {
    constexpr std::int64_t most_bytes = 128, few_threads = 4096;  // of a thread; that leave a device idle
    const std::int64_t least = columns <= longest_of_singles ? 1 : Wide<S>::count;
    RowPlan plan;
    while (plan.threads < most_threads && (columns * std::int64_t(sizeof(S)) > most_bytes * plan.threads ||
                                           (rows * plan.threads < few_threads && columns > least * plan.threads)))
      plan.threads *= 2;
    plan.block = plan.threads > 32 ? plan.threads : 128;  // more than a warp meet as a block
    plan.slots = static_cast<int>((columns / Wide<S>::count + plan.threads - 1) / plan.threads);
    return plan;
  }
  unsigned blocks(std::int64_t rows) const { return launch_blocks((rows * threads + block - 1) / block); }
  void split_long_rows(std::int64_t rows, std::int64_t columns) {
    split.splits = splits_for(rows, columns, 16 * most_threads);
    if (split.splits == 1) return;
    rooms = 0;
    for (int& room : room_of) room = -1;
  }
  std::size_t bytes_of_rooms(int count) const { return scratch_bytes + std::size_t(16) * count * block * (slots + 1); }
  std::size_t bytes() const { return bytes_of_rooms(rooms); }
  // Holds row k, where there is room for it.
  bool hold(int k) {
    constexpr std::size_t most = 48 * 1024;
    if (bytes_of_rooms(rooms + 1) > most) return false;
    room_of[k] = rooms++;
    return true;
  }
};

// Threads share a dense row in memory, or in rooms: a power of two of them, in a warp or as a block. Each takes every
// threads-th of the row's whole 128 bits, and of the single elements before and behind. A short row has only these.
struct VectorRow : Team {
  int vectors;             // of this thread
  int first, step;         // where its first one begins, and how far apart they are
  int head, singles, gap;  // single elements: those before the vectors, all, and how many elements lie between
  unsigned char* memory;
  int slots, joins = 0;

  template <class S>
  struct Data {
    S *vectors, *singles;
    int pitch;  // between this thread's vectors
    bool held, wide;

    __device__ S* vector(int k) const { return vectors + std::int64_t(k) * pitch; }
    __device__ Wide<S> get(int k) const { return wide_at(vector(k), wide); }
    __device__ void put(int k, const Wide<S>& x) const { put_wide(vector(k), x, wide); }
    // Single element number `mine` of this thread, which is element i.
    __device__ S& single(int mine, int i) const { return singles[held ? mine : i]; }
  };

  template <class S>
  __device__ static VectorRow of(unsigned char* memory, const RowPlan& plan, std::int64_t rows, std::int64_t columns) {
    constexpr int width = Wide<S>::count;
    const int lane = static_cast<int>(threadIdx.x) & (plan.threads - 1);
    const int twos = __ffs(plan.threads) - 1;
    const std::int64_t row = std::int64_t(blockIdx.x) * (plan.block >> twos) + (threadIdx.x >> twos);
    const bool idle = row >= rows;
    const std::int64_t begin = plan.split.begin();
    const int count = idle ? 0 : plan.split.count(columns, begin);
    const int before = static_cast<int>(-row * columns & (width - 1));  // elements before the first whole 128 bits
    const int head = columns <= RowPlan::longest_of_singles || count < before ? count : before;
    const int whole = (count - head) / width;
    VectorRow team{{plan.split, row, begin, plan.threads, lane, idle}};
    team.vectors = (whole - lane + plan.threads - 1) >> twos;
    team.first = head + lane * width;
    team.step = plan.threads * width;
    team.head = head;
    team.singles = count - whole * width;
    team.gap = whole * width;
    team.memory = memory + RowPlan::scratch_bytes;
    team.slots = plan.slots;
    return team;
  }
  // The row in an array of rows.
  template <class S>
  __device__ Data<S> data(const void* array, std::int64_t columns) const {
    S* const at = const_cast<S*>(static_cast<const S*>(array)) + row * columns + begin;
    return {at + first, at, step, false, is_aligned(at + first)};
  }
  template <class S>
  __device__ Data<S> room(int number) const {
    constexpr int width = Wide<S>::count;
    const int pitch = static_cast<int>(blockDim.x) * width;
    S* const at = reinterpret_cast<S*>(memory) + number * (slots + 1) * pitch + static_cast<int>(threadIdx.x) * width;
    return {at, at + slots * pitch, pitch, true, true};
  }

  template <class Use, class... S>
  __device__ void each(Use use, const Data<S>&... rows) const {
    for (int k = 0; k < vectors; ++k)
      [&](const auto&... x) {
        for (int j = 0; j < width_of<S...>; ++j) use(first + k * step + j, Pack<S>(x.of[j])...);
      }(rows.get(k)...);
    for_singles([&](int mine, int i) { use(i, Pack<S>(rows.single(mine, i))...); });
  }
  template <class Each, class S, class... In>
  __device__ void write(const Data<S>& to, Each value, const Data<In>&... rows) const {
    for (int k = 0; k < vectors; ++k) {
      Wide<S> result;
      [&](const auto&... x) {
        for (int j = 0; j < Wide<S>::count; ++j) result.of[j] = Pack<S>(value(Pack<In>(x.of[j])...)).v;
      }(rows.get(k)...);
      to.put(k, result);
    }
    for_singles([&](int mine, int i) { to.single(mine, i) = Pack<S>(value(Pack<In>(rows.single(mine, i))...)).v; });
  }
  // Of all threads of a row, for all of them.
  template <class P, class Join>
  __device__ P joined(P mine, Join join) {
    const int lanes = threads < 32 ? threads : 32;
    mine = joined_in_warp(mine, join, lanes);
    if (threads > 32) {  // where others may still read what was joined before, half of the scratch is free
      P* const of_warp = reinterpret_cast<P*>(memory - (++joins & 1 ? 1 : 2) * (RowPlan::scratch_bytes / 2));
      if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = mine;
      __syncthreads();
      if (threadIdx.x % 32 < threads / 32) mine = of_warp[threadIdx.x % 32];
      mine = joined_in_warp(mine, join, threads / 32);
    }
    return mapped(mine, [=](auto v) { return __shfl_sync(0xffffffffu, v, 0, lanes); });
  }

 private:
  template <class S, class...>
  static constexpr int width_of = Wide<S>::count;

  template <class Use>
  __device__ void for_singles(Use use) const {
    for (int mine = 0, e = lane; e < singles; ++mine, e += threads) use(mine, e < head ? e : e + gap);
  }
};

// `width` rows side by side are a block's, each shared by `parts` threads that take every parts-th element of it.
struct SidePlan {
  static constexpr int block = 256;
  int width, parts;
  Split split;

  static SidePlan of(std::int64_t rows, std::int64_t columns) {
    constexpr std::int64_t few_threads = 16384;  // that leave a device idle
    const std::int64_t most = columns < 32 ? 1 : columns / 16, most_of_many = rows * 8 < few_threads ? 32 : 8;
    const std::int64_t widest = block / (most < most_of_many ? most : most_of_many);
    SidePlan plan;
    plan.width = static_cast<int>(rows < widest ? rows : widest);
    plan.parts = static_cast<int>(most < block / plan.width ? most : block / plan.width);
    plan.split.splits = splits_for(plan.blocks(rows), columns, 16 * plan.parts);
    return plan;
  }
  unsigned blocks(std::int64_t rows) const { return launch_blocks((rows + width - 1) / width); }
};
struct SideRow : Team {
  int width, side, count;
  std::int64_t inner;
  void* scratch;

  template <class S>
  struct Data {
    S* data;  // the first element of this thread
  };

  __device__ static SideRow of(void* scratch, const SidePlan& plan, std::int64_t columns, std::int64_t inner,
                               std::int64_t rows) {
    const int part = static_cast<int>(threadIdx.x) / plan.width, side = static_cast<int>(threadIdx.x) % plan.width;
    const std::int64_t row = std::int64_t(blockIdx.x) * plan.width + side;
    const std::int64_t begin = plan.split.begin();
    const bool idle = part >= plan.parts || row >= rows;
    return {{plan.split, row, begin, plan.parts, part, idle}, plan.width, side,
            idle ? 0 : plan.split.count(columns, begin),      inner,      scratch};
  }
  // The row in an array [outer, columns, inner].
  template <class S>
  __device__ Data<S> data(const void* array, std::int64_t columns) const {
    const std::int64_t outer = row / inner, at = row - outer * inner;
    return {const_cast<S*>(static_cast<const S*>(array)) + (outer * columns + begin + lane) * inner + at};
  }
  template <class Use, class... S>
  __device__ void each(Use use, const Data<S>&... rows) const {
    std::int64_t at = 0;
    for (int i = lane; i < count; i += threads, at += threads * inner) use(i, Pack<S>(rows.data[at])...);
  }
  template <class Each, class S, class... In>
  __device__ void write(const Data<S>& to, Each value, const Data<In>&... rows) const {
    std::int64_t at = 0;
    for (int i = lane; i < count; i += threads, at += threads * inner)
      to.data[at] = Pack<S>(value(Pack<In>(rows.data[at])...)).v;
  }
  // By halves of the parts, in an order that their number alone decides.
  template <class P, class Join>
  __device__ P joined(P mine, Join join) const {
    if (threads == 1) return mine;
    P* const of = static_cast<P*>(scratch);
    of[threadIdx.x] = mine;
    for (int left = threads; left > 1;) {
      const int half = (left + 1) / 2;
      __syncthreads();
      if (lane + half < left) of[threadIdx.x] = mine = join(mine, of[threadIdx.x + half * width]);
      left = half;
    }
    __syncthreads();
    const P all = of[side];
    __syncthreads();
    return all;
  }
};

struct Added {
  template <class P>
  __device__ P operator()(P all, const P& part) const {
    all.add(part);
    return all;
  }
};
// The largest so far, and Σ exp(x - top) of all but one that is as large. Made smaller whenever a larger one comes.
template <class P>
struct TopAndRest {
  P top, rest;
  __device__ void add(TopAndRest part) {
    const bool larger = (part.top > top).m;
    const P low = larger ? top : part.top, high = larger ? part.top : top;
    const P scale = where(low == high, P(1), exp(low - high)), fewer = (larger ? rest : part.rest) + P(1);
    rest = (larger ? part.rest : rest) + fewer * scale;
    top = high;
  }
};

// A row's words, spoken by all threads of its team.
template <class S, class Team>
struct DeviceRow {
  using Real = Pack<S>;
  using Value = Pack<S>;
  using Data = typename Team::template Data<S>;
  Data data;
  std::int64_t columns;
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
      return total_of(true, each);
    }
  }
  template <class Holds>
  __device__ Value count_where(Holds holds) const {
    using Count = Pack<std::int64_t>;
    const auto take = [&](Count& all, int, Real x) { all.v += holds(x).m; };
    return Value(static_cast<S>(word(true, Count(0), take, Plus(), *this).v));
  }
  // Where it is not asked for, all threads of the row speak the word with no numbers.
  template <class Each>
  __device__ Value total_where(Mask<S> asked, Each each) const {
    return total_of(asked.m, each);
  }
  // As on the CPU: where the value stands first, or the first NaN.
  __device__ std::int64_t index_of(Value value) const {
    using Place = Pack<std::int64_t>;
    auto take = [&](Place& first, int i, Real x) {
      if (x.v == value.v || (value.v != value.v && x.v != x.v))
        if (const std::int64_t place = team->begin + i; place < first.v) first = Place(place);
    };
    return word(true, Place(columns), take, [](Place a, Place b) { return b.v < a.v ? b : a; }, *this).v;
  }
  // As on the CPU, but for rounding, and the row is read but once.
  __device__ LogTotal<Value> log_total() const {
    const TopAndRest<Value> start{Value(lowest<S>), Value(S(0))};
    const auto all = word(true, start, [](auto& all, int, Real x) { all.add({x, Real(S(0))}); }, Added(), *this);
    return {all.top, log1p(all.rest)};
  }
  template <class Each, class... Rows>
  __device__ void assign(Each each, const Rows&... rows) {
    const int number = team->words++;
    if (team->split.phase < 0 || number == team->split.phase) team->write(data, each, rows.data...);
  }

 private:
  template <class Each>
  __device__ Value total_of(bool asked, Each each) const {
    const Compensated<Real> none{Real(S(0)), Real(S(0))};
    return word(asked, none, [&](auto& all, int, Real x) { all.add(Real(each(x))); }, Added(), *this).value();
  }
  template <class Join, class Each, class... Rows>
  __device__ Value fold(S start, Join join, Each each, const Rows&... others) const {
    return word(
        true, Value(start), [&](Value& all, int, auto... x) { all = join(all, Real(each(x...))); }, join, *this,
        others...);
  }
  template <class P, class Take, class Join, class... Rows>
  __device__ P word(bool asked, P answer, Take take, Join join, const Rows&... rows) const {
    const Split& split = team->split;
    const int number = team->words++;
    if (split.phase < 0 || number == split.phase) {
      if (asked) team->each([&](int i, auto... x) { take(answer, i, x...); }, rows.data...);
      answer = team->joined(answer, join);
      if (split.phase >= 0 && team->leads()) *split.at<P>(number, team->row, blockIdx.y) = answer;
    } else if (number < split.phase) {
      for (std::int64_t s = team->lane; !team->idle && s < split.splits; s += team->threads)
        answer = join(answer, *split.at<P>(number, team->row, s));
      answer = team->joined(answer, join);
    }
    return answer;
  }
};

// The row that the kernel's plan gives number k: in its room, where it has one, and read into it.
template <class S>
__device__ DeviceRow<S, VectorRow> planned_row(VectorRow& team, const RowPlan& plan, int k, const void* array,
                                               std::int64_t columns, bool is_read) {
  const auto there = team.data<S>(array, columns);
  if (plan.room_of[k] < 0) return {there, columns, &team};
  const auto room = team.room<S>(plan.room_of[k]);
  if (is_read) team.write(room, Itself(), there);
  return {room, columns, &team};
}

// A block's rows in shared memory, a thread's own each, which lie there as they lie in memory: read and written as one
// run, by whole sectors.
template <class S>
struct Run {
  std::int64_t first;  // the run's first row
  int rows, columns, elements;

  __device__ Run(std::int64_t all_rows, std::int64_t row_length)
      : first(std::int64_t(blockIdx.x) * ThreadRow::rows),
        rows(static_cast<int>(all_rows - first < ThreadRow::rows ? all_rows - first : ThreadRow::rows)),
        columns(static_cast<int>(row_length)),
        elements(rows * columns) {}
  // The room that a run takes; run k begins at k times it.
  __device__ S* room(void* memory, int k) const { return static_cast<S*>(memory) + k * ThreadRow::rows * columns; }
  __device__ void read(S* to, const void* from) const {
    const S* const begin = static_cast<const S*>(from) + first * columns;
    for (int i = threadIdx.x; i < elements; i += ThreadRow::rows) to[i] = begin[i];
  }
  __device__ void write(void* to, const S* from) const {
    S* const begin = static_cast<S*>(to) + first * columns;
    for (int i = threadIdx.x; i < elements; i += ThreadRow::rows) begin[i] = from[i];
  }
  // Has this thread a row?
  __device__ bool has_row() const { return threadIdx.x < rows; }
  __device__ std::int64_t number() const { return first + threadIdx.x; }
  __device__ DeviceRow<S, ThreadRow> row(S* run, ThreadRow& team) const {
    return {{run + threadIdx.x * columns}, columns, &team};
  }
  static std::size_t bytes(std::int64_t columns) {
    return ThreadRow::rows * static_cast<std::size_t>(columns) * sizeof(S);
  }
  static unsigned blocks(std::int64_t rows) { return launch_blocks((rows + ThreadRow::rows - 1) / ThreadRow::rows); }
};
// Rows so short that a thread's own is best, where there are many of them.
inline bool in_runs(std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t many = 1024;
  return columns <= (rows < many ? 1 : ThreadRow::longest);
}

// Calls launch(plan, blocks of a row) once, or, where rows are split over blocks, once for each word, and once more for
// who writes their results.
template <class Plan, class Launch>
void launch_words(const char* op, Device device, Plan plan, int words, bool once_more, std::int64_t rows,
                  std::int64_t columns, Launch launch) {
  Split& split = plan.split;
  if (split.splits == 1) return launch(plan, 1u);
  const device::ScratchBuffer parts(op, device, 16 * static_cast<std::size_t>(words * rows * split.splits));
  split.rows = rows;
  split.each = ((columns + split.splits - 1) / split.splits + 63) / 64 * 64;  // whole sectors
  split.parts = parts.data();
  for (split.phase = 0; split.phase < words + once_more; ++split.phase)
    launch(plan, split.phase < words ? static_cast<unsigned>(split.splits) : 1);
}

}  // namespace gradtape::cuda
