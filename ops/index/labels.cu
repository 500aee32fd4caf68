// Losses over labels in one pass over the scores, and their gradients in one more. Totals are taken in double, each
// block's by itself, and those by the block that is done last.
#include <gradtape/ops/index/labels.h>

#include <gradtape/cuda/device_row.h>
#include <gradtape/cuda/fault.h>
#include <gradtape/ops/cpu/cross_entropy.h>

namespace gradtape {
namespace {

using namespace cuda;

struct Totals {
  double loss, weight;
  __device__ void add(const Totals& other) {
    loss += other.loss;
    weight += other.weight;
  }
};

// The sum over a block, in a fixed order, for its first thread.
__device__ Totals block_sum(Totals mine) {
  __shared__ Totals of_warp[32];
  for (int lanes = 16; lanes > 0; lanes /= 2)
    mine.add({__shfl_down_sync(0xffffffffu, mine.loss, lanes), __shfl_down_sync(0xffffffffu, mine.weight, lanes)});
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = mine;
  __syncthreads();
  for (int w = 1; threadIdx.x == 0 && w < blockDim.x / 32; ++w) mine.add(of_warp[w]);
  return mine;
}

// Rows of scores, each with a label.
template <class S>
struct Pass {
  IndexCheck check;  // its `ignored` label counts nothing
  Reduction reduction;
  LabelledRows<S> rows;
};
// `totals`: null for nll.
template <class S>
Pass<S> pass_of(const Launch& work, const TensorData* totals) {
  const Nll& op = work.as<Nll>();
  const std::int64_t rows = work.in(1)->count;
  S* top = elements<S>(totals);
  return {index_check(work, op.classes, op.ignored),
          op.reduction,
          {elements<S>(work.in(0)), elements<std::int64_t>(work.in(1)), elements<S>(work.in(2)), op.ignored, rows,
           op.classes, top, top ? top + whole_packs(rows) : nullptr, nullptr}};
}

// What one row's label says: is it one that counts, and with which weight?
template <class S>
struct Label {
  std::int64_t column;
  bool counts;
  S weight;

  __device__ Label(const Pass<S>& pass, std::int64_t row) : column(pass.rows.labels[row]) {
    counts = is_good(pass.check, column, row) && column != pass.rows.ignored;
    weight = !counts ? S(0) : pass.rows.weights ? pass.rows.weights[column] : S(1);
  }
};

// Where a loss goes: [rows], or one number and what its mean is taken over; and room for each block's totals.
template <class S>
struct LossRoom {
  S* losses;
  double* divisor;
  Totals* totals;
};

// A row's loss, for itself or into the totals. A term of weight 0 is 0, whatever it is multiplied by.
template <class S>
__device__ void put_loss(const Pass<S>& pass, std::int64_t row, S loss, S weight, const LossRoom<S>& room,
                         Totals& mine) {
  loss = weight == S(0) ? S(0) : loss * weight;
  if (pass.reduction == Reduction::none) room.losses[row] = loss;
  mine.add({static_cast<double>(loss), static_cast<double>(weight)});
}
// How many blocks are done: 0 between launches.
__device__ unsigned blocks_done;

// The last block that is done joins the totals of all, in the order of the blocks.
template <class S>
__device__ void put_totals(const Pass<S>& pass, Totals mine, const LossRoom<S>& room) {
  __shared__ bool is_last;
  mine = block_sum(mine);
  if (threadIdx.x == 0) {
    room.totals[blockIdx.x] = mine;
    __threadfence();
    is_last = atomicAdd(&blocks_done, 1u) + 1 == gridDim.x;
  }
  __syncthreads();
  if (!is_last) return;
  __threadfence();
  mine = {};
  for (int i = threadIdx.x; i < gridDim.x; i += blockDim.x)
    mine.add({__ldcg(&room.totals[i].loss), __ldcg(&room.totals[i].weight)});
  mine = block_sum(mine);
  if (threadIdx.x > 0) return;
  blocks_done = 0;
  const double divisor = pass.reduction == Reduction::mean ? mine.weight : 1;
  *room.divisor = divisor;
  if (pass.reduction != Reduction::none)
    *room.losses = static_cast<S>(divisor == 0 && pass.rows.rows ? 0 : mine.loss / divisor);
}

template <class S>
__global__ void likelihood_kernel(Pass<S> pass, LossRoom<S> room) {
  const std::int64_t row = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  Totals mine{};
  if (row < pass.rows.rows) {
    const Label<S> label(pass, row);
    put_loss(pass, row, label.counts ? -pass.rows.x[row * pass.rows.columns + label.column] : S(0), label.weight, room,
             mine);
  }
  put_totals(pass, mine, room);
}

// The score at the label. Threads with rows of their own walk there: if each went straight to its label, they would
// meet in the same banks.
template <class S>
__device__ Pack<S> score_at(const DeviceRow<S, ThreadRow>& x, std::int64_t column) {
  Pack<S> score(S(0));
  x.team->each([&](int i, Pack<S> v) { score = i == column ? v : score; }, x.data);
  return score;
}

// The loss of a row of logits, whose totals are kept.
template <class S>
__device__ void put_softmax_loss(const Pass<S>& pass, std::int64_t row, const Label<S>& label, LogTotal<Pack<S>> of,
                                 Pack<S> score, const LossRoom<S>& room, Totals& mine) {
  pass.rows.top[row] = of.top.v;
  pass.rows.log_total[row] = of.log_total.v;
  put_loss(pass, row, label.counts ? ((of.top - score) + of.log_total).v : S(0), label.weight, room, mine);
}

// Rows that threads have to themselves.
template <class S>
__global__ void run_losses_kernel(Pass<S> pass, LossRoom<S> room) {
  extern __shared__ __align__(16) unsigned char memory[];
  const Run<S> run(pass.rows.rows, pass.rows.columns);
  S* held = run.room(memory, 0);
  run.read(held, pass.rows.x);
  __syncthreads();
  Totals mine{};
  if (run.has_row()) {
    ThreadRow team = ThreadRow::of<S>(run.columns);
    const Label<S> label(pass, run.number());
    const auto x = run.row(held, team);
    put_softmax_loss(pass, run.number(), label, x.log_total(), score_at(x, label.column), room, mine);
  }
  put_totals(pass, mine, room);
}

// Rows that threads share, or parts of them.
template <class S>
__global__ void row_losses_kernel(Pass<S> pass, const __grid_constant__ RowPlan plan, LossRoom<S> room) {
  extern __shared__ __align__(16) unsigned char memory[];
  const std::int64_t columns = pass.rows.columns;
  VectorRow team = VectorRow::of<S>(memory, plan, pass.rows.rows, columns);
  const DeviceRow<S, VectorRow> x{team.data<S>(pass.rows.x, columns), columns, &team};
  const auto of = x.log_total();
  Totals mine{};
  if (team.writes()) {
    const Label<S> label(pass, team.row);
    const S score = label.counts ? pass.rows.x[team.row * columns + label.column] : S(0);
    put_softmax_loss(pass, team.row, label, of, Pack<S>(score), room, mine);
  }
  if (team.done()) put_totals(pass, mine, room);
}

// Elements of a gradient that a block writes, 128 bits a thread.
template <class S>
constexpr int chunk = Wide<S>::count * block_threads;

// What a gradient's block reads once of each of its rows.
template <class S>
struct GradientRow {
  std::int64_t label;
  S scale, top, log_total;
};

// (softmax - onehot) · scale, or for log-probabilities -onehot · scale: 0 where the scale is 0, as that of a row that
// counts nothing.
template <class S, bool Softmax>
__global__ void gradient_kernel(Pass<S> pass, const S* gradient, const double* divisor, S* dx) {
  __shared__ GradientRow<S> in[chunk<S>];
  const std::int64_t columns = pass.rows.columns, begin = std::int64_t(blockIdx.x) * chunk<S>,
                     left = pass.rows.rows * columns - begin, first_row = begin / columns,
                     before = begin - first_row * columns;
  const int count = static_cast<int>(left < chunk<S> ? left : chunk<S>);
  const int rows = static_cast<int>((before + count - 1) / columns) + 1;
  for (int r = threadIdx.x; r < rows; r += block_threads) {
    const std::int64_t row = first_row + r;
    const Label<S> label(pass, row);
    const S by = *divisor == 0 ? S(0) : static_cast<S>(1 / *divisor);
    in[r].label = label.column;
    in[r].scale =
        label.weight == S(0) ? S(0) : label.weight * (gradient[pass.reduction == Reduction::none ? row : 0] * by);
    if (Softmax) in[r].top = pass.rows.top[row], in[r].log_total = pass.rows.log_total[row];
  }
  __syncthreads();
  const int first = threadIdx.x * Wide<S>::count, mine = ::min(Wide<S>::count, count - first);
  if (mine <= 0) return;
  const S* const x = pass.rows.x + begin + first;
  S* const to = dx + begin + first;
  Wide<S> values;
  if (Softmax) values = wide_at(x, mine == Wide<S>::count && is_aligned(x), mine);
  std::int64_t column = before + first;
  int r = static_cast<int>(column / columns);
  column -= r * columns;
  for (int j = 0; j < Wide<S>::count; ++j) {
    const GradientRow<S>& row = in[r];
    S part(0);
    if (Softmax) part = (exp(Pack<S>(values.of[j]) - Pack<S>(row.top) - Pack<S>(row.log_total)) * Pack<S>(row.scale)).v;
    values.of[j] = row.scale == S(0) ? S(0) : column == row.label ? part - row.scale : part;
    if (++column == columns && r < rows - 1) column = 0, ++r;
  }
  put_wide(to, values, mine == Wide<S>::count && is_aligned(to), mine);
}

// A loss of nothing is written too.
std::int64_t at_least_one(std::int64_t rows) { return rows > 0 ? rows : 1; }

// Calls launch(room) with room for the totals of so many blocks.
template <class S, class Launches>
void write_losses(const Launch& work, unsigned blocks, Launches launch) {
  const device::ScratchBuffer totals(work.name, work.device(), sizeof(Totals) * blocks);
  launch(LossRoom<S>{elements<S>(work.out(0)), elements<double>(work.out(1)), static_cast<Totals*>(totals.data())});
  check(cudaGetLastError(), work.name);
}
template <class S>
void write_likelihoods(const Launch& work) {
  const Pass<S> pass = pass_of<S>(work, nullptr);
  const unsigned blocks = blocks_for(at_least_one(pass.rows.rows));
  write_losses<S>(work, blocks, [&](const LossRoom<S>& room) {
    likelihood_kernel<S><<<blocks, block_threads, 0, stream_of(work.device())>>>(pass, room);
  });
}
template <class S>
void write_softmax_losses(const Launch& work) {
  const Pass<S> pass = pass_of<S>(work, work.out(2));
  const std::int64_t rows = at_least_one(pass.rows.rows), columns = pass.rows.columns;
  const cudaStream_t stream = stream_of(work.device());
  if (in_runs(rows, columns)) {
    const unsigned blocks = Run<S>::blocks(rows);
    return write_losses<S>(work, blocks, [&](const LossRoom<S>& room) {
      run_losses_kernel<S><<<blocks, ThreadRow::rows, Run<S>::bytes(columns), stream>>>(pass, room);
    });
  }
  RowPlan plan = RowPlan::of<S>(rows, columns);
  plan.split_long_rows(rows, columns);
  write_losses<S>(work, plan.blocks(rows), [&](const LossRoom<S>& room) {
    launch_words(work.name, work.device(), plan, 1, true, rows, columns, [&](const RowPlan& part, unsigned splits) {
      row_losses_kernel<S><<<dim3(part.blocks(rows), splits), part.block, part.bytes(), stream>>>(pass, part, room);
    });
  });
}

template <class S, bool Softmax>
void write_gradient(const Launch& work) {
  const std::int64_t count = work.out()->count;
  if (count == 0) return;
  gradient_kernel<S, Softmax>
      <<<launch_blocks((count + chunk<S> - 1) / chunk<S>), block_threads, 0, stream_of(work.device())>>>(
          pass_of<S>(work, Softmax ? work.out(1) : nullptr), elements<S>(work.in(4)), elements<double>(work.in(3)),
          elements<S>(work.out(0)));
  check(cudaGetLastError(), work.name);
}

}  // namespace

void nll_on_cuda(const Launch& work) {
  work.out()->dtype == DType::float32 ? write_likelihoods<float>(work) : write_likelihoods<double>(work);
}
void nll_gradient_on_cuda(const Launch& work) {
  work.out()->dtype == DType::float32 ? write_gradient<float, false>(work) : write_gradient<double, false>(work);
}
void softmax_cross_entropy_on_cuda(const Launch& work) {
  work.out()->dtype == DType::float32 ? write_softmax_losses<float>(work) : write_softmax_losses<double>(work);
}
void softmax_cross_entropy_gradient_on_cuda(const Launch& work) {
  work.out()->dtype == DType::float32 ? write_gradient<float, true>(work) : write_gradient<double, true>(work);
}

}  // namespace gradtape
