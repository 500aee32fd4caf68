// Losses over labels in one pass over the scores, and their gradients in one more. Totals are taken in double, each
// block's by itself, and those by one more block.
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

// Losses [rows], or a block's totals. A term of weight 0 is 0, whatever it is multiplied by.
template <class S>
__device__ void put_loss(const Pass<S>& pass, std::int64_t row, S loss, S weight, S* losses, Totals& mine) {
  loss = weight == S(0) ? S(0) : loss * weight;
  if (pass.reduction == Reduction::none) losses[row] = loss;
  mine.add({static_cast<double>(loss), static_cast<double>(weight)});
}
__device__ void put_totals(Totals mine, Totals* totals) {
  const Totals all = block_sum(mine);
  if (threadIdx.x == 0) totals[blockIdx.x] = all;
}

template <class S>
__global__ void likelihood_kernel(Pass<S> pass, S* losses, Totals* totals) {
  const std::int64_t row = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  Totals mine{};
  if (row < pass.rows.rows) {
    const Label<S> label(pass, row);
    put_loss(pass, row, label.counts ? -pass.rows.x[row * pass.rows.columns + label.column] : S(0), label.weight,
             losses, mine);
  }
  put_totals(mine, totals);
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
                                 Pack<S> score, S* losses, Totals& mine) {
  pass.rows.top[row] = of.top.v;
  pass.rows.log_total[row] = of.log_total.v;
  put_loss(pass, row, label.counts ? ((of.top - score) + of.log_total).v : S(0), label.weight, losses, mine);
}

// Rows that threads have to themselves.
template <class S>
__global__ void run_losses_kernel(Pass<S> pass, S* losses, Totals* totals) {
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
    put_softmax_loss(pass, run.number(), label, x.log_total(), score_at(x, label.column), losses, mine);
  }
  put_totals(mine, totals);
}

// Rows that threads share, or parts of them.
template <class S>
__global__ void row_losses_kernel(Pass<S> pass, const __grid_constant__ RowPlan plan, S* losses, Totals* totals) {
  extern __shared__ __align__(16) unsigned char memory[];
  const std::int64_t columns = pass.rows.columns;
  VectorRow team = VectorRow::of<S>(memory, plan, pass.rows.rows, columns);
  const DeviceRow<S, VectorRow> x{team.data<S>(pass.rows.x, columns), columns, &team};
  const auto of = x.log_total();
  Totals mine{};
  if (team.writes()) {
    const Label<S> label(pass, team.row);
    const S score = label.counts ? pass.rows.x[team.row * columns + label.column] : S(0);
    put_softmax_loss(pass, team.row, label, of, Pack<S>(score), losses, mine);
  }
  put_totals(mine, totals);
}

template <class S>
__global__ void total_kernel(Pass<S> pass, const Totals* totals, std::int64_t count, S* loss, double* divisor) {
  Totals mine{};
  for (std::int64_t i = threadIdx.x; i < count; i += blockDim.x) mine.add(totals[i]);
  const Totals all = block_sum(mine);
  if (threadIdx.x > 0) return;
  *divisor = pass.reduction == Reduction::mean ? all.weight : 1;
  if (pass.reduction != Reduction::none)
    *loss = static_cast<S>(*divisor == 0 && pass.rows.rows ? 0 : all.loss / *divisor);
}

constexpr int chunk = 4 * block_threads;  // elements of a gradient that a block writes

// (softmax - onehot) · scale, or for log-probabilities -onehot · scale: 0 where the scale is 0, as that of a row that
// counts nothing.
template <class S, bool Softmax>
__global__ void gradient_kernel(Pass<S> pass, const S* gradient, const double* divisor, S* dx) {
  __shared__ std::int64_t labels[chunk];
  __shared__ S scales[chunk];  // of the rows that the block's elements are in
  const std::int64_t columns = pass.rows.columns, first = std::int64_t(blockIdx.x) * chunk,
                     count = pass.rows.rows * columns;
  const std::int64_t last = first + chunk < count ? first + chunk : count, first_row = first / columns,
                     last_row = (last - 1) / columns;
  for (std::int64_t row = first_row + threadIdx.x; row <= last_row; row += blockDim.x) {
    const Label<S> label(pass, row);
    const S by = *divisor == 0 ? S(0) : static_cast<S>(1 / *divisor);
    labels[row - first_row] = label.column;
    scales[row - first_row] =
        label.weight == S(0) ? S(0) : label.weight * (gradient[pass.reduction == Reduction::none ? row : 0] * by);
  }
  __syncthreads();
  for (std::int64_t e = first + threadIdx.x; e < last; e += blockDim.x) {
    const std::int64_t row = e / columns;
    const S scale = scales[row - first_row];
    S part(0);
    if constexpr (Softmax)
      part = (exp(Pack<S>(pass.rows.x[e]) - Pack<S>(pass.rows.top[row]) - Pack<S>(pass.rows.log_total[row])) *
              Pack<S>(scale))
                 .v;
    dx[e] = scale == S(0) ? S(0) : e % columns == labels[row - first_row] ? part - scale : part;
  }
}

// Calls launch(losses, the blocks' totals), and joins these.
template <class S, class Launches>
void write_losses(const Launch& work, const Pass<S>& pass, unsigned blocks, Launches launch) {
  const device::ScratchBuffer room(work.name, work.device(), sizeof(Totals) * blocks);
  auto* totals = static_cast<Totals*>(room.data());
  S* loss = elements<S>(work.out(0));
  if (blocks > 0) launch(loss, totals);
  total_kernel<S>
      <<<1, block_threads, 0, stream_of(work.device())>>>(pass, totals, blocks, loss, elements<double>(work.out(1)));
  check(cudaGetLastError(), work.name);
}
template <class S>
void write_likelihoods(const Launch& work) {
  const Pass<S> pass = pass_of<S>(work, nullptr);
  const unsigned blocks = blocks_for(pass.rows.rows);
  write_losses(work, pass, blocks, [&](S* losses, Totals* totals) {
    likelihood_kernel<S><<<blocks, block_threads, 0, stream_of(work.device())>>>(pass, losses, totals);
  });
}
template <class S>
void write_softmax_losses(const Launch& work) {
  const Pass<S> pass = pass_of<S>(work, work.out(2));
  const std::int64_t rows = pass.rows.rows, columns = pass.rows.columns;
  const cudaStream_t stream = stream_of(work.device());
  if (in_runs(rows, columns)) {
    const unsigned blocks = Run<S>::blocks(rows);
    return write_losses(work, pass, blocks, [&](S* losses, Totals* totals) {
      run_losses_kernel<S><<<blocks, ThreadRow::rows, Run<S>::bytes(columns), stream>>>(pass, losses, totals);
    });
  }
  RowPlan plan = RowPlan::of<S>(rows, columns);
  if (rows > 0) plan.split_long_rows(rows, columns);
  write_losses(work, pass, plan.blocks(rows), [&](S* losses, Totals* totals) {
    launch_words(work.name, work.device(), plan, 1, true, rows, columns, [&](const RowPlan& part, unsigned splits) {
      row_losses_kernel<S>
          <<<dim3(part.blocks(rows), splits), part.block, part.bytes(), stream>>>(pass, part, losses, totals);
    });
  });
}

template <class S, bool Softmax>
void write_gradient(const Launch& work) {
  const std::int64_t count = work.out()->count;
  if (count == 0) return;
  gradient_kernel<S, Softmax>
      <<<launch_blocks((count + chunk - 1) / chunk), block_threads, 0, stream_of(work.device())>>>(
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
