#include <gradtape/ops/pointwise_backward.h>

#include <gradtape/autograd/new_tensor_data.h>
#include <gradtape/ops/cpu/level.h>
#include <gradtape/ops/cpu/pointwise_inputs.h>
#include <gradtape/ops/formula.h>
#include <gradtape/ops/pointwise_launch.h>
#include <gradtape/ops/pointwise_tape.h>
#include <gradtape/ops/promotion.h>
#include <gradtape/ops/view/expand.h>

namespace gradtape {
namespace {

// A gradient of the output's look, behind `lead` dimensions, as an input needs it.
Tensor in_form(Tensor gradient, const Form& form, Location at, int lead = 0) {
  if (!(gradient.shape() == form.shape)) gradient = sum_to(gradient, form.shape, lead, at);
  return gradient.dtype() == form.dtype ? gradient : gradient.to(form.dtype, at);
}

// A kept tensor as the slope reads it: in the type of the op's result, and a number as a formula's own.
Tensor as_read(const Tensor& kept, DType type, Location at) {
  if (is_number(kept)) return Tensor(value_of_number(kept));
  return is_of_numbers(kept) ? kept : kept.to(type, at);
}

// The same slopes, as tensors on the tape.
void recorded_backward(Backward& ctx, const PointwiseKernels& row, const Form* forms) {
  Record& record = ctx.record();
  const Tensor gradient = ctx.gradient();
  Tensor x[3], y;
  int at = 0;
  for (int i = 0; i < row.inputs; ++i)
    x[i] = record.kept_mask & (1 << i) ? as_read(ctx.kept(at++), gradient.dtype(), ctx.where()) : Tensor(0.0);
  if (record.kept_mask & kept_output) y = ctx.kept(at);
  for (int i = 0; i < row.inputs; ++i) {
    if (!ctx.wants(i)) continue;
    Tensor part = row.ones >> i & 1 ? gradient : row.recorded(record.attributes(), x, y, gradient, i);
    if (!(part.shape() == gradient.shape()) || is_number(part)) part = part + zeros_like(gradient);  // one constant
    ctx.add(i, forms ? in_form(std::move(part), forms[i], ctx.where(), ctx.lead()) : std::move(part));
  }
}

// As kernels read a gradient: dense, at a multiple of 64 bytes.
[[gnu::noinline]] Tensor dense(Tensor gradient) {
  const TensorData& g = *gradient.tensor_data();
  return g.contiguous && reinterpret_cast<std::uintptr_t>(g.data) % 64 == 0 ? gradient : gradient.clone();
}

template <int N>
unsigned wanted_by(const Backward& ctx) {  // bit i: the gradient of input i
  unsigned wanted = 0;
  for (int i = 0; i < N; ++i) wanted |= static_cast<unsigned>(ctx.wants(i)) << i;
  return wanted;
}

// The common case: inputs that look like the output, little that lies in place, and a gradient that nobody else holds.
// Computes at once, the last slope over the gradient itself; false when it is not that case.
template <int N>
bool backward_in_place(Backward& ctx, const PointwiseKernels& row, Record& record) {
  if (ctx.create_graph() || watcher || record.kept_mask & kept_forms) return false;
  Tensor gradient = ctx.take_gradient();
  const TensorData* const g = gradient.tensor_data();
  bool plain = g->count <= part_of_pass && g->in_packs && only_owner(g);
  const Kept* kept = record.kept();
  const auto next = [&](bool is_kept) -> const void* {
    if (!is_kept) return nothing;
    const TensorData* const x = kept++->tensor;
    plain &= x->in_packs;
    return x->data;
  };
  Loop loop;
  GT_UNROLL
  for (int i = 0; i < N; ++i) {
    loop.step[i] = record.kept_mask >> i & 1;
    loop.in[i] = next(loop.step[i]);
  }
  loop.y = next(record.kept_mask & kept_output);
  if (!plain) {
    ctx.give_back(std::move(gradient));
    return false;
  }
  const unsigned wanted = N == 1 ? 1 : wanted_by<N>(ctx);
  const int last = last_of(wanted);
  Tensor parts[N];
  GT_UNROLL
  for (int i = 0; i < N; ++i) {
    if (i == last) parts[i] = std::move(gradient);
    else if (wanted >> i & 1) parts[i] = Tensor::adopt(new_small_tensor(g->shape, g->count, g->dtype, row.name));
    loop.out[i] = parts[i].defined() ? parts[i].tensor_data()->data : nullptr;
  }
  loop.gradient = g->data;
  loop.count = g->count;
  row.loops[loops_of_type(g->dtype)].backward[pass_of(N, wanted)][cpu_level()](record.attributes(), loop);
  GT_UNROLL
  for (int i = 0; i < N; ++i)
    if (N == 1 || parts[i].defined()) ctx.add_alike(i, std::move(parts[i]));
  return true;
}

// What a pass writes and reads.
template <int N>
struct Pass {
  Tensor parts[N];  // the gradients of the inputs, where they are wanted
  const TensorData* inputs[N];  // as they were kept; null where they were not
  const TensorData* y;  // and the result
  Loop loop;  // over all of it, where it lies in place and is little: the common case
  bool at_once;

  // Note: the last slope is written over the gradient itself when nobody else holds it; each pack of it is read first.
  // A captured step starts with the same gradient again, and writes elsewhere.
  [[gnu::always_inline]] Pass(Tensor& gradient, const Record& record, unsigned wanted, const char* op, bool forms) {
    const TensorData* const g = gradient.tensor_data();
    const int last = last_of(wanted);
    const bool reuse = !watcher && g->in_packs && only_owner(g);
    at_once = !watcher && g->in_packs && g->count <= part_of_pass;
    const Kept* kept = record.kept();
    for (int i = 0; i < N; ++i) {
      const TensorData* const x = inputs[i] = record.kept_mask >> i & 1 ? kept++->tensor : nullptr;
      if (x) at_once &= forms ? reads_in_place(x, g->dtype, g->shape, g->count) : x->in_packs;
      loop.in[i] = x ? x->data : nothing;
      loop.step[i] = x != nullptr;
      loop.out[i] = nullptr;
      if (!(wanted >> i & 1)) continue;
      parts[i] = i == last && reuse
                     ? std::move(gradient)
                     : Tensor::adopt(new_tensor_data(g->shape, g->count, g->dtype, g->storage->device, op));
      loop.out[i] = parts[i].tensor_data()->data;
    }
    y = record.kept_mask & kept_output ? kept->tensor : nullptr;
    loop.count = g->count;
    loop.gradient = g->data;
    loop.y = y ? y->data : nothing;
  }
};

// Where the slopes that are wanted are 1, the gradient goes on as it is.
template <int N>
[[gnu::noinline]] bool pass_on(Backward& ctx, const PointwiseKernels& row, const Record& record) {
  if (ctx.create_graph() || wanted_by<N>(ctx) & ~row.ones) return false;
  const Form* const forms = forms_of(row, record);
  const Tensor gradient = ctx.take_gradient();
  for (int i = 0; i < N; ++i) {
    if (!ctx.wants(i)) continue;
    if (forms) ctx.add(i, in_form(gradient, forms[i], ctx.where()));
    else ctx.add_alike(i, Tensor(gradient));
  }
  return true;
}

template <int N>
[[gnu::noinline]] void backward_any(Backward& ctx, const PointwiseKernels& row, Record& record) {
  const Form* const forms = forms_of(row, record);
  if (ctx.create_graph()) return recorded_backward(ctx, row, forms);

  Tensor gradient = ctx.take_gradient();
  if (!gradient.tensor_data()->in_packs) [[unlikely]]
    gradient = dense(std::move(gradient));
  const TensorData* const g = gradient.tensor_data();
  const unsigned wanted = wanted_by<N>(ctx);
  Pass<N> pass(gradient, record, wanted, row.name, forms != nullptr);
  const void* const op = record.attributes();
  if (pass.at_once) [[likely]]
    row.loops[loops_of_type(g->dtype)].backward[pass_of(N, wanted)][cpu_level()](op, pass.loop);
  else launch_backward(row, op, pass.parts, g, pass.y, pass.inputs);
  gradient = {};
  for (int i = 0; i < N; ++i) {
    Tensor& part = pass.parts[i];
    if (!part.defined()) continue;
    if (forms) ctx.add(i, in_form(std::move(part), forms[i], ctx.where()));
    else ctx.add_alike(i, std::move(part));
  }
}

}  // namespace

template <int N>
void pointwise_backward(Backward& ctx) {
  Record& record = ctx.record();
  const auto& row = static_cast<const PointwiseKernels&>(*record.op);
  if (N > 1 && row.ones && pass_on<N>(ctx, row, record)) return;
  if (backward_in_place<N>(ctx, row, record)) return;
  backward_any<N>(ctx, row, record);
}
template void pointwise_backward<1>(Backward&);
template void pointwise_backward<2>(Backward&);
template void pointwise_backward<3>(Backward&);

}  // namespace gradtape
