#include <gradtape/ops/scan.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <gradtape/autograd/device_memory.h>
#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/broadcast.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/example.h>
#include <gradtape/ops/pointwise/chain.h>
#include <gradtape/ops/promotion.h>
#include <gradtape/ops/scan/linear_recurrence.h>
#include <gradtape/ops/view/cat.h>
#include <gradtape/ops/view/expand.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

constexpr std::int64_t chunk = 32768;  // elements that one thread takes at a time
constexpr std::int64_t back_chunk = 16384;  // and where five arrays stay in its cache
constexpr std::int64_t side_by_side = 512;  // columns of a matrix that one thread takes at a time
constexpr std::int64_t tile = 4096;  // as in the shape of a scan
constexpr std::size_t max_attribute_bytes = 64;

int type_index(DType type) { return is_floating(type) ? loops_of_type(type) : 2; }

// The op, and how its inputs lie.
struct Settings {
  alignas(8) std::byte op[max_attribute_bytes];
  std::int64_t outer, columns, inner;
  bool reverse;
};
// What the tape keeps: the op, and where it went along.
struct Attributes {
  alignas(8) std::byte op[max_attribute_bytes];
  Along along;
};

Scanned scanned_of(const Launch& work) {
  const auto& settings = work.as<Settings>();
  Scanned scan{};
  scan.outer = settings.outer, scan.columns = settings.columns, scan.inner = settings.inner;
  scan.width = settings.inner;
  scan.last = settings.columns;
  scan.reverse = settings.reverse;
  scan.out = work.out()->data;
  for (int i = 0; i < work.reads; ++i) scan.in[i] = work.in(i)->data;
  return scan;
}

// An op's loops for elements of one type.
struct Loops {
  const ScanKernels& row;
  const void* op;
  DType type;

  const ScanLoops& of_type() const { return row.loops[type_index(type)]; }
  void run(const Scanned& scan) const { of_type().scan[cpu_level()](op, scan); }
  // The same from an element on.
  Scanned moved(Scanned scan, std::int64_t elements) const {
    const std::size_t out_size = size_of(row.places ? DType::int64 : type);
    scan.out = static_cast<std::byte*>(scan.out) + static_cast<std::size_t>(elements) * out_size;
    for (const void*& in : scan.in)
      if (in) in = static_cast<const std::byte*>(in) + static_cast<std::size_t>(elements) * size_of(type);
    return scan;
  }
};

// How many rows to take at a time: sixteen are the fastest.
std::int64_t rows_in(std::int64_t elements, std::int64_t row) {
  const std::int64_t rows = elements / row;
  return rows < 16 ? std::max<std::int64_t>(1, rows) : rows / 16 * 16;
}

void scan_rows(const Loops& loops, const Scanned& whole) {
  const std::int64_t row = whole.columns * whole.inner, each = rows_in(chunk, row);
  parallel_for((whole.outer + each - 1) / each, [&](std::int64_t number) {
    Scanned part = loops.moved(whole, number * each * row);
    part.outer = std::min(each, whole.outer - number * each);
    loops.run(part);
  });
}
void scan_columns(const Loops& loops, const Scanned& whole) {
  const std::int64_t parts = (whole.inner + side_by_side - 1) / side_by_side;
  parallel_for(whole.outer * parts, [&](std::int64_t number) {
    const std::int64_t outer = number / parts, side = number % parts * side_by_side;
    Scanned part = loops.moved(whole, outer * whole.columns * whole.inner + side);
    part.outer = 1;
    part.width = std::min(side_by_side, whole.inner - side);
    loops.run(part);
  });
}
// One row over several threads: what each tile comes to, then all tiles, each with what comes before it. It reads
// twice.
void scan_tiles(const Loops& loops, const Scanned& row) {
  const std::int64_t whole_tiles = row.columns / tile, tiles = (row.columns + tile - 1) / tile;
  const std::size_t bytes = static_cast<std::size_t>(whole_tiles) * scan_state_bytes;
  auto* const states = static_cast<std::byte*>(take_block(bytes, loops.row.name));
  auto state = [&](std::int64_t i) { return states + static_cast<std::size_t>(i) * scan_state_bytes; };
  auto part = [&](std::int64_t i) {
    Scanned scan = row;
    scan.first = i * tile;
    scan.last = std::min(row.columns, scan.first + tile);
    return scan;
  };
  parallel_for(whole_tiles, [&](std::int64_t i) {
    Scanned scan = part(i);
    scan.out = nullptr;
    scan.total = state(i);
    loops.run(scan);
  });
  loops.of_type().join(loops.op, states, whole_tiles);
  parallel_for(tiles, [&](std::int64_t i) {
    Scanned scan = part(i);
    if (i > 0) scan.before = state(i - 1);
    loops.run(scan);
  });
  give_block(states, bytes);
}
void scan_all(const Loops& loops, const Scanned& whole) {
  if (whole.inner > 1 && whole.columns * whole.inner > chunk) return scan_columns(loops, whole);
  if (whole.inner > 1 || whole.columns < 8 * tile || whole.outer >= 8 || num_threads() == 1)
    return scan_rows(loops, whole);
  for (std::int64_t o = 0; o < whole.outer; ++o) {
    Scanned row = loops.moved(whole, o * whole.columns);
    row.outer = 1;
    scan_tiles(loops, row);
  }
}

const ScanKernels& row_of(const Launch& work) { return *static_cast<const ScanKernels*>(work.row); }

void run_on_cpu(const Launch& work) { scan_all({row_of(work), work.as<Settings>().op, work.type}, scanned_of(work)); }
void run_on_cuda(const Launch& work) {
  const ScanCuda& cuda = cuda_kernels_of(row_of(work));
  cuda.launches[type_index(work.type)](work.as<Settings>().op, work.device(), scanned_of(work));
}
constexpr Kernel kernel{run_on_cpu, run_on_cuda};

std::size_t row_bytes_of(const Launch& work) {
  const auto& settings = work.as<Settings>();
  return static_cast<std::size_t>(settings.columns * settings.inner) * size_of(work.type);
}
// A tensor of the launch from a row on; null where it has none.
std::byte* rows_of(const Launch& work, const TensorData* x, std::int64_t first) {
  return x ? x->data + static_cast<std::size_t>(first) * row_bytes_of(work) : nullptr;
}

// Note: how a scan with slopes goes back. A change of a result is carried to those behind it by their slopes: so what
// it brings is a linear recurrence from the other end, over the slopes of the results one step on.
//
// Reads x, y and the gradient of y, which are [outer, columns, inner]; writes the gradient of x, and what was carried,
// which is that of a second input. Null is left out.
struct Back {
  const Launch& work;
  const Settings& settings = work.as<Settings>();
  std::size_t row_bytes = row_bytes_of(work);

  SlopePass slopes_of_next(std::int64_t first, std::int64_t rows, void* out) const {
    return {rows_of(work, work.in(0), first),
            rows_of(work, work.in(1), first),
            nullptr,
            out,
            rows,
            settings.columns,
            settings.inner,
            0,
            rows * settings.columns * settings.inner,
            settings.reverse};
  }
  Scanned carrying(std::int64_t first, std::int64_t rows, const void* slopes, void* out) const {
    Scanned scan{};
    scan.out = out;
    scan.in[0] = slopes, scan.in[1] = rows_of(work, work.in(2), first);
    scan.outer = rows, scan.columns = settings.columns, scan.inner = scan.width = settings.inner;
    scan.last = settings.columns;
    scan.reverse = !settings.reverse;
    return scan;
  }
  // What each rows' slopes need, and what is carried where nobody asks for it.
  std::size_t scratch_bytes(std::int64_t rows) const {
    return static_cast<std::size_t>(rows) * row_bytes * (work.out(1) ? 1 : 2);
  }

  // pass(SlopePass), scan(Scanned).
  template <class Pass, class Scan>
  void run(std::int64_t first, std::int64_t rows, std::byte* scratch, Pass pass, Scan scan) const {
    std::byte* const carried =
        work.out(1) ? rows_of(work, work.out(1), first) : scratch + static_cast<std::size_t>(rows) * row_bytes;
    SlopePass slopes = slopes_of_next(first, rows, scratch);
    pass(slopes);
    scan(carrying(first, rows, scratch, carried));
    if (!work.out(0)) return;
    slopes.carried = carried;
    slopes.out = rows_of(work, work.out(0), first);
    pass(slopes);
  }
};
const ScanKernels& recurrence() { return kernels_of<LinearRecurrence, Scan>(); }

void go_back_on_cpu(const Launch& work) {
  const Back back{work};
  const auto pass_all = [&](const SlopePass& whole) {
    parallel_for((whole.last + chunk - 1) / chunk, [&](std::int64_t number) {
      SlopePass part = whole;
      part.first = number * chunk;
      part.last = std::min(whole.last, part.first + chunk);
      row_of(work).slope_loops[loops_of_type(work.type)][cpu_level()](back.settings.op, part);
    });
  };
  const auto carry_all = [&](const Scanned& scan) { scan_all({recurrence(), recurrence().defaults, work.type}, scan); };
  const std::int64_t each = rows_in(back_chunk, back.settings.columns * back.settings.inner);
  parallel_for((back.settings.outer + each - 1) / each, [&](std::int64_t number) {
    const std::int64_t rows = std::min(each, back.settings.outer - number * each);
    const std::size_t bytes = back.scratch_bytes(rows);
    auto* const scratch = static_cast<std::byte*>(take_block(bytes, work.name));
    back.run(number * each, rows, scratch, pass_all, carry_all);
    give_block(scratch, bytes);
  });
}
void go_back_on_cuda(const Launch& work) {
  const Back back{work};
  const int type = loops_of_type(work.type);
  const Device device = work.device();
  const device::ScratchBuffer scratch(work.name, device, back.scratch_bytes(back.settings.outer));
  back.run(
      0, back.settings.outer, static_cast<std::byte*>(scratch.data()),
      [&](const SlopePass& pass) { cuda_kernels_of(row_of(work)).slopes[type](back.settings.op, device, pass); },
      [&](const Scanned& scan) { cuda_kernels_of(recurrence()).launches[type](recurrence().defaults, device, scan); });
}
constexpr Kernel back_kernel{go_back_on_cpu, go_back_on_cuda};

Settings settings_of(const ScanKernels& row, const void* op, const Shape& shape, Along along) {
  Settings settings{{}, 1, 1, 1, along.reverse};
  std::memcpy(settings.op, op, row.attribute_bytes);
  const int axis = along.dim + shape.rank();
  for (int d = 0; d < shape.rank(); ++d)
    (d < axis ? settings.outer : d == axis ? settings.columns : settings.inner) *= shape[d];
  return settings;
}

// Of the type that the op computes in, and of one shape.
Tensor computed(const ScanKernels& row, const void* op, std::span<const Tensor> x, Along along, DType type) {
  const Shape& shape = x[0].shape();
  const Settings settings = settings_of(row, op, shape, along);
  Tensor y = new_tensor(row.name, shape, {.dtype = row.places ? DType::int64 : type, .device = x[0].device()});
  if (y.numel() == 0) return y;
  Tensor dense[2];
  {
    NoGrad pause;
    for (std::size_t i = 0; i < x.size(); ++i) dense[i] = x[i].detach().contiguous();
  }
  const Launch work{.kernel = &kernel,
                    .name = row.name,
                    .settings = &settings,
                    .settings_bytes = sizeof settings,
                    .row = &row,
                    .type = type};
  if (x.size() == 1) launch(work, {y}, {dense[0]});
  else launch(work, {y}, {dense[0], dense[1]});
  return y;
}

// In each place what stands one step before it, and `first` where nothing does.
Tensor one_before(const Tensor& x, Along along, double first) {
  const std::int64_t size = x.size(along.dim);
  if (size == 0) return x;
  Shape edge = x.shape();
  edge[along.dim + x.dim()] = 1;
  const Tensor nothing = full(edge, first, {.dtype = x.dtype(), .device = x.device()});
  return along.reverse ? cat({slice(x, along.dim, 1), nothing}, along.dim)
                       : cat({nothing, slice(x, along.dim, 0, size - 1)}, along.dim);
}

// The same as go_back().
void go_back_recorded(Backward& ctx, const ScanKernels& row, const Attributes& attributes) {
  const Along along = attributes.along, back = along.back();
  const Tensor x = ctx.kept(0), y = ctx.kept(row.inputs);
  const auto [of] = row.slopes(attributes.op, x, one_before(y, along, row.nothing), y);
  const Tensor carried =
      scan(LinearRecurrence{}, one_before(of[0], back, 0), ctx.take_gradient(), back, Location::current());
  if (ctx.wants(0)) ctx.add(0, chain(carried, of[1]));
  if (row.inputs > 1) ctx.add(1, carried);
}
void go_back(Backward& ctx, const ScanKernels& row, const Attributes& attributes) {
  const Tensor x = ctx.kept(0).contiguous(), y = ctx.kept(row.inputs), gradient = ctx.take_gradient().contiguous();
  Tensor of_input[2];
  for (int i = 0; i < row.inputs; ++i)
    if (ctx.wants(i)) of_input[i] = new_like(row.name, y);
  const Settings settings = settings_of(row, attributes.op, y.shape(), attributes.along);
  const Launch work{.kernel = &back_kernel,
                    .name = row.name,
                    .settings = &settings,
                    .settings_bytes = sizeof settings,
                    .row = &row,
                    .type = y.dtype()};
  if (y.numel() > 0) launch(work, {of_input[0], of_input[1]}, {x, y, gradient});
  for (int i = 0; i < row.inputs; ++i)
    if (ctx.wants(i)) ctx.add(i, std::move(of_input[i]));
}

}  // namespace

Tensor apply(const ScanKernels& row, const void* op, std::initializer_list<Tensor> inputs, Along along, Location at) {
  Call call(at);
  const Tensor* const given[2] = {inputs.begin(), inputs.end() - 1};
  const std::span<const Tensor* const> all(given, inputs.size());
  const Shape shape = broadcast_shape(row.name, all, at);
  const Device device = common_device(row.name, all, at);
  const DType promoted = promoted_type(all);
  const DType result = is_floating(promoted) ? promoted : row.integers ? DType::int64 : DType::float32;
  // float32 does not tell long integers apart: they are taken as float64, and the result is rounded.
  const DType type = is_half(result) ? DType::float32 : is_floating(promoted) || row.integers ? result : DType::float64;
  Tensor x[2];
  for (std::size_t i = 0; i < inputs.size(); ++i)
    x[i] = expand(given[i]->to(type, at).to(device, at), shape.rank() ? shape : Shape{1}, at);
  const std::span<const Tensor> used(x, inputs.size());
  along.dim = checked_dim(row.name, x[0], along.dim, at) - x[0].dim();

  Tensor y = computed(row, op, used, along, type);
  if (row.differentiable) {
    Attributes attributes{{}, along};
    std::memcpy(attributes.op, op, row.attribute_bytes);
    Tensor kept[3] = {x[0], x[1], {}};
    kept[inputs.size()] = y;
    for (unsigned i = 0; i <= inputs.size(); ++i)
      if (!(row.keeps >> i & 1)) kept[i] = {};
    y = record(row, at, y, used, std::span(kept, row.keeps ? inputs.size() + 1 : 0), &attributes, sizeof attributes);
  }
  if (shape.rank() == 0) y = reshape(y, {}, at);
  return row.places ? y : y.to(result, at);
}

void scan_backward(Backward& ctx) {
  const auto& attributes = *static_cast<const Attributes*>(ctx.record().attributes());
  const auto& row = *static_cast<const ScanKernels*>(ctx.record().op);
  if (!row.slopes) row.gradient(attributes.op, ctx, attributes.along);
  else if (ctx.create_graph()) go_back_recorded(ctx, row, attributes);
  else go_back(ctx, row, attributes);
}

std::vector<Example> examples_of(const ScanKernels& row) {
  struct Case {
    Shape shape;
    Along along;
    bool differentiable = true;
  };
  const std::vector<Case> cases = {{{}, {}},
                                   {{1}, {}},
                                   {{33}, {}},
                                   {{17}, {0, true}},
                                   {{3, 17}, {}},
                                   {{5, 50}, {-1, true}},
                                   {{18, 5}, {0}},
                                   {{2, 7, 3}, {1, true}},
                                   {{2, 0, 3}, {1}},
                                   {{0, 3}, {}},
                                   {{3, 4500}, {}, false},
                                   {{2, 4300}, {-1, true}, false},
                                   {{300, 19}, {0}, false},
                                   {{4400, 2}, {0, true}, false}};
  std::vector<Example> examples;
  for (const auto& [shape, along, differentiable] : cases)
    examples.push_back({fmt::format("{} along {}{}", to_string(shape), along.dim, along.reverse ? ", reversed" : ""),
                        std::vector<Shape>(row.inputs, shape),
                        [&row, along = along](const std::vector<Tensor>& x) {
                          return row.inputs == 1 ? apply(row, row.defaults, {x[0]}, along, Location::current())
                                                 : apply(row, row.defaults, {x[0], x[1]}, along, Location::current());
                        },
                        row.samples, differentiable && row.differentiable, shape == Shape{3, 17}});
  return examples;
}

}  // namespace gradtape
