// Tensor: a counted handle to numbers of one type, in a shape, on a device, and to their place on a tape.
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gradtape/autograd/number.h>
#include <gradtape/autograd/print.h>
#include <gradtape/autograd/tensor_data.h>

namespace gradtape {

namespace indexing {
class TensorIndex;  // of ops/index/indexing.h, where the members that take it are defined
}

struct BackwardOptions {
  bool create_graph = false;  // record the backward pass itself, so that it can be differentiated
  bool retain_graph = false;  // keep what the ops kept, so that backward can run again
};

struct Operand;
struct ValuesAndIndices;  // of ops/values_and_indices.h

class Tensor {
 public:
  Tensor() = default;  // undefined: refers to nothing
  // A number of a formula: takes the type of what it meets.
  explicit Tensor(double number) : Tensor(Number(number)) {}
  explicit Tensor(Number number);
  Tensor(const Tensor& other) : data_(other.data_) {
    if (data_) retain(data_);
  }
  Tensor(Tensor&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  Tensor& operator=(const Tensor& other) { return *this = Tensor(other); }
  Tensor& operator=(Tensor&& other) noexcept {  // not one by value: Clang 14 leaks what `x = {}` makes of it
    Tensor taken(std::move(other));
    std::swap(data_, taken.data_);
    return *this;
  }
  ~Tensor() {
    if (data_) release(data_);
  }

  bool defined() const { return data_ != nullptr; }
  // What a tensor is. All throw ValueError for an undefined tensor.
  const Shape& shape() const { return there()->shape; }
  int dim() const { return there()->shape.rank(); }
  // The size of one dimension; negative numbers count from the last. Throws IndexError.
  std::int64_t size(int dim, Location at = Location::current()) const;
  std::int64_t numel() const { return there()->count; }
  Strides strides() const { return strides_of(*there()); }
  bool is_contiguous() const { return there()->contiguous; }
  DType dtype() const { return there()->dtype; }
  Device device() const { return there()->storage->device; }

  // The first element's address. Throws DTypeError when T is not the tensor's type, DeviceError when its memory is not
  // the CPU's, TapeError inside a step that is captured on the CPU, ValueError for wrapped const memory unless T is
  // const. Elements lie as strides() says.
  template <class T>
  T* data(Location at = Location::current()) const {
    require_readable(dtype_of<std::remove_const_t<T>>, std::is_const_v<T>, at);
    return reinterpret_cast<T*>(data_->data);
  }
  // The one element of a tensor, as T; no gradient flows. Throws ShapeError when there is not exactly one.
  template <class T = double>
    requires std::is_arithmetic_v<T>
  T item(Location at = Location::current()) const {
    using Taken = std::conditional_t<Element<T>, T, std::conditional_t<std::is_integral_v<T>, std::int64_t, double>>;
    Taken value;
    take_item(&value, dtype_of<Taken>, at);
    return static_cast<T>(value);
  }
  // All elements in row-major order, converted to T; no gradient flows. Throws OutOfMemoryError.
  template <Element T>
  std::vector<T> to_vector() const {
    std::vector<T> all;
    require_room(sizeof(T));
    make_room(all);
    if constexpr (std::is_same_v<T, bool>) {
      std::vector<std::uint8_t> bytes = to_vector<std::uint8_t>();
      all.assign(bytes.begin(), bytes.end());
    } else {
      copy_to("to_vector", all.data(), dtype_of<T>);
    }
    return all;
  }

  // Does a gradient flow to this tensor? True for leaves that ask for it and for what was computed from them on an
  // open tape.
  bool requires_grad() const;
  // Was it computed on no open tape? Then backward() leaves its gradient with it, if it asks for one.
  bool is_leaf() const;
  // Asks for a gradient, or stops asking: then it is frozen, and no step uses a gradient that it has. Throws DTypeError
  // for integers, TapeError for a recorded tensor.
  Tensor& requires_grad_(bool on = true, Location at = Location::current());
  bool is_frozen() const;
  // The gradient that backward() left, or an undefined tensor. Throws TapeError for a tensor that is no leaf.
  Tensor grad(Location at = Location::current()) const;
  // The same, as long as no step has used it, and none of a tensor that is no leaf.
  Tensor unused_grad(Location at = Location::current()) const;
  // Forgets the gradient. Never needed between steps.
  void zero_grad();
  // Says that a step has used the gradient: it stays readable, and the next backward() overwrites it.
  void mark_grad_used();
  // Adds d(this)/d(leaf) into the gradient of every leaf it was computed from. Throws TapeError without an open tape,
  // ShapeError when this is not one number.
  void backward(BackwardOptions options = {}, Location at = Location::current()) const;
  // The same numbers, with no place on any tape. Shares storage.
  Tensor detach() const;

  // A copy of its own, dense. Recorded.
  Tensor clone(Location at = Location::current()) const;
  // This tensor if it is dense, else a dense copy. Recorded.
  Tensor contiguous(Location at = Location::current()) const;
  // This tensor with another element type, on another device. Recorded; this tensor itself if nothing changes.
  Tensor to(DType dtype, Location at = Location::current()) const;
  Tensor to(Device device, Location at = Location::current()) const;

  // A part by integers, slices, masks and index tensors, as NumPy's x[…]: a view where integers and slices alone name
  // it, else a copy. Recorded. Throws IndexError, ShapeError, DTypeError.
  Tensor index(std::initializer_list<indexing::TensorIndex> indices, Location at = Location::current()) const;
  Tensor index(std::span<const indexing::TensorIndex> indices, Location at = Location::current()) const;
  Tensor operator[](std::initializer_list<indexing::TensorIndex> indices) const;
  Tensor operator[](const indexing::TensorIndex& index) const;

  // In-place writes, for parameters and buffers while nothing records. No gradient flows through them, so TapeError is
  // thrown where one would be lost: for a recorded tensor, as target or as `from`, and for a leaf that asks for a
  // gradient while a tape records. ValueError where several elements lie in one place (an expanded tensor), and for
  // wrapped const memory. A number beyond the type becomes its limit.
  Tensor& fill_(Number value, Location at = Location::current());
  Tensor& zero_(Location at = Location::current());
  // Says that the elements were written through data(), so that a tape that kept them knows.
  void mark_written(Location at = Location::current());
  // Takes the elements of `from`, whose shape must be the same (ShapeError), converted.
  Tensor& copy_(const Tensor& from, Location at = Location::current());
  // Adds scale · from, which must broadcast to this shape (ShapeError).
  Tensor& add_(const Tensor& from, Number scale = 1, Location at = Location::current());

  // Writes the part that indices name, or adds to it; values must broadcast to it. Of values for one place the last
  // stays.
  Tensor& index_put_(std::initializer_list<indexing::TensorIndex> indices, const Tensor& values,
                     bool accumulate = false, Location at = Location::current());
  Tensor& index_put_(std::initializer_list<indexing::TensorIndex> indices, Number value, bool accumulate = false,
                     Location at = Location::current());

  // A name for messages and saved files.
  Tensor& set_name(std::string name);
  std::string name() const;

  // Note: ops as members. What programs for libtorch write as members most: views, reductions, products, arithmetic and
  // the common functions of one number. Each is the function of its name, whose comment says what it does, and new ops
  // are functions alone. Dimensions are one, several or, where none are given, all.
  Tensor reshape(const Shape& shape, Location at = Location::current()) const;
  Tensor view(const Shape& shape, Location at = Location::current()) const;
  Tensor flatten(int first = 0, int last = -1, Location at = Location::current()) const;
  Tensor squeeze(Location at = Location::current()) const;
  Tensor squeeze(int dim, Location at = Location::current()) const;
  Tensor unsqueeze(int dim, Location at = Location::current()) const;
  Tensor permute(const Dims& order, Location at = Location::current()) const;
  Tensor transpose(int a, int b, Location at = Location::current()) const;
  Tensor t(Location at = Location::current()) const;
  Tensor expand(const Shape& shape, Location at = Location::current()) const;
  Tensor repeat(const Dims& counts, Location at = Location::current()) const;
  Tensor select(int dim, std::int64_t index, Location at = Location::current()) const;
  Tensor narrow(int dim, std::int64_t first, std::int64_t length, Location at = Location::current()) const;
  Tensor slice(int dim, std::int64_t first, std::int64_t last = INT64_MAX, std::int64_t step = 1,
               Location at = Location::current()) const;
  Tensor unfold(int dim, std::int64_t size, std::int64_t step, Location at = Location::current()) const;
  std::vector<Tensor> split(std::int64_t size, int dim = 0, Location at = Location::current()) const;
  std::vector<Tensor> split(std::initializer_list<std::int64_t> sizes, int dim = 0,
                            Location at = Location::current()) const;
  std::vector<Tensor> chunk(std::int64_t chunks, int dim = 0, Location at = Location::current()) const;
  std::vector<Tensor> unbind(int dim = 0, Location at = Location::current()) const;
  Tensor index_select(int dim, const Tensor& indices, Location at = Location::current()) const;
  Tensor gather(int dim, const Tensor& indices, Location at = Location::current()) const;
  Tensor masked_fill(const Tensor& mask, Number value, Location at = Location::current()) const;

  Tensor sum(const Dims& dims = {}, bool keepdim = false, Location at = Location::current()) const;
  Tensor mean(const Dims& dims = {}, bool keepdim = false, Location at = Location::current()) const;
  Tensor prod(const Dims& dims = {}, bool keepdim = false, Location at = Location::current()) const;
  Tensor amax(const Dims& dims = {}, bool keepdim = false, Location at = Location::current()) const;
  Tensor amin(const Dims& dims = {}, bool keepdim = false, Location at = Location::current()) const;
  Tensor any(const Dims& dims = {}, bool keepdim = false, Location at = Location::current()) const;
  Tensor all(const Dims& dims = {}, bool keepdim = false, Location at = Location::current()) const;
  Tensor var(const Dims& dims = {}, double correction = 1, bool keepdim = false,
             Location at = Location::current()) const;
  Tensor std(const Dims& dims = {}, double correction = 1, bool keepdim = false,
             Location at = Location::current()) const;
  // Without a dimension as amax and amin.
  Tensor max(Location at = Location::current()) const;
  Tensor min(Location at = Location::current()) const;
  ValuesAndIndices max(int dim, bool keepdim = false, Location at = Location::current()) const;
  ValuesAndIndices min(int dim, bool keepdim = false, Location at = Location::current()) const;
  Tensor argmax(Location at = Location::current()) const;
  Tensor argmin(Location at = Location::current()) const;
  Tensor argmax(int dim, bool keepdim = false, Location at = Location::current()) const;
  Tensor argmin(int dim, bool keepdim = false, Location at = Location::current()) const;
  Tensor softmax(int dim = -1, Location at = Location::current()) const;
  Tensor log_softmax(int dim = -1, Location at = Location::current()) const;

  Tensor matmul(const Tensor& right, Location at = Location::current()) const;
  Tensor mm(const Tensor& right, Location at = Location::current()) const;
  Tensor dot(const Tensor& right, Location at = Location::current()) const;
  // add, subtract, multiply, divide and pow.
  Tensor add(const Operand& other) const;
  Tensor sub(const Operand& other) const;
  Tensor mul(const Operand& other) const;
  Tensor div(const Operand& other) const;
  Tensor pow(const Operand& exponent) const;

  Tensor exp(Location at = Location::current()) const;
  Tensor log(Location at = Location::current()) const;
  Tensor sqrt(Location at = Location::current()) const;
  Tensor square(Location at = Location::current()) const;
  Tensor abs(Location at = Location::current()) const;
  Tensor sin(Location at = Location::current()) const;
  Tensor cos(Location at = Location::current()) const;
  Tensor tanh(Location at = Location::current()) const;
  Tensor sigmoid(Location at = Location::current()) const;
  Tensor relu(Location at = Location::current()) const;
  Tensor clamp(Number low, Number high, Location at = Location::current()) const;

  // The engine's own: see tensor_data.h.
  TensorData* tensor_data() const { return data_; }
  TensorData* let_go() { return std::exchange(data_, nullptr); }
  static Tensor adopt(TensorData* tensor) {
    Tensor t;
    t.data_ = tensor;
    return t;
  }
  static Tensor share(TensorData* tensor) {
    retain(tensor);
    return adopt(tensor);
  }

 private:
  TensorData* there() const {
    if (!data_) [[unlikely]]
      refuse_undefined();
    return data_;
  }
  [[noreturn, gnu::cold]] static void refuse_undefined();
  void require_readable(DType wanted, bool only_read, Location at) const;
  template <class T>
  void make_room(std::vector<T>& all) const {
    try {
      all.resize(static_cast<std::size_t>(numel()));
    } catch (const std::exception&) { refuse_to_copy(sizeof(T)); }
  }
  // Throws OutOfMemoryError for more elements of so many bytes than the machine holds: no allocator is asked for them.
  void require_room(std::size_t size) const;
  [[noreturn]] void refuse_to_copy(std::size_t size) const;
  void take_item(void* to, DType type, Location at) const;
  void copy_to(const char* op, void* to, DType type) const;

  TensorData* data_ = nullptr;
};

// A tensor and what it is called: an input of a captured step, a parameter of a model, an entry of a file.
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

// What an operator takes: a tensor or a number, and the line it stands on.
struct Operand {
  Operand(const Tensor& t, Location at = Location::current()) : tensor(t), at(at) {}
  template <class N>
    requires std::is_arithmetic_v<N> || std::is_same_v<N, Number>
  Operand(N number, Location at = Location::current()) : owned(Number(number)), tensor(owned), at(at) {}
  Operand(const Operand&) = delete;  // it may refer into itself
  Operand& operator=(const Operand&) = delete;

  Tensor owned;
  const Tensor& tensor;
  Location at;
};

struct TensorOptions {
  DType dtype = DType::float32;
  Device device = {};
};
// Of tensors that count.
struct IntegerOptions {
  DType dtype = DType::int64;
  Device device = {};
};

// Of a range: without a type its numbers say it.
struct RangeOptions {
  std::optional<DType> dtype = {};
  Device device = {};
};

// New tensors. All throw ShapeError for a negative size and OutOfMemoryError. A number beyond the type becomes its
// limit.
Tensor empty(const Shape& shape, TensorOptions options = {}, Location at = Location::current());
Tensor full(const Shape& shape, Number value, TensorOptions options = {}, Location at = Location::current());
Tensor zeros(const Shape& shape, TensorOptions options = {}, Location at = Location::current());
Tensor ones(const Shape& shape, TensorOptions options = {}, Location at = Location::current());
// Of a tensor's shape and type, on its device.
Tensor empty_like(const Tensor& x, Location at = Location::current());
Tensor zeros_like(const Tensor& x, Location at = Location::current());
Tensor ones_like(const Tensor& x, Location at = Location::current());
Tensor full_like(const Tensor& x, Number value, Location at = Location::current());
// start, start + step, … before stop: [ceil((stop - start) / step)], one less where the last would round to stop. int64
// when all three are integers of C++, else float32; or the type given. Throws DTypeError for fractions in an integer
// type, ValueError for numbers beyond it.
Tensor arange(Number start, Number stop, Number step = 1, RangeOptions options = {}, Location at = Location::current());
// From 0 on.
inline Tensor arange(Number stop, RangeOptions options = {}, Location at = Location::current()) {
  return arange(0, stop, 1, options, at);
}
// `count` numbers from first to last, both included.
Tensor linspace(double first, double last, std::int64_t count, TensorOptions options = {},
                Location at = Location::current());
// [size, size], 1 on the diagonal.
Tensor eye(std::int64_t size, TensorOptions options = {}, Location at = Location::current());

// A tensor of the numbers given, of their C++ type: tensor({1.f, 2.f}) is float32 [2], tensor({{1., 2.}, {3., 4.}})
// is float64 [2, 2]. Throws ShapeError when rows differ in length.
template <Element T>
Tensor tensor(std::initializer_list<T> values, Location at = Location::current());
template <Element T>
Tensor tensor(std::initializer_list<std::initializer_list<T>> rows, Location at = Location::current());
// A copy of the user's numbers, in a shape. Throws ShapeError when their count does not fit.
template <Element T>
Tensor tensor(std::span<const T> values, const Shape& shape, Location at = Location::current());
template <Element T>
Tensor tensor(const std::vector<T>& values, const Shape& shape, Location at = Location::current()) {
  return tensor(std::span<const T>(values), shape, at);
}
// The tensor, whose elements were just written. A step that is captured on the CPU may write over it, so each replay
// starts with a copy.
Tensor as_constant(Tensor x);
// A number of its own type: [] with one element.
template <Element T>
Tensor scalar(T value, Location at = Location::current()) {
  Tensor x = empty({}, {.dtype = dtype_of<T>}, at);
  *reinterpret_cast<T*>(x.tensor_data()->data) = value;
  return as_constant(std::move(x));
}
template <Element T>
Tensor tensor(T value, Location at = Location::current()) {
  return scalar(value, at);
}

// Of the user's own memory: its type, and its strides (in elements, none negative) where it is not dense and row-major.
struct BlobOptions {
  std::optional<DType> dtype = {};  // without one that of the C++ pointer, float32 for void
  Device device = {};
  std::optional<Strides> strides = {};
};

// The options with the pointer's type. Throws DTypeError when they name another.
BlobOptions of_pointer(DType type, BlobOptions options, Location at);

// Wraps memory that the user owns; nothing is copied. `let_go` is called when no tensor refers to it any more. Const
// memory is never written: writes in place are refused. Throws DTypeError when a pointer's type is not that of the
// options, ShapeError for strides that do not fit the shape.
Tensor from_blob(void* data, const Shape& shape, BlobOptions options, std::function<void()> let_go = {},
                 Location at = Location::current());
Tensor from_blob(const void* data, const Shape& shape, BlobOptions options, std::function<void()> let_go = {},
                 Location at = Location::current());
template <class T>
  requires Element<std::remove_const_t<T>>
Tensor from_blob(T* data, const Shape& shape, BlobOptions options = {}, std::function<void()> let_go = {},
                 Location at = Location::current()) {
  using Memory = std::conditional_t<std::is_const_v<T>, const void*, void*>;
  const BlobOptions typed = of_pointer(dtype_of<std::remove_const_t<T>>, options, at);
  return from_blob(static_cast<Memory>(data), shape, typed, std::move(let_go), at);
}
template <class T, std::invocable LetGo>
  requires Element<std::remove_const_t<T>>
Tensor from_blob(T* data, const Shape& shape, LetGo let_go, Location at = Location::current()) {
  return from_blob(data, shape, BlobOptions{}, std::function<void()>(std::move(let_go)), at);
}

// What every in-place write asks first of the tensor written; throws as the writes of Tensor do.
void require_writable(const char* op, const Tensor& to, Location at);
// All elements of one tensor into another of the same shape, converted.
void copy_elements(const Tensor& from, const Tensor& to);
// Throws DeviceError: the op has no kernels.
[[noreturn]] void refuse_without_kernels(const char* op);
// Throws DeviceError naming the op and two tensors that are on different devices. Undefined tensors and C++ numbers are
// at home everywhere.
struct Shown;  // of error.h
void require_one_device(const char* op, std::initializer_list<Shown> tensors, Location at);

// What the templates below check: that the rows of a list agree, that the numbers fill the shape. Throw ShapeError.
void require_same_length(std::int64_t wanted, std::int64_t got, Location at);
void require_count(const Shape& shape, std::int64_t got, Location at);

// The type and the device of a tensor.
inline TensorOptions options_of(const Tensor& x) { return {.dtype = x.dtype(), .device = x.device()}; }

// New tensors for an op's result: with their elements unwritten, of one number, of another's shape, type and device.
// Throw as empty() does, but name the op.
Tensor new_tensor(const char* op, const Shape& shape, TensorOptions options, Location at = {});
Tensor new_full(const char* op, const Shape& shape, Number value, TensorOptions options, Location at = {});
Tensor new_like(const char* op, const Tensor& x);
// [count, size]: rows of the unit matrix, from row `first` on.
Tensor unit_rows(const char* op, std::int64_t first, std::int64_t count, std::int64_t size, TensorOptions options,
                 Location at = {});

template <Element T>
Tensor tensor(std::span<const T> values, const Shape& shape, Location at) {
  require_count(shape, static_cast<std::int64_t>(values.size()), at);
  Tensor x = new_tensor("tensor", shape, {.dtype = dtype_of<T>}, at);
  T* to = reinterpret_cast<T*>(x.tensor_data()->data);
  for (T value : values) *to++ = value;
  return as_constant(std::move(x));
}
template <Element T>
Tensor tensor(std::initializer_list<T> values, Location at) {
  return tensor(std::span<const T>(values.begin(), values.size()), {static_cast<std::int64_t>(values.size())}, at);
}
template <Element T>
Tensor tensor(std::initializer_list<std::initializer_list<T>> rows, Location at) {
  const std::int64_t columns = rows.size() ? static_cast<std::int64_t>(rows.begin()->size()) : 0;
  Tensor x = new_tensor("tensor", {static_cast<std::int64_t>(rows.size()), columns}, {.dtype = dtype_of<T>}, at);
  T* to = reinterpret_cast<T*>(x.tensor_data()->data);
  for (const auto& row : rows) {
    require_same_length(columns, static_cast<std::int64_t>(row.size()), at);
    for (T value : row) *to++ = value;
  }
  return as_constant(std::move(x));
}

}  // namespace gradtape
