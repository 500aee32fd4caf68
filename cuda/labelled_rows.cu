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

template <class S>
__device__ S scale_of(const LabelledPass& pass, S weight, std::int64_t row, const void* gradient, const double* divisor) {
  if (weight == S(0)) return 0;
  const S by = *divisor == 0 ? S(0) : static_cast<S>(1 / *divisor);
  return weight * (static_cast<const S*>(gradient)[pass.of == LabelledPass::Of::each ? row : 0] * by);
}

// Losses [rows], or a block's totals. A term of weight 0 is 0, whatever it is multiplied by.
template <class S>
__device__ void put_loss(const LabelledPass& pass, std::int64_t row, S loss, S weight, void* losses, Totals& mine) {
  loss = weight == S(0) ? S(0) : loss * weight;
  if (pass.of == LabelledPass::Of::each) static_cast<S*>(losses)[row] = loss;
  mine.add({static_cast<double>(loss), static_cast<double>(weight)});
}
__device__ void put_totals(Totals mine, Totals* totals) {
  const Totals all = block_sum(mine);
  if (threadIdx.x == 0) totals[blockIdx.x] = all;
}

template <class S>
__global__ void likelihood_kernel(LabelledPass pass, void* losses, Totals* totals) {
  const std::int64_t row = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  Totals mine{};
  if (row < pass.rows) {
    const Label<S> label(pass, row);
    put_loss(pass, row, label.counts ? -static_cast<const S*>(pass.x)[row * pass.columns + label.column] : S(0), label.weight, losses, mine);
  }
  put_totals(mine, totals);
}

template <class S>
__global__ void likelihood_gradient_kernel(LabelledPass pass, const void* gradient, const double* divisor, S* dx) {
  const std::int64_t e = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (e >= pass.rows * pass.columns) return;
  const std::int64_t row = e / pass.columns;
  const Label<S> label(pass, row);
  dx[e] = label.counts && label.column == e % pass.columns ? -scale_of(pass, label.weight, row, gradient, divisor) : S(0);
}

// The labels of a block's rows, each read by one thread: the column of the label, or -1 where it does not count, and a number that goes with
// it. Written before the threads of the block meet.
template <class S, class Team>
struct Labels {
  std::int64_t column[Team::rows];
  S number[Team::rows];

  template <class Number>
  __device__ void read(const LabelledPass& pass, Number number_of) {
    const std::int64_t row = std::int64_t(blockIdx.x) * Team::rows + threadIdx.x;
    if (threadIdx.x >= Team::rows || row >= pass.rows) return;
    const Label<S> label(pass, row);
    column[threadIdx.x] = label.counts ? label.column : -1;
    number[threadIdx.x] = number_of(label, row);
  }
};

// The score at the label. Threads with rows of their own walk there: if each went straight to its label, they would meet in the same banks.
template <class S>
__device__ Pack<S> score_at(const DeviceRow<S, Alone>& x, std::int64_t column) {
  Pack<S> score(S(0));
  x.team->each(x.columns, [&](std::int64_t i) { score = i == column ? x.at(i) : score; });
  return score;
}
template <class S, class Team>
__device__ Pack<S> score_at(const DeviceRow<S, Team>& x, std::int64_t column) { return x.at(column); }

// The loss of a row of logits. The row's words are spoken by all threads that share it.
template <class S, class Team>
__device__ S softmax_loss(const DeviceRow<S, Team>& x, std::int64_t column) {
  const Pack<S> top = x.max(), log_total = LogSoftmax::log_total(x, top);
  return column < 0 ? S(0) : ((top - score_at(x, column)) + log_total).v;
}
// Puts (softmax - onehot) · scale of a row of logits where `to` says; 0 where the scale is 0, as that of a row that
// counts nothing.
template <class S, class Team>
__device__ void softmax_gradient(const DeviceRow<S, Team>& x, std::int64_t column, S scale, S* to) {
  const Pack<S> top = x.max(), log_total = LogSoftmax::log_total(x, top);
  x.team->each(x.columns, [&](std::int64_t i) {
    const S part = (exp(x.at(i) - top - log_total) * Pack<S>(scale)).v;
    to[i] = scale == S(0) ? S(0) : i == column ? part - scale : part;
  });
}

// Rows that threads or warps have to themselves, in shared memory.
template <class S, class Team>
__global__ void run_losses_kernel(LabelledPass pass, void* losses, Totals* totals) {
  extern __shared__ __align__(16) unsigned char memory[];
  __shared__ Labels<S, Team> labels;
  const Run<S, Team> run(pass.rows, pass.columns);
  S* held = run.room(memory, 0);
  run.read(held, pass.x);
  labels.read(pass, [](const Label<S>& label, std::int64_t) { return label.weight; });
  __syncthreads();
  Totals mine{};
  if (run.has_row()) {
    Team team = Team::template of<S>(pass.columns);
    const S loss = softmax_loss<S, Team>(run.row(held, team), labels.column[Team::row()]);
    if (team.writes()) put_loss(pass, run.number(), loss, labels.number[Team::row()], losses, mine);
  }
  put_totals(mine, totals);
}
template <class S, class Team>
__global__ void run_gradient_kernel(LabelledPass pass, const void* gradient, const double* divisor, S* dx) {
  extern __shared__ __align__(16) unsigned char memory[];
  __shared__ Labels<S, Team> labels;
  const Run<S, Team> run(pass.rows, pass.columns);
  S* held = run.room(memory, 0);
  run.read(held, pass.x);
  labels.read(pass, [&](const Label<S>& label, std::int64_t row) { return scale_of(pass, label.weight, row, gradient, divisor); });
  __syncthreads();
  if (run.has_row()) {
    Team team = Team::template of<S>(pass.columns);
    const DeviceRow<S, Team> x = run.row(held, team);
    softmax_gradient(x, labels.column[Team::row()], labels.number[Team::row()], x.data);
  }
  __syncthreads();
  run.write(dx, held);
}

// A block for each row, which is read once where it is held.
template <class S, bool Held>
__device__ DeviceRow<S, Together> row_of_block(const LabelledPass& pass, unsigned char* memory, Together& team) {
  const std::int64_t begin = blockIdx.x * pass.columns;
  team = Together::of_row(memory, {}, blockIdx.x, pass.rows, begin);
  S *x = const_cast<S*>(static_cast<const S*>(pass.x)) + begin, *held = reinterpret_cast<S*>(memory + Scratch::bytes_of_a_thread * blockDim.x);
  if (!Held) return {x, pass.columns, 1, &team};
  team.each(pass.columns, [&](std::int64_t i) { held[i] = x[i]; });
  return {held, pass.columns, 1, &team};
}
template <class S, bool Held>
__global__ void losses_kernel(LabelledPass pass, void* losses, Totals* totals) {
  extern __shared__ __align__(16) unsigned char memory[];
  __shared__ Labels<S, Together> labels;
  labels.read(pass, [](const Label<S>& label, std::int64_t) { return label.weight; });
  Together team;
  const auto x = row_of_block<S, Held>(pass, memory, team);
  __syncthreads();
  const S loss = softmax_loss<S, Together>(x, labels.column[0]);
  if (threadIdx.x > 0) return;
  Totals mine{};
  put_loss(pass, blockIdx.x, loss, labels.number[0], losses, mine);
  totals[blockIdx.x] = mine;
}
template <class S, bool Held>
__global__ void gradient_kernel(LabelledPass pass, const void* gradient, const double* divisor, S* dx) {
  extern __shared__ __align__(16) unsigned char memory[];
  __shared__ Labels<S, Together> labels;
  labels.read(pass, [&](const Label<S>& label, std::int64_t row) { return scale_of(pass, label.weight, row, gradient, divisor); });
  Together team;
  const auto x = row_of_block<S, Held>(pass, memory, team);
  __syncthreads();
  softmax_gradient(x, labels.column[0], labels.number[0], dx + blockIdx.x * pass.columns);
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

// Into how many blocks the rows go: how many totals there are.
unsigned blocks_of(const LabelledPass& pass) {
  if (!pass.softmax) return blocks_for(pass.rows);
  if (pass.columns <= Alone::longest) return blocks_of_runs<Alone>(pass.rows);
  return pass.columns <= OneWarp::longest ? blocks_of_runs<OneWarp>(pass.rows) : launch_blocks(pass.rows);
}
template <class S>
bool is_held(const LabelledPass& pass) { return pass.columns * static_cast<std::int64_t>(sizeof(S)) <= held_bytes; }
template <class S>
std::size_t memory_of_block(const LabelledPass& pass) {
  return Scratch::bytes_of_a_thread * row_threads + (is_held<S>(pass) ? static_cast<std::size_t>(pass.columns) * sizeof(S) : 0);
}

template <class S>
void losses_of_rows(const LabelledPass& pass, void* to, Totals* totals, unsigned blocks, cudaStream_t stream) {
  const std::int64_t columns = pass.columns;
  auto launch = [&](auto* kernel, int threads, std::size_t memory) { kernel<<<blocks, threads, memory, stream>>>(pass, to, totals); };
  if (!pass.softmax) launch(likelihood_kernel<S>, block_threads, 0);
  else if (columns <= Alone::longest) launch(run_losses_kernel<S, Alone>, Alone::threads, bytes_of_run<S, Alone>(columns));
  else if (columns <= OneWarp::longest) launch(run_losses_kernel<S, OneWarp>, OneWarp::threads, bytes_of_run<S, OneWarp>(columns));
  else launch(is_held<S>(pass) ? losses_kernel<S, true> : losses_kernel<S, false>, row_threads, memory_of_block<S>(pass));
}
template <class S>
void losses(const LabelledPass& pass, void* to, double* divisor) {
  const cudaStream_t stream = stream_of(pass.device);
  const unsigned blocks = blocks_of(pass);
  const device::Room room(pass.check.found.op, pass.device, sizeof(Totals) * blocks);
  auto* totals = static_cast<Totals*>(room.data());
  if (blocks > 0) losses_of_rows<S>(pass, to, totals, blocks, stream);
  total_kernel<S><<<1, block_threads, 0, stream>>>(pass, totals, blocks, static_cast<S*>(to), divisor);
}

template <class S>
void gradient_of(const LabelledPass& pass, const void* gradient, const double* divisor, S* dx) {
  const std::int64_t columns = pass.columns;
  if (pass.rows * columns == 0) return;
  const cudaStream_t stream = stream_of(pass.device);
  const unsigned blocks = blocks_of(pass);
  auto launch = [&](auto* kernel, unsigned into, int threads, std::size_t memory) { kernel<<<into, threads, memory, stream>>>(pass, gradient, divisor, dx); };
  if (!pass.softmax) launch(likelihood_gradient_kernel<S>, blocks_for(pass.rows * columns), block_threads, 0);
  else if (columns <= Alone::longest) launch(run_gradient_kernel<S, Alone>, blocks, Alone::threads, bytes_of_run<S, Alone>(columns));
  else if (columns <= OneWarp::longest) launch(run_gradient_kernel<S, OneWarp>, blocks, OneWarp::threads, bytes_of_run<S, OneWarp>(columns));
  else launch(is_held<S>(pass) ? gradient_kernel<S, true> : gradient_kernel<S, false>, blocks, row_threads, memory_of_block<S>(pass));
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
