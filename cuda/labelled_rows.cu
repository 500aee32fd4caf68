// Losses over labels in one pass over the scores, and their gradients in one more, which reckons the softmax again: that costs less than
// keeping it. Totals are taken in double, each block's by itself, and those by one more block.
#include <gradtape/cuda/labelled_rows.h>

#include <gradtape/cuda/device_row.h>
#include <gradtape/ops/rowwise/log_softmax.h>

namespace gradtape::cuda {
namespace {

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

// What one row's label says: is it one that counts, and with which weight?
template <class S>
struct Label {
  std::int64_t column;
  bool counts;
  S weight;

  __device__ Label(const LabelledPass& pass, std::int64_t row) : column(pass.labels[row]) {
    counts = is_good(pass.check, column, row) && column != pass.ignored;
    weight = !counts ? S(0) : pass.weights ? static_cast<const S*>(pass.weights)[column] : S(1);
  }
};

// The loss of a row of logits. The row's words are spoken by all threads that share it.
template <class S, class Row>
__device__ S softmax_loss(const Row& x, const Label<S>& label) {
  const Pack<S> top = x.max(), log_total = LogSoftmax::log_total(x, top);
  return label.counts ? ((top - x.at(label.column)) + log_total).v : S(0);
}
// Of a row of logits, held where the result goes: (softmax - onehot) · scale, without the onehot.
template <class S, class Row>
__device__ void scaled_softmax(Row& x, const Label<S>& label, S scale) {
  const Pack<S> top = x.max(), log_total = LogSoftmax::log_total(x, top);
  const bool counts = label.counts;
  x.assign([=](auto v) { return counts ? exp(v - top - log_total) * Pack<S>(scale) : Pack<S>(S(0)); }, x);
}

template <class S>
__device__ S scale_of(const LabelledPass& pass, const Label<S>& label, std::int64_t row, const void* gradient, const double* divisor) {
  const S by = *divisor == 0 ? S(0) : static_cast<S>(1 / *divisor);
  return label.weight * (static_cast<const S*>(gradient)[pass.of == LabelledPass::Of::each ? row : 0] * by);
}

template <class S>
__device__ void put_loss(const LabelledPass& pass, std::int64_t row, S loss, const Label<S>& label, void* losses, Totals& mine) {
  loss *= label.weight;
  if (pass.of == LabelledPass::Of::each) static_cast<S*>(losses)[row] = loss;
  mine.add({static_cast<double>(loss), static_cast<double>(label.weight)});
}

template <class S>
__global__ void likelihood_kernel(LabelledPass pass, void* losses, Totals* totals) {
  const std::int64_t row = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  Totals mine{};
  if (row < pass.rows) {
    const Label<S> label(pass, row);
    put_loss(pass, row, label.counts ? -static_cast<const S*>(pass.x)[row * pass.columns + label.column] : S(0), label, losses, mine);
  }
  const Totals all = block_sum(mine);
  if (threadIdx.x == 0) totals[blockIdx.x] = all;
}

template <class S>
__global__ void likelihood_gradient_kernel(LabelledPass pass, const void* gradient, const double* divisor, S* dx) {
  const std::int64_t e = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (e >= pass.rows * pass.columns) return;
  const std::int64_t row = e / pass.columns;
  const Label<S> label(pass, row);
  dx[e] = label.counts && label.column == e % pass.columns ? -scale_of(pass, label, row, gradient, divisor) : S(0);
}

// A run of short rows, in shared memory, with a row for each thread.
template <class S>
struct Run {
  S* held;
  std::int64_t first, left;
  int columns, elements;

  __device__ Run(const LabelledPass& pass, void* memory)
      : held(static_cast<S*>(memory)), first(std::int64_t(blockIdx.x) * short_rows), left(pass.rows - first), columns(static_cast<int>(pass.columns)),
        elements((left < short_rows ? static_cast<int>(left) : short_rows) * columns) {
    for (int i = threadIdx.x; i < elements; i += short_rows) held[i] = static_cast<const S*>(pass.x)[first * columns + i];
    __syncthreads();
  }
  __device__ DeviceRow<S, Alone> row(Alone& team) const { return {held + threadIdx.x * columns, columns, 1, &team}; }
};

template <class S>
__global__ void short_losses_kernel(LabelledPass pass, void* losses, Totals* totals) {
  extern __shared__ __align__(16) unsigned char memory[];
  const Run<S> run(pass, memory);
  Totals mine{};
  if (threadIdx.x < run.left) {
    Alone team = Alone::of<S>(run.columns);
    const std::int64_t row = run.first + threadIdx.x;
    const Label<S> label(pass, row);
    put_loss(pass, row, softmax_loss<S>(run.row(team), label), label, losses, mine);
  }
  const Totals all = block_sum(mine);
  if (threadIdx.x == 0) totals[blockIdx.x] = all;
}

template <class S>
__global__ void short_gradient_kernel(LabelledPass pass, const void* gradient, const double* divisor, S* dx) {
  extern __shared__ __align__(16) unsigned char memory[];
  const Run<S> run(pass, memory);
  if (threadIdx.x < run.left) {
    Alone team = Alone::of<S>(run.columns);
    const std::int64_t row = run.first + threadIdx.x;
    const Label<S> label(pass, row);
    const S scale = scale_of(pass, label, row, gradient, divisor);
    auto x = run.row(team);
    scaled_softmax(x, label, scale);
    if (label.counts) x.data[label.column] -= scale;
  }
  __syncthreads();
  for (int i = threadIdx.x; i < run.elements; i += short_rows) dx[run.first * run.columns + i] = run.held[i];
}

// A block for each row, which is read once where it is held.
template <class S, bool Held>
__device__ DeviceRow<S, Together> row_of_block(const LabelledPass& pass, unsigned char* memory, Together& team, S* held) {
  team = Together::of(memory, {}, 1, blockIdx.x, pass.rows);
  S* x = const_cast<S*>(static_cast<const S*>(pass.x)) + blockIdx.x * pass.columns;
  if (!Held) return {x, pass.columns, 1, &team};
  for (std::int64_t i = threadIdx.x; i < pass.columns; i += blockDim.x) held[i] = x[i];
  __syncthreads();  // the label's score is read by all
  return {held, pass.columns, 1, &team};
}

template <class S, bool Held>
__global__ void losses_kernel(LabelledPass pass, void* losses, Totals* totals) {
  extern __shared__ __align__(16) unsigned char memory[];
  Together team;
  const auto x = row_of_block<S, Held>(pass, memory, team, reinterpret_cast<S*>(memory + Scratch::bytes_of_a_thread * blockDim.x));
  const Label<S> label(pass, blockIdx.x);
  const S loss = softmax_loss<S>(x, label);
  if (threadIdx.x > 0) return;
  Totals mine{};
  put_loss(pass, blockIdx.x, loss, label, losses, mine);
  totals[blockIdx.x] = mine;
}

template <class S, bool Held>
__global__ void gradient_kernel(LabelledPass pass, const void* gradient, const double* divisor, S* dx) {
  extern __shared__ __align__(16) unsigned char memory[];
  Together team;
  const auto x = row_of_block<S, Held>(pass, memory, team, reinterpret_cast<S*>(memory + Scratch::bytes_of_a_thread * blockDim.x));
  const Label<S> label(pass, blockIdx.x);
  const S scale = scale_of(pass, label, blockIdx.x, gradient, divisor);
  const Pack<S> top = x.max(), log_total = LogSoftmax::log_total(x, top);
  for (std::int64_t i = threadIdx.x; i < pass.columns; i += blockDim.x) {
    const S part = (exp(x.at(i) - top - log_total) * Pack<S>(scale)).v;
    dx[blockIdx.x * pass.columns + i] = !label.counts ? S(0) : i == label.column ? part - scale : part;
  }
}

template <class S>
__global__ void total_kernel(LabelledPass pass, const Totals* totals, std::int64_t count, S* loss, double* divisor) {
  Totals mine{};
  for (std::int64_t i = threadIdx.x; i < count; i += blockDim.x) mine.add(totals[i]);
  const Totals all = block_sum(mine);
  if (threadIdx.x > 0) return;
  *divisor = pass.of == LabelledPass::Of::mean ? all.weight : 1;
  if (pass.of != LabelledPass::Of::each) *loss = static_cast<S>(*divisor == 0 && pass.rows ? 0 : all.loss / *divisor);
}

// How rows of logits are taken.
template <class S>
struct Plan {
  bool is_short, held;
  unsigned blocks;
  int threads;
  std::size_t memory;

  explicit Plan(const LabelledPass& pass) {
    const std::size_t row = static_cast<std::size_t>(pass.columns) * sizeof(S);
    is_short = pass.columns <= short_row;
    held = row <= held_bytes;
    blocks = static_cast<unsigned>(is_short ? (pass.rows + short_rows - 1) / short_rows : pass.rows);
    threads = is_short ? short_rows : threads_for(pass.columns);
    memory = is_short ? short_rows * row : Scratch::bytes_of_a_thread * threads + (held ? row : 0);
  }
};

template <class S>
void losses(const LabelledPass& pass, void* to, double* divisor) {
  const cudaStream_t stream = stream_of(pass.device);
  const Plan<S> plan(pass);
  const std::int64_t count = pass.softmax ? plan.blocks : blocks_for(pass.rows);
  const device::Room room(pass.device, sizeof(Totals) * static_cast<std::size_t>(count));
  auto* totals = static_cast<Totals*>(room.data());
  if (pass.rows > 0) {
    if (!pass.softmax) likelihood_kernel<S><<<blocks_for(pass.rows), block_threads, 0, stream>>>(pass, to, totals);
    else (plan.is_short ? short_losses_kernel<S> : plan.held ? losses_kernel<S, true> : losses_kernel<S, false>)<<<plan.blocks, plan.threads, plan.memory, stream>>>(pass, to, totals);
  }
  total_kernel<S><<<1, block_threads, 0, stream>>>(pass, totals, count, static_cast<S*>(to), divisor);
}

template <class S>
void gradient_of(const LabelledPass& pass, const void* gradient, const double* divisor, S* dx) {
  if (pass.rows * pass.columns == 0) return;
  const cudaStream_t stream = stream_of(pass.device);
  const Plan<S> plan(pass);
  if (!pass.softmax) likelihood_gradient_kernel<S><<<blocks_for(pass.rows * pass.columns), block_threads, 0, stream>>>(pass, gradient, divisor, dx);
  else (plan.is_short ? short_gradient_kernel<S> : plan.held ? gradient_kernel<S, true> : gradient_kernel<S, false>)<<<plan.blocks, plan.threads, plan.memory, stream>>>(pass, gradient, divisor, dx);
}

}  // namespace

void launch_losses(const LabelledPass& pass, void* to, double* divisor) {
  if (pass.type == DType::float32) losses<float>(pass, to, divisor);
  else losses<double>(pass, to, divisor);
  check(cudaGetLastError(), "losses of labels");
}
void launch_loss_gradient(const LabelledPass& pass, const void* gradient, const double* divisor, void* dx) {
  if (pass.type == DType::float32) gradient_of(pass, gradient, divisor, static_cast<float*>(dx));
  else gradient_of(pass, gradient, divisor, static_cast<double*>(dx));
  check(cudaGetLastError(), "losses of labels");
}

}  // namespace gradtape::cuda
