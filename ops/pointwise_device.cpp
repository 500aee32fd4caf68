#include <gradtape/ops/pointwise_device.h>

#include <gradtape/autograd/layout.h>

namespace gradtape {

DeviceRun::DeviceRun(const Launch& work, DType storage, const TensorData& like)
    : op_(work.name), type_(work.type), like_(like) {
  pass_.device = work.device();
  pass_.storage = storage;
  pass_.y = pass_.gradient = nullptr;
  for (int k = 0; k < 3; ++k) {
    pass_.in[k] = pass_.out[k] = nullptr;
    pass_.reading[k] = Reading::number;
    pass_.number[k] = 0;
    pass_.integer[k] = 0;
  }
}

void DeviceRun::read(int k, const TensorData* from) {
  if (from->storage->device == Device::cpu()) return read_number(k, *from);  // common_device() let nothing else pass
  if (from->dtype != pass_.storage) {
    converted_[k] = Tensor::adopt(new_tensor_data(from->shape, from->count, pass_.storage, pass_.device, op_));
    copy_elements(*from, *converted_[k].tensor_data());
    from = converted_[k].tensor_data();
  }
  pass_.in[k] = from->data;
  pass_.reading[k] = Reading::side_by_side;
  bodies_[k] = from;
}
void DeviceRun::read_number(int k, const TensorData& number) {
  const auto read_as = [&](DType type, void* to) { gather(number.data, number.dtype, Layout(), 0, 1, to, type); };
  read_as(DType::int64, &pass_.integer[k]);
  if (type_ != DType::float32) return read_as(DType::float64, &pass_.number[k]);
  float rounded;  // once, as on the CPU
  read_as(DType::float32, &rounded);
  pass_.number[k] = rounded;
}

void DeviceRun::operator()(LaunchFn launch, const void* attributes) {
  if (like_.count == 0) return;
  const std::size_t bytes = size_of(pass_.storage), out_bytes = size_of(like_.dtype);
  const DevicePass all = pass_;
  const auto moved = [](auto* from, std::int64_t elements, std::size_t element_bytes) {
    using Byte = std::conditional_t<std::is_const_v<std::remove_pointer_t<decltype(from)>>, const std::byte, std::byte>;
    return from ? static_cast<Byte*>(from) + elements * static_cast<std::int64_t>(element_bytes) : nullptr;
  };
  index().each_part([&](const cuda::Places<3>& places, std::int64_t begin, const std::int64_t(&at)[3]) {
    pass_.places = places;
    pass_.count = places.count();
    for (int k = 0; k < 3; ++k) {
      pass_.in[k] = moved(all.in[k], at[k], bytes);
      pass_.out[k] = moved(all.out[k], begin, out_bytes);
    }
    pass_.y = moved(all.y, begin, bytes);
    pass_.gradient = moved(all.gradient, begin, bytes);
    look_for_wide();
    launch(attributes, pass_);
  });
}
cuda::StridedIndex<3> DeviceRun::index() const {
  Strides steps[3];
  for (int k = 0; k < 3; ++k)
    if (bodies_[k]) steps[k] = strides_in(like_.shape, *bodies_[k]);
  const auto step = [&](int k, int d) { return bodies_[k] ? steps[k][d] : 0; };
  cuda::StridedIndex<3> index;
  for (int d = 0; d < like_.shape.rank(); ++d) index.add(like_.shape[d], {step(0, d), step(1, d), step(2, d)});
  return index;
}

// All or none: where one array does not allow it, each element goes alone.
void DeviceRun::look_for_wide() {
  const std::size_t bytes = size_of(pass_.storage);
  const int together = static_cast<int>(16 / bytes);
  const auto aligned = [](const void* data) { return reinterpret_cast<std::uintptr_t>(data) % 16 == 0; };
  bool wide = pass_.places.rows_hold(together) && aligned(pass_.y) && aligned(pass_.gradient);
  for (int k = 0; k < 3 && wide; ++k) {
    wide = aligned(pass_.out[k]);
    if (!bodies_[k]) continue;
    const bool repeated = pass_.places.repeated(k);
    pass_.reading[k] = repeated ? Reading::repeated : Reading::side_by_side;
    wide &= repeated || pass_.places.side_by_side(k, together, pass_.in[k], bytes);
  }
  pass_.in_wide = wide ? pass_.count - pass_.count % wide_block(type_) : 0;
}

}  // namespace gradtape
