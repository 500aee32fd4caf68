#include <gradtape/ops/pointwise_device.h>

#include <gradtape/autograd/layout.h>

namespace gradtape {

DeviceRun::DeviceRun(const Launch& work, DType type, const TensorData& like)
    : op_(work.name), type_(type), shape_(like.shape) {
  pass_.device = work.device();
  pass_.dense = true;
  pass_.count = like.count;
  pass_.y = pass_.gradient = nullptr;
  for (int k = 0; k < 3; ++k) {
    pass_.in[k] = pass_.out[k] = nullptr;
    pass_.is_number[k] = false;
  }
}

void DeviceRun::read(int k, const TensorData* from) {
  if (from->storage->device == Device::cpu()) return read_number(k, *from);  // common_device() let nothing else pass
  if (from->dtype != type_) {
    converted_[k] = Tensor::adopt(new_tensor_data(from->shape, from->count, type_, pass_.device, op_));
    copy_elements(*from, *converted_[k].tensor_data());
    from = converted_[k].tensor_data();
  }
  pass_.in[k] = from->data;
  pass_.dense &= from->contiguous && from->shape == shape_ && reinterpret_cast<std::uintptr_t>(from->data) % 16 == 0;
  bodies_[k] = from;
}
void DeviceRun::read_number(int k, const TensorData& number) {
  pass_.is_number[k] = true;
  const auto read_as = [&](DType type, void* to) { gather(number.data, number.dtype, Layout(), 0, 1, to, type); };
  read_as(DType::int64, &pass_.integer[k]);
  if (type_ != DType::float32) return read_as(DType::float64, &pass_.number[k]);
  float rounded;  // once, as on the CPU
  read_as(DType::float32, &rounded);
  pass_.number[k] = rounded;
}

void DeviceRun::operator()(LaunchFn launch, const void* attributes) {
  if (pass_.count == 0) return;
  if (!pass_.dense) make_walk();
  launch(attributes, pass_);
}
void DeviceRun::make_walk() {
  Strides steps[3];
  for (int k = 0; k < 3; ++k)
    if (bodies_[k]) steps[k] = strides_in(shape_, *bodies_[k]);
  const auto step = [&](int k, int d) { return bodies_[k] ? steps[k][d] : 0; };
  for (int d = 0; d < shape_.rank(); ++d) pass_.walk.add(shape_[d], {step(0, d), step(1, d), step(2, d)});
}

}  // namespace gradtape
