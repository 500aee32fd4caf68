// Module: a function of tensors with named parameters. The base of every model.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gradtape/autograd/tensor.h>

namespace gradtape {

struct ModuleOptions {
  DType dtype = DType::float32;
  Device device = {};
};

// A model of one's own derives from Module, adds its parameters and parts in its constructor, and writes forward():
//
//   Scale() { add_parameter("by", by, ones({1})); }
//   Tensor by;
//
// Its parameters are its members: a tensor that is assigned to one is the parameter from then on, and asks for a
// gradient unless it is frozen by requires_grad_(false) or comes from an open tape. An optimizer that was made before
// goes on with the tensor before it.
class Module {
 public:
  virtual ~Module() = default;
  // The members stay where they are; two models that share parameters are made on purpose, not by a copy.
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  // The model applied to x; recorded when a tape is open.
  Tensor operator()(const Tensor& x, Location at = Location::current()) const;

  // All parameters as they are now, parts included, in the order they were added. One that several parts share comes
  // once, by its first name; a member that is undefined is left out.
  std::vector<Tensor> parameters() const;
  std::vector<NamedTensor> named_parameters() const;
  // How many numbers there are to learn.
  std::int64_t parameter_count() const;

 protected:
  Module() = default;
  virtual Tensor forward(const Tensor& x) const = 0;
  // Makes a member of the model, which must stay in its place, a parameter. It starts from `value` and asks for a
  // gradient. Throws ValueError for a name that is taken, DTypeError for integers.
  void add_parameter(std::string name, Tensor& member, Tensor value, Location at = Location::current());
  // The part's parameters appear as "name.parameter"; the part must live as long as this module.
  // Throws ValueError for a name that is taken, or a part that this module is part of.
  void add_part(std::string name, const Module& part, Location at = Location::current());

 private:
  struct Listing;
  void list(const std::string& prefix, Listing& all) const;
  bool has(const Module& part, Listing& seen) const;

  std::vector<std::pair<std::string, Tensor*>> parameters_;
  std::vector<std::pair<std::string, const Module*>> parts_;
};

// Writes a model's parameters as safetensors; nothing half-written is left when it fails. Throws FileError.
void save(const Module& model, const std::string& path, Location at = Location::current());

// Reads them back into a model of the same shape. Throws FileError, or ValueError naming the first parameter that is
// missing, unknown or of another shape; then the model is unchanged.
void load(Module& model, const std::string& path, Location at = Location::current());

}  // namespace gradtape
