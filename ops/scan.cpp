#include <gradtape/ops/scan.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <gradtape/autograd/error.h>
#include <gradtape/autograd/launch.h>
#include <gradtape/autograd/memory.h>
#include <gradtape/autograd/team.h>
#include <gradtape/ops/axes.h>
#include <gradtape/ops/broadcast.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/example.h>
#include <gradtape/ops/promotion.h>
#include <gradtape/ops/view/cat.h>
#include <gradtape/ops/view/expand.h>
#include <gradtape/ops/view/reshape.h>
#include <gradtape/ops/view/slice.h>

namespace gradtape {
namespace {

constexpr std::int64_t chunk = 32768;  // elements that one thread takes at a time
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

// The same from an element on.
Scanned moved(Scanned scan, std::int64_t elements, const Launch& work) {
  const std::size_t size = size_of(work.type), out_size = size_of(work.out()->dtype);
  scan.out = static_cast<std::byte*>(scan.out) + static_cast<std::size_t>(elements) * out_size;
  for (const void*& in : scan.in)
    if (in) in = static_cast<const std::byte*>(in) + static_cast<std::size_t>(elements) * size;
  return scan;
}

const ScanLoops& loops_of(const Launch& work) {
  return static_cast<const ScanKernels*>(work.row)->loops[type_index(work.type)];
}
void run_loop(const Launch& work, const Scanned& scan) {
  loops_of(work).scan[cpu_level()](work.as<Settings>().op, scan);
}

void scan_rows(const Launch& work, const Scanned& whole) {
  const std::int64_t row = whole.columns * whole.inner, each = std::max<std::int64_t>(1, chunk / row);
  parallel_for((whole.outer + each - 1) / each, [&](std::int64_t number) {
    Scanned part = moved(whole, number * each * row, work);
    part.outer = std::min(each, whole.outer - number * each);
    run_loop(work, part);
  });
}
void scan_columns(const Launch& work, const Scanned& whole) {
  const std::int64_t parts = (whole.inner + side_by_side - 1) / side_by_side;
  parallel_for(whole.outer * parts, [&](std::int64_t number) {
    const std::int64_t outer = number / parts, side = number % parts * side_by_side;
    Scanned part = moved(whole, outer * whole.columns * whole.inner + side, work);
    part.outer = 1;
    part.width = std::min(side_by_side, whole.inner - side);
    run_loop(work, part);
  });
}
// One row over several threads: what each tile comes to, then all tiles, each with what comes before it. It reads
// twice.
void scan_tiles(const Launch& work, const Scanned& row) {
  const std::int64_t whole_tiles = row.columns / tile, tiles = (row.columns + tile - 1) / tile;
  const std::size_t bytes = static_cast<std::size_t>(whole_tiles) * scan_state_bytes;
  auto* const states = static_cast<std::byte*>(take_block(bytes, work.name));
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
    run_loop(work, scan);
  });
  loops_of(work).join(work.as<Settings>().op, states, whole_tiles);
  parallel_for(tiles, [&](std::int64_t i) {
    Scanned scan = part(i);
    if (i > 0) scan.before = state(i - 1);
    run_loop(work, scan);
  });
  give_block(states, bytes);
}

void run_on_cpu(const Launch& work) {
  const Scanned whole = scanned_of(work);
  if (whole.inner > 1 && whole.columns * whole.inner > chunk) return scan_columns(work, whole);
  if (whole.inner > 1 || whole.columns < 8 * tile || whole.outer >= 8 || num_threads() == 1)
    return scan_rows(work, whole);
  for (std::int64_t o = 0; o < whole.outer; ++o) {
    Scanned row = moved(whole, o * whole.columns, work);
    row.outer = 1;
    scan_tiles(work, row);
  }
}
void run_on_cuda(const Launch& work) {
  const ScanCuda& cuda = cuda_kernels_of(*static_cast<const ScanKernels*>(work.row));
  cuda.launches[type_index(work.type)](work.as<Settings>().op, work.device(), scanned_of(work));
}
constexpr Kernel kernel{run_on_cpu, run_on_cuda};

// Of the type that the op computes in, and of one shape.
Tensor computed(const ScanKernels& row, const void* op, std::span<const Tensor> x, Along along, DType type) {
  Settings settings{{}, 1, 1, 1, along.reverse};
  std::memcpy(settings.op, op, row.attribute_bytes);
  const Shape& shape = x[0].shape();
  const int axis = along.dim + shape.rank();
  for (int d = 0; d < shape.rank(); ++d)
    (d < axis ? settings.outer : d == axis ? settings.columns : settings.inner) *= shape[d];
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
  static_cast<const ScanKernels*>(ctx.record().op)->gradient(attributes.op, ctx, attributes.along);
}

Tensor one_before(const Tensor& x, Along along, double first) {
  const std::int64_t size = x.size(along.dim);
  if (size == 0) return x;
  Shape edge = x.shape();
  edge[along.dim + x.dim()] = 1;
  const Tensor nothing = full(edge, first, {.dtype = x.dtype(), .device = x.device()});
  return along.reverse ? cat({slice(x, along.dim, 1), nothing}, along.dim)
                       : cat({nothing, slice(x, along.dim, 0, size - 1)}, along.dim);
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
